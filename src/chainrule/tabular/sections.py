"""The parts of a report about an ensemble: a table each, with words on how to read it."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from chainrule.reports import Heading, Section
from chainrule.reports.plots import calibration_plot, importance_plot
from chainrule.reports.words import UNDEFINED, count, four_decimals, number, percent

if TYPE_CHECKING:
    from chainrule.tabular.report import EnsembleReport


def sections_of(report: EnsembleReport) -> list[Section]:
    """Return the sections of a report, those that it has the figures for.

    Parameters
    ----------
    report : EnsembleReport
    """
    calibration = [] if report.held_out is None else [_calibration(report)]
    return [_importance(report), _members(report), *calibration, _columns(report)]


def _importance(report: EnsembleReport) -> Section:
    found = report.importance
    means, spreads = (
        np.array([getattr(one, name) for one in found]) for name in ("mean", "spread")
    )
    return Section(
        "importance",
        "Importance of the columns",
        "By how much the loss of held-out rows grows when a column's values are permuted, and the "
        "standard deviation over networks and permutations. Columns that say the same stand in "
        "for each other, and each then seems to matter little.",
        (Heading("Column", is_number=False), Heading("Loss grows by"), Heading("±")),
        [(one.name, four_decimals(one.mean), four_decimals(one.spread)) for one in found],
        [asdict(one) for one in found],
        partial(importance_plot, [one.name for one in found], means, spreads),
    )


def _members(report: EnsembleReport) -> Section:
    """Return each network's loss; on test rows, where there are some, beside that of all."""
    heads, rows, caption = (
        ["Held-out rows", "Best epoch", "Loss"],
        _on_held_out_rows(report),
        ("The mean loss of each network on the rows that it held out."),
    )
    if report.test_loss is not None:
        heads.append("Loss of test rows")
        on_test = [*(one.test_loss for one in report.members), None, None, report.test_loss]
        rows.append(("their mean answer", "", "", ""))
        rows = [(*row, four_decimals(loss)) for row, loss in zip(rows, on_test, strict=True)]
        caption += " No row is held out by all: their mean answer has a loss on test rows alone."
    return Section(
        "members",
        "The networks",
        caption,
        [Heading("Network", is_number=False), *map(Heading, heads)],
        rows,
        {
            "networks": [asdict(one) for one in report.members],
            "loss": report.loss,
            "baseline_loss": report.baseline_loss,
            "test_loss": report.test_loss,
        },
    )


def _on_held_out_rows(report: EnsembleReport) -> list[tuple[str, ...]]:
    n_rows = count(sum(one.n_rows for one in report.members))
    return [
        *(
            (f"{place}", count(one.n_rows), _epoch(one.best_epoch), four_decimals(one.loss))
            for place, one in enumerate(report.members, start=1)
        ),
        ("one answer for all rows", n_rows, "", four_decimals(report.baseline_loss)),
        ("each row's own", n_rows, "", four_decimals(report.loss)),
    ]


def _epoch(epoch: int | None) -> str:
    return UNDEFINED if epoch is None else count(epoch)


def _calibration(report: EnsembleReport) -> Section:
    held_out, error = report.held_out, report.calibration_error
    assert held_out is not None
    return Section(
        "calibration",
        "Calibration on held-out rows",
        "Of single networks, each on the rows that it held out. The expected calibration error "
        "is how far, on average, the share of right answers is from their probability. A "
        "temperature above 1 says that a network is too sure; their mean answer is less sure.",
        (Heading("Figure", is_number=False), Heading("Value")),
        [
            ("Expected calibration error", percent(error)),
            ("Temperature", number(report.temperature)),
            ("Held-out rows", count(held_out.scores.n_rows)),
        ],
        {"expected_calibration_error": error, "temperature": report.temperature},
        partial(calibration_plot, held_out),
    )


def _columns(report: EnsembleReport) -> Section:
    return Section(
        "columns",
        "What each column became",
        "Features are those of the encoded table; levels are the bins of a number or the values "
        "of a category.",
        (
            Heading("Column", is_number=False),
            Heading("Kind", is_number=False),
            Heading("Features"),
            Heading("Levels"),
            Heading("Became", is_number=False),
        ),
        [
            (one.name, one.kind or UNDEFINED, count(one.n_features), count(one.n_levels),
             f"left out, {one.left_out}" if one.left_out else one.became)
            for one in report.columns
        ],
        [asdict(one) for one in report.columns],
    )  # fmt: skip
