"""Rows as wide as the others that are none: the header again, a line of dashes, units."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.tables.errors import TableError
from chainrule.tables.files.layouts import Layout
from chainrule.tables.files.odd_lines import DASHES
from chainrule.tables.kinds.kind import by_dictionary
from chainrule.tables.kinds.missing import MissingWords
from chainrule.tables.names import clean_texts
from chainrule.tables.notes import Note
from chainrule.tables.table import Table

_FEWEST_FOR_UNITS = 3
_FEW = 0.1  # of the rows may repeat the header; more are values
_GLANCE = 200
_NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?")
_UNIT = re.compile(r"\[.*\]|\(.*\)|[^0-9]*|[^0-9]{1,10}[0-9]?[^0-9]{0,10}")
_BRACKETED = re.compile(r"\[.*\]|\(.*\)|<.*>|\{.*\}")
_BRACKETED_OR_NONE = re.compile(r"\[.*\]|\(.*\)|-+")
_SHORT_UNIT = re.compile(r"[A-Za-zµ°%€$£]{1,3}[0-9²³]?(/[A-Za-z]{1,3}[0-9²³]?)?")

RowNumbers = NDArray[np.intp]


def without_stray_rows(table: Table, layout: Layout) -> Table:
    """Leave out rows that repeat the header, draw a line, or name the columns' units.

    Raises
    ------
    TableError
        If no row is left.
    """
    header = clean_texts(pl.Series(list(layout.names), dtype=pl.String)).to_list()
    keeps = f"--header {layout.header_line} keeps"
    repeats = _rows_equal_to(table.frame, header)
    table = _leave_out(table, repeats, "repeats the header", "repeat the header", keeps)
    dashes = _rows_of_dashes(table.frame.head(2))
    table = _leave_out(table, dashes, "is a row of dashes", "are rows of dashes", keeps)
    if _is_row_of_units(table.frame):
        table = _leave_out(table, np.array([0]), "seems to name units", "", keeps)
    if not table.n_rows:
        raise TableError(f"{table.name} has a header but no rows; give at least one row below it")
    return table


def _rows_equal_to(frame: pl.DataFrame, header: list[str]) -> RowNumbers:
    """Return the rows that repeat the header in any case; none if they are many."""
    filled = [n for n, name in enumerate(header) if name]
    none = np.array([], dtype=np.intp)
    if not filled:
        return none
    rows = _equal(frame.to_series(filled[0]), header[filled[0]])
    for n in filled[1:]:
        if len(rows):
            rows = rows[_equal(frame.to_series(n)[rows], header[n])]
    return rows if len(rows) <= max(1, _FEW * frame.height) else none


def _equal(column: pl.Series, text: str) -> RowNumbers:
    lower = text.lower()
    found = by_dictionary(column, lambda texts: texts.str.to_lowercase() == lower)
    return found.fill_null(False).arg_true().to_numpy().astype(np.intp)


def _rows_of_dashes(top: pl.DataFrame) -> RowNumbers:
    rows = [[str(cell) for cell in row if cell is not None] for row in top.rows()]
    return np.array(
        [
            number
            for number, cells in enumerate(rows)
            if cells
            and all(DASHES.fullmatch(cell) for cell in cells)
            and all("--" in cell or "==" in cell for cell in cells)
        ],
        dtype=np.intp,
    )


def _is_row_of_units(frame: pl.DataFrame) -> bool:
    """Say whether the first row names units: words above numbers, nowhere a value seen below."""
    if frame.height <= _FEWEST_FOR_UNITS:
        return False
    if _is_bracketed(frame):
        return True
    above_numbers = 0
    for column in frame:
        if column[0] is None or _is_missing(str(column[0])):
            continue
        first = str(column[0])
        texts = column[1:_GLANCE].cast(pl.String)
        below = texts.filter(~MissingWords().mask(texts, among_values=True)).drop_nulls().to_list()
        if not _UNIT.fullmatch(first) or first in below:
            return False
        numbers = sum(_NUMBER.fullmatch(text) is not None for text in below)
        if below and numbers >= 0.9 * len(below):
            above_numbers += 1
        elif not _BRACKETED_OR_NONE.fullmatch(first) and len(set(below)) > len(below) / 2:
            return False  # one more name among names
    return above_numbers >= 1 and _is_unlike_a_row([str(c) for c in frame.row(0) if c is not None])


def _is_bracketed(frame: pl.DataFrame) -> bool:
    """Say whether all cells of the first row are in brackets, and no other cell of a column is."""
    top = [column.head(_GLANCE).cast(pl.String) for column in frame if column[0] is not None]
    return len(top) > 1 and all(
        _BRACKETED.fullmatch(column[0]) and not column[1:].str.contains(r"^[\[(<{]").any()
        for column in top
    )


def _is_missing(text: str) -> bool:
    return bool(MissingWords().mask(pl.Series([text]), among_values=True)[0])


def _is_unlike_a_row(firsts: list[str]) -> bool:
    """Say whether more than a single odd cell tells the first row from the others."""
    return (
        len(firsts) >= 2
        or all(map(_BRACKETED.fullmatch, firsts))
        or all(map(_SHORT_UNIT.fullmatch, firsts))
    )


def _leave_out(table: Table, rows: RowNumbers, one: str, several: str, keeps: str) -> Table:
    if not len(rows):
        return table
    lines = table.places[rows]
    if len(lines) == 1:
        said = f"line {lines[0]} {one}: left out; {keeps} it"
    else:
        shown = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
        said = f"lines {shown} {several}: left out; {keeps} them"
    kept = np.setdiff1d(np.arange(table.n_rows), rows, assume_unique=True)
    return table.take(kept).with_notes(Note(said, line=int(lines[0])))
