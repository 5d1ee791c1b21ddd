"""A part of a report that is a table with words and perhaps a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, NamedTuple

from chainrule.reports.plots import Plot
from chainrule.reports.words import plain, shortened

_LONGEST_CELL, _WIDTH = 60, 80


class Heading(NamedTuple):
    """The head of a section's column."""

    label: str
    is_number: bool = True


@dataclass(frozen=True, eq=False)
class Section:
    """A table with a heading and a sentence on how to read it.

    Attributes
    ----------
    key : str
        Its name in the report's JSON, and its address on the page.
    heading, caption : str
    header : sequence of Heading
        Of the columns; the first one names the rows.
    rows : sequence of sequence of str
    data : object
        The same as plain types that JSON knows.
    draw : callable, optional
        Returns the picture; called where one is shown.
    """

    key: str
    heading: str
    caption: str
    header: Sequence[Heading]
    rows: Sequence[Sequence[str]]
    data: Any
    draw: Callable[[], Plot] | None = None

    def as_text(self) -> str:
        """Return the heading, the table and the caption, for a terminal."""
        cells = [[one.label for one in self.header], *self.rows]
        lines = [[shortened(cell, _LONGEST_CELL) for cell in row] for row in cells]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [_line(row, widths, self.header) for row in lines]
        return "\n".join([plain(self.heading), "", *table, "", *wrap(plain(self.caption), _WIDTH)])


def _line(cells: Sequence[str], widths: Sequence[int], header: Sequence[Heading]) -> str:
    padded = [
        cell.rjust(width) if head.is_number else cell.ljust(width)
        for cell, width, head in zip(cells, widths, header, strict=True)
    ]
    return "  ".join(padded).rstrip()
