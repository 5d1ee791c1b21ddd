"""A learner's `fit`: the loss that it prints for each epoch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.diagnosis.book import ONE_SAMPLE, PIECES, Mistake, found, lines_of, mistakes_in
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.fits.outputs import loss
from chainrule.diagnosis.fits.spies import EPOCHS, N, Seen, Y, row_of
from chainrule.diagnosis.page_code import run_part
from chainrule.diagnosis.sources import line_of
from chainrule.numerals import number

_FIT = "Perceptron.fit"


class Printed(NamedTuple):
    """A number as it was printed."""

    value: float
    rounding: float
    """Half a unit of its last digit, and a little."""


def of_the_loss(perceptron: type, seen: Seen, *, weights_right: bool) -> Iterator[Finding]:
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
    fitting = [one.key for one in of_losses() if agree(printed, printed_by((one,), p, y))]
    key = fitting[0] if len(fitting) == 1 else "loss-not-recognised"
    finding = found(_FIT, key, told, line_of(perceptron, "fit", ("loss",)))
    aside = " (the weights are right)" if weights_right and len(fitting) == 1 else ""
    yield replace(finding, title=f"{finding.title}{aside}")


def of_losses() -> list[Mistake]:
    """Return the mistakes that only what is printed shows."""
    return [one for one in mistakes_in(_FIT) if one.quantity == "L"]


def printed_by(
    mistakes: Sequence[Mistake], p: Iterable[Any], y: Iterable[Any], baseline: str = ONE_SAMPLE
) -> Array:
    """Return the losses that the page's lines, or those of mistakes, print.

    Parameters
    ----------
    mistakes : sequence of Mistake
    p, y : sequence of epochs, each a sequence of numbers, or of arrays of shape (1, m)
        ŷ and the labels of each step, in the order in which they were learnt from.
    baseline : str
    """
    lines = {**PIECES[_FIT].right(baseline), **lines_of(mistakes)}
    names: dict[str, Any] = {"np": np}
    losses = []
    run_part(lines["before"], names)
    for of_p, of_y in zip(p, y, strict=True):
        names["n"] = sum(map(np.size, of_y))
        run_part(lines["reset"], names)
        for y_hat, label in zip(of_p, of_y, strict=True):
            names.update(y_hat=np.reshape(y_hat, (1, -1)), y=np.reshape(label, (1, -1)))
            run_part(lines["loss"], names)
        run_part(lines["average"], names)
        losses.append(float(names["average_loss"]))
    return np.array(losses)


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
