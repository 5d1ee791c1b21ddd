"""A table with the place of each row in its file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.tables.notes import Note
from chainrule.tables.threads import Result, for_rows

RowNumbers = NDArray[np.intp]
"""Row indices, counted from 0."""


@dataclass(frozen=True, eq=False)
class Table:
    """Columns with names, and words about where they came from.

    Attributes
    ----------
    name : str
        The file's name, for messages.
    frame : polars.DataFrame
        The columns. Those of a text file are strings, or categoricals where few differ; a null is
        an empty cell. Words for missing are left as they are: they depend on the column's kind.
    places : ndarray of int64, shape (n_rows,)
        Where each row stands in the file, counted from 1.
    unit : {"line", "row"}
        What `places` counts: the lines of a text file, else rows.
    notes : tuple of Note
        What the user should be told about the reading.
    index : tuple of str
        Columns that the file itself marks as names or numbers of its rows.
    unnamed : tuple of str
        Columns to which the file gives no name.
    format : dict of str to str
        How the file was read: its type and, of a text file, encoding, delimiter and header.
    is_for_one_use : bool
        Whether the columns go, one by one, as they are read; see `for_one_use`.
    """

    name: str
    frame: pl.DataFrame
    places: NDArray[np.int64]
    unit: Literal["line", "row"]
    notes: tuple[Note, ...] = ()
    index: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    format: dict[str, str] = field(default_factory=dict)
    is_for_one_use: bool = False

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return len(self.places)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self.frame.columns

    @property
    def lines(self) -> NDArray[np.int64] | None:
        """The line of each row in a text file; None for other files."""
        return self.places if self.unit == "line" else None

    def where(self, row: int) -> str:
        """Say where a row stands in the file: ``"line 7"`` or ``"row 6"``."""
        return f"{self.unit} {self.places[row]}"

    def for_one_use(self) -> Table:
        """Return this table to be used up: every column goes when it has been read.

        So the texts of a large table leave memory as its numbers come. The two tables hold the same
        columns, and lose the same.
        """
        return replace(self, is_for_one_use=True)

    def let_go(self, columns: Iterable[str]) -> None:
        """Drop columns that nobody will read again, if the table is for one use."""
        if self.is_for_one_use:
            for column in columns:
                self.frame.drop_in_place(column)

    def each(self, columns: Iterable[str], read: Callable[[str], Result]) -> list[Result]:
        """Return what `read` makes of each column, in threads for many rows, and let it go."""

        def used(column: str) -> Result:
            found = read(column)
            self.let_go([column])
            return found

        return for_rows(self.n_rows)(used, columns)

    def take(self, rows: RowNumbers) -> Table:
        """Return the table of these rows, in this order."""
        taken = self.each(self.columns, lambda column: self.frame[column].gather(rows))
        return replace(self, frame=pl.DataFrame(taken), places=self.places[rows])

    def drop(self, columns: Collection[str]) -> Table:
        """Return the table without these columns."""
        return self.of(column for column in self.frame if column.name not in columns)

    def renamed(self, names: Mapping[str, str]) -> Table:
        """Return the table with new names for some columns."""
        return replace(self, frame=self.frame.rename(dict(names)))

    def of(self, columns: Iterable[pl.Series]) -> Table:
        """Return a table of these columns in place of all, for any use."""
        return replace(self, frame=pl.DataFrame(list(columns)), is_for_one_use=False)

    def with_notes(self, *notes: Note) -> Table:
        """Return the table with further notes."""
        return replace(self, notes=(*self.notes, *notes))
