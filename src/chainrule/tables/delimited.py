"""CSV and TSV: strict, in blocks, with the line in which each row begins.

polars parses a block of rows if it can be shown to have read what stands there: quotes open and close
at the ends of fields, and the delimiters and line ends outside them are as many as the rows and
columns ask for. Whatever is not so plain is read by the csv module, row by row, which also finds the
line of what is wrong (docs/decisions/0004).
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.tables.decoding import Text
from chainrule.tables.dialects import (
    SAMPLE,
    Choices,
    Dialect,
    Layout,
    Record,
    UnparsableError,
    find_layout,
    shown,
)
from chainrule.tables.errors import TableError, count, quote
from chainrule.tables.kinds import by_dictionary
from chainrule.tables.missing import AMONG_VALUES, EVERYWHERE
from chainrule.tables.names import clean_texts, column_names
from chainrule.tables.notes import Note
from chainrule.tables.table import Table

_LONGEST_FIELD = 2**24  # characters; more means that a quote was never closed
_CHUNK = 2**18  # cells held as Python strings at a time, so that memory stays bounded
_BLOCK = 2**22  # characters that polars parses at a time
_FEW = 4  # a column whose texts repeat so often, on the average, is kept as a dictionary
_DASHES = re.compile(r"[-=_+:|~ \t]+")
_FOOTER = re.compile(
    r"\(?\s*([0-9][0-9,. ]*\s+(rows?|records?|lines?|results?|rijen|zeilen|lignes|filas)\b"
    r"|(rows?|records?|total|count|sum|end|eof|source|note|notes|quelle|summe|gesamt|copyright)\b).*",
    re.IGNORECASE,
)
_FEWEST_FOR_UNITS = 3

Lines = NDArray[np.int64]
Chunk = tuple[pl.DataFrame, Lines]


@dataclass(frozen=True)
class _Source:
    """A file that is being read: its name, its text, and what is known of its layout."""

    name: str
    text: Text
    layout: Layout
    choices: Choices


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
        text.fill_to(SAMPLE)
        sample = text.buffer[:SAMPLE]
        layout = find_layout(
            name, sample, choices, tabs=tabs, whole=text.ended and len(text.buffer) <= SAMPLE
        )
        above = text.lines()
        while text.line < layout.first_line and next(above, ""):
            pass
        source = _Source(name, text, layout, choices)
        if not layout.names:
            next(_exact(source, len(text.buffer)), None)  # raises, and says why
        names, notes = column_names(name, list(layout.names))
        frame, lines = _frame(source, names)
    unnamed = tuple(
        column for column, raw in zip(names, layout.names, strict=True) if not raw.strip()
    )
    table = Table(
        name,
        frame,
        lines,
        "line",
        (*layout.notes, *_about_dialect(layout.dialect), *notes),
        index=tuple(names[:1]) if layout.row_names else (),
        unnamed=unnamed,
        format={
            "type": "text",
            "encoding": encoding,
            "delimiter": shown(layout.dialect.delimiter),
            "header": f"line {layout.header_line}" if layout.header_line else "none",
        },
    )
    return _without_empty_columns(_without_rows_that_are_none(table, layout))


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


def _frame(source: _Source, names: list[str]) -> tuple[pl.DataFrame, Lines]:
    """Gather the rows into columns of texts, and the line of each row."""
    frames, lines = [], []
    dictionaries: dict[str, pl.DataType] | None = None
    for frame, places in _chunks(source, len(names)):
        frame.columns = names
        if dictionaries is None:
            dictionaries = {
                column.name: pl.Categorical(pl.Categories.random())
                for column in frame
                if column.n_unique() * _FEW <= len(column)
            }
        frame = frame.cast(dictionaries)  # type: ignore[arg-type]
        frames.append(pl.DataFrame([_clean(column) for column in frame]))
        lines.append(places)
    if not frames:
        raise TableError(f"{source.name} has a header but no rows; give at least one row below it")
    return pl.concat(frames), np.concatenate(lines)


def _chunks(source: _Source, width: int) -> Iterator[Chunk]:
    """Yield the rows block by block."""
    text, layout = source.text, source.layout
    plain = layout.dialect.is_plain and not layout.comment and not source.choices.skip
    while True:
        text.fill_to(_BLOCK)
        ahead = len(text.buffer) - text.at
        if not ahead:
            return
        end = _end_of_records(text)
        if end is None and not text.ended and ahead < _LONGEST_FIELD:
            text.fill_to(2 * ahead)
            continue
        if plain and end is not None:
            begin, line = text.at, text.line
            block = text.take(end)
            chunk = _parsed(block, layout.dialect.delimiter, width, line)
            if chunk is not None:
                yield chunk
                continue
            text.at, text.line = begin, line
        until = text.line + text.buffer.count("\n", text.at, end or len(text.buffer))
        records = _exact(source, until)
        while chunk_of := list(itertools.islice(records, max(1, _CHUNK // width))):
            yield _gathered(chunk_of)


def _end_of_records(text: Text) -> int | None:
    """Return where the last whole record in the buffer ends, None if that cannot be told."""
    buffer = text.buffer
    if text.ended:
        return len(buffer)
    end = buffer.rfind("\n", text.at) + 1
    if buffer.count('"', text.at, end) % 2:  # within quotes: before the record that opens them
        end = buffer.rfind("\n", text.at, buffer.rfind('"', text.at, end)) + 1
    return end if end > text.at else None


def _parsed(block: str, delimiter: str, width: int, line: int) -> Chunk | None:
    """Let polars parse a block of rows; None if it may not have read what stands there."""
    if block.startswith("\n") or "\n\n" in block or not block.strip():
        return None
    quoted = '"' in block
    raw = block.encode()
    mark = delimiter.encode()
    if len(mark) != 1 or (quoted and not _quotes_enclose_fields(raw, mark)):
        return None
    try:
        frame = pl.read_csv(
            raw,
            has_header=False,
            separator=delimiter,
            infer_schema=False,
            quote_char='"' if quoted else None,
            schema={str(number): pl.String for number in range(width)},
            empty_string_is_null=True,
        )
    except pl.exceptions.PolarsError:
        return None
    n_lines = raw.count(b"\n") + (not raw.endswith(b"\n"))
    n_marks = raw.count(mark)
    inner_lines = None
    if quoted:
        inside = frame.select(
            marks=pl.sum_horizontal(pl.all().str.count_matches(delimiter, literal=True)),
            lines=pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True)),
        )
        n_marks -= int(inside["marks"].sum())
        if inside["lines"].sum():
            inner_lines = inside["lines"].to_numpy()
            n_lines -= int(inner_lines.sum())
    if frame.height != n_lines or n_marks != (width - 1) * frame.height:
        return None
    places = np.arange(line, line + frame.height, dtype=np.int64)
    if inner_lines is not None:
        places[1:] += np.cumsum(inner_lines[:-1], dtype=np.int64)
    return frame, places


def _quotes_enclose_fields(raw: bytes, mark: bytes) -> bool:
    """Say whether every quote opens a field, closes one, or is doubled within one."""
    content = np.frombuffer(b"\n" + raw + b"\n", dtype=np.uint8)
    quotes = np.flatnonzero(content == ord('"'))
    if len(quotes) % 2:
        return False
    edges = np.frombuffer(b'\n"' + mark, dtype=np.uint8)
    opens, closes = quotes[0::2], quotes[1::2]
    return bool(
        np.isin(content[opens - 1], edges).all() and np.isin(content[closes + 1], edges).all()
    )


def _clean(column: pl.Series) -> pl.Series:
    """Return texts without blanks and invisible characters at their ends, empty ones null."""

    def clean(texts: pl.Series) -> pl.Series:
        cleaned = clean_texts(texts)
        return cleaned.set((cleaned == "").fill_null(False), None)

    return by_dictionary(column, clean)


def _gathered(records: list[Record]) -> Chunk:
    """Return records as columns of texts."""
    columns = zip(*(fields for _, fields in records), strict=True)
    frame = pl.DataFrame(
        [pl.Series(str(n), column, dtype=pl.String) for n, column in enumerate(columns)]
    )
    return frame, np.array([line for line, _ in records], dtype=np.int64)


def _exact(source: _Source, until: int) -> Iterator[Record]:
    """Yield the records that begin before the line `until`; all have the same width."""
    text, layout = source.text, source.layout
    first = text.line
    lines = _lines_to_read(source)
    try:
        for line, fields in layout.dialect.records(lines, first):
            if len(fields) == layout.width:
                yield line, fields
            elif not _is_no_row(fields, layout):
                raise TableError(_uneven(source, line, fields))
            if text.line >= until:
                return
    except UnparsableError as error:
        raise TableError(_unparsable(source.name, error)) from None


def _lines_to_read(source: _Source) -> Iterator[str]:
    """Yield the lines from here on, blank where they are to be left out."""
    skip, comment = source.choices.skip, source.choices.comment
    number = source.text.line
    for line in source.text.lines():
        left_out = number in skip or (comment and line.lstrip().startswith(comment))
        yield "\n" if left_out else line
        number = source.text.line


def _is_no_row(fields: list[str], layout: Layout) -> bool:
    """Say whether a record of another width is a comment or a row of dashes."""
    first = fields[0].lstrip()
    if layout.comment and first.startswith(layout.comment):
        return True
    return all(_DASHES.fullmatch(field) for field in fields) and "--" in "".join(fields)


def _uneven(source: _Source, line: int, fields: list[str]) -> str:
    width, delimiter = source.layout.width, source.layout.dialect.delimiter
    got = f"{source.name}, line {line}: {count(len(fields), 'field')} where the header has {width}"
    filled = [field.strip() for field in fields if field.strip()]
    whole = delimiter.join(fields).strip()
    if len(fields) < width and filled and _FOOTER.fullmatch(filled[0]):
        return f"{got}; it looks like a footer ({quote(whole)}): remove it, or give --skip {line}"
    if len(fields) < width and re.match(r"\s*(#|%|//|--)", fields[0]):
        mark = fields[0].strip()[0]
        return (
            f"{got}; it looks like a comment ({quote(whole)}): remove it, or give "
            f"--comment '{mark}' or --skip {line}"
        )
    if len(fields) == width + 1 and not fields[-1].strip():
        return f"{got}, as it ends with {delimiter!r}; remove the trailing delimiter"
    return (
        f"{got}; quote a field that holds {delimiter!r}, mend the line, leave it out with "
        f"--skip {line}, or give the right --delimiter"
    )


def _unparsable(name: str, error: UnparsableError) -> str:
    reason = str(error)
    if "unexpected end" in reason or "field limit" in reason or "field larger" in reason:
        return (
            f"{name}, line {error.line}: a quote that begins here is never closed; "
            "close it, double it if it is part of the text, or give --quote none"
        )
    return (
        f"{name}, line {error.line}: text follows a closing quote ({reason}); "
        "double a quote that is part of the text, or give --quote none"
    )


def _without_rows_that_are_none(table: Table, layout: Layout) -> Table:
    """Leave out rows that repeat the header, draw a line, or name the columns' units."""
    if not layout.header_line:
        return table
    frame = table.frame
    header = clean_texts(pl.Series(list(layout.names), dtype=pl.String)).to_list()
    repeats = _rows_equal_to(frame, header)
    table = _leave_out(table, repeats, "repeats the header", "repeat the header")
    dashes = _rows_of_dashes(table.frame.head(2))
    table = _leave_out(table, dashes, "is a row of dashes", "are rows of dashes")
    units = np.array([0] if _is_row_of_units(table.frame) else [], dtype=np.intp)
    table = _leave_out(table, units, "seems to name units", "")
    if not table.n_rows:
        raise TableError(f"{table.name} has a header but no rows; give at least one row below it")
    return table


def _rows_equal_to(frame: pl.DataFrame, header: list[str]) -> NDArray[np.intp]:
    filled = [n for n, name in enumerate(header) if name]
    if not filled:
        return np.array([], dtype=np.intp)
    rows = _equal(frame.to_series(filled[0]), header[filled[0]])
    for n in filled[1:]:
        if not len(rows):
            break
        rows = rows[_equal(frame.to_series(n)[rows], header[n])]
    return rows


def _equal(column: pl.Series, text: str) -> NDArray[np.intp]:
    return (column.cast(pl.String) == text).fill_null(False).arg_true().to_numpy().astype(np.intp)


def _rows_of_dashes(top: pl.DataFrame) -> NDArray[np.intp]:
    rows = [[str(cell) for cell in row if cell is not None] for row in top.rows()]
    return np.array(
        [
            number
            for number, cells in enumerate(rows)
            if cells
            and all(_DASHES.fullmatch(cell) for cell in cells)
            and all("--" in cell or "==" in cell for cell in cells)
        ],
        dtype=np.intp,
    )


_BARE_NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?")
_UNIT = re.compile(r"\[.*\]|\(.*\)|[^0-9]*|[^0-9]{1,10}[0-9]?[^0-9]{0,10}")


def _is_row_of_units(frame: pl.DataFrame) -> bool:
    """Say whether the first row names units: words above numbers, and nowhere a value seen below."""
    if frame.height <= _FEWEST_FOR_UNITS:
        return False
    above_numbers = 0
    for column in frame:
        first = column[0]
        if first is None or str(first) in EVERYWHERE or str(first).lower() in AMONG_VALUES:
            continue
        below = [text for text in column[1:200].cast(pl.String) if text is not None]
        if not _UNIT.fullmatch(str(first)) or str(first) in below:
            return False
        numbers = sum(_BARE_NUMBER.fullmatch(text) is not None for text in below)
        if below and numbers >= 0.9 * len(below):
            above_numbers += 1
        elif not re.fullmatch(r"\[.*\]|\(.*\)|-+", str(first)):
            distinct = len(set(below))
            if distinct > len(below) / 2:
                return False  # one more name among names
    return above_numbers >= 1 and _others_are_empty_or_units(frame)


def _others_are_empty_or_units(frame: pl.DataFrame) -> bool:
    """Say whether more than a single cell tells the first row from the others, or it is in brackets."""
    firsts = [str(cell) for cell in frame.row(0) if cell is not None]
    bracketed = all(re.fullmatch(r"\[.*\]|\(.*\)|<.*>|\{.*\}", cell) for cell in firsts)
    return (
        bracketed
        or len(firsts) >= 2
        or frame.width == 1
        or all(
            re.fullmatch(r"[A-Za-zµ°%€$£]{1,3}[0-9²³]?(/[A-Za-z]{1,3}[0-9²³]?)?", cell)
            for cell in firsts
        )
    )


def _leave_out(table: Table, rows: NDArray[np.intp], one: str, several: str) -> Table:
    if not len(rows):
        return table
    lines = table.places[rows]
    if len(lines) == 1:
        said = f"line {lines[0]} {one}"
    else:
        shown_lines = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
        said = f"lines {shown_lines} {several}"
    kept = np.setdiff1d(np.arange(table.n_rows), rows, assume_unique=True)
    return table.take(kept).with_notes(Note(f"{said}: left out", line=int(lines[0])))


def _without_empty_columns(table: Table) -> Table:
    """Leave out columns without a name and without a value: delimiters at the ends of lines."""
    empty = [name for name in table.unnamed if table.frame[name].null_count() == table.n_rows]
    named = [name for name in table.unnamed if name not in empty]
    if len(empty) == len(table.columns):
        return table
    if empty:
        table = table.drop(empty).with_notes(
            Note(
                f"{count(len(empty), 'column')} without a name and without values left out: "
                "the lines end with a delimiter, or the file has empty columns"
            )
        )
    return table if not named else table
