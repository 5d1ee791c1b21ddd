"""Which words stand for a missing value, and how a person adds some or takes some away."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from functools import cached_property

import msgspec
import polars as pl

from chainrule.tables.kinds.dates import Date
from chainrule.tables.kinds.words_for_missing import AS_WRITTEN, IN_ANY_CASE, PERHAPS

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LONGEST = 60  # bytes of a word for missing
_BRACKETS = r"^(?:\(.*\)|\[.*\]|<.*>|\{.*\})$"
_AROUND = "()[]{}<>*_$%@`'\"~^. "
_EXTENDED = [
    mark for letter in string.ascii_lowercase for mark in (f".{letter}", f".{letter.upper()}")
]
_MARKS = "-–—−‐‑‒―.…·•*#/\\_~'\"`´=+!¿?|:;,^°()[]{}<>@$%& "
_ERROR = (
    r"^(?:#[\p{L}/0-9¡¿ _]+[!?]|#[nN]/[aA]\b.*|[Ee]rr:5[0-9]{2}"  # of spreadsheets
    r"|[+-]?1\.#(?:qnan|ind|snan|nan|QNAN|IND|SNAN|NAN)[0-9]*)$"  # of Microsoft's C
)


def _core(texts: pl.Series) -> pl.Series:
    """Return texts in lower case without what people put around a word for missing."""
    bare = texts.str.to_lowercase().str.strip_chars(_AROUND)
    return bare.str.replace_many(["_", "-", "’"], [" ", " ", "'"])


def _cores(words: Iterable[str]) -> list[str]:
    return sorted({*_core(pl.Series(sorted(words), dtype=pl.String))} - {""})


_SURE_CORES = _cores(AS_WRITTEN | IN_ANY_CASE)
_CORES = sorted({*_SURE_CORES, *_cores(PERHAPS)})


def _is_sure(texts: pl.Series) -> pl.Series:
    """Say which texts are missing in every column."""
    lower = texts.str.to_lowercase()
    sure = texts.is_in(sorted(AS_WRITTEN)) | lower.is_in(sorted(IN_ANY_CASE))
    # The rest is asked of the few texts that begin as no name does.
    odd = ~sure & texts.str.strip_chars_start(_AROUND + "#+-1eE").str.len_bytes().lt(
        texts.str.len_bytes()
    )
    rows = odd.fill_null(False).arg_true()
    if rows.is_empty():
        return sure
    some = texts.gather(rows)
    core = _core(some)
    is_bare = core.str.len_chars() == some.str.len_chars()
    decorated = core.is_in(_SURE_CORES) & ~is_bare & ~some.str.ends_with(".")
    bracketed = core.is_in(_CORES) & some.str.contains(_BRACKETS)
    return sure.scatter(rows, decorated | bracketed | some.str.contains(_ERROR))


def _may_be(texts: pl.Series) -> pl.Series:
    """Say which texts may stand for a missing value, and may name something."""
    return _core(texts).is_in(_CORES) | is_mark(texts) | texts.is_in(_EXTENDED)


def is_mark(texts: pl.Series) -> pl.Series:
    """Say which texts are marks alone, without a letter or a digit: ``-``, ``...``."""
    return texts.str.strip_chars(_MARKS) == ""


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
    >>> words.mask(pl.Series(["NA", "-999", "?", "none"])).to_list()
    [False, True, True, False]
    >>> words.mask(pl.Series(["(null)", "none", "Don't know"]), among_values=True).to_list()
    [True, True, True]
    """

    added: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

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
        short = (texts.str.len_bytes() <= _LONGEST).fill_null(False)
        if not short.all():
            found = self.mask(texts.filter(short), among_values=among_values)
            return short.scatter(short.arg_true(), found)
        missing = _may_be(texts) | _is_sure(texts) if among_values else _is_sure(texts)
        if self.kept:
            missing &= ~texts.is_in(list(self.kept))
        if self.added:
            missing |= texts.is_in(list(self.added))
        if self.numbers:
            missing |= texts.cast(pl.Float64, strict=False).is_in(self.numbers)
        return missing.fill_null(False)

    def without(self, values: pl.Series) -> pl.Series:
        """Return a typed column with null for the numbers and dates that were declared missing."""
        if values.dtype.is_numeric() and self.numbers:
            return values.set(values.cast(pl.Float64).is_in(self.numbers).fill_null(False), None)
        if values.dtype in (pl.Date, pl.Datetime) and self.added:
            declared = Date().read(pl.Series(self.added, dtype=pl.String)).drop_nulls()
            moments = Date().read(values)
            return values.set(moments.is_in(declared.to_list()).fill_null(False), None)
        return values


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
