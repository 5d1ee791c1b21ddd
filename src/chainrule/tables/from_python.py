"""Rows as programs have them, as a table: dictionaries, columns, frames of polars and pandas.

A column whose values are of one type is a column of that type. One of several types, as JSON
allows, is a struct with a field for each type; the kind that a model learnt for the column reads
every field by its own rule, so that the text "1,5" and the number 1.5 can stand in one column.
"""

from __future__ import annotations

import datetime
import numbers
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any, Literal, TypeAlias, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.tables.errors import TableError, enumerate_names, quote
from chainrule.tables.files.blocks import clean_cells
from chainrule.tables.files.plain_columns import plain_column
from chainrule.tables.files.typed_files import table_of_frame
from chainrule.tables.names import clean_name, column_names
from chainrule.tables.table import Table

NAME = "the table"
"""Of rows that have no file, for messages."""

Row: TypeAlias = Mapping[Any, Any]
"""A value for each column's name."""

Given: TypeAlias = Any
"""A `Table`, a `Row`, a sequence of rows, a mapping of columns, a frame of polars or pandas."""

_ALLOWED = (
    "a dictionary, a list of dictionaries, a dictionary of columns, a frame of polars or pandas, "
    "or what read_table returns"
)
_NO_VALUES = frozenset({"NoneType", "NAType", "NaTType"})  # pandas' too, without importing pandas
_NOUNS: dict[type, str] = {
    dict: "an object", list: "a list", tuple: "a list", np.ndarray: "an array"
}  # fmt: skip


def table_of(given: Given, wanted: Collection[str]) -> Table:
    """Return rows in any form as a table.

    Parameters
    ----------
    given : Table, mapping, sequence of mappings, frame of polars or pandas
        A mapping is one row; or columns, where every value is a list, an array or a series.
        Whatever else hands itself over as an Arrow stream is taken too.
    wanted : collection of str
        The columns that are looked at. Of others the table has the names alone.

    Returns
    -------
    Table
        Its rows are counted from 1.

    Raises
    ------
    TableError
        If a value in a wanted column is no single value, or a row is no mapping.
    TypeError
        If `given` is none of these.

    Examples
    --------
    >>> table_of([{"size": 1.5, "kind": "a"}, {"size": "2"}], {"size", "kind"}).frame["kind"]
    shape: (2,)
    Series: 'kind' [str]
    [
        "a"
        null
    ]
    """
    if isinstance(given, Table):
        return given
    if isinstance(given, Mapping):
        if not given or not all(map(_is_column, given.values())):
            return table_of_rows([given], wanted)
        return _table_of_columns(given.items(), wanted)
    if isinstance(given, list | tuple):
        return table_of_rows(given, wanted)
    if hasattr(given, "iloc") and hasattr(given, "items"):  # pandas', without importing it
        return _table_of_columns(given.items(), wanted)
    return table_of_frame(NAME, _frame(given))


def _frame(given: Given) -> pl.DataFrame:
    if isinstance(given, pl.LazyFrame):
        return given.collect()
    if isinstance(given, pl.DataFrame) or hasattr(given, "__arrow_c_stream__"):
        return pl.DataFrame(given)
    raise TypeError(f"rows are {_ALLOWED}; got {type(given).__name__}")


def table_of_rows(
    rows: Sequence[Row],
    wanted: Collection[str],
    *,
    known: Iterable[str] = (),
    name: str = NAME,
    places: NDArray[np.int64] | None = None,
    unit: Literal["line", "row"] = "row",
) -> Table:
    """Return rows as a table; a key that a row lacks is a missing value there.

    Parameters
    ----------
    rows : sequence of mappings
    wanted : collection of str
        The columns that are looked at; no rows have all of them.
    known : iterable of str
        Columns that the table has even if no row has them.
    name, places, unit
        Of the table.

    Raises
    ------
    TableError
        If a value in a wanted column is no single value, or a row is no mapping.
    """
    if places is None:
        places = np.arange(1, len(rows) + 1, dtype=np.int64)
    empty = Table(name, pl.DataFrame(), places, unit)
    for row, found in enumerate(rows):
        if not isinstance(found, Mapping):
            raise TableError(
                f"{name}, {empty.where(row)}: {quote(found)} is no row; "
                'give a value for each column: {"age": 41, "city": "Bern"}'
            )
    names = dict.fromkeys(chain(known, chain.from_iterable(rows)))
    if any(_clean(key) != key for key in names):
        rows = [_with_clean_names(empty, number, row) for number, row in enumerate(rows)]
        names = dict.fromkeys(map(_clean, names))
    if not rows:
        names = dict.fromkeys(wanted)
    columns = [
        _column(empty, key, [row.get(key) for row in rows])
        if key in wanted
        else pl.Series(key, [None], dtype=pl.Null).new_from_index(0, len(rows))
        for key in names
    ]
    return Table(name, pl.DataFrame(columns), places, unit)


def _with_clean_names(table: Table, number: int, row: Row) -> Row:
    cleaned = {_clean(key): value for key, value in row.items()}
    if len(cleaned) < len(row):
        keys = list(map(_clean, row))
        twice = [key for key in cleaned if keys.count(key) > 1]
        raise TableError(
            f"{table.name}, {table.where(number)} has more than one value for "
            f"{enumerate_names(twice)}; give one for each column"
        )
    return cleaned


@cache
def _clean_text(name: str) -> str:
    return clean_name(name)


def _clean(name: object) -> str:
    return _clean_text(str(name))


def _is_column(value: object) -> bool:
    if isinstance(value, list | tuple | pl.Series):
        return True
    return getattr(value, "ndim", 0) == 1 and hasattr(value, "__len__")


def _table_of_columns(given: Iterable[tuple[Any, Any]], wanted: Collection[str]) -> Table:
    """Return columns as a table: lists, arrays, or series of polars or pandas."""
    raw, columns = zip(*given, strict=True) if (given := list(given)) else ((), ())
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise TableError(
            f"{NAME} has columns of {' and '.join(map(str, sorted(lengths)))} values; "
            "give as many values in each"
        )
    n_rows = lengths.pop() if lengths else 0
    names, notes = column_names(NAME, list(map(str, raw)))
    table = Table(NAME, pl.DataFrame(), np.arange(1, n_rows + 1, dtype=np.int64), "row")
    made = {
        name: _as_series(table, name, column)
        if name in wanted
        else pl.Series(name, [None], dtype=pl.Null).new_from_index(0, n_rows)
        for name, column in zip(names, columns, strict=True)
    }
    return Table(NAME, pl.DataFrame(made), table.places, "row", tuple(notes))


def _as_series(table: Table, name: str, column: Any) -> pl.Series:
    if isinstance(column, pl.Series):
        return table_of_frame(NAME, pl.DataFrame({name: column})).frame.to_series()
    values = column.to_numpy() if hasattr(column, "to_numpy") else column
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        return plain_column(pl.Series(name, values))
    items = list(values)
    if hasattr(column, "isna"):  # a series of pandas: what is missing has many faces there
        absent = np.asarray(column.isna())
        items = [None if gone else item for item, gone in zip(items, absent, strict=True)]
    return _column(table, name, items)


def _column(table: Table, name: str, values: list[Any]) -> pl.Series:
    """Return values in a column of their type, or in a struct of columns where types differ."""
    types = set(map(type, values))
    groups = {each: _group(each) for each in types if each.__name__ not in _NO_VALUES}
    if None in groups.values():
        row = next(i for i, v in enumerate(values) if groups.get(type(v), "") is None)
        noun = _NOUNS.get(type(values[row]), f"of the type {type(values[row]).__name__}")
        raise TableError(
            f"{table.name}, {table.where(row)}, column {quote(name)}: {quote(values[row])} is "
            f"{noun}; give a number, a text, a truth, a date, or nothing where it is missing"
        )
    kinds = dict.fromkeys(group for group in _GROUPS if group in groups.values())
    parts = {}
    for group in kinds:
        if len(groups) == len(types) == 1:
            own = values
        else:
            own = [v if groups.get(type(v)) is group else None for v in values]
        try:
            parts[group.name] = group.column(own)
        except UnicodeEncodeError:
            row = next(i for i, v in enumerate(own) if v is not None and not _is_unicode(v))
            raise TableError(
                f"{table.name}, {table.where(row)}, column {quote(name)}: {own[row]!a} holds half "
                "a character of UTF-16; give whole characters"
            ) from None
    if not parts:
        return pl.Series(name, [None] * len(values), dtype=pl.Null)
    if len(parts) == 1:
        return next(iter(parts.values())).alias(name)
    return pl.DataFrame(parts).to_struct(name)


def _is_unicode(text: str) -> bool:
    return text.isascii() or text.encode("utf-8", "replace").decode("utf-8") == text


class _Group:
    """Types of Python whose values become a column of one type.

    Parameters
    ----------
    name : str
    types : tuple of type
    column : callable
        From values and None to a column.
    """

    def __init__(
        self, name: str, types: tuple[type, ...], column: Callable[[list[Any]], pl.Series]
    ) -> None:
        self.name, self.types, self.column = name, types, column


def _converted(
    convert: Callable[[Any], Any], dtype: pl.DataType
) -> Callable[[list[Any]], pl.Series]:
    def column(values: list[Any]) -> pl.Series:
        some = [None if v is None else convert(v) for v in values]
        return plain_column(pl.Series(some, dtype=dtype))

    return column


def _integers(values: list[Any]) -> pl.Series:
    whole = [None if v is None else int(v) for v in values]
    for dtype in (pl.Int64(), pl.Int128()):
        try:
            return pl.Series(whole, dtype=dtype)
        except (OverflowError, TypeError, pl.exceptions.PolarsError):
            continue
    return pl.Series([None if v is None else _as_float(v) for v in whole], dtype=pl.Float64)


def _as_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:  # as a text of so many digits is read
        return float("inf") if number > 0 else float("-inf")


def _texts(values: list[Any]) -> pl.Series:
    plain = [v if v is None or type(v) is str else str.__str__(v) for v in values]
    return clean_cells(pl.Series(plain, dtype=pl.String))


def _in_utc(moment: datetime.datetime) -> datetime.datetime:
    """Return a moment's time in UTC, at the edge of the calendar where that is beyond it."""
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(datetime.UTC).replace(tzinfo=None)
    except OverflowError:
        early = moment.year == datetime.MINYEAR
        return datetime.datetime.min if early else datetime.datetime.max


def _numpy_times(values: list[Any]) -> pl.Series:
    none = np.datetime64("NaT")
    return plain_column(pl.Series(np.array([none if v is None else v for v in values], "M8[us]")))


def _numpy_durations(values: list[Any]) -> pl.Series:
    none = np.timedelta64("NaT")
    return plain_column(pl.Series(np.array([none if v is None else v for v in values], "m8[us]")))


_GROUPS = (  # the first that a type belongs to is its own
    _Group("truth", (bool, np.bool_), _converted(bool, pl.Boolean())),
    _Group("lasting", (np.timedelta64,), _numpy_durations),  # NumPy calls it an integer
    _Group("whole", (numbers.Integral, np.integer), _integers),
    _Group("number", (numbers.Real, Decimal, np.floating), _converted(float, pl.Float64())),
    _Group("text", (str,), _texts),
    _Group("moment", (datetime.datetime,), _converted(_in_utc, pl.Datetime("us"))),
    _Group("stamp", (np.datetime64,), _numpy_times),
    _Group("day", (datetime.date,), _converted(lambda day: day, pl.Date())),
    _Group("duration", (datetime.timedelta,), _converted(lambda d: d, pl.Duration("us"))),
    _Group("time", (datetime.time,), _converted(lambda time: time, pl.Time())),
)


@cache
def _group(kind: type) -> _Group | None:
    """Return the group that values of a type belong to, None if they are no single values."""
    return next((group for group in _GROUPS if issubclass(kind, cast(Any, group.types))), None)
