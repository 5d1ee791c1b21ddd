"""Records with another number of fields than the header: which are no rows, what is wrong."""

from __future__ import annotations

import re

from chainrule.tables.errors import TableError, count, quote
from chainrule.tables.files.dialects import BLANKS, Record, UnparsableError, shown
from chainrule.tables.files.layouts import Layout
from chainrule.tables.notes import Note

DASHES = re.compile(r"[-=_+:|~ \t]+")
_COUNT = re.compile(
    r"\(?\s*[0-9][0-9,. ]*\s+(rows?|records?|lines?|results?|rijen|zeilen|lignes|filas)"
    r"(\s+(affected|selected|returned|in set).*)?\s*\)?\.?",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"(\(?\s*(rows?|records?|total|count|sum|end|eof|source|note|notes|quelle|summe|gesamt)\b"
    r"|\(?\s*(copyright|©|\(c\))).*",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\s*(#|%|//|--)")


class OddLines:
    """What was met between the rows of a file.

    Parameters
    ----------
    name : str
        The file's, for messages.
    layout : Layout
    """

    def __init__(self, name: str, layout: Layout) -> None:
        self._name, self._layout = name, layout
        self._comments = list[tuple[int, str]]()
        self._no_rows = list[tuple[int, str]]()
        self._trailing = list[int]()

    def comment(self, line: int, text: str) -> None:
        """Remember a line that is a comment."""
        self._comments.append((line, text.strip()))

    def row(self, record: Record) -> list[str] | None:
        """Return a record's fields as those of a row, None if it is none.

        Raises
        ------
        TableError
            If it may be a row, but has too few fields or too many.
        """
        line, fields = record
        width = self._layout.width
        if len(fields) > width and not any(field.strip() for field in fields[width:]):
            self._trailing.append(line)
            return fields[:width]
        if self._layout.trailing and len(fields) == width - 1:
            return [*fields, ""]
        if self._is_no_row(fields):
            self._no_rows.append((line, self._text(fields)))
            return None
        raise TableError(self._uneven(line, fields))

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was left out."""
        return (
            *_about(self._comments, "a comment", "comments"),
            *_about(self._no_rows, "no row", "no rows"),
            *_about_trailing(self._trailing),
        )

    def unparsable(self, error: UnparsableError) -> TableError:
        """Return what is said about a record whose quotes are wrong."""
        if error.is_open:
            return TableError(
                f"{self._name}, line {error.line}: a quote that begins here is never closed; "
                "close it, double it if it is part of the text, or give --quote none"
            )
        return TableError(
            f"{self._name}, line {error.line}: text follows a closing quote ({error}); "
            "double a quote that is part of the text, or give --quote none"
        )

    def _text(self, fields: list[str]) -> str:
        return self._layout.dialect.delimiter.join(fields).strip()

    def _is_no_row(self, fields: list[str]) -> bool:
        """Say whether a record of another width is a row of dashes."""
        filled = [field.strip() for field in fields if field.strip()]
        return all(DASHES.fullmatch(field) for field in filled) and "--" in "".join(fields)

    def _uneven(self, line: int, fields: list[str]) -> str:
        width, delimiter = self._layout.width, self._layout.dialect.delimiter
        fields_of_it = count(len(fields), "field")
        header = "the header has" if self._layout.header_line else "most rows have"
        got = f"{self._name}, line {line}: {fields_of_it} where {header} {width}"
        whole = quote(self._text(fields))
        if len(fields) < width and (mark := _COMMENT.match(fields[0])):
            option = "" if mark[1] == "--" else f"--comment '{mark[1]}' or "
            return (
                f"{got}; it looks like a comment ({whole}): remove it, or give "
                f"{option}--skip {line}"
            )
        text = self._text(fields)
        if len(fields) < width and (_FOOTER.fullmatch(text) or _COUNT.fullmatch(text)):
            return f"{got}; it looks like a footer ({whole}): remove it, or give --skip {line}"
        holds = "blanks" if delimiter == BLANKS else shown(delimiter)
        return (
            f"{got}; quote a field that holds {holds}, mend the line, leave it out with "
            f"--skip {line}, or give the right --delimiter"
        )


def _about(lines: list[tuple[int, str]], one: str, several: str) -> tuple[Note, ...]:
    if not lines:
        return ()
    line, text = lines[0]
    if len(lines) == 1:
        said = f"line {line} is {one} ({quote(text)}): left out"
    else:
        said = (
            f"{len(lines)} lines are {several}, the first is line {line} ({quote(text)}): left out"
        )
    return (Note(said, line=line),)


def _about_trailing(lines: list[int]) -> tuple[Note, ...]:
    if not lines:
        return ()
    rows = "row ends" if len(lines) == 1 else "rows end"
    return (
        Note(
            f"{len(lines)} {rows} with delimiters behind the last column, the first in "
            f"line {lines[0]}: left out",
            line=lines[0],
        ),
    )
