"""What was learnt about each column, and the features it becomes.

A feature column knows its `name`, its `kind` and its `feature_names`. `prepare` takes all values
as its kind has read them, returns what `write` takes, in little memory, and finds those that
training did not see; `write` puts some rows of them into the column's share of the matrix: one
column per feature name, zero before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, TypeAlias

import msgspec
import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

from chainrule.scale import FloatArray, Scale
from chainrule.tables.kinds.dates import Date
from chainrule.tables.kinds.kind import Boolean, Category, by_dictionary
from chainrule.tables.kinds.numbers import Number
from chainrule.tables.level_means import at_levels
from chainrule.tables.table import RowNumbers

_FARTHEST = 1e6  # n rows hold no value beyond √n deviations: only a later table gets here
LAST_PLACE = float(np.sqrt(3.0))
"""Among knots: numbers that lie evenly between it and its negative have the deviation 1."""
_DAY = 86_400_000_000  # microseconds
_ROWS_AT_ONCE = 2**14  # which the processor's cache holds

Share = NDArray[np.floating[Any]]
"""The columns of the matrix that belong to one column of the table, (n_rows, n_features)."""

NO_ROWS = np.empty(0, dtype=np.intp)


class NumberColumn(msgspec.Struct, frozen=True, tag="number"):
    """Numbers, standardised; a boolean is the number 0 or 1.

    A missing value becomes the mean. If there were some among the training rows, a further
    feature says where. With `knots` there is a feature that says between which of them the value
    stands, standardised: however far apart the values are, those of training lie evenly there.
    """

    name: str
    kind: Number | Boolean
    scale: Scale
    has_missing: bool
    knots: tuple[float, ...] = ()
    """Quantiles of the training values, strictly ascending: the ends of bins, or none."""

    missing_is: ClassVar[str] = "taken as the mean"

    @property
    def mean(self) -> float:
        """The mean of the training values, in their units."""
        return float(np.ldexp(self.scale.mean, self.scale.exponent))

    @property
    def feature_names(self) -> list[str]:
        """The value, unless constant, its bin, and a flag, if training had missing values."""
        value = [self.name] if self.scale.varies else []
        position = [f"{self.name}: bin"] if self.knots else []
        return value + position + [_missing(self.name)] * self.has_missing

    def prepare(self, values: pl.Series, dtype: DTypeLike) -> tuple[pl.Series, RowNumbers]:
        """Return standardised numbers, NaN for missing, and the rows not seen in training: none."""
        prepared = np.empty((2 if self.knots else 1, len(values)), dtype=dtype)
        for first in range(0, len(values), _ROWS_AT_ONCE):
            rows = slice(first, first + _ROWS_AT_ONCE)
            prepared[0, rows] = _standardised(values[rows], self.scale)
            if self.knots:
                prepared[1, rows] = self._positions(values[rows].to_numpy())
        if not self.knots:
            return pl.Series(prepared[0]), NO_ROWS
        return pl.DataFrame(dict(zip("zp", prepared, strict=True))).to_struct(), NO_ROWS

    def write(self, prepared: pl.Series, out: Share) -> None:
        """Fill `out`, shape (n_rows, n_features)."""
        z = (prepared.struct.field("z") if self.knots else prepared).to_numpy()
        if self.scale.varies:
            out[:, 0] = _filled(z)
        if self.knots:
            out[:, 1] = prepared.struct.field("p").to_numpy()
        if self.has_missing:
            out[:, -1] = np.isnan(z)

    def _positions(self, values: FloatArray) -> FloatArray:
        """Return places among the knots, in deviations of places that are even, from their middle.

        The knots are equally far apart there. A value beyond the last one stands at it; a missing
        value where the mean does.
        """
        filled = np.where(np.isnan(values), self.mean, values)
        places = np.linspace(-LAST_PLACE, LAST_PLACE, len(self.knots))
        return np.interp(filled, np.array(self.knots), places)


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
    all_levels: tuple[str, ...] = ()
    """Where the target's mean at each level is a feature too: the levels, also the rare ones."""
    means: tuple[tuple[float, ...], ...] = ()
    """For each of them, a number for every output: how far the mean is from that of all rows."""

    kind: ClassVar[Category] = Category()
    missing_is: ClassVar[str] = "taken as none of its categories"

    @property
    def n_means(self) -> int:
        """How many features are means of the target; the last ones."""
        return len(self.means[0]) if self.means else 0

    @property
    def feature_names(self) -> list[str]:
        """One name a level, then those of the others, of the missing, and of the means."""
        names = [f"{self.name}={level}" for level in self.levels]
        names += [f"{self.name}: other"] * self.has_other
        names += [_missing(self.name)] * self.has_missing
        return names + [f"{self.name}: mean of the target, {i + 1}" for i in range(self.n_means)]

    def prepare(self, values: pl.Series, dtype: DTypeLike) -> tuple[pl.Series, RowNumbers]:
        """Return the place of each value among the features, and the rows not seen in training.

        The place is -1 for a value that has no feature. With means there is beside it the place
        among all levels.
        """
        n_features = len(self.feature_names) - self.n_means
        codes = _codes(values, self.levels).astype(np.min_scalar_type(-n_features - 1))
        unknown = codes < 0
        if values.has_nulls():
            unknown &= values.is_not_null().to_numpy()
        if self.has_other:
            codes[unknown] = len(self.levels)
        if self.has_missing:
            codes[codes < 0] = n_features - 1
        unseen = NO_ROWS if self.has_other else np.flatnonzero(unknown)
        if not self.means:
            return pl.Series(codes), unseen
        both = {"place": codes, "level": self.level_codes(values)}
        return pl.DataFrame(both).to_struct(), unseen

    def write(self, prepared: pl.Series, out: Share) -> None:
        """Fill `out`, shape (n_rows, n_features)."""
        places = prepared.struct.field("place") if self.means else prepared
        codes = places.to_numpy()
        filled = np.flatnonzero(codes >= 0)
        out[filled, codes[filled]] = 1.0
        if self.means:
            levels = prepared.struct.field("level").to_numpy()
            out[:, -self.n_means :] = at_levels(np.array(self.means), levels)

    def level_codes(self, values: pl.Series) -> NDArray[np.int32]:
        """Return the place of each value among all levels, -1 where it is none of them."""
        return _codes(values, self.all_levels)


def _codes(values: pl.Series, levels: Sequence[str]) -> NDArray[np.int32]:
    """Return the place of each value among levels, -1 where it is none of them."""
    names = Category().read(pl.Series(list(levels), dtype=pl.String))

    def places(texts: pl.Series) -> pl.Series:
        return texts.replace_strict(names, range(len(names)), default=-1, return_dtype=pl.Int32)

    codes = by_dictionary(values, places)
    return codes.set(values.is_null(), -1).to_numpy().astype(np.int32)


class DateColumn(msgspec.Struct, frozen=True, tag="date"):
    """Moments: the time that went by, and where they stand in the year, the week and the day.

    A missing moment gets the mean, and the centre of each circle.
    """

    name: str
    kind: Date
    scale: Scale
    has_missing: bool
    has_time: bool

    missing_is: ClassVar[str] = "taken as the mean"

    @property
    def feature_names(self) -> list[str]:
        """Elapsed days, two for each cycle, and whether the moment is missing."""
        cycles = ["day of year", "weekday"] + ["time of day"] * self.has_time
        around = [f"{self.name}: {cycle} {wave}" for cycle in cycles for wave in ("sin", "cos")]
        days = [f"{self.name}: days"] if self.scale.varies else []
        return days + around + [_missing(self.name)] * self.has_missing

    def prepare(self, moments: pl.Series, dtype: DTypeLike) -> tuple[pl.Series, RowNumbers]:
        """Return the moments as they are, and the rows not seen in training: none."""
        return moments, NO_ROWS

    def write(self, moments: pl.Series, out: Share) -> None:
        """Fill `out`, shape (n_rows, n_features)."""
        first = 0
        if self.scale.varies:
            out[:, 0] = _filled(_standardised(elapsed_days(moments), self.scale))
            first = 1
        for turns in self._turns(moments):
            angle = 2.0 * np.pi * turns.to_numpy()
            out[:, first] = np.nan_to_num(np.sin(angle))
            out[:, first + 1] = np.nan_to_num(np.cos(angle))
            first += 2
        if self.has_missing:
            out[:, -1] = moments.is_null().to_numpy()

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


def _standardised(values: pl.Series, scale: Scale) -> FloatArray:
    """Return numbers in deviations from the mean, NaN for missing."""
    z = scale.standardise(values.to_numpy())
    return np.clip(z, -_FARTHEST, _FARTHEST)


def _filled(z: NDArray[Any]) -> NDArray[Any]:
    """Return standardised numbers with the mean, 0, for missing."""
    return np.nan_to_num(z)
