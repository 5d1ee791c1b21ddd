"""A report in a terminal: it fits 80 columns and says the same without colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from chainrule.reports.plots.classes import MANY_CLASSES
from chainrule.reports.results import Comparison
from chainrule.reports.words import count, plain, shortened

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from chainrule.reports.report import Report
    from chainrule.reports.scores import ClassificationScores, RegressionScores

_SAID = {True: "better", False: "not better", None: ""}
_STYLES = {True: "green", False: "yellow", None: ""}
_LONGEST_NAME = 20


def print_report(report: Report, console: Console) -> None:
    """Print the verdict, the scores beside the baseline's, the confusions and the notes.

    Parameters
    ----------
    report : Report
    console : rich.console.Console
    """
    console.print(_text(report.verdict(), "bold"))
    console.print()
    console.print(_comparison(report.comparison()))
    _PRINT_BY_TASK[report.task](report.result.scores, console)
    if report.notes:
        console.print(_notes(report.notes))


def _text(words: str, style: str = "") -> Text:
    """Return a user's words without reading rich's markup or emoji codes in them."""
    from rich.text import Text

    return Text(plain(words), style)


def _empty_table() -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(box=SIMPLE_HEAD, pad_edge=False, header_style="")


def _comparison(rows: list[Comparison]) -> Table:
    table = _empty_table()
    table.add_column("On the test rows")
    table.add_column("network", justify="right")
    table.add_column("baseline", justify="right")
    table.add_column("")
    for row in rows:
        table.add_row(
            _text(row.label),
            _text(row.network, "bold"),
            _text(row.baseline),
            _text(_SAID[row.better], _STYLES[row.better]),
        )
    return table


def _print_confusion(scores: ClassificationScores, console: Console) -> None:
    """Print who is taken for whom, if the classes are few enough to be seen at once."""
    if len(scores.classes) > MANY_CLASSES:
        return
    names = [shortened(name, _LONGEST_NAME) for name in scores.classes]
    lettered = [f"{name}  {a}" for name, a in zip(names, ascii_lowercase, strict=False)]
    for labels, headings in ((names, names), (lettered, list(ascii_lowercase))):
        table = _confusion(scores, labels, headings)
        if _width(table, console) <= console.width:
            console.print(table)
            return


def _confusion(scores: ClassificationScores, labels: list[str], headings: list[str]) -> Table:
    table = _empty_table()
    table.add_column("true \\ predicted", justify="right", no_wrap=True)
    for _, heading in zip(labels, headings, strict=False):
        table.add_column(_text(heading), justify="right", no_wrap=True)
    for place, (label, row) in enumerate(zip(labels, scores.confusion.tolist(), strict=True)):
        cells = [_cell(rows, hit=place == column) for column, rows in enumerate(row)]
        table.add_row(_text(label), *cells)
    return table


def _cell(rows: int, *, hit: bool) -> Text:
    if hit:
        return _text(count(rows), "bold green")
    return _text(count(rows)) if rows else _text("·", "dim")  # the diagonal stands out unstyled


def _width(table: Table, console: Console) -> int:
    """Return how wide the table is where nothing limits it."""
    return console.measure(table, options=console.options.update(width=10_000)).maximum


def _print_nothing(scores: RegressionScores, console: Console) -> None:
    """Numbers have no confusions."""


def _notes(notes: Sequence[str]) -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 1))
    for note in notes:
        table.add_row("•", _text(note))
    return table


_PRINT_BY_TASK: dict[str, Callable[[Any, Console], None]] = {
    "classification": _print_confusion,
    "regression": _print_nothing,
}
