"""Comment lines: above the header of a text file, and between its rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from chainrule.tables.errors import quote
from chainrule.tables.files.sniffing import best_dialect, rows_of
from chainrule.tables.notes import Note

USUAL = (",", ";", "\t", "|")
"""Delimiters that go without a word."""

_COMMENT = re.compile(r"\s*(#|%|//|!|;;|--\s)")
_FEW_COMMENTS = 0.1  # more lines than that which begin like a comment are rows


def is_comment(line: str, mark: str) -> bool:
    """Say whether a line begins with the mark of comments; "" is no mark."""
    return mark != "" and line.lstrip(" \t\ufeff").startswith(mark)


def comments_above(
    lines: list[str], start: int, given: str | None, skip: frozenset[int]
) -> tuple[dict[int, str], int]:
    """Return the comment lines above the header by number, and where the rest begins.

    Parameters
    ----------
    lines : list of str
        The beginning of a file.
    start : int
        The index of the first line to look at.
    given : str or None
        The mark of comments, if a person gave one.
    skip : frozenset of int
        Numbers of lines to leave out.
    """
    comments: dict[int, str] = {}
    at = start
    while at < len(lines):
        line = lines[at].strip("\n\ufeff")
        mark = is_comment(line, given) if given else _COMMENT.match(line)
        if line.strip() and not mark and at + 1 not in skip:
            return comments, at
        if line.strip() and mark:
            comments[at + 1] = line
        at += 1
    if given or len(comments) < 2 or not split_evenly(comments.values()):
        return comments, at
    return {}, start  # the values begin like comments


def split_evenly(lines: Iterable[str]) -> bool:
    """Say whether lines that all begin like comments are a table."""
    dialect = best_dialect([line + "\n" for line in lines])
    widths = {len(fields) for _, fields in rows_of(dialect, [line + "\n" for line in lines], 1)}
    return len(widths) == 1 and min(widths) > 1 and dialect.delimiter in USUAL


def mark_of(comments: Mapping[int, str], below: list[str]) -> str:
    """Return the mark of the comments above, "" where rows begin with it too."""
    for line in comments.values():
        found = _COMMENT.match(line)
        if found is None:
            continue
        mark = found[1]
        alike = sum(is_comment(row, mark) for row in below)
        return mark if alike <= max(1, _FEW_COMMENTS * len(below)) else ""
    return ""


def without_mark(line: str) -> str:
    """Return the text of a comment line."""
    return _COMMENT.sub("", line, count=1).strip()


def about_comments(comments: Mapping[int, str]) -> Note:
    """Say that lines were left out as comments, and how to take the first as the header."""
    first = min(comments)
    return Note(
        f"{lines_are(comments, 'a comment', 'comments')}: left out; "
        f"--header {first} takes line {first} as the header",
        line=first,
    )


def lines_are(lines: Mapping[int, str], one: str, several: str) -> str:
    """Say what lines are, with their numbers and the text of the first."""
    first, last = min(lines), max(lines)
    where = f"line {first} is {one}" if first == last else f"lines {first} to {last} are {several}"
    return f"{where} ({quote(lines[first].strip())})"
