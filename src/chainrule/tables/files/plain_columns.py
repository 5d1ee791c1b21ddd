"""Typed columns as numbers, booleans, texts, dates and moments, the types a network can use."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.tables.errors import count, enumerate_names, quote
from chainrule.tables.names import clean_texts
from chainrule.tables.notes import Note

_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31, since 1970
_STEPS_A_DAY = {None: 1, "ms": 86_400_000, "us": 86_400_000_000}


def plain_columns(
    frame: pl.DataFrame, places: NDArray[np.int64]
) -> tuple[pl.DataFrame, list[Note]]:
    """Return the columns that can be used, each of a plain type, and what was changed or left out.

    Parameters
    ----------
    frame : polars.DataFrame
    places : ndarray of int64, shape (n_rows,)
        Where each row stands in the file, for the notes.

    Returns
    -------
    polars.DataFrame
        Integers and booleans as they are; Float64 for other numbers, and for durations and times
        in seconds; String; Date; Datetime. NaN is null, and so is a date beyond the years 1 to
        9999.
    list of Note
    """
    columns = [_stored(column) for column in frame]
    texts, raw = [], []
    plain, unusable = [], []
    notes: list[Note] = []
    for column, given in zip(columns, frame, strict=True):
        if column.dtype == pl.Binary and (decoded := _decoded(column)) is not None:
            texts.append(column.name)
            plain.append(clean_texts(decoded))
        elif column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
            unusable.append(column.name)
        else:
            if column.dtype not in (given.dtype, pl.String):
                raw.append(column.name)
            plain.append(plain_column(column))
            notes += _beyond_calendar(column, plain[-1], places)
    for names, words in {
        "left out, as their values are nested or binary": unusable,
        "binary columns that hold UTF-8 are read as texts": texts,
        "read as the plain values that their own types are stored in": raw,
    }.items():
        if words:
            notes.append(Note(f"{names}: {enumerate_names(words)}", column=_only(words)))
    return pl.DataFrame(plain), notes


def _only(names: list[str]) -> str | None:
    return names[0] if len(names) == 1 else None


def _stored(column: pl.Series) -> pl.Series:
    """Return the values that a column of a library's own type is stored in."""
    extended = isinstance(column.dtype, pl.BaseExtension)
    return column.ext.storage() if extended else column


def _decoded(column: pl.Series) -> pl.Series | None:
    """Return binary values as texts if all of them are; Spark and Hive write texts so."""
    try:
        texts = column.cast(pl.String)
    except pl.exceptions.PolarsError:
        return None
    readable = not texts.str.contains(r"[\x00-\x08\x0e-\x1f]").any()
    return texts if readable and texts.count() else None


def plain_column(column: pl.Series) -> pl.Series:
    """Return the column's values in the plain type for them."""
    dtype = column.dtype
    for is_of_kind, convert in _CONVERSIONS:
        if is_of_kind(dtype):
            return convert(column)
    return column


def _number(column: pl.Series) -> pl.Series:
    return column.cast(pl.Float64).fill_nan(None)


def _text(column: pl.Series) -> pl.Series:
    return clean_texts(column.cast(pl.String))


def _seconds_lasted(column: pl.Series) -> pl.Series:
    steps_a_second = {"ms": 1e3, "us": 1e6, "ns": 1e9}[getattr(column.dtype, "time_unit", "us")]
    return column.to_physical().cast(pl.Float64) / steps_a_second


def _seconds_of_day(column: pl.Series) -> pl.Series:
    return column.cast(pl.Int64).cast(pl.Float64) / 1e9


def _within_calendar(moments: pl.Series) -> pl.Series:
    """Return dates with null for those whose year has not one to four digits.

    In a time zone the clock on the wall tells the year.
    """
    unit = getattr(moments.dtype, "time_unit", None)
    if unit == "ns":
        return moments  # 64 bits of nanoseconds are less than 300 years
    near = _between(moments, moments, 1)  # polars gives up on the years of far-off moments
    if getattr(moments.dtype, "time_zone", None) is None:
        return _between(near, near, 0)
    return _between(near, near.dt.replace_time_zone(None), 0)


def _between(moments: pl.Series, clock: pl.Series, margin: int) -> pl.Series:
    """Return moments with null where their clock is more than `margin` days off the calendar."""
    a_day = _STEPS_A_DAY[getattr(moments.dtype, "time_unit", None)]
    steps = clock.to_physical().cast(pl.Int64)
    beyond = (steps < (_FIRST_DAY - margin) * a_day) | (steps >= (_LAST_DAY + 1 + margin) * a_day)
    return moments.set(beyond.fill_null(False), None)


def _beyond_calendar(column: pl.Series, plain: pl.Series, places: NDArray[np.int64]) -> list[Note]:
    lost = column.is_not_null() & plain.is_null()
    if column.dtype not in (pl.Date, pl.Datetime) or not lost.any():
        return []
    n_lost, row = int(lost.sum()), int(lost.arg_true()[0])
    unit = getattr(column.dtype, "time_unit", None) or "D"
    step = np.array([column.to_physical()[row]], dtype=np.int64).view(f"datetime64[{unit}]")
    first = str(step.astype("datetime64[D]")[0])
    return [
        Note(
            f"column {quote(column.name)}: {count(n_lost, 'date')} beyond the years 1 to 9999, "
            f"such as {first} in row {places[row]}, "
            f"{'is' if n_lost == 1 else 'are'} taken as missing",
            column=column.name,
            line=int(places[row]),
        )
    ]


_CONVERSIONS: list[tuple[Callable[[pl.DataType], bool], Callable[[pl.Series], pl.Series]]] = [
    (lambda dtype: dtype.is_float() or dtype.is_decimal(), _number),
    (lambda dtype: dtype in (pl.Int128, pl.UInt128), _number),
    (lambda dtype: dtype in (pl.Date, pl.Datetime), _within_calendar),
    (lambda dtype: dtype == pl.Duration, _seconds_lasted),
    (lambda dtype: dtype == pl.Time, _seconds_of_day),
    (lambda dtype: dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null), _text),
]
