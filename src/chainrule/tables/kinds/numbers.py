"""Numbers as people and programs write them: a decimal comma, thousands, a currency or a unit.

Nearly every column holds plain numbers, which polars reads at once. Only the texts that it leaves
are looked at by regular expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import msgspec
import polars as pl

from chainrule.tables.errors import quote
from chainrule.tables.kinds.truths import VALUE_OF
from chainrule.tables.kinds.units import (
    APOSTROPHES,
    BLANKS,
    MINUS,
    NO_CENTS,
    PARENTHESES,
    has_decimal_point,
    is_currency,
    unit_of,
)

_GLANCE = 300  # texts that a rule must read before it is worth trying on all

_MARKS = {
    "": "",
    ",": ",",
    ".": r"\.",
    "_": "_",
    **dict.fromkeys(BLANKS, f"[{BLANKS}]"),
    **dict.fromkeys(APOSTROPHES, f"[{APOSTROPHES}]"),
}
"""The pattern of each mark between thousands: marks that look the same count as the same."""

_MARK_NAMES = {"'": "apostrophes", " ": "blanks", ",": "commas", ".": "points", "_": "underscores"}
_SIGN = r"[+\-\x{2212}]"
_EXPONENT = "(?:[eEdD][+-]?[0-9]+)?"  # Fortran writes D


class Number(msgspec.Struct, frozen=True, tag="number"):
    """Decimal numbers, all written by one rule.

    Attributes
    ----------
    comma : bool
        The decimals follow a comma, not a point.
    thousands : str
        The mark between groups of digits: one of ``, . ' _`` or a blank; empty for none.
        Typographic apostrophes and blanks of any width count as ``'`` and a blank.
    prefix, suffix : str
        What stands before and behind every number: a currency, a unit, a percent sign.
    binary : bool
        Words of truth are read as 1 and 0 too: the numbers learnt from were only 0 and 1, which
        other programs write as booleans.

    Examples
    --------
    >>> Number(prefix="CHF", thousands="'").read(pl.Series(["CHF 1'234.50", "5"])).to_list()
    [1234.5, None]
    """

    comma: bool = False
    thousands: str = ""
    prefix: str = ""
    suffix: str = ""
    binary: bool = False

    plain: ClassVar[str] = "a number"

    def __post_init__(self) -> None:
        if self.thousands not in _MARKS:
            known = ", ".join(repr(mark) for mark in _MARK_NAMES)
            raise ValueError(f"unknown mark between thousands {self.thousands!r}; known: {known}")
        if self.thousands == self._decimal_mark:
            raise ValueError(f"{self.thousands!r} stands either between thousands or for decimals")

    @property
    def noun(self) -> str:
        """What a value is, for messages."""
        if self == Number(binary=self.binary):
            return self.plain
        return f"a number like {self._example}"

    def read(self, values: pl.Series) -> pl.Series:
        """Return the values as floats, null where they are none by this rule.

        Infinities are numbers here, for their own message; ``nan`` is null. A minus may be the
        typographic one, stand behind the number, or be parentheses around it.

        Parameters
        ----------
        values : polars.Series
            Texts without blanks around them, or a typed column.
        """
        if values.dtype != pl.String:
            return _as_floats(values)
        numbers = self._read_quickly(values)
        left = (numbers.is_null() & values.is_not_null()).arg_true()
        if len(left):
            numbers[left] = self._read_by_pattern(values[left])
        return numbers

    def remark(self) -> str | None:
        """Return how these numbers are read, for a note; None for plain numbers."""
        remarks = list(self._remarks())
        return "; ".join(remarks) or None

    def with_unit_of(self, filled: pl.Series) -> Number:
        """Return this rule with the prefix and the suffix that the first text has.

        Parameters
        ----------
        filled : polars.Series of str
            Without nulls.
        """
        prefix, suffix = (unit_of(filled[0]) if len(filled) else None) or ("", "")
        return msgspec.structs.replace(self, prefix=prefix, suffix=suffix)

    @property
    def _decimal_mark(self) -> str:
        return "," if self.comma else "."

    @property
    def _example(self) -> str:
        before = self.prefix + (" " if self.prefix[-1:].isalpha() else "")
        after = (" " if self.suffix else "") + self.suffix
        return f"{before}1{self.thousands}234{self._decimal_mark}5{after}"

    def _read_quickly(self, texts: pl.Series) -> pl.Series:
        """Return the numbers that polars reads; null for the rest, which may be numbers too."""
        bare = texts
        if self.prefix or self.suffix or self.thousands:
            prefix, suffix = re.escape(self.prefix), re.escape(self.suffix)
            fits = bare.str.contains(rf"^{prefix}\s*[+-]?{self._number}\s*{suffix}$")
            bare = bare.str.strip_prefix(self.prefix).str.strip_suffix(self.suffix)
            bare = bare.set(~fits, None).str.strip_chars()
        if self.thousands:
            bare = bare.str.replace_all(_MARKS[self.thousands], "")
        if self.comma:
            # A point among decimal commas comes from another program, or parts thousands.
            unclear = bare.str.contains(r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$")
            bare = bare.set(unclear, None).str.replace(",", ".", literal=True)
        return _cast(bare)

    def _read_by_pattern(self, texts: pl.Series) -> pl.Series:
        signed = texts.str.replace(PARENTHESES, "-${1}")  # (5) is -5 in accounts
        signed = signed.str.replace(NO_CENTS, "${1}${2}")
        pattern = self._pattern
        fits = signed.str.contains(pattern)
        numbers = pl.Series(texts.name, [None], dtype=pl.Float64).new_from_index(0, len(texts))
        if fits.any():
            bare = signed.filter(fits).str.replace(pattern, "${a}${b}${c}${body}")
            numbers[fits.arg_true()] = self._cast_bare(bare.str.replace(MINUS, "-"))
        if self.binary:
            words = texts.str.to_lowercase()
            truth = words.replace_strict(VALUE_OF, default=None, return_dtype=pl.Float64)
            numbers = numbers.fill_null(truth)
        return numbers

    def _cast_bare(self, texts: pl.Series) -> pl.Series:
        """Return numbers by this rule, but without a unit, as floats."""
        if self.thousands:
            texts = texts.str.replace_all(_MARKS[self.thousands], "")
        if self.comma:
            texts = texts.str.replace(",", ".", literal=True)
        return _cast(texts.str.replace("[dD]", "e"))

    @property
    def _pattern(self) -> str:
        """The pattern of a whole text, with groups for the signs and the number without sign."""
        number = self._number
        prefix, suffix = (re.escape(part) for part in (self.prefix, self.suffix))
        return (
            rf"^(?P<a>{_SIGN}?)\s*{prefix}\s*(?P<b>{_SIGN}?)"
            rf"(?P<body>{number}|(?i:inf(?:inity)?))(?:(?P<c>-)(?:\s|$))?\s*{suffix}$"
        )

    @property
    def _number(self) -> str:
        """The pattern of a number without its sign and unit."""
        whole, decimal = "[0-9]+", re.escape(self._decimal_mark)
        if mark := _MARKS[self.thousands]:
            whole = rf"(?:[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+|{whole})"
        if self.thousands == ",":  # India parts hundreds above the first thousand: 12,34,567
            whole = rf"(?:[1-9][0-9]?(?:,[0-9]{{2}})+,[0-9]{{3}}|{whole})"
        return rf"(?:{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+){_EXPONENT}"

    def _remarks(self) -> Iterator[str]:
        if self.comma:
            yield "the comma in its numbers is read as a decimal point"
        if self.suffix == "%" and not self.prefix:
            yield "its numbers are read as percent: '5 %' is 5"
        elif units := [repr(unit) for unit in (self.prefix, self.suffix) if unit]:
            yield f"its numbers are read without {' and '.join(units)}"
        if self.thousands:
            name = _MARK_NAMES[_same_mark(self.thousands)]
            yield f"the {name} in its numbers are read as marks between thousands"


number_spellings = {
    "number": Number(),
    "decimal-comma": Number(comma=True),
    "thousands-comma": Number(thousands=","),
    "thousands-point": Number(thousands=".", comma=True),
    "thousands-apostrophe": Number(thousands="'"),
    "thousands-apostrophe-decimal-comma": Number(thousands="'", comma=True),
    "thousands-blank": Number(thousands=" "),
    "thousands-blank-decimal-comma": Number(thousands=" ", comma=True),
    "thousands-underscore": Number(thousands="_"),
}
"""The rule of each name that a person may give; a unit is found by `Number.with_unit_of`."""


_RULES = (
    ("", False),
    ("", True),
    (",", False),
    (".", True),
    ("'", False),
    ("'", True),
    (" ", False),
    (" ", True),
    ("_", False),
)
"""Marks between thousands, and whether decimals follow a comma, in the order they are tried."""

_RIVALS = {("", False): (".", True), ("", True): (",", False), (",", False): (".", True)}
"""Of two rules that may read the same texts differently, the second by the first."""


def number_candidates(filled: pl.Series) -> Iterator[Number]:
    """Yield the rules that read all these texts, best first.

    Parameters
    ----------
    filled : polars.Series of str
        Without nulls and words for missing values.

    Examples
    --------
    >>> list(number_candidates(pl.Series(["3,14", "2"])))
    [Number(comma=True, thousands='', prefix='', suffix='', binary=False)]
    >>> list(number_candidates(pl.Series(["1,234", "999"])))
    []
    """
    if filled.is_empty():
        return
    odd = _first_odd(filled)
    if odd is None:
        yield Number(binary=bool(Number().read(filled).is_in([0.0, 1.0]).all()))
        return
    rules = _rules(filled, odd)
    if len(rules) == 1:
        yield rules[0]


def ambiguous(filled: pl.Series) -> str | None:
    """Say that the marks in these texts are either for thousands or for decimals.

    Parameters
    ----------
    filled : polars.Series of str
        Without nulls and words for missing values.

    Returns
    -------
    str or None
        With ``{column}`` in place of the column's name; None if there is no such doubt.

    Examples
    --------
    >>> ambiguous(pl.Series(["1,234", "999"])).partition(";")[0]
    "its values like '1,234' are thousands or decimals"
    """
    odd = _first_odd(filled)
    rules = [] if odd is None else _rules(filled, odd)
    if len(rules) < 2:
        return None
    example = filled.filter(filled.str.contains("[.,]"))[0]
    ways = " or ".join(f"--kind {{column}}={_name_of(rule)}" for rule in rules)
    return f"its values like {quote(example)} are thousands or decimals; {ways} decides"


def _name_of(rule: Number) -> str:
    bare = msgspec.structs.replace(rule, prefix="", suffix="")
    return next(name for name, spelled in number_spellings.items() if spelled == bare)


def _same_mark(mark: str) -> str:
    """Return the usual form of a mark between thousands."""
    return next(usual for usual in _MARK_NAMES if _MARKS[usual] == _MARKS[mark])


def _first_odd(filled: pl.Series) -> str | None:
    """Return the first text that is no plain number, None if there is none."""
    for texts in (filled.head(_GLANCE), filled):
        odd = Number().read(texts).is_null()
        if odd.any():
            return str(texts.filter(odd)[0])
    return None


def _rules(filled: pl.Series, odd: str) -> list[Number]:
    """Return the rules that read all texts: none, one, or two in doubt.

    `odd` is one of the texts, and no plain number.
    """
    unit = unit_of(odd)
    if unit is None:
        return []
    by_marks = {
        marks: Number(thousands=marks[0], comma=marks[1], prefix=unit[0], suffix=unit[1])
        for marks in _RULES
        if any(unit) or any(marks)
    }
    marks = next((marks for marks, rule in by_marks.items() if _reads(rule, filled)), None)
    if marks is None or (any(unit) and filled.str.contains("^[^0-9]*0[0-9]").any()):
        return []  # 007 kg names something
    rule, rival = by_marks[marks], by_marks[_RIVALS[marks]] if marks in _RIVALS else None
    if rival is None or not _reads(rival, filled) or rival.read(filled).equals(rule.read(filled)):
        return [rule]
    return _preferred(rule, rival)


def _preferred(rule: Number, rival: Number) -> list[Number]:
    """Return the one of two rules that is meant, or both in doubt.

    The point in ``1.234 kg`` is a decimal point as in ``1.234``; but a currency has seldom three
    decimals. The comma in ``$1,234`` parts thousands: those who write so have a decimal point.
    """
    if rule.comma and has_decimal_point(rule.prefix):
        return [rival]
    plain = not rule.comma and not rule.thousands
    money = is_currency(rule.prefix) or is_currency(rule.suffix)
    return [rule] if plain and not money else [rule, rival]


def _reads(rule: Number, filled: pl.Series) -> bool:
    if any(rule.read(texts).has_nulls() for texts in (filled.head(_GLANCE), filled)):
        return False
    # 4.5 among decimal commas is from another program; where it is inferred, nobody knows which.
    lenient = rule == Number(comma=True)
    return not (lenient and filled.str.contains(".", literal=True).any())


def _cast(texts: pl.Series) -> pl.Series:
    """Return plain numbers as floats: polars reads them, ``inf`` and ``nan``, and nothing else."""
    return texts.cast(pl.Float64, strict=False).fill_nan(None)


def _as_floats(values: pl.Series) -> pl.Series:
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return values.cast(pl.Float64).fill_nan(None)
    return pl.Series(values.name, [None] * len(values), dtype=pl.Float64)
