"""Blocks of rows parsed by polars, with a proof that nothing was lost or moved.

Quotes open and close at the ends of fields, and the delimiters and line ends outside them are as
many as the rows and columns ask for. Of any other block there is no result here.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.tables.kinds.kind import by_dictionary
from chainrule.tables.names import ASCII_EDGES, are_ascii, clean_texts

Lines = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_LINE_END, _QUOTE = b'\n"'
_FIRST_SEEN = 0x21  # of ASCII's characters; those below are blanks and controls
_DELETE = 0x7F
_SLICE = 2**18


@dataclass(frozen=True)
class Rows:
    """Some rows as texts.

    Attributes
    ----------
    frame : polars.DataFrame
    lines : ndarray of int64, shape (n_rows,)
        Where each row begins in the file.
    are_ascii : bool
        Whether all characters are known to be ASCII's.
    are_bare : bool
        Whether no text is known to be empty, or to begin or end with a blank or a control character
        of ASCII.
    """

    frame: pl.DataFrame
    lines: Lines
    are_ascii: bool = False
    are_bare: bool = False

    def cleaned(self) -> list[pl.Series]:
        """Return the columns without invisible characters at the ends; empty texts are null."""
        if self.are_ascii and self.are_bare:
            return self.frame.get_columns()
        frame = self.frame
        plain = [column.name for column in frame if column.dtype == pl.String]
        if self.are_ascii and plain:  # all columns in one query, which runs on all processors
            bare = pl.col(plain).str.strip_chars(ASCII_EDGES)
            frame = frame.with_columns(bare)
            empty = frame.select(pl.col(plain).str.len_bytes().min() == 0).row(0)
            if any(empty):
                frame = frame.with_columns(pl.when(pl.col(plain) != "").then(pl.col(plain)))
        return [
            column if self.are_ascii and column.dtype == pl.String else self._clean_column(column)
            for column in frame
        ]

    def _clean_column(self, column: pl.Series) -> pl.Series:
        if column.dtype != pl.String:
            levels = column.unique().cast(pl.String)
            if levels.equals(clean_cells(levels)):
                return column
        elif self.are_bare and are_ascii(column):
            return column
        return by_dictionary(column, clean_cells)


def clean_cells(texts: pl.Series) -> pl.Series:
    """Return cells without invisible characters at their edges; an empty one is null."""
    cleaned = clean_texts(texts)
    return cleaned.set((cleaned == "").fill_null(False), None)


def parse_block(
    block: str, delimiter: str, line: int, schema: Mapping[str, pl.DataType]
) -> tuple[Rows, int] | None:
    """Let polars parse a block of rows; None if it may not have read what stands there.

    Parameters
    ----------
    block : str
        Whole records.
    delimiter : str
    line : int
        The number of the block's first line.
    schema : mapping of str to polars.DataType
        By column, String or Categorical.

    Returns
    -------
    Rows
    int
        The number of line ends in the block.
    """
    raw = block.encode()
    mark = delimiter.encode()
    quoted = b'"' in raw
    if len(mark) != 1:
        return None
    if quoted and not _quotes_enclose_fields(raw, mark[0]):
        return None
    with ThreadPoolExecutor(1) as beside:
        parsing = beside.submit(
            pl.read_csv,
            raw,
            has_header=False,
            separator=delimiter,
            infer_schema=False,
            quote_char='"' if quoted else None,
            schema=dict.fromkeys(schema, pl.String()) if quoted else schema,
            empty_string_is_null=True,
        )
        n_ends, n_marks, are_bare = _looked_at(np.frombuffer(raw, dtype=np.uint8), mark[0])
    try:
        frame = parsing.result()
    except pl.exceptions.PolarsError:
        return None
    n_lines = n_ends + (not raw.endswith(b"\n"))
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
        frame = frame.cast(schema)  # type: ignore[arg-type]
    if frame.height != n_lines or n_marks != (len(schema) - 1) * frame.height:
        return None
    places = np.arange(line, line + frame.height, dtype=np.int64)
    if inner_lines is not None:
        places[1:] += np.cumsum(inner_lines[:-1], dtype=np.int64)
    return Rows(frame, places, block.isascii(), are_bare and not quoted), n_ends


def _quotes_enclose_fields(raw: bytes, mark: int) -> bool:
    """Say whether every quote opens a field, closes one, or is doubled within one."""
    content = np.frombuffer(b"\n" + raw + b"\n", dtype=np.uint8)
    quotes = np.flatnonzero(content == _QUOTE)
    if len(quotes) % 2:
        return False
    is_edge = _edges(mark)
    opens, closes = quotes[0::2], quotes[1::2]
    return bool(is_edge[content[opens - 1]].all() and is_edge[content[closes + 1]].all())


def _looked_at(content: Bytes, mark: int) -> tuple[int, int, bool]:
    """Count line ends and delimiters; say whether no field has a blank or control at an end."""
    n_ends = n_marks = 0
    are_bare = not (_is_unseen(content[:1], mark) | _is_unseen(content[-1:], mark)).any()
    for first in range(0, len(content), _SLICE):  # which the processor's cache holds
        part = content[first : first + _SLICE + 1]
        edges = part == _LINE_END
        n_ends += int(np.count_nonzero(edges[:_SLICE]))
        marks = part == mark
        n_marks += int(np.count_nonzero(marks[:_SLICE]))
        edges |= marks
        if are_bare:
            unseen = _is_unseen(part, mark)
            are_bare = not ((unseen[1:] & edges[:-1]).any() or (unseen[:-1] & edges[1:]).any())
    return n_ends, n_marks, are_bare


def _is_unseen(content: Bytes, mark: int) -> NDArray[np.bool_]:
    """Return for each byte whether it is a blank or a control that stands in a field."""
    unseen = content < _FIRST_SEEN
    unseen |= content == _DELETE
    unseen &= content != _LINE_END
    unseen &= content != mark
    return unseen


def _edges(mark: int) -> NDArray[np.bool_]:
    """Return for each byte whether it may stand beside a field."""
    is_edge = np.zeros(256, dtype=bool)
    is_edge[[_LINE_END, _QUOTE, mark]] = True
    return is_edge
