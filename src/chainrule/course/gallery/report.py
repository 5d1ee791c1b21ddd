"""The gallery as one HTML file without network access, scripts or fonts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any

from chainrule.course.gallery.entries import QUANTITIES, group_by_quantity, shown
from chainrule.course.gallery.pictures import draw_pair, draw_small
from chainrule.course.gallery.runs import Setting, TrainingRun
from chainrule.course.gallery.verdicts import KINDS, LossVerdict, counts, verdict
from chainrule.reports.plots.canvas import as_svg
from chainrule.version import __version__


@dataclass(frozen=True)
class Card:
    """A mistake, or a pair of mistakes, in the report.

    Attributes
    ----------
    run, right : TrainingRun
        With the mistake, and the right one to compare with.
    verdict : LossVerdict
    svg : str
        Empty where the training stopped.
    """

    run: TrainingRun
    right: TrainingRun
    verdict: LossVerdict
    svg: str

    @property
    def name(self) -> str:
        """The mistakes' keys."""
        return " and ".join(self.run.keys)


def gallery_report(setting: Setting, right: TrainingRun, runs: Sequence[TrainingRun]) -> str:
    """Return the report as HTML; equal runs give equal text.

    Parameters
    ----------
    setting : Setting
    right : TrainingRun
    runs : sequence of TrainingRun
        One is drawn large beside the right network, more as small multiples.

    Raises
    ------
    ImportError
        If matplotlib or jinja2 is not installed.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    folders = [
        PackageLoader(name, "") for name in ("chainrule.course.gallery", "chainrule.reports")
    ]
    environment = Environment(
        loader=ChoiceLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({"code": shown, "loss": _loss, "ticked": _ticked})
    cards = [_card(setting, right, run, small=len(runs) > 1) for run in runs]
    return environment.get_template("gallery.html").render(
        version=__version__,
        setting=setting,
        right=cards[0].right if len(cards) == 1 else right,
        cards=cards,
        groups=group_by_quantity(cards, lambda card: card.run.mistakes[0]),
        quantities=QUANTITIES,
        kinds=KINDS,
        counts=counts(card.verdict for card in cards),
    )


def _card(setting: Setting, right: TrainingRun, run: TrainingRun, *, small: bool) -> Card:
    judged, right = verdict(run, right), run.beside(right)
    if run.error:
        return Card(run, right, judged, "")
    figure = (draw_small if small else draw_pair)(setting, right, run)
    keys = " and ".join(run.keys)
    said = f"Losses by epoch and answers on the plane with {keys}: {judged.sentence}"
    return Card(run, right, judged, as_svg(figure, said))


def _ticked(words: str) -> Any:
    """Escape text for HTML; text in backticks becomes code."""
    from markupsafe import Markup, escape

    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(words))))


def _loss(value: float) -> str:
    return f"{value:.3f}" if isfinite(value) else "NaN" if isnan(value) else "∞"
