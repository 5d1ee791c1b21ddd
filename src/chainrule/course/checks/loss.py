"""Chapter 4: binary cross-entropy, its derivative, and the average of an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.course.checks.learner import Learner
from chainrule.course.checks.matching import Question, asking
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book import get_mistake
from chainrule.diagnosis.book.chapters import loss as book


def _column(*numbers: float) -> Any:
    return np.array(numbers)[:, np.newaxis]


_CASES = (
    (0.8, 1),
    (0.3, 0),
    (0.9, 0),
    (0.15, 1.0),
    (_column(0.65), _column(1)),
    (_column(0.9, 0.2, 0.7, 0.4), _column(1, 0, 0, 1)),
)
_MANY = (
    (_column(0.9, 0.2, 0.7, 0.4, 0.35), _column(1, 0, 0, 1, 1)),
    (_column(0.15, 0.6, 0.8), _column(0, 0, 1)),
    (_column(0.3), _column(1)),
)
_GUARDED = 1e-4  # what a guard such as log(ŷ + 1e-8) may change

_LOSS = Question("loss(y_hat, y)", book.LOSS, ("ŷ", "y"), _CASES, tolerance=_GUARDED)
_D_LOSS = replace(_LOSS, title="d_loss(y_hat, y)", page=book.D_LOSS)
_AVERAGE = replace(_LOSS, title="average_loss(y_hats, y)", page=book.AVERAGE, cases=_MANY)


def check_loss(learner: Learner) -> Iterator[Finding | str]:
    """Yield mistakes in the loss L."""
    yield from list(asking(_LOSS, "loss")(learner)) or _remarks(learner)


def _remarks(learner: Learner) -> Iterator[str]:
    loss = learner.function("loss")
    try:
        sure = np.asarray([loss(1.0, 0), loss(0.0, 1), loss(1.0, 1)], float)
    except Exception:
        sure = np.array([np.nan])
    if not np.isfinite(sure).all():
        yield (
            "where ŷ is exactly 0 or 1, log 0 gives inf or NaN (the course's code does so, too); "
            "np.clip(y_hat, 1e-15, 1 - 1e-15) guards it"
        )


check_d_loss = asking(_D_LOSS, "d_loss")


def check_average(learner: Learner) -> Iterator[Finding]:
    """Yield mistakes in the average loss; a wrong `loss` beneath is named as the cause."""
    loss = vars(learner.module).get("loss")
    if "loss" not in learner.right and callable(loss):
        built_on_it = get_mistake("average_loss", "built-on-loss")
        wrong = ((built_on_it, lambda p, y: np.mean(loss(p, y))),)
        found = list(asking(replace(_AVERAGE, wrong=wrong), "average_loss")(learner))
        if not found or found[0].key == "built-on-loss":
            yield from found
            return
    yield from asking(_AVERAGE, "average_loss")(learner)
