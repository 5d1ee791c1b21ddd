"""A report as one self-contained HTML file, without network, script or font."""

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


def write_html(report: Report, path: Path) -> None:
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
    content = render_html(report).encode()
    with whole_file(path) as file:
        file.write(content)


def render_html(report: Report) -> str:
    """Return the report as HTML."""
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
    return environment.get_template("report.html").render(
        report=report,
        scores=report.result.scores,
        baseline=report.result.baseline,
        plots=plots(report),
        most_classes=MANY_CLASSES,
    )


def _harmless(value: Any) -> Any:
    """Escape a user's text for HTML; markup that the report made itself stays as it is."""
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
