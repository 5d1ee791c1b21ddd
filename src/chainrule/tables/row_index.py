"""The row numbers that data frames write beside their columns are no feature."""

from __future__ import annotations

import polars as pl

from chainrule.tables.errors import count
from chainrule.tables.table import Table

_NAMED_BY_FRAMES = ("Unnamed: 0", "__index_level_0__")
_WHOLE = r"^(0|[1-9][0-9]*)$"


def without_index(table: Table, *, unnamed: bool = False) -> Table:
    """Drop a first column without a name that numbers the rows, and say so.

    Parameters
    ----------
    table : Table
    unnamed : bool
        Whether the file gives the first column no name.
    """
    first = table.frame.to_series(0)
    nameless = unnamed or first.name in _NAMED_BY_FRAMES
    if not nameless or table.frame.width == 1 or not _numbers_rows(first):
        return table
    note = (
        f"the first column has no name and numbers the {count(table.n_rows, 'row')}: "
        "left out; give it a name to keep it"
    )
    return table.drop([first.name]).with_notes(note)


def _numbers_rows(column: pl.Series) -> bool:
    """Say whether all values are different whole numbers: an index, even after a shuffle."""
    if not (column.dtype.is_integer() or column.dtype == pl.String) or column.has_nulls():
        return False
    texts = column.cast(pl.String)
    return bool(texts.str.contains(_WHOLE).all()) and texts.n_unique() == len(texts)
