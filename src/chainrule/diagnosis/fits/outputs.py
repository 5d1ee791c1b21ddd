"""A learner's `fit`: the daⁿ passed to the last layer, and the labels used in daⁿ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.diagnosis.book import PIECES, Mistake, found, lines_of, mistakes_in
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.fits.spies import EPOCHS, N, Seen, X, Y
from chainrule.diagnosis.page_code import run_part
from chainrule.diagnosis.sources import line_of
from chainrule.numerals import number

_FIT = "Perceptron.fit"


def right_da(p: Any, y: Any) -> Any:
    """Return daⁿ = (ŷ − y) / (ŷ(1 − ŷ))."""
    return da_by((), p, y)


def da_by(mistakes: Sequence[Mistake], p: Any, y: Any) -> Any:
    """Return the daⁿ that the page's line, or that of a mistake, makes of ŷ and y."""
    names = {"np": np, "y_hat": p, "y": y, "n": N}
    run_part({**PIECES[_FIT].parts, **lines_of(mistakes)}["da"], names)
    return names["da"]


def loss(p: Any, y: Any) -> Any:
    """Return L = −(y log ŷ + (1 − y) log(1 − ŷ))."""
    names = {"np": np, "y_hat": p, "y": y, "loss": 0.0}
    run_part(PIECES[_FIT].parts["loss"], names)
    return names["loss"]


def _mistakes() -> list[Mistake]:
    return [one for one in mistakes_in(_FIT) if one.quantity == "daⁿ"]


def of_da(perceptron: type, seen: Seen) -> Iterator[Finding]:
    """Yield findings on a wrong daⁿ, or on wrong labels in daⁿ."""
    rows = seen.rows
    if (rows < 0).any() or seen.steps[0].backward[0].layer != 2:
        return
    given = np.array([np.ravel(visit.backward[0].given)[0] for visit in seen.steps])
    p, y = seen.predictions, Y.ravel()[rows]
    right = right_da(p, y)
    if _near(given, right).all():
        return
    line = line_of(perceptron, "fit", ("da", "/"), without="backward")
    first = int(np.flatnonzero(~_near(given, right))[0])
    told = (
        f"ŷ = {number(p[first])}, y = {y[first]}: daⁿ is {number(given[first])}; right is "
        f"{number(right[first])}"
    )
    for mistake in _mistakes():
        if _near(given, da_by((mistake,), p, y)).all():
            yield found(_FIT, mistake.key, told, line)
            return
    for mistakes in ((), *((one,) for one in _mistakes())):
        labels = _of_the_labels(perceptron, rows, _labels_in(given, p, mistakes))
        if labels is not None:
            yield labels
            for mistake in mistakes:
                yield found(_FIT, mistake.key, told, line)
            return
    yield found(_FIT, "not-recognised", told, line)


def _near(a: Array, b: Array) -> NDArray[np.bool_]:
    """Compare but for what a guard against division by 0 changes."""
    return np.isclose(a, b, rtol=1e-4, atol=1e-9)


def _labels_in(given: Array, p: Array, mistakes: Sequence[Mistake]) -> NDArray[np.intp] | None:
    """Return the labels that the line must have had to give this; None if there are none."""
    ones, zeros = (_near(given, da_by(mistakes, p, y)) for y in (np.ones(len(p)), 0 * p))
    return ones.astype(np.intp) if (ones ^ zeros).all() else None


def _of_the_labels(
    perceptron: type, rows: NDArray[np.intp], used: NDArray[np.intp] | None
) -> Finding | None:
    if used is None:
        return None
    y = Y.ravel()[rows]
    wrong = int(np.flatnonzero(used != y)[0])
    told = (
        f"row {X[rows[wrong]].tolist()} has the label {y[wrong]}, but daⁿ is made with "
        f"{used[wrong]}"
    )
    if (used == 1 - y).all():
        line = line_of(perceptron, "fit", ("da",), without="backward")
        return found(_FIT, "labels-inverted", told, line)
    if (used.reshape(EPOCHS, N).sum(axis=1) == Y.sum()).all():  # the labels, in another order
        line = line_of(perceptron, "fit", ("permutation", "shuffle"))
        return found(_FIT, "shuffled-apart", told, line)
    return found(_FIT, "labels-wrong", told, line_of(perceptron, "fit", ("y", "labels")))
