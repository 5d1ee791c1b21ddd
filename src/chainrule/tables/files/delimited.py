"""CSV and TSV: strict, in blocks, with the line in which each row begins.

polars parses a block of rows if it can be shown to have read what stands there (`blocks`). Whatever
is not so plain is read by the csv module, row by row, which also finds the line of what is wrong
(docs/decisions/0004).
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from chainrule.tables.errors import TableError, count
from chainrule.tables.files.blocks import Lines, Rows, parse_block
from chainrule.tables.files.comments import USUAL, is_comment
from chainrule.tables.files.decoding import Text
from chainrule.tables.files.dialects import Dialect, Record, UnparsableError, character, shown
from chainrule.tables.files.layouts import Choices, Layout, find_layout
from chainrule.tables.files.odd_lines import OddLines
from chainrule.tables.files.stray_rows import without_stray_rows
from chainrule.tables.names import clean_name, column_names
from chainrule.tables.notes import Note
from chainrule.tables.table import Table

SAMPLE = 2**18
"""How many characters are looked at to find the dialect."""

_FEWEST_LINES = 10  # that the sample holds, where lines are long
_LONGEST_FIELD = 2**24  # characters; more means that a quote was never closed
_CHUNK = 2**18  # cells held as Python strings at a time, so that memory stays bounded
_BLOCK = 2**23  # characters that polars parses at a time
_FEW = 4  # a column whose texts repeat so often, on the average, is kept as a dictionary


@dataclass(frozen=True)
class _Source:
    """A file being read: the text, its layout, and the odd lines met."""

    text: Text
    layout: Layout
    odd: OddLines
    skip: frozenset[int]

    def is_left_out(self, number: int, line: str) -> bool:
        """Say whether a line between the rows is none."""
        if is_comment(line, self.layout.comment):
            self.odd.comment(number, line)
            return True
        return number in self.skip


def read_delimited(
    name: str,
    stream: io.BufferedReader,
    encoding: str,
    choices: Choices,
    *,
    tabs: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Table:
    """Read text with a header into a table of strings; see `chainrule.tables.read_table`.

    Parameters
    ----------
    name : str
        The file's, for messages.
    stream : io.BufferedReader
    encoding : str
        A canonical one.
    choices : Choices
        What the person said about the file.
    tabs : bool
        Whether the file's name says that tabs part the fields.
    progress : callable, optional
        Told the number of bytes of each block that was read.
    """
    with _long_fields():
        text = Text(name, stream, encoding, progress)
        sample = _sample(text)
        whole = text.ended and len(text.buffer) <= len(sample)
        layout = find_layout(name, sample, choices, tabs=tabs, whole=whole)
        above = text.lines()
        while text.line < layout.first_line and next(above, ""):
            pass
        source = _Source(text, layout, OddLines(name, layout), choices.skip)
        if not layout.names:
            next(_exact(source, text.line + 1), None)  # raises, and says why
        names, about_names = column_names(name, list(layout.names))
        frame, lines = _frame(name, source, names)
    notes = (*layout.notes, *_about_dialect(layout.dialect), *about_names, *source.odd.notes)
    table = Table(
        name,
        frame,
        lines,
        "line",
        notes,
        index=tuple(names[:1]) if layout.row_names else (),
        unnamed=tuple(
            column for column, raw in zip(names, layout.names, strict=True) if not raw.strip()
        ),
        format={
            "type": "text",
            "encoding": encoding,
            "delimiter": shown(layout.dialect.delimiter),
            "header": f"line {layout.header_line}" if layout.header_line else "none",
        },
    )
    if layout.header_line and not choices.header:
        table = without_stray_rows(table, layout)
    return _without_empty_columns(table)


def delimited_blocks(
    name: str, text: Text, choices: Choices, wanted: Collection[str]
) -> Iterator[Table]:
    """Yield the rows of a text as they come, in tables; the first has the columns and no row.

    The first line that is no comment names the columns, and they tell the delimiter: nothing is
    decided by rows that may not have come yet.

    Parameters
    ----------
    name : str
        For messages.
    text : Text
    choices : Choices
        Without a header.
    wanted : collection of str
        Names of columns, most of which the right delimiter tells apart.

    Yields
    ------
    Table
        The notes about the header are the first one's. The last, without rows, has those about
        lines between the rows.

    Raises
    ------
    TableError
        At the first record that is not as wide as the header; those before it are yielded.
    """
    with _long_fields():
        layout = _layout_by_names(name, text, choices, wanted)
        source = _Source(text, layout, OddLines(name, layout), choices.skip)
        names, about_names = column_names(name, list(layout.names))
        schema: dict[str, pl.DataType] = {column: pl.String() for column in names}
        no_lines = np.empty(0, dtype=np.int64)
        top = Table(name, pl.DataFrame(schema=schema), no_lines, "line", tuple(about_names))
        yield top
        for rows in _text_blocks(source, schema, at_once=True):
            yield Table(name, pl.DataFrame(rows.cleaned()), rows.lines, "line")
        yield replace(top, notes=source.odd.notes)


def _layout_by_names(name: str, text: Text, choices: Choices, wanted: Collection[str]) -> Layout:
    """Read the header of a text, and leave the rows."""
    given = choices.delimiter and character("delimiter", choices.delimiter)
    quote = character("quote", choices.quote) if choices.quote not in (None, "none") else ""
    quote = quote if choices.quote else '"'
    comment = choices.comment or ""
    while (line := _line_ahead(text)) is not None:
        if line.strip() and not is_comment(line, comment) and text.line not in choices.skip:
            break
        text.pass_over(text.at + len(line), 1)
    if line is None:
        raise TableError(f"{name} is empty; give a header and rows, or JSON lines")

    def found(mark: str) -> tuple[int, int]:
        fields = [clean_name(field.strip().strip(quote)) for field in line.split(mark)]
        return len({*fields} & {*wanted}), len(fields)

    dialect = Dialect(given or max(USUAL, key=found), quote)
    begin = text.line
    try:
        _, names = next(dialect.records(text.lines(), begin))
    except UnparsableError as error:
        bare = Layout(dialect, (), begin, begin, 0)
        raise OddLines(name, bare).unparsable(error) from None
    return Layout(dialect, tuple(names), begin, text.line, len(names), comment=comment)


def _line_ahead(text: Text) -> str | None:
    """Return the next line with its end, and leave it; None at the end."""
    while (end := text.buffer.find("\n", text.at)) < 0:
        if len(text.buffer) - text.at > _LONGEST_FIELD or not text.fill():
            break
    return text.buffer[text.at : end + 1 if end >= 0 else len(text.buffer)] or None


def _sample(text: Text) -> str:
    """Return the beginning of a text, with some whole lines in it."""
    size = SAMPLE
    text.fill_to(size)
    while (
        text.buffer.count("\n", 0, size) < _FEWEST_LINES
        and size < len(text.buffer) + 1
        and size < _LONGEST_FIELD
    ):
        size *= 2
        text.fill_to(size)
    return text.buffer[:size]


def _about_dialect(dialect: Dialect) -> Iterator[Note]:
    if dialect.backslash:
        yield Note("a backslash is read as taking the next character as it is")
    if dialect.quote == "'":
        yield Note("fields are read as quoted by apostrophes; --quote none keeps them")


@contextlib.contextmanager
def _long_fields() -> Iterator[None]:
    """Allow long fields for a while; the limit is the csv module's only global."""
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _frame(name: str, source: _Source, names: list[str]) -> tuple[pl.DataFrame, Lines]:
    """Gather the rows into columns of texts, and the line of each row."""
    parts: dict[str, list[pl.Series]] = {column: [] for column in names}
    lines = []
    for rows in _blocks(source, names):
        for column in rows.cleaned():
            parts[column.name].append(column)
        lines.append(rows.lines)
    if not lines:
        raise TableError(f"{name} has a header but no rows; give at least one row below it")
    # Texts stay in pieces: to join them would hold them in memory twice.
    columns = [pl.concat(parts.pop(column)) for column in names]
    joined = [column if column.dtype == pl.String else column.rechunk() for column in columns]
    return pl.DataFrame(joined), np.concatenate(lines)


def _blocks(source: _Source, names: list[str]) -> Iterator[Rows]:
    """Yield the rows block by block, columns of few texts as dictionaries."""
    schema: dict[str, pl.DataType] = {name: pl.String() for name in names}
    for number, rows in enumerate(_text_blocks(source, schema)):
        if number == 0:
            schema.update(_dictionaries(rows.frame))
        yield replace(rows, frame=rows.frame.cast(schema))  # type: ignore[arg-type]


def _dictionaries(frame: pl.DataFrame) -> dict[str, pl.DataType]:
    """Return for each column of few texts the type that keeps each of them once."""
    return {
        column.name: pl.Categorical(pl.Categories.random())
        for column in frame
        if column.n_unique() * _FEW <= len(column)
    }


def _text_blocks(
    source: _Source, schema: Mapping[str, pl.DataType], *, at_once: bool = False
) -> Iterator[Rows]:
    """Yield the rows block by block, their columns of the types in `schema` or as texts.

    With `at_once` a row that is there whole is yielded before any text behind it is waited for.
    """
    text = source.text
    # What a line of blanks is in a single column, polars and the csv module see differently.
    plain = source.layout.dialect.is_plain and len(schema) > 1 and not source.skip
    while True:
        text.fill_to(1 if at_once else _BLOCK)
        ahead = len(text.buffer) - text.at
        if not ahead:
            return
        end = _end_of_records(text)
        if end is None and not text.ended and ahead < _LONGEST_FIELD:
            if not (at_once and _is_whole(source)):
                text.fill()
                continue
            end = len(text.buffer)
        parsed = _parsed(source, end, schema) if plain and end is not None else None
        if parsed is not None:
            yield parsed
            continue
        n_lines = text.buffer.count("\n", text.at, end or len(text.buffer))
        records = _exact(source, text.line + max(1, n_lines))
        for some in _in_chunks(records, max(1, _CHUNK // len(schema))):
            yield _gathered(some, schema)


def _in_chunks(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    """Yield lists of records; an error comes after the records before it."""
    some: list[Record] = []
    try:
        for record in records:
            some.append(record)
            if len(some) == size:
                yield some
                some = []
    except TableError as error:
        if some:
            yield some
        raise error from None
    if some:
        yield some


def _is_whole(source: _Source) -> bool:
    """Say whether the text that is there ends with a record, whatever its quotes look like."""
    rest = source.text.buffer[source.text.at :]
    try:
        for _ in source.layout.dialect.records(io.StringIO(rest, newline="\n"), 1):
            pass
    except UnparsableError as error:
        return not error.is_open and rest.endswith("\n")
    return rest.endswith("\n")


def _parsed(source: _Source, end: int, schema: Mapping[str, pl.DataType]) -> Rows | None:
    """Let polars parse the text up to `end`, and go on behind it; None if it may be wrong."""
    text = source.text
    block = text.buffer[text.at : end]
    comment = source.layout.comment
    if comment and re.search(rf"^[ \t\ufeff]*{re.escape(comment)}", block, re.MULTILINE):
        return None
    parsed = parse_block(block, source.layout.dialect.delimiter, text.line, schema)
    if parsed is None:
        return None
    rows, n_line_ends = parsed
    text.pass_over(end, n_line_ends)
    return rows


def _end_of_records(text: Text) -> int | None:
    """Return where the last whole record in the buffer ends, None if that cannot be told."""
    buffer = text.buffer
    if text.ended:
        return len(buffer)
    end = buffer.rfind("\n", text.at) + 1
    last = buffer.rfind('"', text.at, end)
    if last >= 0 and buffer.count('"', text.at, last + 1) % 2:  # before the record that opens it
        end = buffer.rfind("\n", text.at, last) + 1
    return end if end > text.at else None


def _gathered(records: list[Record], names: Iterable[str]) -> Rows:
    """Return records as columns of texts."""
    columns = zip(*(fields for _, fields in records), strict=True)
    frame = pl.DataFrame(
        [
            pl.Series(name, texts, dtype=pl.String)
            for name, texts in zip(names, columns, strict=True)
        ]
    )
    return Rows(frame, np.array([line for line, _ in records], dtype=np.int64))


def _exact(source: _Source, until: int) -> Iterator[Record]:
    """Yield the records that begin before the line `until`; all have the same width."""
    text, layout = source.text, source.layout
    records = layout.dialect.records(text.lines(), text.line, source.is_left_out, until)
    try:
        for line, fields in records:
            row = fields if len(fields) == layout.width else source.odd.row((line, fields))
            if row is not None:
                yield line, row
    except UnparsableError as error:
        raise source.odd.unparsable(error) from None


def _without_empty_columns(table: Table) -> Table:
    """Leave out columns without a name and without a value: delimiters at the ends of lines."""
    empty = [name for name in table.unnamed if table.frame[name].null_count() == table.n_rows]
    if not empty or len(empty) == len(table.columns):
        return table
    return table.drop(empty).with_notes(
        Note(
            f"{count(len(empty), 'column')} without a name and without values left out: "
            "the lines end with a delimiter, or the file has empty columns"
        )
    )
