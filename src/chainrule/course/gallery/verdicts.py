"""What printed losses reveal about a mistake, and what stays hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, isnan

import numpy as np

from chainrule.course.gallery.runs import TrainingRun

KINDS: dict[str, str] = {
    "stops": "stop with an error",
    "not finite": "become NaN or infinite",
    "not lower": "do not end lower than they began",
    "lower": "end lower, but rise in between",
    "falls": "never rise and end lower",
    "one epoch": "are of one epoch and show nothing",
    "no difference": "train the very same network, with the very same printed losses",
}
"""The kinds of printed losses; "lower" and "falls" reveal no mistake."""

IN_SHORT: dict[str, str] = {
    "stops": "stops with an error",
    "not finite": "the loss is not finite",
    "not lower": "the loss does not fall",
    "lower": "the loss ends lower",
    "falls": "the loss falls",
    "one epoch": "one epoch shows nothing",
    "no difference": "no difference",
}
"""The kinds of a single run, in few words."""

_SHOWING = ("stops", "not finite", "not lower")
_GUESSING = 0.693  # log 2, the loss of answering 0.5
GOOD = 0.95
"""The least accuracy that looks right."""


@dataclass(frozen=True)
class LossVerdict:
    """The verdict on a run by its printed losses.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    betrayed : bool
        Whether the printed losses, or an error, show that something is wrong.
    looks_right : bool
        Whether the losses never rise and end lower, and the accuracy is at least `GOOD`.
    sentence : str
    """

    kind: str
    betrayed: bool
    looks_right: bool
    sentence: str


def verdict(run: TrainingRun, right: TrainingRun) -> LossVerdict:
    """Judge a run by its printed losses, all that a learner sees.

    Parameters
    ----------
    run : TrainingRun
        With mistakes.
    right : TrainingRun
        Of the right network in the same setting; replaced by `run.right` in a set-up of its own.
    """
    right = run.beside(right)
    kind = _kind(run, right)
    falls = kind in ("falls", "no difference")
    looks_right = falls and run.accuracy is not None and run.accuracy >= GOOD
    return LossVerdict(
        kind, kind in _SHOWING, looks_right, _SENTENCES[kind](run) + _remark(run, right)
    )


def _kind(run: TrainingRun, right: TrainingRun) -> str:
    if run.error:
        return "stops"
    if run.printed == right.printed and _same_weights(run, right):
        return "no difference"
    losses = np.array(run.printed)
    if not np.isfinite(losses).all():
        return "not finite"
    if len(losses) == 1:
        return "one epoch"
    if losses[-1] >= losses[0]:
        return "not lower"
    return "falls" if (np.diff(losses) <= 0).all() else "lower"


def _same_weights(run: TrainingRun, right: TrainingRun) -> bool:
    """Return True if the final weights are equal up to rounding."""
    return (
        not run.error
        and run.theta.shape == right.theta.shape
        and np.allclose(run.theta, right.theta, rtol=1e-9, atol=1e-12, equal_nan=True)
    )


def _fell(run: TrainingRun) -> str:
    return f"{run.losses[0]:.3f} → {run.losses[-1]:.3f}"


def _of_stops(run: TrainingRun) -> str:
    return "It does not run to its end: the error shows the mistake before any loss does."


def _of_not_finite(run: TrainingRun) -> str:
    epochs = [epoch for epoch, loss in enumerate(run.losses, 1) if not isfinite(loss)]
    first, n = epochs[0], len(run.losses)
    when = f"from epoch {first} on" if epochs[-1] == n else f"in {_epochs(epochs)}"
    _, place = run.not_finite or (first, 0)
    loss = "NaN" if isnan(run.losses[first - 1]) else "infinite"
    return (
        f"The printed loss is {loss} {when} (first at {run.set_up.unit} {place}): it shows that "
        "something is wrong, not what."
    )


def _epochs(epochs: Sequence[int]) -> str:
    told = ", ".join(map(str, epochs[:4])) + (", …" if epochs[4:] else "")
    return f"epoch{'s' if len(epochs) > 1 else ''} {told}"


def _of_not_lower(run: TrainingRun) -> str:
    return (
        f"The printed loss does not end lower than it began ({_fell(run)}): it shows that "
        "something is wrong, not what."
    )


def _of_lower(run: TrainingRun) -> str:
    rises = [e for e in range(2, len(run.printed) + 1) if run.printed[e - 1] > run.printed[e - 2]]
    return (
        f"The printed loss ends lower ({_fell(run)}) though it rises in {_epochs(rises)}, as that "
        f"of right code may; the accuracy is {run.accuracy:.3f}: printed losses prove nothing here."
    )


def _of_falls(run: TrainingRun) -> str:
    accuracy = run.accuracy or 0.0
    if accuracy >= GOOD:
        return (
            f"The printed loss never rises ({_fell(run)}) and the accuracy is {accuracy:.3f}: "
            "printed losses do not show the mistake."
        )
    return (
        f"The printed loss never rises ({_fell(run)}), so printed losses do not show the mistake; "
        f"the accuracy, {accuracy:.3f}, only says that little is learnt."
    )


def _of_one_epoch(run: TrainingRun) -> str:
    return "One epoch has one printed loss: it shows nothing."


def _of_no_difference(run: TrainingRun) -> str:
    return "Nothing differs from the right network: in this setting the mistake has no effect."


_SENTENCES = {
    "stops": _of_stops,
    "not finite": _of_not_finite,
    "not lower": _of_not_lower,
    "lower": _of_lower,
    "falls": _of_falls,
    "one epoch": _of_one_epoch,
    "no difference": _of_no_difference,
}


def _remark(run: TrainingRun, right: TrainingRun) -> str:
    if run.error or run.printed == right.printed:
        return ""
    remark = ""
    if _same_weights(run, right):
        remark += " The weights are right: only what is printed differs."
    if run.losses and isfinite(run.losses[0]) and run.losses[0] > 10 * _GUESSING:
        remark += f" Its size could: to answer 0.5 every time costs {_GUESSING} on average."
    return remark


def counts(verdicts: Iterable[LossVerdict]) -> dict[str, int]:
    """Count the mistakes of each kind, the betrayed, and the right-looking."""
    verdicts = list(verdicts)
    by_kind = {kind: sum(one.kind == kind for one in verdicts) for kind in KINDS}
    return {
        "mistakes": len(verdicts),
        **by_kind,
        "betrayed": sum(one.betrayed for one in verdicts),
        "looks right": sum(one.looks_right for one in verdicts),
    }
