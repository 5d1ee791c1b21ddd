"""Which kind each column is, decided over the whole table and said where it is in doubt."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from chainrule.catalog import nearest
from chainrule.tables.dates import DATE_FORMATS
from chainrule.tables.errors import TableError, quote
from chainrule.tables.kinds import (
    BOOLEAN_PAIRS,
    Boolean,
    Category,
    Date,
    Kind,
    Number,
    cast,
    filled_texts,
)
from chainrule.tables.numbers import has_decimal_commas, parse_numbers
from chainrule.tables.table import Table

_NEARLY_ALL = 0.9
_LIKE_QUANTITY = (
    r"(?i)^[^0-9a-z]*[0-9]+[0-9.,:/\s\u2212-]*([^0-9a-z]{0,3}|\s*[ap]m|-[a-z]{3}-[0-9]+)$"
)
_GLANCE = 100  # values that a kind must fit before it is tried on all


@dataclass(frozen=True, eq=False)
class Typed:
    """A table whose columns are read.

    Attributes
    ----------
    table : Table
        Feature columns as floats, texts or datetimes; the target as it was.
    target : str
    kinds : dict of str to Kind
        Of each feature column, in the order of the table.
    notes : tuple of str
        What was in doubt and how it was decided.
    """

    table: Table
    target: str
    kinds: dict[str, Kind]
    notes: tuple[str, ...]


def recognise(table: Table, *, target: str, categories: Collection[str] = ()) -> Typed:
    """Decide the kind of each feature column over the whole table, and read it.

    Parameters
    ----------
    table : Table
    target : str
        The column that is no feature.
    categories : collection of str
        Columns of numbers that are names: codes, postcodes.

    Raises
    ------
    TableError
        If there is no feature column, a name in `categories` is none, or a value is infinite.
    """
    features = [column for column in table.columns if column != target]
    if not features:
        raise TableError(f"{table.name} has no column beside {quote(target)}; give some features")
    for name in categories:
        if name not in features:
            hint = nearest(name, features) or "; give names of feature columns"
            raise TableError(f"{table.name} has no feature column {quote(name)}{hint}")
    kinds, notes = dict[str, Kind](), list[str]()
    for name in features:
        kind, said = (Category(), ()) if name in categories else recognise_kind(table, name)
        kinds[name] = kind
        notes.extend(said)
    columns = [cast(table, name, kind) for name, kind in kinds.items()]
    return Typed(table.with_columns(columns), target, kinds, tuple(notes))


def recognise_kind(table: Table, column: str) -> tuple[Kind, tuple[str, ...]]:
    """Return the kind of one column, and what the user should be told about the choice."""
    values = table.frame[column]
    if values.dtype == pl.String:
        return _kind_of_texts(table, values)
    if values.dtype == pl.Boolean:
        return Boolean(), ()
    if values.dtype in (pl.Date, pl.Datetime):
        return Date(), ()
    return Number(), ()


def _kind_of_texts(table: Table, values: pl.Series) -> tuple[Kind, tuple[str, ...]]:
    filled = filled_texts(values, Number()).drop_nulls()
    if filled.is_empty():
        return Category(), ()
    kind = next((kind for kind in _candidates(filled) if _fits(kind, filled)), None)
    if kind is None:
        return Category(), tuple(_nearly_numbers(table, values))
    return kind, tuple(_doubts(kind, filled))


def _candidates(filled: pl.Series) -> Iterator[Kind]:
    words = set(filled.head(_GLANCE).str.to_lowercase())
    if any(words <= set(pair) for pair in BOOLEAN_PAIRS) and _is_one_pair(filled):
        yield Boolean()
    yield Number()
    if has_decimal_commas(filled):
        yield Number(comma=True)
    for name in DATE_FORMATS:
        yield Date(name)


def _is_one_pair(filled: pl.Series) -> bool:
    """Say whether the words are of one pair: ``f, n, y`` are codes, not false, no and yes."""
    words = set(filled.str.to_lowercase().unique())
    return any(words <= set(pair) for pair in BOOLEAN_PAIRS)


def _fits(kind: Kind, filled: pl.Series) -> bool:
    return not kind.read(filled.head(_GLANCE)).has_nulls() and not kind.read(filled).has_nulls()


def _doubts(kind: Kind, filled: pl.Series) -> Iterator[str]:
    column = quote(filled.name)
    if kind == Number(comma=True):
        yield f"column {column}: the comma in its numbers is read as a decimal point"
    if kind == Date("m/d/y") and _fits(Date("d/m/y"), filled):
        yield (
            f"column {column}: its dates are read as month/day/year, though day/month/year "
            "fits as well; write them as year-month-day to be sure"
        )


def _nearly_numbers(table: Table, values: pl.Series) -> Iterator[str]:
    """Say which value keeps a column of numbers or dates from being one."""
    filled = filled_texts(values, Number())
    unfit = (parse_numbers(filled).is_null() & filled.is_not_null()).arg_true()
    n_filled = filled.len() - filled.null_count()
    if len(unfit) < (1.0 - _NEARLY_ALL) * n_filled:
        yield (
            f"column {quote(values.name)} is taken as categories: {quote(values[unfit[0]])} "
            f"({table.where(unfit[0])}) is no number, though over 90 % of its values are"
        )
    elif filled.str.contains(_LIKE_QUANTITY).sum() > _NEARLY_ALL * n_filled:
        yield (
            f"column {quote(values.name)} is taken as names: {quote(values[unfit[0]])} "
            f"({table.where(unfit[0])}) is neither a plain number nor a date as in the other "
            "rows; write numbers as 1234.5 and dates as 2024-12-31 to have them understood"
        )
