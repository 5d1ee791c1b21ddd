"""Which dialect gives most rows of a sample the same number of fields."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections import Counter
from dataclasses import replace
from typing import NamedTuple

from chainrule.tables.dialects import (
    BLANKS,
    DOUBLED,
    Dialect,
    Record,
    UnparsableError,
    character,
)
from chainrule.tables.headers import count_up

_COMMON = (",", ";", "\t", "|")
_RARE = ("\x01", "\x1f", "^", "~", ":", BLANKS)
_ENOUGH = 0.8  # of the rows must have the most frequent number of fields
_HALF = 0.5
_MOST_FIELDS = 4000  # that are looked at one by one
_NUMBER = re.compile(
    r"[^0-9A-Za-z;|\t]{0,3}[+-]?[0-9][0-9.,:'’ /+-]*([eE][+-]?[0-9]+)?[^0-9;|\t,]{0,4}"
)
_APOSTROPHES = re.compile(r"(?:^|[,;\t|])\s*'[^'\n]*'\s*(?=[,;\t|\n]|$)")
_ESCAPES = re.compile(r'\\["\\,;\t|]')
_GAP = re.compile(r"\S( {2,}|\t+)(?=\S)")


class _Rating(NamedTuple):
    """How well a dialect fits, the most important first."""

    evenness: float
    """The share of rows with the most frequent number of fields, less for a header unlike them."""
    quality: float
    """The share of fields that are numbers or hold no other delimiter."""
    header: int
    width: int
    order: int
    """Smaller for dialects that are less usual."""


def best_dialect(
    body: list[str], *, given: str | None = None, quote: str | None = None, tabs: bool = False
) -> Dialect:
    """Return the dialect that gives most rows the same number of fields.

    Parameters
    ----------
    body : list of str
        Lines with their ends, the header's first.
    given : str, optional
        The delimiter.
    quote : str, optional
        As a person names it; "none" for none.
    tabs : bool
        Whether tabs are preferred.
    """
    quotes = _quotes(body, quote)
    common = [given] if given else _common(body, tabs)
    rated = _rated(common, quotes, body)
    if not given and (not rated or max(rated)[0].evenness < _HALF):
        found = _rated(_rare(body), quotes, body)
        rated = [(rating, way) for rating, way in found if _is_sure(rating, way, body)] or rated
    return max(rated)[1] if rated else replace(quotes[0], delimiter=given or ",")


def rows_of(dialect: Dialect, body: list[str], first_line: int) -> list[Record]:
    """Return the sample's records up to the first that cannot be parsed."""
    found: list[Record] = []
    with contextlib.suppress(UnparsableError):
        found.extend(dialect.records(body, first_line))
    return found


def is_laid_out_in_blanks(body: list[str]) -> bool:
    """Say whether lines have columns of a fixed width: wide gaps in most, many at one place."""
    lines = [line for line in body if line.strip()]
    if len(lines) < 3 or len(_GAP.findall(lines[0])) < 1:
        return False
    ends = Counter(found.end() for line in lines for found in _GAP.finditer(line))
    return sum(bool(_GAP.search(line)) for line in lines) >= _ENOUGH * len(lines) and (
        ends.most_common(1)[0][1] >= _HALF * len(lines)
    )


def _common(body: list[str], tabs: bool) -> list[str]:
    """Return the usual delimiters, a doubled one in place of its single one."""
    first = next((line for line in body if line.strip()), "")
    marks = ["\t", ",", ";", "|"] if tabs else [*_COMMON]
    for doubled in DOUBLED:
        if first.count(doubled[0]) == 2 * first.count(doubled) > 0:
            marks = [mark for mark in marks if mark != doubled[0]] + [doubled]
    return marks


def _rare(body: list[str]) -> list[str]:
    return [mark for mark in _RARE if any(mark in line for line in body[:5])]


def _rated(
    marks: list[str], quotes: list[Dialect], body: list[str]
) -> list[tuple[_Rating, Dialect]]:
    rated = []
    for order, (mark, way) in enumerate(itertools.product(marks, quotes)):
        dialect = replace(way, delimiter=mark)
        if (rating := _rating(dialect, body, -order)) is not None:
            rated.append((rating, dialect))
    return rated


def _is_sure(rating: _Rating, dialect: Dialect, body: list[str]) -> bool:
    """Say whether a rare delimiter parts all lines alike."""
    if rating.width < 2:
        return False
    if rating.evenness == 1.0:
        return True
    if dialect.delimiter != BLANKS or rating.header != rating.width - 1:
        return False
    rows = rows_of(dialect, body, 1)[1:]  # R writes the names of rows and none above them
    quoted = all(line.lstrip().startswith('"') for line in body if line.strip())
    return all(len(fields) == rating.width for _, fields in rows) and (
        quoted or count_up([fields[0] for _, fields in rows])
    )


def _quotes(body: list[str], given: str | None) -> list[Dialect]:
    """Return the ways to quote that are worth a try, the usual one first."""
    if given is not None:
        if given.lower() == "none":
            return [Dialect(quote="")]
        mark = character("quote", given)
        return [Dialect(quote=mark), Dialect(quote=mark, backslash=True)]
    ways = [Dialect()]
    if any(map(_ESCAPES.search, body)):
        ways.append(Dialect(backslash=True))
    if not any('"' in line for line in body):
        lines = [line for line in body if line.strip()]
        quoted = sum(bool(_APOSTROPHES.search(line)) for line in lines)
        if quoted >= _HALF * len(lines):
            ways.insert(0 if quoted >= _ENOUGH * len(lines) else 1, Dialect(quote="'"))
    return ways


def _rating(dialect: Dialect, body: list[str], order: int) -> _Rating | None:
    """Say how well a dialect fits; None where it does not split the rows."""
    records, complete = _all_or_beginning(dialect, body)
    if not records:
        return None
    header = len(records[0])
    widths = Counter(map(len, records[1:] or records))
    width, times = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    share = times / widths.total()
    if width < 2 and (header < 2 or share < _ENOUGH):
        return None
    evenness = (1.0 if share == 1.0 else round(share, 2)) / (1 if complete else 2)
    if header != width:
        evenness -= 0.01 if abs(header - width) == 1 else 0.2
    return _Rating(evenness, _quality(records[1:], dialect.delimiter), header, width, order)


def _all_or_beginning(dialect: Dialect, body: list[str]) -> tuple[list[list[str]], bool]:
    """Return the records' fields, and whether all but one cut off at the end could be read."""
    found: list[list[str]] = []
    try:
        found.extend(fields for _, fields in dialect.records(body, 1))
    except UnparsableError as error:
        return found, error.is_open
    return found, True


def _quality(rows: list[list[str]], delimiter: str) -> float:
    fields = list(itertools.islice(itertools.chain.from_iterable(rows), _MOST_FIELDS))
    clean = sum(_looks_like_a_value(field, delimiter) for field in fields)
    return round(clean / len(fields), 2) if fields else 1.0


def _looks_like_a_value(field: str, delimiter: str) -> bool:
    """Say whether a field is a number, or holds no other delimiter."""
    text = field.strip()
    if _NUMBER.fullmatch(text):
        return True
    return not any(mark in text for mark in _COMMON if mark != delimiter)
