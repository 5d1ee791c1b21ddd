"""A report as one HTML file that needs nothing else: no network, no script, no font."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from chainrule.files import whole_file
from chainrule.reports.plots import plots
from chainrule.reports.plots.classes import MANY_CLASSES
from chainrule.reports.report import Report
from chainrule.reports.words import count, number, percent, plain, shortened

_COLUMN_NAMES = {
    "loss": "training loss",
    "validation_loss": "validation loss",
    "learning_rate": "learning rate",
    "gradient_norm": "gradient norm",
}


def write_page(report: Report, path: Path) -> None:
    """Write the report as one HTML file; the same report gives the same bytes.

    Parameters
    ----------
    report : Report
    path : Path

    Raises
    ------
    OSError
        If the file cannot be written; what was there before is still there.
    """
    page = render_page(report).encode()
    with whole_file(path) as file:
        file.write(page)


def render_page(report: Report) -> str:
    """Return the page's HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("chainrule.reports", ""),
        autoescape=True,  # the names of columns and classes are the user's
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(_FILTERS)
    return environment.get_template("page.html").render(
        report=report,
        scores=report.result.scores,
        baseline=report.result.baseline,
        plots=plots(report),
        most_classes=MANY_CLASSES,
    )


def _harmless(value: Any) -> Any:
    """Keep what would break the page out of it; what is HTML already is ours."""
    return plain(value) if type(value) is str else value


def _column_name(column: str) -> str:
    return _COLUMN_NAMES.get(column, column.replace("_", " "))


_FILTERS: dict[str, Callable[..., str]] = {
    "column": _column_name,
    "count": count,
    "number": number,
    "percent": percent,
    "shortened": shortened,
}
