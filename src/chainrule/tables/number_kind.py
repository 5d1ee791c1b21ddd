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
from chainrule.tables.units import (
    APOSTROPHES,
    BLANKS,
    MINUS,
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
_TRUTH = {
    **dict.fromkeys(("true", "yes", "t", "y", "on"), 1.0),
    **dict.fromkeys(("false", "no", "f", "n", "off"), 0.0),
}


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
        """Return what polars reads: no number that is none by this rule, but perhaps not all."""
        if self.prefix or self.suffix or (self.comma and self.thousands):
            return pl.Series(texts.name, [None], dtype=pl.Float64).new_from_index(0, len(texts))
        if not self.comma:
            return _cast(texts)
        # A point among decimal commas comes from another program, or parts thousands.
        unclear = texts.str.contains(r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$")
        return _cast(texts.str.replace(",", ".", literal=True)).set(unclear, None)

    def _read_by_pattern(self, texts: pl.Series) -> pl.Series:
        signed = texts.str.replace(PARENTHESES, "-${1}")  # (5) is -5 in accounts
        pattern = self._pattern
        bare = signed.str.replace(pattern, "${a}${b}${c}${body}").str.replace(MINUS, "-")
        bare = bare.set(~signed.str.contains(pattern), None)
        if self.thousands:
            bare = bare.str.replace_all(_MARKS[self.thousands], "")
        if self.comma:
            bare = bare.str.replace(",", ".", literal=True)
        numbers = _cast(bare.str.replace("[dD]", "e"))
        if self.binary:
            words = texts.str.to_lowercase()
            truth = words.replace_strict(_TRUTH, default=None, return_dtype=pl.Float64)
            numbers = numbers.fill_null(truth)
        return numbers

    @property
    def _pattern(self) -> str:
        """The pattern of a whole text, with groups for the signs and the number without sign."""
        whole, decimal = "[0-9]+", re.escape(self._decimal_mark)
        if mark := _MARKS[self.thousands]:
            whole = rf"(?:[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+|{whole})"
        if self.thousands == ",":  # India parts hundreds above the first thousand: 12,34,567
            whole = rf"(?:[1-9][0-9]?(?:,[0-9]{{2}})+,[0-9]{{3}}|{whole})"
        number = rf"(?:{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+){_EXPONENT}"
        prefix, suffix = (re.escape(part) for part in (self.prefix, self.suffix))
        return (
            rf"^(?P<a>{_SIGN}?)\s*{prefix}\s*(?P<b>{_SIGN}?)"
            rf"(?P<body>{number}|(?i:inf(?:inity)?))(?:(?P<c>-)(?:\s|$))?\s*{suffix}$"
        )

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


def number_candidates(filled: pl.Series) -> Iterator[Number]:
    """Yield the rules that may read all these texts, best first.

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
    if filled.is_empty() or not _looks_numeric(filled.head(_GLANCE)):
        return
    numbers = Number().read(filled)
    odd = filled.filter(numbers.is_null())
    if odd.is_empty():
        yield Number(binary=bool(numbers.is_in([0.0, 1.0]).all()))
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
    if filled.is_empty() or not _looks_numeric(filled.head(_GLANCE)):
        return None
    odd = filled.filter(Number().read(filled).is_null())
    rules = _rules(filled, odd) if len(odd) else []
    if len(rules) < 2:
        return None
    names = [_name_of(rule) for rule in rules]
    example = odd.filter(odd.str.contains("[.,]"))[0]
    ways = " or ".join(f"--kind {{column}}={name}" for name in names)
    return f"its values like {quote(example)} are thousands or decimals; {ways} decides"


def _name_of(rule: Number) -> str:
    bare = msgspec.structs.replace(rule, prefix="", suffix="")
    return next(name for name, spelled in number_spellings.items() if spelled == bare)


def _same_mark(mark: str) -> str:
    return next(name for name in _MARK_NAMES if mark in (name, *_alike(name)))


def _alike(mark: str) -> str:
    return {" ": BLANKS, "'": APOSTROPHES}.get(mark, mark)


def _looks_numeric(glance: pl.Series) -> bool:
    return bool(glance.str.contains(r"[0-9]|(?i:inf)").all())


def _rules(filled: pl.Series, odd: pl.Series) -> list[Number]:
    """Return the rules that read all texts: one, or two in doubt. `odd` are no plain numbers."""
    unit = unit_of(odd[0])
    if unit is None or (any(unit) and len(odd) < len(filled)):
        return []
    prefix, suffix = unit
    bare = filled.str.replace(prefix, "", literal=True).str.replace(suffix, "", literal=True)
    if any(unit) and bare.str.contains(r"^[^0-9]*0[0-9]").any():  # 007 names something
        return []
    rules = [
        Number(prefix=prefix, suffix=suffix, thousands=thousands, comma=comma)
        for thousands, comma in _marks(bare)
    ]
    for texts in (odd.head(_GLANCE), filled):
        rules = [rule for rule in rules if not rule.read(texts).has_nulls()]
    return rules[:1] if _is_decided(rules, prefix, suffix) else rules


def _is_decided(rules: list[Number], prefix: str, suffix: str) -> bool:
    """Say whether the first of two rules is meant.

    The point in ``1.234 kg`` is a decimal point as in ``1.234``; but a currency has seldom three
    decimals. The comma in ``$1,234`` parts thousands: those who write so have a decimal point.
    """
    if len(rules) < 2:
        return True
    if has_decimal_point(prefix) and rules[0].comma:
        rules.reverse()
        return True
    return rules[0].thousands == "" and not rules[0].comma and not _is_money(prefix, suffix)


def _is_money(prefix: str, suffix: str) -> bool:
    return is_currency(prefix) or is_currency(suffix)


def _marks(bare: pl.Series) -> list[tuple[str, bool]]:
    """Return the marks between thousands and whether decimals follow a comma, where either may be.

    `bare` are texts without their unit.
    """
    comma, point = bare.str.contains(",").any(), bare.str.contains(".", literal=True).any()
    others = [mark for mark in " '_" if bare.str.contains(f"[0-9]{_MARKS[mark]}[0-9]").any()]
    if others:
        return [] if len(others) > 1 or (comma and point) else [(others[0], comma)]
    if comma and point:
        return [(",", False), (".", True)]
    if comma:
        return [("", True), (",", False)]
    return [("", False), (".", True)] if point else [("", False)]


def _cast(texts: pl.Series) -> pl.Series:
    """Return plain numbers as floats: polars reads them, ``inf`` and ``nan``, and nothing else."""
    return texts.cast(pl.Float64, strict=False).fill_nan(None)


def _as_floats(values: pl.Series) -> pl.Series:
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return values.cast(pl.Float64).fill_nan(None)
    return pl.Series(values.name, [None] * len(values), dtype=pl.Float64)
