"""The gallery as JSON-compatible data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any

from chainrule.course.gallery.entries import by_quantity
from chainrule.course.gallery.runs import Setting, TrainingRun
from chainrule.course.gallery.verdicts import counts, verdict
from chainrule.diagnosis.book import Mistake


def listed() -> list[dict[str, str]]:
    """Return all mistakes: key, title, the quantity made wrong first, the right formula."""
    return [_named(one) for group in by_quantity().values() for one in group]


def _named(one: Mistake) -> dict[str, str]:
    return {"key": one.key, "title": one.title, "spoils": one.quantity, "right": one.right}


def recorded(setting: Setting, right: TrainingRun, runs: Sequence[TrainingRun]) -> dict[str, Any]:
    """Return the results of the trainings; a loss that is not finite is None.

    A run with its own set-up also holds the right network's run in that set-up.

    Examples
    --------
    >>> from chainrule.course.gallery.entries import chosen
    >>> from chainrule.course.gallery.runs import train
    >>> setting = Setting(samples=10, epochs=1)
    >>> run = train(chosen(["returns-nothing"]), setting)
    >>> recorded(setting, train([], setting), [run])["counts"]["stops"]
    1
    """
    verdicts = [verdict(run, right) for run in runs]
    return {
        "setting": asdict(setting),
        "right": _of(right),
        "runs": [
            {
                "mistakes": [_named(one) for one in run.mistakes],
                **_of(run),
                "set_up": run.set_up.words or None,
                "right": _of(run.right) if run.right else None,
                "kind": judged.kind,
                "betrayed": judged.betrayed,
                "looks_right": judged.looks_right,
                "sentence": judged.sentence,
            }
            for run, judged in zip(runs, verdicts, strict=True)
        ],
        "counts": counts(verdicts),
    }


def _of(run: TrainingRun) -> dict[str, Any]:
    place = run.not_finite
    return {
        "losses": [loss if isfinite(loss) else None for loss in run.losses],
        "accuracy": run.accuracy,
        "not_finite": {"epoch": place[0], "sample": place[1]} if place else None,
        "error": run.error or None,
        "where": run.where or None,
    }
