"""Which words stand for a missing value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

import msgspec
import polars as pl

EVERYWHERE = frozenset(
    ["", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "na", "N.A.", "n.a.", "NaN", "nan", "NAN",
     "-nan", "-NaN", "+nan", "NaT", "NULL", "null", "Null", "NULL.", "\\N", "?", "??",
     "(null)", "(NULL)", "<null>", "<NULL>", "[NULL]", "[null]", "{null}", "(blank)", "(Blank)",
     "(empty)", "(missing)", "(unknown)", "<missing>", "<none>", "(none)", "(None)", "missing",
     "Missing", "MISSING", "#DIV/0!", "#DIV/0", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!",
     "#NV", "#N/V", "#WERT!", "#BEZUG!", "#ZAHL!", "#VALEUR!", "#NOMBRE!", "#N/D", "#N/A N/A",
     "#ERROR!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#N/A!", "Err:502", "Err:504",
     "1.#QNAN", "-1.#QNAN", "1.#QNAN0", "1.#IND", "-1.#IND", "1.#SNAN", "1.#NAN", "nan(ind)",
     "-nan(ind)", "-1.#IND00", "1.#IND00", "1.#QNAN00", "undefined", "nil", "NIL", "NUL"]
)  # fmt: skip
"""Missing wherever they stand."""

AMONG_VALUES = frozenset(
    ["none", "-", "--", "---", ".", "..", "...", "…", "–", "—", "−", "*", "**", "***", "/", "//",
     "nd", "n.d.", "n/d", "n/k", "nk", "n.k.", "s/d", "k.a.", "k. a.", "keine angabe", "k.w.",
     "unk", "unknown", "unbekannt", "inconnu", "desconocido", "not available", "not applicable",
     "not reported", "not recorded", "not known", "not given", "no data", "nodata", "no value", "n.v.",
     "blank", "empty", "void", "tbd", "tba", "nan%", "null%", "undef", "invalid", "error", "err",
     "#", "##", "###", "####", "#####", "######", "#######", "########", "_", "__", "~", "'", "''",
     "not a number", "not a time", "none given", "withheld", "suppressed", "redacted", "na%",
     "none recorded", "0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00.00.0000", "00-00-0000",
     "0000-00-00t00:00:00", "0000-00-00t00:00:00z", "0000/00/00", "0000-00-00 00:00"]
)  # fmt: skip
"""In lower case; missing in a column of numbers, booleans or dates. Elsewhere each may be a name of
something: ``none`` is an answer to "which fence?", and a class that should not be lost."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class MissingWords(msgspec.Struct, frozen=True, dict=True):
    """The words for missing, with those that a person added or took away.

    Attributes
    ----------
    added : tuple of str
        Missing wherever they stand, beside the usual ones.
    kept : tuple of str
        Values, though they are usually words for missing.

    Examples
    --------
    >>> words = MissingWords(added=("-999",), kept=("NA",))
    >>> words.mask(pl.Series(["NA", "-999", "?"])).to_list()
    [False, True, True]
    """

    added: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @cached_property
    def everywhere(self) -> list[str]:
        """The words that are missing in every column."""
        return sorted((EVERYWHERE | set(self.added)) - set(self.kept))

    @cached_property
    def numbers(self) -> list[float]:
        """The added words that are numbers: also in a column that a file types as numbers."""
        return [float(word) for word in self.added if _NUMBER.fullmatch(word)]

    def mask(self, texts: pl.Series, *, among_values: bool = False) -> pl.Series:
        """Say which texts stand for a missing value.

        Parameters
        ----------
        texts : polars.Series of str
        among_values : bool
            Whether the column holds numbers, booleans or dates.
        """
        missing = texts.is_in(self.everywhere)
        if among_values:
            weak = texts.str.to_lowercase().is_in(sorted(AMONG_VALUES))
            missing = missing | (weak & ~texts.is_in(list(self.kept)))
        if self.numbers:
            missing = missing | texts.cast(pl.Float64, strict=False).is_in(self.numbers)
        return missing.fill_null(False)

    def without(self, values: pl.Series) -> pl.Series:
        """Return a typed column with null for the numbers that were declared missing."""
        if not self.numbers or not (values.dtype.is_numeric()):
            return values
        return values.set(values.cast(pl.Float64).is_in(self.numbers).fill_null(False), None)


def missing_words(added: Iterable[str] = (), kept: Iterable[str] = ()) -> MissingWords:
    """Return the usual words with some added and some kept as values.

    Raises
    ------
    ValueError
        If a word is both.
    """
    both = sorted(set(added) & set(kept))
    if both:
        raise ValueError(f"{both[0]!r} is given as missing and as not missing; give one of them")
    return MissingWords(tuple(added), tuple(kept))
