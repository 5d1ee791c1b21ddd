"""Parquet files: their columns have types, of which a network can use some."""

from __future__ import annotations

import io

import numpy as np
import polars as pl

from chainrule.tables.errors import TableError, enumerate_names
from chainrule.tables.row_index import without_index
from chainrule.tables.table import Table
from chainrule.tables.words import without_missing_words

_FARTHEST_DAY = 2_900_000  # days from 1970 to the years -5970 and 9909
_STEPS_A_DAY = {None: 1, "ms": 86_400_000, "us": 86_400_000_000}


def read_parquet(name: str, file: io.BytesIO) -> Table:
    """Read a Parquet file into a table of numbers, booleans, strings, dates and datetimes."""
    try:
        frame = pl.read_parquet(file)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        reason = str(error).strip().partition("\n")[0][:120]
        raise TableError(
            f"{name} is damaged Parquet ({reason}); get a whole copy, or write it anew with "
            "plain columns, each with a name of its own"
        ) from None
    if frame.width == 0 or frame.height == 0:
        missing = "columns" if frame.width == 0 else "rows"
        raise TableError(f"{name} has no {missing}; give a table with a target and some rows")
    return _usable(name, frame)


def _usable(name: str, frame: pl.DataFrame) -> Table:
    unusable = [column.name for column in frame if not _is_usable(column.dtype)]
    if len(unusable) == frame.width:
        raise TableError(f"{name} has only nested or binary columns; give plain values")
    plain = frame.drop(unusable)
    numbers = np.arange(1, frame.height + 1, dtype=np.int64)
    table = without_index(
        Table(name, pl.DataFrame([_plain(column) for column in plain]), numbers, "row")
    )
    if not unusable:
        return table
    return table.with_notes(
        f"left out, as their values are nested or binary: {enumerate_names(unusable)}"
    )


def _is_usable(dtype: pl.DataType) -> bool:
    return not dtype.is_nested() and dtype not in (pl.Binary, pl.Object)


def _plain(column: pl.Series) -> pl.Series:
    """Return the column as one of the types that the rest of the room knows."""
    dtype = column.dtype
    if dtype.is_float() or dtype.is_decimal():
        return column.cast(pl.Float64).fill_nan(None)
    if dtype in (pl.Date, pl.Datetime):
        return _within_calendar(column)
    if dtype == pl.Duration:
        return column.dt.total_microseconds().cast(pl.Float64) / 1e6
    if dtype == pl.Time:
        return column.cast(pl.Int64).cast(pl.Float64) / 1e9
    if dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return without_missing_words(column.cast(pl.String))
    return column


def _within_calendar(moments: pl.Series) -> pl.Series:
    """Return dates with null for those beyond any calendar, on which polars gives up."""
    unit = getattr(moments.dtype, "time_unit", None)
    if unit == "ns":
        return moments  # 64 bits of nanoseconds are less than 300 years
    farthest = _FARTHEST_DAY * _STEPS_A_DAY[unit]
    steps = moments.to_physical().cast(pl.Int64)
    return moments.set(((steps > farthest) | (steps < -farthest)).fill_null(False), None)
