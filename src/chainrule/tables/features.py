"""What was learnt about each column, and the features it becomes.

A feature column knows its `name`, its `feature_names` and how to `write` its share of the
matrix: one column of it per feature name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

import msgspec
import numpy as np
import polars as pl

from chainrule.tables.errors import TableError, count, enumerate_names, quote
from chainrule.tables.kinds import Boolean, Category, Date, Number, cast, place
from chainrule.tables.scale import FloatArray, Scale
from chainrule.tables.table import Table

_FARTHEST = 1e6  # n rows hold no value beyond √n deviations: only a later table gets here
_DAY = 86_400_000_000  # microseconds


class NumberColumn(msgspec.Struct, frozen=True, tag="number"):
    """Numbers, standardised; a boolean is the number 0 or 1.

    A missing value becomes the mean. If there were some among the training rows, a further
    feature says where.
    """

    name: str
    kind: Number | Boolean
    scale: Scale
    has_missing: bool

    @property
    def feature_names(self) -> list[str]:
        """The value, if it varies, and whether it is missing, if it ever was."""
        value = [self.name] if self.scale.varies else []
        return value + [_missing(self.name)] * self.has_missing

    def write(self, table: Table, out: FloatArray, *, allow_new: bool) -> list[str]:
        """Fill `out`, shape (n_rows, n_features), and return notes."""
        values = cast(table, self.name, self.kind)
        if self.scale.varies:
            out[:, 0] = _standardised(values, self.scale)
        if self.has_missing:
            out[:, -1] = values.is_null().to_numpy()
        return _about_missing(values, self, "taken as the mean")


class CategoryColumn(msgspec.Struct, frozen=True, tag="category"):
    """Names, one feature for each level.

    Also two levels are two features: so a value that is neither is all zeros, and no level
    passes for it.
    """

    name: str
    levels: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    has_missing: bool
    has_other: bool
    """Whether the levels beyond the most frequent ones share a feature."""

    @property
    def feature_names(self) -> list[str]:
        """One name a level, then those of the others and of the missing."""
        names = [f"{self.name}={level}" for level in self.levels]
        names += [f"{self.name}: other"] * self.has_other
        return names + [_missing(self.name)] * self.has_missing

    def write(self, table: Table, out: FloatArray, *, allow_new: bool) -> list[str]:
        """Fill `out`, shape (n_rows, n_features), and return notes."""
        values = cast(table, self.name, Category())
        codes = values.replace_strict(
            list(self.levels), range(len(self.levels)), default=None, return_dtype=pl.Int64
        )
        new = codes.is_null() & values.is_not_null()
        notes = [] if self.has_other else list(self._about_new(table, values, new, allow_new))
        if self.has_other:
            codes = codes.set(new, len(self.levels))
        missing = codes.is_null()
        if self.has_missing:
            codes = codes.fill_null(out.shape[1] - 1)
        notes += _about_missing(values, self, "taken as none of its categories")
        out[:] = 0.0
        rows = (~missing | self.has_missing).to_numpy()
        out[np.flatnonzero(rows), codes.drop_nulls().to_numpy()] = 1.0
        return notes

    def _about_new(
        self, table: Table, values: pl.Series, new: pl.Series, allow_new: bool
    ) -> Iterator[str]:
        rows = new.arg_true()
        if rows.is_empty():
            return
        if not allow_new:
            raise TableError(
                f"{place(table, self.name, rows[0])}: {quote(values[rows[0]])} is none of the "
                f"categories seen in training ({enumerate_names(list(self.levels), 5)}); "
                "add --allow-new-categories to treat them as missing"
            )
        levels = values.filter(new).unique().sort().to_list()
        yield (
            f"column {quote(self.name)}: {count(len(rows), 'value')} not seen in training "
            f"({enumerate_names(levels, 3)}), treated as missing"
        )


class DateColumn(msgspec.Struct, frozen=True, tag="date"):
    """Moments: the time that went by, and where they stand in the year, the week and the day.

    A missing moment gets the mean, and the centre of each circle.
    """

    name: str
    kind: Date
    scale: Scale
    has_missing: bool
    has_time: bool

    @property
    def feature_names(self) -> list[str]:
        """Elapsed days, two for each cycle, and whether the moment is missing."""
        cycles = ["day of year", "weekday"] + ["time of day"] * self.has_time
        around = [f"{self.name}: {cycle} {wave}" for cycle in cycles for wave in ("sin", "cos")]
        days = [f"{self.name}: days"] if self.scale.varies else []
        return days + around + [_missing(self.name)] * self.has_missing

    def write(self, table: Table, out: FloatArray, *, allow_new: bool) -> list[str]:
        """Fill `out`, shape (n_rows, n_features), and return notes."""
        moments = cast(table, self.name, self.kind)
        first = 0
        if self.scale.varies:
            out[:, 0] = _standardised(elapsed_days(moments), self.scale)
            first = 1
        for turns in self._turns(moments):
            angle = 2.0 * np.pi * turns.to_numpy()
            out[:, first] = np.nan_to_num(np.sin(angle))
            out[:, first + 1] = np.nan_to_num(np.cos(angle))
            first += 2
        if self.has_missing:
            out[:, -1] = moments.is_null().to_numpy()
        return _about_missing(moments, self, "taken as the mean")

    def _turns(self, moments: pl.Series) -> Iterator[pl.Series]:
        """Yield for each cycle which part of it is over, from 0 up to 1."""
        year = 365 + moments.dt.is_leap_year().cast(pl.Int64)
        yield (moments.dt.ordinal_day().cast(pl.Float64) - 1.0) / year.cast(pl.Float64)
        yield (moments.dt.weekday().cast(pl.Float64) - 1.0) / 7.0
        if self.has_time:
            yield time_of_day(moments)


FeatureColumn: TypeAlias = NumberColumn | CategoryColumn | DateColumn


def elapsed_days(moments: pl.Series) -> pl.Series:
    """Return days since 1970, with their fraction."""
    return moments.cast(pl.Int64).cast(pl.Float64) / _DAY


def time_of_day(moments: pl.Series) -> pl.Series:
    """Return which part of its day is over at each moment, from 0 up to 1."""
    return (moments.cast(pl.Int64) % _DAY).cast(pl.Float64) / _DAY


def _missing(name: str) -> str:
    return f"{name} is missing"


def _about_missing(values: pl.Series, column: FeatureColumn, taken: str) -> list[str]:
    """Say that values are missing where training had none; what to do then was not learnt."""
    if column.has_missing or not values.has_nulls():
        return []
    missing = count(values.null_count(), "missing value")
    return [f"column {quote(column.name)}: {missing}, though none when it was trained; {taken}"]


def _standardised(values: pl.Series, scale: Scale) -> FloatArray:
    z = scale.standardise(values.to_numpy())
    return np.nan_to_num(np.clip(z, -_FARTHEST, _FARTHEST))  # NaN is missing: the mean is 0
