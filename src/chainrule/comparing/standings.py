"""Methods in the order of their scores, with the best of each column."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.comparing.methods import METHODS
from chainrule.comparing.running import Figures
from chainrule.reports.words import four_decimals, number, percent


@dataclass(frozen=True)
class Score:
    """A column of figures.

    Attributes
    ----------
    label : str
    higher_is_better : bool
    say : callable
        From a number to words.
    """

    label: str
    higher_is_better: bool = False
    say: Callable[[float], str] = number


def _time(seconds: float) -> str:
    return f"{seconds:.{1 if seconds < 100 else 0}f}"


SCORES: dict[str, dict[str, Score]] = {
    "classification": {
        "log_loss": Score("log loss", say=four_decimals),
        "error": Score("error", say=percent),
        "auc": Score("AUC", higher_is_better=True, say=four_decimals),
    },
    "regression": {
        "rmse": Score("RMSE"),
        "r2": Score("R²", higher_is_better=True, say=four_decimals),
    },
}
"""The scores of each task; the first decides the order."""

TIMES = {"seconds": Score("seconds", say=_time), "cpu_seconds": Score("CPU s", say=_time)}
"""What a fit takes: on the clock, and of all processors together."""


@dataclass(frozen=True)
class Standing:
    """A method's means over the splits.

    Attributes
    ----------
    figures : Figures
    means, spreads : mapping of str to float or None
        By the names of `SCORES` and `TIMES`; the spread is the standard deviation over the splits,
        None for a single one.
    """

    figures: Figures
    means: dict[str, float | None]
    spreads: dict[str, float | None]


def standings(task: str, figures: Sequence[Figures]) -> list[Standing]:
    """Return the methods by the first score of the task, best first; those that failed come last.

    Parameters
    ----------
    task : {"classification", "regression"}
    figures : sequence of Figures

    Examples
    --------
    >>> worse = Figures("mlp", scores={"rmse": [3.0, 5.0], "r2": [0.1, 0.1]})
    >>> better = Figures("boosting", scores={"rmse": [2.0, 2.0], "r2": [0.5, 0.5]})
    >>> [(one.figures.key, one.means["rmse"]) for one in standings("regression", [worse, better])]
    [('boosting', 2.0), ('mlp', 4.0)]
    """
    names = [*SCORES[task], *TIMES]
    placed = [_standing(one, names) for one in figures]
    return sorted(placed, key=lambda one: _or_last(one.means[names[0]]))


def winners(task: str, placed: Sequence[Standing]) -> dict[str, set[str]]:
    """Return for each column the methods with its best figure, as figures are shown.

    An answer without learning takes no time; it does not win there.

    Parameters
    ----------
    task : {"classification", "regression"}
    placed : sequence of Standing
    """
    return {
        name: _winners(score, name, placed) for name, score in {**SCORES[task], **TIMES}.items()
    }


def _winners(score: Score, name: str, placed: Sequence[Standing]) -> set[str]:
    competing = placed if name not in TIMES else [one for one in placed if _learns(one)]
    means = {one.figures.key: x for one in competing if (x := one.means[name]) is not None}
    if not means:
        return set()
    best = score.say((max if score.higher_is_better else min)(means.values()))
    return {key for key, mean in means.items() if score.say(mean) == best}


def _learns(one: Standing) -> bool:
    return METHODS[one.figures.key].learns


def _or_last(mean: float | None) -> float:
    return math.inf if mean is None else mean


def _standing(one: Figures, names: Sequence[str]) -> Standing:
    series: dict[str, Sequence[float | None]] = {
        **one.scores,
        "seconds": one.seconds,
        "cpu_seconds": one.cpu_seconds,
    }
    each = {name: [x for x in series.get(name, ()) if x is not None] for name in names}
    means = {name: float(np.mean(xs)) if xs else None for name, xs in each.items()}
    spreads = {n: float(np.std(xs, ddof=1)) if len(xs) > 1 else None for n, xs in each.items()}
    return Standing(one, means, spreads)
