"""The kinds of column, and how each reads its values from texts or from typed columns.

A kind is decided once, on the table that is learnt from, and kept in the model: the same
column of a later table is read the same way, or refused.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

import msgspec
import polars as pl

from chainrule.tables.dates import DATE_FORMATS, in_utc, parse_dates
from chainrule.tables.errors import TableError, quote
from chainrule.tables.numbers import parse_numbers
from chainrule.tables.table import Table
from chainrule.tables.words import without_weak_words

BOOLEAN_PAIRS = (("false", "true"), ("no", "yes"), ("f", "t"), ("n", "y"))
_BOOLEAN_WORDS = {
    word: value for pair in BOOLEAN_PAIRS for word, value in zip(pair, (0.0, 1.0), strict=True)
}


class Number(msgspec.Struct, frozen=True, tag="number"):
    """Decimal numbers, with a comma before the decimals if `comma` says so."""

    comma: bool = False

    noun: ClassVar[str] = "a number"

    def read(self, values: pl.Series) -> pl.Series:
        """Return the values as floats, null where they are none."""
        if values.dtype == pl.String:
            return parse_numbers(values, comma=self.comma)
        return _as_floats(values)


class Boolean(msgspec.Struct, frozen=True, tag="boolean"):
    """True and false, as the numbers 1 and 0."""

    noun: ClassVar[str] = "true or false"

    def read(self, values: pl.Series) -> pl.Series:
        """Return the values as 0.0 and 1.0, null where they are neither."""
        if values.dtype == pl.String:
            words = values.str.to_lowercase()
            return words.replace_strict(_BOOLEAN_WORDS, default=None, return_dtype=pl.Float64)
        numbers = _as_floats(values)
        return numbers.set(~numbers.is_in([0.0, 1.0]), None)


class Category(msgspec.Struct, frozen=True, tag="category"):
    """Names of anything."""

    noun: ClassVar[str] = "a category"

    def read(self, values: pl.Series) -> pl.Series:
        """Return the values as texts; a float that is whole is written without its ``.0``."""
        if values.dtype.is_float():
            whole = values.is_not_nan() & (values.round() == values) & (values.abs() < 2**53)
            texts = values.cast(pl.Int64, strict=False).cast(pl.String)
            return texts.zip_with(whole.fill_null(False), values.cast(pl.String))
        return values.cast(pl.String)


class Date(msgspec.Struct, frozen=True, tag="date"):
    """Dates or moments, written as the format of this name says."""

    format: str = "iso"

    def __post_init__(self) -> None:
        if self.format not in DATE_FORMATS:
            raise ValueError(f"unknown date format {self.format!r}; known: {list(DATE_FORMATS)}")

    @property
    def noun(self) -> str:
        """What a value is, for messages."""
        return f"a date like {DATE_FORMATS[self.format].spelling}"

    def read(self, values: pl.Series) -> pl.Series:
        """Return the values as datetimes in UTC, null where they are none."""
        if values.dtype == pl.String:
            return parse_dates(values, self.format)
        if values.dtype in (pl.Date, pl.Datetime):
            return in_utc(values)
        return pl.Series(values.name, [None] * len(values), dtype=pl.Datetime("us"))


Kind: TypeAlias = Number | Boolean | Category | Date


def _as_floats(values: pl.Series) -> pl.Series:
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return values.cast(pl.Float64).fill_nan(None)
    return pl.Series(values.name, [None] * len(values), dtype=pl.Float64)


def filled_texts(values: pl.Series, kind: Kind) -> pl.Series:
    """Return the column with null for the words that are missing in a column of this kind."""
    if values.dtype != pl.String or isinstance(kind, Category):
        return values
    return without_weak_words(values)


def cast(table: Table, column: str, kind: Kind) -> pl.Series:
    """Read one column of a table as this kind.

    Raises
    ------
    TableError
        At the first value that does not fit or is infinite.
    """
    values = filled_texts(table.frame[column], kind)
    typed = kind.read(values)
    unfit = (typed.is_null() & values.is_not_null()).arg_true()
    if len(unfit):
        raise TableError(
            f"{place(table, column, unfit[0])}: {quote(values[unfit[0]])} is not {kind.noun}; "
            "correct it or leave the cell empty for missing"
        )
    require_finite(table, column, typed)
    return typed


def require_finite(table: Table, column: str, values: pl.Series) -> None:
    """Raise TableError at the first infinite value of a typed column."""
    if not values.dtype.is_float() or not values.is_infinite().any():
        return
    row = values.is_infinite().fill_null(False).arg_true()[0]
    raise TableError(
        f"{place(table, column, row)}: {quote(table.frame[column][row])} is infinite "
        "or too large; leave the cell empty for missing, or remove the row"
    )


def place(table: Table, column: str, row: int) -> str:
    """Say where a cell stands: ``"data.csv, line 7, column 'age'"``."""
    return f"{table.name}, {table.where(row)}, column {quote(column)}"
