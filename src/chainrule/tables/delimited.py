"""CSV and TSV: parsed once, strictly, in chunks, with the line in which each row begins."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.tables.errors import TableError, count, enumerate_names, quote
from chainrule.tables.row_index import without_index
from chainrule.tables.table import Table
from chainrule.tables.texts import Lines
from chainrule.tables.words import without_missing_words

_DELIMITERS = ",;\t|"
_SPELLED = {"\\t": "\t", "tab": "\t"}
_LONGEST_FIELD = 2**24  # characters; more means that a quote was never closed
_CHUNK = 2**18  # cells held as Python strings at a time, so that memory stays bounded

Record = tuple[int, list[str]]
"""The line in which a record begins, and its fields."""


def read_delimited(
    name: str, stream: io.BufferedReader, encoding: str, delimiter: str | None
) -> Table:
    """Read text with a header into a table of strings; see `chainrule.tables.read_table`."""
    lines = Lines(name, stream, encoding)
    with _long_fields(), contextlib.closing(iter(lines)) as texts:
        first = next((line for line in texts if line.strip()), "")
        delimiter = _spelled(delimiter) if delimiter else _best_delimiter(first)
        filled = itertools.chain([first], texts)
        records = _records(name, lines, csv.reader(filled, delimiter=delimiter, strict=True))
        _, header = next(records, (0, []))
        if not header:
            raise TableError(f"{name} has only blank lines; give a header and rows")
        names = _column_names(name, header)
        frame, places = _frame(name, names, _even(name, records, delimiter, len(names)))
    unnamed = [name for name, field in zip(names, header, strict=True) if not field.strip()]
    return _with_note(
        without_index(Table(name, frame, places, "line"), unnamed=names[0] in unnamed), unnamed
    )


def _with_note(table: Table, unnamed: list[str]) -> Table:
    called = [name for name in unnamed if name in table.columns]
    if not called:
        return table
    return table.with_notes(f"columns without a name are called {enumerate_names(called)}")


@contextlib.contextmanager
def _long_fields() -> Iterator[None]:
    """Allow long fields for a while; the limit is the csv module's only global."""
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _spelled(delimiter: str) -> str:
    character = _SPELLED.get(delimiter, delimiter)
    if len(character) != 1 or character in '"\r\n\0':
        raise TableError(
            f"the delimiter {quote(delimiter)} is not allowed; "
            "give one character, such as ',' or ';', or tab"
        )
    return character


def _best_delimiter(header: str) -> str:
    """Return the delimiter that splits the header into most fields; the comma if none does."""
    unquoted = re.sub(r'"[^"]*("|$)', "", header)
    return max(_DELIMITERS, key=unquoted.count)


def _records(name: str, lines: Lines, reader: Iterator[list[str]]) -> Iterator[Record]:
    """Yield each record that is no blank line, with the line in which it begins."""
    before = lines.delivered - 1  # the header is waiting in the reader
    try:
        for fields in reader:
            begin, before = before + 1, lines.delivered
            if len(fields) > 1 or lines.current.strip():
                yield begin, fields
    except csv.Error as error:
        raise TableError(_unparsable(name, before + 1, str(error))) from None


def _unparsable(name: str, line: int, reason: str) -> str:
    if "unexpected end" in reason or "field limit" in reason:
        return (
            f"{name}, line {line}: a quote that begins here is never closed; "
            "close it, or double it if it is part of the text"
        )
    return (
        f"{name}, line {line}: text follows a closing quote ({reason}); "
        "double a quote that is part of the text"
    )


def _column_names(file: str, header: list[str]) -> list[str]:
    names = [field.strip() or f"column {number}" for number, field in enumerate(header, 1)]
    twice = [column for column, times in Counter(names).items() if times > 1]
    if twice:
        raise TableError(
            f"{file} has more than one column named {enumerate_names(twice)}; "
            "give each column a name of its own"
        )
    return names


def _even(name: str, records: Iterator[Record], delimiter: str, width: int) -> Iterator[Record]:
    """Yield the records as long as all have the header's number of fields."""
    for line, fields in records:
        if len(fields) != width:
            raise TableError(
                f"{name}, line {line}: {count(len(fields), 'field')} where the header has {width};"
                f" quote a field that holds {delimiter!r}, mend the line,"
                " or give the right --delimiter"
            )
        yield line, fields


def _frame(
    file: str, names: list[str], records: Iterator[Record]
) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """Gather the records into string columns, chunk by chunk, and the line of each."""
    chunks, places = [], []
    while chunk := list(itertools.islice(records, max(1, _CHUNK // len(names)))):
        places.append(np.array([line for line, _ in chunk], dtype=np.int64))
        columns = zip(*(fields for _, fields in chunk), strict=True)
        chunks.append(
            pl.DataFrame(  # of a list: a generator's Series beyond 1000 would become rows
                [
                    without_missing_words(pl.Series(name, column, dtype=pl.String))
                    for name, column in zip(names, columns, strict=True)
                ]
            )
        )
    if not chunks:
        raise TableError(f"{file} has a header but no rows; give at least one row below it")
    return pl.concat(chunks, rechunk=True), np.concatenate(places)
