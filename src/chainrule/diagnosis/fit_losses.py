"""A learner's `fit`: the loss that it prints for each epoch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.fit_outputs import loss
from chainrule.diagnosis.sources import line_of
from chainrule.diagnosis.spies import EPOCHS, N, Seen, Y, row_of
from chainrule.numerals import number


class Printed(NamedTuple):
    """A number as it was printed."""

    value: float
    rounding: float
    """Half a unit of its last digit, and a little."""


def of_the_loss(perceptron: type, seen: Seen) -> Iterator[Finding]:
    """Yield how what is printed differs from the average losses, where such lines are found."""
    printed = numbers_of_epochs(seen.printed)
    if printed is None or (seen.rows < 0).any():
        return
    y = Y.ravel()[seen.rows].reshape(EPOCHS, N)
    p = seen.predictions.reshape(EPOCHS, N)
    right = loss(p, y).mean(axis=1)
    if agree(printed, right) or agree(printed, _after_the_epochs(seen)):
        return
    told = f"epoch 1 prints {number(printed[0].value)}; right is {number(right[0])}"
    told += f"; epoch 2 {number(printed[1].value)}, right {number(right[1])}"
    fitting = [(key, title) for key, title, values in wrong_losses(p, y) if agree(printed, values)]
    key, title = "loss-not-recognised", "the printed loss is wrong, not recognised how"
    if len(fitting) == 1:
        key, title = fitting[0][0], f"{fitting[0][1]} (the weights are right)"
    yield Finding(
        key, title, "L", told,
        "L = −(y log ŷ + (1 − y) log(1 − ŷ)), summed from 0 in every epoch, divided by n",
        line_of(perceptron, "fit", ("loss",)),
    )  # fmt: skip


def wrong_losses(p: Array, y: Array) -> list[tuple[str, str, Array]]:
    """Return the key, the title and the losses of what is printed wrongly.

    Parameters
    ----------
    p, y : array of shape (epochs, n)
        In the order in which the samples were learnt from.
    """
    n = y.shape[1]
    losses = loss(p, y)
    sums = losses.sum(axis=1)
    return [
        ("loss-not-averaged", "the loss is summed over the samples, not averaged", sums),
        ("loss-not-reset", "the loss is not set back to 0 when an epoch begins",
         np.cumsum(sums) / n),
        ("loss-not-reset-nor-averaged", "the loss is neither set back to 0 nor averaged",
         np.cumsum(sums)),
        ("loss-half", "half of the loss is missing: the term (1 − y) log(1 − ŷ)",
         -(y * np.log(p)).sum(axis=1) / n),
        ("loss-other-half", "half of the loss is missing: the term y log ŷ",
         -((1 - y) * np.log(1 - p)).sum(axis=1) / n),
        ("loss-sign", "the loss has the wrong sign", -sums / n),
        ("loss-sign-not-averaged", "the loss has the wrong sign and is not averaged", -sums),
        ("loss-halved", "the loss is half as large as it is", sums / n / 2),
        ("loss-of-last", "the last sample's loss is printed, not the average", losses[:, -1]),
        ("loss-squared", "the squared error is printed, not the cross-entropy",
         ((p - y) ** 2).mean(axis=1)),
        ("loss-halved-squared", "half the squared error is printed, not the cross-entropy",
         ((p - y) ** 2).mean(axis=1) / 2),
        ("loss-averaged-twice", "the loss is divided by the number of samples twice", sums / n / n),
    ]  # fmt: skip


def _after_the_epochs(seen: Seen) -> Array:
    """Return the average losses of whoever sends all samples forward once more after an epoch."""
    losses: list[list[float]] = []
    steps = 0
    for visit in seen.visits:
        if visit.backward:
            steps += 1
            continue
        epoch, rest = divmod(steps, N)
        row = row_of(visit.x)
        if rest or not epoch or row < 0 or visit.x.shape[1] != 1:
            return np.empty(0)
        losses += [[] for _ in range(epoch - len(losses))]
        losses[epoch - 1].append(float(loss(visit.y_hat.ravel()[0], Y.ravel()[row])))
    if [len(of_epoch) for of_epoch in losses] != [N] * EPOCHS:
        return np.empty(0)
    return np.mean(losses, axis=1)


_NUMBER = re.compile(r"[-+]?\d+\.(\d+)(?:[eE]([-+]?\d+))?")


def numbers_of_epochs(text: str, epochs: int = EPOCHS) -> list[Printed] | None:
    """Return the loss that each line prints, if there is one line for each epoch.

    It is the first decimal number after the word "loss", or the only one of a line.
    """
    printed = [one for one in map(_of_line, text.splitlines()) if one is not None]
    return printed if len(printed) == epochs else None


def _of_line(line: str) -> Printed | None:
    place = line.lower().find("loss")
    found = list(_NUMBER.finditer(line, max(0, place)))
    if not found or (place < 0 and len(found) > 1):
        return None
    digits = len(found[0][1]) - int(found[0][2] or 0)
    return Printed(float(found[0][0]), 0.51 * 10.0**-digits)


def agree(printed: Sequence[Printed], values: Array) -> bool:
    """Compare printed losses with others but for rounding, and for what a guard of log changes."""
    return len(values) == len(printed) and all(
        abs(one.value - value) <= one.rounding + 1e-4 * abs(value)
        for one, value in zip(printed, values, strict=True)
    )
