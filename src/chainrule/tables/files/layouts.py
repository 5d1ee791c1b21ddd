"""What stands above the rows of a text file: a line that names the delimiter, comments, a header.

All is decided over a sample of many rows, never by the header alone: the right reading is the one
that gives every row the same number of fields.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from chainrule.tables.errors import TableError, count, quote
from chainrule.tables.files.comments import (
    USUAL,
    about_comments,
    comments_above,
    is_comment,
    lines_are,
    mark_of,
    split_evenly,
    without_mark,
)
from chainrule.tables.files.dialects import (
    BLANKS,
    DOUBLED,
    Dialect,
    Record,
    UnparsableError,
    character,
    shown,
)
from chainrule.tables.files.headers import (
    are_row_names,
    is_data,
    may_be_title,
    names_columns,
    place_of_header,
)
from chainrule.tables.files.sniffing import best_dialect, is_laid_out_in_blanks, rows_of
from chainrule.tables.notes import Note

_SEP_LINE = re.compile(r'\s*"?\s*sep\s*= *(?P<mark>\\t|tab|[^"\s]|\t| )"?[\s,;]*', re.IGNORECASE)
_MOST_LINES = 4000
_BEGINS_WITH_A_WORD = re.compile(r"""\s*["'(\[«]?\w""")
_ENOUGH = 0.8  # of the rows must have the most frequent number of fields


@dataclass(frozen=True)
class Choices:
    """What a person says about a text file; None is found out.

    Attributes
    ----------
    delimiter, quote, comment : str or None
    header : int or None
        The line of the header; 0 says that there is none.
    skip : frozenset of int
        Lines to leave out.
    """

    delimiter: str | None = None
    quote: str | None = None
    comment: str | None = None
    header: int | None = None
    skip: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Layout:
    """What stands above the rows.

    Attributes
    ----------
    dialect : Dialect
    names : tuple of str
        The header's fields as they are written; () where the first record cannot be read.
    header_line : int
        0 where there is none.
    first_line : int
        The line behind the header.
    width : int
        How many fields each row has.
    row_names : bool
        Whether the first field is a name of the row that the header leaves out, as R writes it.
    trailing : bool
        Whether the last field is what is behind a delimiter at the end of each row: nothing.
    comment : str
        What lines between the rows begin with that are comments; "" if there are none.
    notes : tuple of Note
    """

    dialect: Dialect
    names: tuple[str, ...]
    header_line: int
    first_line: int
    width: int
    row_names: bool = False
    trailing: bool = False
    comment: str = ""
    notes: tuple[Note, ...] = ()


def find_layout(name: str, sample: str, choices: Choices, *, tabs: bool, whole: bool) -> Layout:
    """Find out how a text file writes its table.

    Parameters
    ----------
    name : str
        The file's.
    sample : str
        Its beginning.
    choices : Choices
    tabs : bool
        Whether the file's name says that tabs part the fields.
    whole : bool
        Whether the sample is the whole file.

    Raises
    ------
    TableError
        If no line can be the header.
    """
    lines = _lines(sample, whole)
    given = choices.delimiter and character("delimiter", choices.delimiter)
    start, given, notes = _behind_sep_line(lines, given)
    if choices.header:
        start = _line_of_header(name, lines, choices.header)
    comments = dict[int, str]()
    if not choices.header:
        comments, start = comments_above(lines, start, choices.comment, choices.skip)
    comment = choices.comment or mark_of(comments, lines[start:])
    body = [
        "\n" if number in choices.skip or is_comment(line, comment) else line
        for number, line in enumerate(lines[start:], start + 1)
    ]
    _require_text(name, body, comments)
    dialect = best_dialect(body, given=given, quote=choices.quote, tabs=tabs)
    records = rows_of(dialect, body, start + 1)
    if not records:
        # The first record cannot be parsed: let the caller's strict reading say why.
        return Layout(dialect, (), 0, start + 1, 0, notes=notes)
    if given is None and len(lines) > 1:
        _require_delimiter(name, records, body)
    layout = _layout(name, dialect, records, comments, choices)
    if comments and layout.header_line not in comments:
        notes = (*notes, about_comments(comments))
    notes = (*notes, *_about_delimiter(dialect, given), *layout.notes)
    return replace(layout, comment=comment, notes=notes)


def _lines(sample: str, whole: bool) -> list[str]:
    *ended, last = sample.split("\n")
    lines = [line + "\n" for line in ended]
    if last and (whole or not lines):  # else it may be cut off in the middle
        lines.append(last)
    return lines[:_MOST_LINES]


def _behind_sep_line(
    lines: list[str], given: str | None
) -> tuple[int, str | None, tuple[Note, ...]]:
    """Return where the rest begins, the delimiter that is named, and a note about it."""
    start = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    if start == len(lines) or not (named := _SEP_LINE.fullmatch(lines[start].strip("\n\ufeff"))):
        return start, given, ()
    given = given or character("delimiter", named["mark"])
    note = Note(f"line {start + 1} names the delimiter, {shown(given)}", line=start + 1)
    return start + 1, given, (note,)


def _line_of_header(name: str, lines: list[str], header: int) -> int:
    if header > len(lines):
        raise TableError(
            f"{name} has no line {header} for a header near its beginning; "
            "give --header another number"
        )
    return header - 1


def _require_text(name: str, body: list[str], comments: Mapping[int, str]) -> None:
    if any(line.strip() for line in body):
        return
    if comments:
        raise TableError(f"{name} has comment lines alone; give a header and rows")
    raise TableError(f"{name} has only blank lines; give a header and rows")


def _require_delimiter(name: str, records: list[Record], body: list[str]) -> None:
    """Raise if lines hold one field each that is plainly several."""
    texts = [fields[0] for _, fields in records if len(fields) == 1]
    if len(texts) < len(records) or len(records) < 2:
        return
    if is_laid_out_in_blanks(body):
        raise TableError(
            f"{name} seems to be laid out in columns of a fixed width, filled with blanks; save it "
            "with a delimiter, e.g. with pandas.read_fwf and to_csv (or give --delimiter , if each "
            "line is one value)"
        )
    if all(line.lstrip("\ufeff").startswith('"') for line in body if line.strip()) and (
        split_evenly(texts)
    ):
        raise TableError(
            f"in {name} each line is quoted as a whole, so that it is one field; remove the quotes "
            "around the lines (or give --delimiter , if each line is one value)"
        )


def _about_delimiter(dialect: Dialect, given: str | None) -> Iterable[Note]:
    mark = dialect.delimiter
    if given or mark in USUAL:
        return
    said = "runs of blanks" if mark == BLANKS else shown(mark)
    other = (
        f"; --delimiter {mark[0]} parts them by one"
        if mark in DOUBLED
        else ("; --delimiter , takes them as one field a line")
    )
    yield Note(f"the fields are parted by {said}{other}")


def _layout(
    name: str,
    dialect: Dialect,
    records: list[Record],
    comments: Mapping[int, str],
    choices: Choices,
) -> Layout:
    width, _ = Counter(len(fields) for _, fields in records[1:] or records).most_common(1)[0]
    if choices.header == 0:
        names = tuple(f"column {number}" for number in range(1, width + 1))
        return Layout(dialect, names, 0, records[0][0], width)
    at = 0 if choices.header else place_of_header(records, width)
    titles = {line: dialect.delimiter.join(fields) for line, fields in records[:at]}
    for where, text in titles.items():
        if text.strip(f"{dialect.delimiter} ") and not _BEGINS_WITH_A_WORD.match(text):
            raise TableError(
                f"{name}, line {where}: {quote(text)} is no header of the rows below and no plain "
                f"title; leave it out with --skip {where}"
            )
    records = records[at:]
    notes = (_about_titles(titles),) if titles else ()
    line, header = records[0]
    rows = [fields for _, fields in records[1:] if len(fields) == width]
    if choices.header is None:
        commented = _commented_header(dialect, comments, line, width)
        looks_like_data = is_data(header, rows)
        if commented and (looks_like_data or _is_nearer(commented, header, rows)):
            return commented
        if looks_like_data:
            raise TableError(_no_header(name, line, dialect.delimiter.join(header)))
        if may_be_title(records, width):
            raise TableError(
                f"{name}, line {line}: {quote(dialect.delimiter.join(header))} names one column of "
                f"{width}; if it is a title, give --header {records[1][0]} to take line "
                f"{records[1][0]} as the header, else --header {line}"
            )
    return replace(_named(name, dialect, records, width, rows), notes=notes)


def _about_titles(titles: Mapping[int, str]) -> Note:
    first = min(titles)
    return Note(
        f"{lines_are(titles, 'a title', 'titles')}: left out; "
        f"--header {first} takes line {first} as the header",
        line=first,
    )


def _no_header(name: str, line: int, text: str) -> str:
    where = "" if line == 1 else f" (line {line})"
    return (
        f"{name} seems to have no header: its first line{where}, {quote(text)}, looks like the "
        "rows below; add a line with the columns' names, or give --header none "
        f"(or --header {line} if it is the header)"
    )


def _commented_header(
    dialect: Dialect, comments: Mapping[int, str], line: int, width: int
) -> Layout | None:
    """Return the layout in which the last comment above the rows names the columns, if it can."""
    if not comments:
        return None
    where = max(comments)
    text = without_mark(comments[where])
    try:
        fields = next(iter(dialect.records([text], where)))[1]
    except (StopIteration, UnparsableError):
        return None
    if len(fields) != width:
        return None
    note = Note(
        f"line {where}, a comment, is taken as the header; --header {line} takes line {line}",
        line=where,
    )
    return Layout(
        dialect, tuple(field.strip() for field in fields), where, line, width, notes=(note,)
    )


def _is_nearer(commented: Layout, header: list[str], rows: list[list[str]]) -> bool:
    """Say whether a comment rather than the line below it names columns that are all words."""
    fields = commented.names
    return (
        commented.width > 1
        and commented.first_line == commented.header_line + 1
        and len({*fields, ""}) > len(fields)
        and not names_columns(header, rows)
        and not any(" " in field for field in fields)
    )


def _named(
    name: str, dialect: Dialect, records: list[Record], width: int, rows: list[list[str]]
) -> Layout:
    """Return the layout in which the first record names the columns."""
    line, header = records[0]
    n = len(header)
    first_line = line + 1 + sum(field.count("\n") for field in header)
    trailing = bool(rows) and all(not fields[-1].strip() for fields in rows)
    plain = Layout(dialect, tuple(header), line, first_line, n)
    if width == n or not rows:
        return replace(plain, trailing=trailing and not header[-1].strip())
    if width == n + 1 and trailing:
        return replace(plain, width=width, names=(*header, ""), trailing=True)
    if width == n - 1 and not header[-1].strip():
        return replace(plain, width=width, names=tuple(header[:-1]))
    if width == n + 1 and are_row_names([fields[0] for fields in rows], n):
        return replace(plain, width=width, names=("row name", *header), row_names=True)
    _refuse_header(name, dialect, records, width)
    return plain


def _refuse_header(name: str, dialect: Dialect, records: list[Record], width: int) -> None:
    """Raise if the first line is no header of the rows below it, and say what is meant instead."""
    line, header = records[0]
    even = [(where, fields) for where, fields in records[1:] if len(fields) == width]
    if len(even) < _ENOUGH * (len(records) - 1) or (width > len(header) and len(records) == 2):
        return  # the rows differ among themselves: the first odd one is named
    where, fields = even[0]
    if width == len(header) + 1 and where == records[1][0]:
        raise TableError(
            f"{name}, line {where}: every row has {width} fields where the header has "
            f"{len(header)}; quote a field that holds {dialect.delimiter!r}, give the right "
            "--delimiter, or name the column that the header leaves out"
        )
    if len(header) < width and len(even) > 1:
        text = quote(dialect.delimiter.join(header))
        remedy = f"--header {where} to take line {where} as the header"
        if is_data(fields, [row for _, row in even[1:]]):
            remedy = f"--skip {line} --header none, as the rows seem to have none"
        raise TableError(
            f"{name}, line {line}: {text} is no header of the rows below, which have "
            f"{count(width, 'field')}; if it is a title or a comment, give {remedy}"
        )
