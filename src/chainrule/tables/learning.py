"""Learn a feature column from the training rows, or the reason to drop the column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from chainrule.scale import FloatArray, learn_scale
from chainrule.tables.features import (
    CategoryColumn,
    DateColumn,
    FeatureColumn,
    NumberColumn,
    elapsed_days,
    time_of_day,
)
from chainrule.tables.kinds.dates import Date
from chainrule.tables.kinds.kind import Boolean, Category, Kind
from chainrule.tables.kinds.numbers import Number

_MOST_LEVELS = 50
_FEW = 20


@dataclass(frozen=True)
class Dropped:
    """A column that is left out."""

    reason: str


_ONE_VALUE = Dropped("one value only")


def learn_column(values: pl.Series, kind: Kind, n_bins: int = 0) -> FeatureColumn | Dropped:
    """Learn from one typed column of the training rows.

    Parameters
    ----------
    values : polars.Series
        As `Kind.read` returns them.
    kind : Kind
    n_bins : int
        As of `chainrule.tables.learn`.
    """
    filled = values.drop_nulls()
    if filled.is_empty():
        return Dropped("no values")
    match kind:
        case Category():
            return _learn_categories(values, filled)
        case _ if filled.min() == filled.max() and not values.has_nulls():
            return _ONE_VALUE
        case Date():
            return _learn_dates(values, kind)
        case _:
            return _learn_numbers(values, kind, n_bins)


def _learn_numbers(values: pl.Series, kind: Number | Boolean, n_bins: int) -> NumberColumn:
    numbers = values.drop_nulls().to_numpy()
    scale = learn_scale(numbers)
    binned = n_bins and scale.varies and not isinstance(kind, Boolean)
    knots = _knots(numbers, n_bins) if binned else ()
    return NumberColumn(values.name, kind, scale, values.has_nulls(), knots)


def _knots(numbers: FloatArray, n_bins: int) -> tuple[float, ...]:
    """Return the ends of bins that hold about as many values each.

    A value that alone would fill a bin is an end, and the others share what bins are left.
    """
    values, times = np.unique(numbers, return_counts=True)
    frequent = times > len(numbers) / n_bins
    if frequent.all() or len(values) <= n_bins:
        return tuple(values.tolist())
    left = n_bins + 1 - int(frequent.sum())
    others = np.repeat(values[~frequent], times[~frequent])
    ends = np.quantile(others, np.linspace(0.0, 1.0, max(2, left)), method="nearest")
    return tuple(np.union1d(values[frequent], ends).tolist())


def _learn_dates(moments: pl.Series, kind: Date) -> DateColumn:
    filled = moments.drop_nulls()
    scale = learn_scale(elapsed_days(filled).to_numpy())
    has_time = bool((time_of_day(filled) > 0.0).any())
    return DateColumn(moments.name, kind, scale, moments.has_nulls(), has_time)


def _learn_categories(values: pl.Series, filled: pl.Series) -> CategoryColumn | Dropped:
    counted = filled.rename("level").value_counts(name="times")
    if counted.height == 1 and not values.has_nulls():
        return _ONE_VALUE
    if is_mostly_different(counted.height, len(filled)):
        return Dropped("nearly every value different (identifiers or free text)")
    levels = _most_frequent(counted)
    has_other = counted.height > len(levels)
    return CategoryColumn(values.name, tuple(sorted(levels)), values.has_nulls(), has_other)


def is_mostly_different(n_levels: int, n_rows: int) -> bool:
    """Say whether names are too many to be categories of so many rows."""
    return n_levels > max(_FEW, n_rows / 2)


def _most_frequent(counted: pl.DataFrame) -> list[str]:
    """Return the most frequent levels; of equally frequent ones those first by name."""
    named = counted.with_columns(pl.col("level").cast(pl.String))
    ranked = named.sort("times", "level", descending=[True, False])
    return ranked["level"].head(_MOST_LEVELS).to_list()
