"""Which dialect gives most rows of a sample the same number of fields."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from chainrule.tables.files.dialects import (
    BLANKS,
    DOUBLED,
    Dialect,
    Record,
    UnparsableError,
    character,
)
from chainrule.tables.files.headers import count_up

_COMMON = (",", ";", "\t", "|")
_CONTROLS = ("\x01", "\x1f")
_RARE = ("^", "~", ":", BLANKS)
_ENOUGH = 0.8  # of the rows must have the most frequent number of fields
_NEARLY_ALL = 0.9
_HALF = 0.5
_MOST_FIELDS = 4000  # that are looked at one by one
_NUMBER = re.compile(
    r"[^0-9A-Za-z;|\t]{0,3}[+-]?[0-9][0-9.,:'’ /+-]*([eE][+-]?[0-9]+)?[^0-9;|\t,]{0,4}"
)
_APOSTROPHES = re.compile(r"(?:^|[,;\t|\x01\x1f])\s*'[^'\n]*'\s*(?=[,;\t|\x01\x1f\n]|$)")
_ESCAPES = re.compile(r'\\["\\,;\t|]')
_GAP = re.compile(r"\S( {2,}|\t+)(?=\S)")


class _Rating(NamedTuple):
    """How well a dialect fits, the most important first."""

    score: float
    """The share of rows with the most frequent number of fields, less if values look odd."""
    is_even: bool
    """Whether all rows and the header have the same number of fields."""
    header: int
    width: int
    order: int
    """Smaller for dialects that are less usual."""

    @property
    def parts_the_header(self) -> bool:
        """Whether header and rows have nearly as many fields, and more than one."""
        return (
            self.score >= _HALF
            and min(self.header, self.width) > 1
            and abs(self.header - self.width) < 2
        )


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
    common = [given] if given else _common(body, tabs)
    if quote is None and (found := _quoted_by_apostrophes(common, body)) is not None:
        return found
    quotes = _quotes(body, quote)
    rated = _rated(common, quotes, body)
    if not given and not any(rating.parts_the_header for rating, _ in rated):
        rare = _rated(_rare(body), quotes, body)
        rated += [(rating, way) for rating, way in rare if _is_sure(rating, way, body)]
    best = max(rated, key=lambda pair: pair[0], default=None)
    return replace(quotes[0], delimiter=given or ",") if best is None else best[1]


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
    """Return the usual delimiters and those that stand in no text by chance."""
    lines = [line for line in body if line.strip()]
    marks = ["\t", ",", ";", "|"] if tabs else [*_COMMON]
    controls = [mark for mark in _CONTROLS if _are_most(mark in line for line in lines)]
    if controls:
        return controls
    for doubled in DOUBLED:
        if _parts_by(doubled, lines):
            marks = [mark for mark in marks if mark != doubled[0]] + [doubled]
    return marks


def _parts_by(doubled: str, lines: list[str]) -> bool:
    """Say whether a header has a delimiter only doubled, and most lines have it as often."""
    header = next((line for line in lines if doubled[0] in line), "")
    n_marks = header.count(doubled)
    if n_marks == 0 or header.count(doubled[0]) != 2 * n_marks:
        return False
    counts = [line.count(doubled) for line in lines]
    # One more or less: names of rows, or a delimiter at the end.
    return _are_most(count > 0 and abs(count - n_marks) < 2 for count in counts)


def _are_most(truths: Iterable[bool]) -> bool:
    known = list(truths)
    return sum(known) > _HALF * len(known)


def _rare(body: list[str]) -> list[str]:
    """Return the rare delimiters in the first lines, but no blanks where tabs part fields."""
    tabs = _are_most("\t" in line for line in body if line.strip())
    marks = [mark for mark in _RARE if any(mark in line for line in body[:5])]
    return [mark for mark in marks if not (tabs and mark == BLANKS)]


def _rated(
    marks: list[str], quotes: list[Dialect], body: list[str]
) -> list[tuple[_Rating, Dialect]]:
    rated = []
    for order, (mark, way) in enumerate(itertools.product(marks, quotes)):
        dialect = replace(way, delimiter=mark)
        if (rating := _rating(dialect, body, -order, others=[*marks, *_COMMON])) is not None:
            rated.append((rating, dialect))
    return rated


def _is_sure(rating: _Rating, dialect: Dialect, body: list[str]) -> bool:
    """Say whether a rare delimiter parts all lines alike, into values without other delimiters."""
    if rating.width < 2 or rating.score < _NEARLY_ALL:
        return False
    if rating.is_even:
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
    return ways


def _quoted_by_apostrophes(marks: list[str], body: list[str]) -> Dialect | None:
    """Return the dialect whose fields are quoted by apostrophes, if nearly all lines have some."""
    lines = [line for line in body if line.strip()]
    if any('"' in line for line in lines):
        return None
    if sum(bool(_APOSTROPHES.search(line)) for line in lines) < _ENOUGH * len(lines):
        return None
    rated = _rated(marks, [Dialect(quote="'")], body)
    best = max(rated, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0].score >= _HALF else None


def _rating(dialect: Dialect, body: list[str], order: int, *, others: list[str]) -> _Rating | None:
    """Say how well a dialect fits; None where it does not split the rows."""
    records, complete = _all_or_beginning(dialect, body)
    if not records:
        return None
    header, rows = len(records[0]), records[1:] or records
    width, times = max(Counter(map(len, rows)).items(), key=lambda pair: (pair[1], pair[0]))
    share = times / len(rows)
    if width < 2 and (header < 2 or share < _ENOUGH):
        return None
    others = [mark for mark in others if mark != dialect.delimiter]
    score = share * (0.5 + 0.5 * _quality(records[1:], others)) / (1 if complete else 2)
    if width < 2:
        score *= 0.5  # the header alone has the mark, which belongs to its words then
    alike = _are_alike(records[0], rows, width)
    if not alike:  # R's names of rows, or a title above the header, or another delimiter
        score *= 0.95 if header > 1 and abs(header - width) == 1 else 0.75
    return _Rating(round(score, 2), alike and complete and share == 1.0, header, width, order)


def _are_alike(header: list[str], rows: list[list[str]], width: int) -> bool:
    """Say whether the header has as many fields as the rows, but for an empty one at the end."""
    if width == len(header) + 1:
        return not any(fields[-1].strip() for fields in rows)
    return width == len(header) or (width == len(header) - 1 and not header[-1].strip())


def _all_or_beginning(dialect: Dialect, body: list[str]) -> tuple[list[list[str]], bool]:
    """Return the records' fields, and whether all but one cut off at the end could be read."""
    found: list[list[str]] = []
    try:
        found.extend(fields for _, fields in dialect.records(body, 1))
    except UnparsableError as error:
        return found, error.is_open
    return found, True


def _quality(rows: list[list[str]], others: list[str]) -> float:
    """Return the share of fields that are numbers or hold none of the other delimiters."""
    fields = list(itertools.islice(itertools.chain.from_iterable(rows), _MOST_FIELDS))
    clean = sum(
        _NUMBER.fullmatch(field.strip()) is not None or not any(mark in field for mark in others)
        for field in fields
    )
    return clean / len(fields) if fields else 1.0
