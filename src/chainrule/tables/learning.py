"""Learn a feature column from the training rows, or the reason to drop the column."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from chainrule.tables.features import (
    CategoryColumn,
    DateColumn,
    FeatureColumn,
    NumberColumn,
    elapsed_days,
    time_of_day,
)
from chainrule.tables.kinds.dates import Date
from chainrule.tables.kinds.kind import Boolean, Kind
from chainrule.tables.kinds.numbers import Number
from chainrule.tables.scale import learn_scale

_MOST_LEVELS = 50
_FEW = 20


@dataclass(frozen=True)
class Dropped:
    """A column that is left out."""

    reason: str


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
    if filled.min() == filled.max() and not values.has_nulls():
        return Dropped("one value only")
    match kind:
        case Number() | Boolean():
            return _learn_numbers(values, kind)
        case Date():
            return _learn_dates(values, kind)
        case _:
            return _learn_categories(values, filled.n_unique())


def _learn_numbers(values: pl.Series, kind: Number | Boolean) -> NumberColumn:
    scale = learn_scale(values.drop_nulls().to_numpy())
    return NumberColumn(values.name, kind, scale, values.has_nulls())


def _learn_dates(moments: pl.Series, kind: Date) -> DateColumn:
    filled = moments.drop_nulls()
    scale = learn_scale(elapsed_days(filled).to_numpy())
    has_time = bool((time_of_day(filled) > 0.0).any())
    return DateColumn(moments.name, kind, scale, moments.has_nulls(), has_time)


def _learn_categories(values: pl.Series, n_levels: int) -> CategoryColumn | Dropped:
    filled = values.drop_nulls()
    if is_mostly_different(n_levels, len(filled)):
        return Dropped("nearly every value different (identifiers or free text)")
    levels = _most_frequent(filled.cast(pl.String))
    has_other = n_levels > len(levels)
    return CategoryColumn(values.name, tuple(sorted(levels)), values.has_nulls(), has_other)


def is_mostly_different(n_levels: int, n_rows: int) -> bool:
    """Say whether names are too many to be categories of so many rows."""
    return n_levels > max(_FEW, n_rows / 2)


def _most_frequent(filled: pl.Series) -> list[str]:
    """Return the most frequent levels; of equally frequent ones those first by name."""
    counted = filled.rename("level").value_counts(name="times")
    ranked = counted.sort("times", "level", descending=[True, False])
    return ranked["level"].head(_MOST_LEVELS).to_list()
