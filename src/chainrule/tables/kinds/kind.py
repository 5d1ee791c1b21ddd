"""The kinds of column, and how each reads its values from texts or from typed columns.

A kind is decided once, on the table that is learnt from, and kept in the model: the same
column of a later table is read the same way, or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, TypeAlias

import msgspec
import numpy as np
import polars as pl

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, quote
from chainrule.tables.kinds.dates import Date, date_spellings
from chainrule.tables.kinds.missing import MissingWords
from chainrule.tables.kinds.numbers import Number, number_spellings
from chainrule.tables.kinds.truths import BOOLEAN_WORDS, DIGITS, VALUE_OF
from chainrule.tables.table import Table

_LETTERS = (frozenset("ft"), frozenset("ny"), frozenset("nj"))  # f, n and y are codes
_WHOLE = r"^([+-]?[0-9]+)(?:\.0+|,00?)$"  # 1,000 may be a thousand
_BOTH = (0.0, 1.0)
_MOST_WORDS = 20  # of truth in one column


class Boolean(msgspec.Struct, frozen=True, tag="boolean"):
    """True and false, in any of the usual words, as the numbers 1 and 0."""

    noun: ClassVar[str] = "true or false"

    def read(self, values: pl.Series) -> pl.Series:
        """Return the values as 0.0 and 1.0, null where they are neither."""
        if values.dtype == pl.String:
            words = values.str.to_lowercase()
            return words.replace_strict(VALUE_OF, default=None, return_dtype=pl.Float64)
        numbers = Number().read(values)
        return numbers.set(~numbers.is_in([0.0, 1.0]), None)


class Category(msgspec.Struct, frozen=True, tag="category"):
    """Names of anything."""

    noun: ClassVar[str] = "a category"

    def read(self, values: pl.Series) -> pl.Series:
        """Return the values as texts; a whole number is written without ``.0`` and ``,0``."""
        if values.dtype == pl.String:
            if not values.str.contains(_WHOLE).any():
                return values
            return values.str.replace(_WHOLE, "${1}")
        if values.dtype.is_float():
            whole = values.is_not_nan() & (values.round() == values) & (values.abs() < 2**53)
            texts = values.cast(pl.Int64, strict=False).cast(pl.String)
            return texts.zip_with(whole.fill_null(False), values.cast(pl.String))
        return values.cast(pl.String)


Kind: TypeAlias = Number | Boolean | Category | Date

SPELLINGS: dict[str, Kind] = {
    **number_spellings,
    "boolean": Boolean(),
    "category": Category(),
    **date_spellings,
}
"""The kinds that a person can name."""


def kind_named(name: str) -> Kind:
    """Return the kind that a person names.

    Raises
    ------
    TableError
        If there is none of this name.
    """
    if name not in SPELLINGS:
        hint = nearest(name, SPELLINGS) or ";"
        raise TableError(f"unknown kind {quote(name)}{hint} known: {', '.join(SPELLINGS)}")
    return SPELLINGS[name]


def boolean_candidates(filled: pl.Series) -> Iterator[Boolean]:
    """Yield the boolean kind if the words are those of falsehood and truth, in any case.

    ``f, n, y`` are codes, not false, no and yes; and words of one truth alone are names.

    Examples
    --------
    >>> list(boolean_candidates(pl.Series(["Yes", "no", "TRUE", "false"])))
    [Boolean()]
    >>> list(boolean_candidates(pl.Series(["y", "n", "f"])))
    []
    """
    for some in (filled.head(200), filled):
        if some.n_unique() > _MOST_WORDS:
            return
    if are_truths(set(filled.str.to_lowercase().unique())):
        yield Boolean()


def are_truths(words: set[str]) -> bool:
    """Say whether words, in lower case, are of one language, or both truths of several."""
    named = words - set(DIGITS)
    if words in ({"true"}, {"false"}):
        return True  # as a file with types has it
    if not named or len({VALUE_OF.get(word) for word in words}) != len(_BOTH):
        return False
    if all(len(word) == 1 and word.isalpha() and word.isascii() for word in named):
        return named in _LETTERS
    if any(named <= no | yes for no, yes in BOOLEAN_WORDS):
        return True
    paired = [no | yes for no, yes in BOOLEAN_WORDS if named & no and named & yes]
    return named <= frozenset().union(*paired)


def is_text(values: pl.Series) -> bool:
    """Say whether a column holds texts, as they are or as a dictionary of few."""
    return values.dtype == pl.String or isinstance(values.dtype, pl.Categorical)


def distinct(values: pl.Series) -> pl.Series:
    """Return the texts of a column, each once if it is kept as a dictionary, in order."""
    if isinstance(values.dtype, pl.Categorical):
        return values.drop_nulls().unique(maintain_order=True).cast(pl.String)
    return values.drop_nulls()


def by_dictionary(values: pl.Series, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Apply a function of texts to a column; to each different text once if it is a dictionary."""
    if not isinstance(values.dtype, pl.Categorical):
        return read(values)
    different = values.unique(maintain_order=True)  # quicker than in any order
    results = read(different.cast(pl.String))
    codes = different.to_physical()
    place = np.zeros(int(codes.max() or 0) + 1, dtype=np.uint32)  # type: ignore[arg-type]
    filled = codes.is_not_null().to_numpy()
    place[codes.drop_nulls().to_numpy()] = np.flatnonzero(filled)
    physical = values.to_physical()
    found = pl.Series(place[physical.fill_null(0).to_numpy()])
    if values.has_nulls():
        found = found.set(physical.is_null(), None)
    if results.dtype == pl.String:
        results = results.cast(values.dtype)  # texts stay a dictionary
    return results.gather(found).alias(values.name)


def filled_values(values: pl.Series, kind: Kind, words: MissingWords) -> pl.Series:
    """Return the column with null for the words that are missing in a column of this kind."""
    if not is_text(values):
        return words.without(values)
    among = not isinstance(kind, Category)

    def without(texts: pl.Series) -> pl.Series:
        return texts.set(words.mask(texts, among_values=among), None)

    return by_dictionary(values, without)


def read_as(values: pl.Series, kind: Kind, words: MissingWords) -> tuple[pl.Series, pl.Series]:
    """Return the column read as this kind, and where a value is filled but does not fit.

    A column whose values are of several types is a struct with a field for each type.
    """
    if values.dtype == pl.Struct:
        return _read_mixed(values, kind, words)
    if is_text(values) and not isinstance(kind, Category):
        return _read_texts(values, kind, words)
    filled = filled_values(values, kind, words)
    typed = by_dictionary(filled, kind.read) if is_text(filled) else kind.read(filled)
    return typed, typed.is_null() & filled.is_not_null()


def _read_mixed(values: pl.Series, kind: Kind, words: MissingWords) -> tuple[pl.Series, pl.Series]:
    """Read the values of each type by themselves and lay them together again."""
    parts = [read_as(part, kind, words) for part in values.struct.unnest()]
    (typed, unfit), *others = parts
    for other, unfit_too in others:
        typed, unfit = typed.zip_with(typed.is_not_null(), other), unfit | unfit_too
    return typed.alias(values.name), unfit


def _read_texts(values: pl.Series, kind: Kind, words: MissingWords) -> tuple[pl.Series, pl.Series]:
    """Read first and look for words for missing only among what cannot be read.

    Words that can be read, as numbers that a person declared missing, are looked for after.
    """
    typed = by_dictionary(values, kind.read)
    if words.added:
        declared = by_dictionary(values, lambda texts: words.mask(texts, among_values=True))
        typed = typed.set(declared.fill_null(False), None)
    unread = (typed.is_null() & values.is_not_null()).arg_true()
    unfit = np.zeros(len(values), dtype=bool)
    if len(unread):
        texts = values.gather(unread).cast(pl.String)
        unfit[unread.to_numpy()] = ~words.mask(texts, among_values=True).to_numpy()
    return typed, pl.Series(unfit)


def cast(table: Table, column: str, kind: Kind, words: MissingWords | None = None) -> pl.Series:
    """Read one column of a table as this kind.

    Raises
    ------
    TableError
        At the first value that does not fit or is infinite.
    """
    values = table.frame[column]
    typed, unfit = read_as(values, kind, words or MissingWords())
    if unfit.any():
        row = int(unfit.arg_true()[0])
        raise TableError(
            f"{place(table, column, row)}: {shown_value(values, row)} is not {kind.noun}; "
            "correct it or leave the cell empty for missing"
        )
    require_finite(table, column, typed)
    return typed


def require_finite(table: Table, column: str, values: pl.Series) -> None:
    """Raise TableError at the first infinite value of a typed column."""
    if not values.dtype.is_float() or not values.is_infinite().any():
        return
    row = int(values.is_infinite().fill_null(False).arg_true()[0])
    raise TableError(
        f"{place(table, column, row)}: {shown_value(table.frame[column], row)} is infinite "
        "or too large; leave the cell empty for missing, or remove the row"
    )


def shown_value(values: pl.Series, row: int) -> str:
    """Return a value of a column in quotes, for a message."""
    value = values[row]
    if values.dtype == pl.Struct:
        value = next(part for part in value.values() if part is not None)
    return quote(value)


def place(table: Table, column: str, row: int) -> str:
    """Say where a cell stands: ``"data.csv, line 7, column 'age'"``."""
    return f"{table.name}, {table.where(row)}, column {quote(column)}"
