"""Learn a feature column from the training rows, or the reason to drop the column."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from chainrule.scale import learn_scale
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


def learn_column(values: pl.Series, kind: Kind) -> FeatureColumn | Dropped:
    """Learn from one typed column of the training rows.

    Parameters
    ----------
    values : polars.Series
        As `Kind.read` returns them.
    kind : Kind
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
            return _learn_numbers(values, kind)


def _learn_numbers(values: pl.Series, kind: Number | Boolean) -> NumberColumn:
    scale = learn_scale(values.drop_nulls().to_numpy())
    return NumberColumn(values.name, kind, scale, values.has_nulls())


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
