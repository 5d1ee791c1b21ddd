"""Excel and LibreOffice workbooks: a sheet's cells, each with a type, become columns.

A column whose cells are of one type keeps it; a mixed one becomes texts as the sheet shows them,
so that no cell is lost. Rows keep their numbers in the sheet.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, count, enumerate_names, quote
from chainrule.tables.files.plain_columns import plain_columns
from chainrule.tables.files.sheet_cells import lost_cells
from chainrule.tables.names import clean_texts, column_names
from chainrule.tables.notes import Note
from chainrule.tables.table import RowNumbers, Table

if TYPE_CHECKING:
    from fastexcel import DType, ExcelReader

_LARGEST_WHOLE = 2.0**53
_FIRST_DATE = dt.datetime(1900, 1, 1)  # what is before is a time without a date
_MIXED = re.compile(r"__UNNAMED__\d+")


@dataclass(frozen=True)
class _Extent:
    """Where the table stands in its sheet, counted from 0: a row of names, rows and columns."""

    header: int
    rows: RowNumbers
    columns: list[int]
    titles: list[int]


def read_sheet(name: str, content: bytes, sheet: str | None = None) -> Table:
    """Read one sheet of a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods).

    Parameters
    ----------
    name : str
        The file's name, for messages.
    content : bytes
    sheet : str, optional
        Its name; by default the first sheet that is not hidden.

    Returns
    -------
    Table
        Its places are the sheet's row numbers: the header is mostly row 1.

    Raises
    ------
    TableError
        If the workbook is damaged, the sheet is missing or empty, or fastexcel is not installed.
    """
    with _named_if_damaged(name):
        import fastexcel

        reader = fastexcel.read_excel(content)
        chosen, loaded = _load(name, reader, sheet)
        texts = pl.DataFrame(loaded)
        extent = _extent(name, chosen, texts, reader.sheet_names)
        letters = [_letters(column.absolute_index) for column in loaded.available_columns()]
        typed = _typed(reader, chosen, extent.header + 1, texts)
    places = (extent.rows + 1).astype(np.int64)
    names, renamed = column_names(name, _titles(texts, extent))
    body = extent.rows - extent.header - 1
    frame, changes = plain_columns(
        pl.DataFrame(
            [
                _column(texts.to_series(j)[extent.header + 1 :], typed.to_series(j))[body]
                .alias(names[k])
                for k, j in enumerate(extent.columns)
            ]
        ),
        places,
    )  # fmt: skip
    named = {letters[j]: names[k] for k, j in enumerate(extent.columns)}
    notes = (
        *_other_sheets(reader.sheet_names, chosen, sheet),
        *_left_out(texts, extent, letters),
        *renamed,
        *changes,
        *lost_cells(content, chosen, named, extent.header + 2),
    )
    return Table(name, frame, places, "row", notes)


@contextlib.contextmanager
def _named_if_damaged(name: str) -> Iterator[None]:
    """Raise TableError for what the workbook's reader raises, or if there is no such reader."""
    try:
        yield
    except ImportError:
        raise TableError(
            f"{name} is an Excel workbook, and the package that reads it is missing; "
            "pip install 'chainrule[excel]', or save the sheet as CSV"
        ) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("_fastexcel", "fastexcel"):
            raise
        reason = str(error).strip().partition("\n")[0][:120]
        raise TableError(
            f"{name} is a damaged Excel workbook, or has a password ({reason}); "
            "get a whole copy, or save the sheet as CSV"
        ) from None


def _load(name: str, reader: ExcelReader, sheet: str | None) -> tuple[str, Any]:
    """Return the wanted sheet with its cells as texts; else the first that is not hidden."""
    known = reader.sheet_names
    if sheet is not None and sheet not in known:
        hint = nearest(sheet, known) or ";"
        raise TableError(
            f"{name} has no sheet {quote(sheet)}{hint} sheets: {enumerate_names(known)}"
        )
    for candidate in [sheet] if sheet is not None else known:
        loaded = reader.load_sheet(candidate, header_row=None, skip_rows=0, dtypes="string")
        if sheet is not None or loaded.visible == "visible":
            return candidate, loaded
    raise TableError(
        f"{name} has only hidden sheets; give --sheet NAME of {enumerate_names(known)}"
    )


def _extent(name: str, sheet: str, texts: pl.DataFrame, sheets: list[str]) -> _Extent:
    filled = np.zeros(texts.shape, dtype=bool)
    for j, column in enumerate(texts):
        filled[:, j] = (clean_texts(column) != "").fill_null(False).to_numpy()
    rows = np.flatnonzero(filled.any(axis=1))
    if not len(rows):
        others = [other for other in sheets if other != sheet]
        remedy = f"give --sheet NAME of {enumerate_names(others)}" if others else "fill it"
        raise TableError(f"{name}: the sheet {quote(sheet)} is empty; {remedy}")
    titles = 0
    while titles < len(rows) - 1 and _is_title(filled, rows[titles], rows[titles + 1]):
        titles += 1
    header = int(rows[titles])
    columns = np.flatnonzero(filled[header:].any(axis=0))
    if titles == len(rows) - 1:
        raise TableError(f"{name} has a header but no rows; give at least one row below it")
    return _Extent(header, rows[titles + 1 :], columns.tolist(), rows[:titles].tolist())


def _is_title(filled: NDArray[np.bool_], row: int, following: int) -> bool:
    """Say whether a lone cell stands above a wide table, or apart from one of two columns."""
    widest = filled[row + 1 :].sum(axis=1).max()
    lone = filled[row].sum() == 1
    return bool(lone and (widest > 2 or (widest == 2 and following > row + 1)))


def _titles(texts: pl.DataFrame, extent: _Extent) -> list[str]:
    titles = pl.Series([texts.to_series(j)[extent.header] for j in extent.columns], dtype=pl.String)
    return _as_shown(titles).fill_null("").to_list()


def _typed(reader: ExcelReader, sheet: str, first_row: int, texts: pl.DataFrame) -> pl.DataFrame:
    """Return the cells below the header, each column of the type that holds all its cells."""
    import fastexcel

    below = texts[first_row:]
    dtypes: dict[int | str, DType] = {
        column.name: "string" for column in below if not column.count()
    }
    while True:
        try:
            return pl.DataFrame(
                reader.load_sheet(
                    sheet,
                    header_row=None,
                    skip_rows=first_row,
                    schema_sample_rows=None,
                    dtypes=dtypes,
                )
            )
        except fastexcel.UnsupportedColumnTypeCombinationError as error:
            mixed = _MIXED.search(str(error))
            if mixed is None or mixed[0] in dtypes:
                return below
            dtypes[mixed[0]] = "string"


def _column(texts: pl.Series, typed: pl.Series) -> pl.Series:
    """Return a column with its type if that keeps every cell, else as texts."""
    lost = typed.is_null() & (clean_texts(texts) != "").fill_null(False)
    truths = typed.dtype.is_float() and texts.is_in(["true", "false"]).any()
    if typed.dtype == pl.String or lost.any() or truths:
        return _as_shown(texts)
    if typed.dtype.is_float():
        return _whole(typed)
    return _dated(typed) if typed.dtype == pl.Datetime else typed


def _as_shown(texts: pl.Series) -> pl.Series:
    """Return texts in which a date has no midnight, and a time of day no date."""
    return texts.str.replace(r"^(\d{4}-\d\d-\d\d)[ T]00:00:00$", "$1").str.replace(
        r"^1899-12-3[01][ T](\d\d:\d\d:\d\d)", "$1"
    )


def _whole(numbers: pl.Series) -> pl.Series:
    """Return integers if all numbers are: a sheet has one type for both."""
    whole = ((numbers == numbers.round()) & (numbers.abs() < _LARGEST_WHOLE)).all()
    return numbers.cast(pl.Int64) if whole else numbers


def _dated(moments: pl.Series) -> pl.Series:
    """Return dates if all times are midnight, times if no moment has a date."""
    if (moments < _FIRST_DATE).all():
        return moments.dt.time()
    return moments.dt.date() if (moments.dt.time() == dt.time(0)).all() else moments


def _letters(index: int) -> str:
    """Return a column's letters: A for 0, AA for 26."""
    letters = ""
    while index >= 0:
        index, rest = divmod(index, 26)
        letters, index = chr(65 + rest) + letters, index - 1
    return letters


def _other_sheets(sheets: list[str], chosen: str, asked: str | None) -> list[Note]:
    others = [sheet for sheet in sheets if sheet != chosen]
    if not others or asked is not None:
        return []
    return [
        Note(f"read the sheet {quote(chosen)}; others, for --sheet NAME: {enumerate_names(others)}")
    ]


def _left_out(texts: pl.DataFrame, extent: _Extent, letters: list[str]) -> Iterator[Note]:
    for row in extent.titles:
        title = next(filter(None, clean_texts(pl.Series(texts.row(row), dtype=pl.String))))
        yield Note(f"row {row + 1} stands above the header and is left out: {quote(title)}",
                   line=row + 1)  # fmt: skip
    n_rows = int(extent.rows[-1]) - len(extent.rows) - len(extent.titles)
    n_columns = _number(letters[extent.columns[-1]]) - len(extent.columns)
    blank = [
        count(n, f"blank {thing}") for n, thing in ((n_rows, "row"), (n_columns, "column")) if n
    ]
    if blank:
        yield Note(
            f"left out {' and '.join(blank)} around or within the table, whose names stand in row "
            f"{extent.header + 1} and whose first column is {letters[extent.columns[0]]}"
        )


def _number(letters: str) -> int:
    """Return a column's number from 1: the opposite of `_letters`."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number
