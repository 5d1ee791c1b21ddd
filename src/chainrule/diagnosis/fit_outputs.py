"""A learner's `fit`: the daⁿ that it hands to the last layer, and the labels in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.sources import line_of
from chainrule.diagnosis.spies import EPOCHS, N, Seen, X, Y
from chainrule.numerals import number

Formula = Callable[[Any, Any], Any]


def right_da(p: Any, y: Any) -> Any:
    """Return daⁿ = (ŷ − y) / (ŷ(1 − ŷ))."""
    return (p - y) / (p * (1 - p))


def loss(p: Any, y: Any) -> Any:
    """Return L = −(y log ŷ + (1 − y) log(1 − ŷ))."""
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


_WRONG: tuple[tuple[str, str, Formula], ...] = (
    ("sign", "y − ŷ in place of ŷ − y: every step goes up the loss", lambda p, y: -right_da(p, y)),
    ("sigma-prime-lost", "daⁿ is ŷ − y, which is dzⁿ: the layer multiplies by σ′(z) once more",
     lambda p, y: p - y),
    ("sign-and-sigma-prime", "daⁿ is y − ŷ: the sign is wrong, and ŷ(1 − ŷ) is missing",
     lambda p, y: y - p),
    ("sigma-prime-twice", "daⁿ is multiplied by ŷ(1 − ŷ), not divided: σ′ is counted twice",
     lambda p, y: (p - y) * p * (1 - p)),
    ("squared-error", "daⁿ is that of the squared error, 2(ŷ − y)", lambda p, y: 2 * (p - y)),
    ("brackets", "brackets are missing: (ŷ − y) / ŷ · (1 − ŷ)", lambda p, y: (p - y) / p * (1 - p)),
    ("first-term", "daⁿ has the first term only, −y/ŷ", lambda p, y: -y / p),
    ("second-term", "daⁿ has the second term only, (1 − y)/(1 − ŷ)",
     lambda p, y: (1 - y) / (1 - p)),
    ("term-sign", "the second term of daⁿ has the wrong sign: −y/ŷ − (1 − y)/(1 − ŷ)",
     lambda p, y: -y / p - (1 - y) / (1 - p)),
    ("loss-for-derivative", "daⁿ is the loss itself, not its derivative", loss),
    ("mean", "daⁿ is divided by the number of samples, though each has its own step",
     lambda p, y: right_da(p, y) / N),
    ("times-n", "daⁿ is multiplied by the number of samples", lambda p, y: right_da(p, y) * N),
)  # fmt: skip


def of_da(perceptron: type, seen: Seen) -> Iterator[Finding]:
    """Yield what is wrong with daⁿ, or with the labels that it is made of."""
    rows = seen.rows
    if (rows < 0).any() or seen.steps[0].backward[0].layer != 2:
        return
    given = np.array([np.ravel(visit.backward[0].given)[0] for visit in seen.steps])
    p, y = seen.predictions, Y.ravel()[rows]
    if _near(given, right_da(p, y)).all():
        return
    line = line_of(perceptron, "fit", ("da", "/"), without="backward")
    right = "daⁿ = (ŷ − y) / (ŷ(1 − ŷ))"
    first = int(np.flatnonzero(~_near(given, right_da(p, y)))[0])
    told = (
        f"ŷ = {number(p[first])}, y = {y[first]}: daⁿ is {number(given[first])}; right is "
        f"{number(right_da(p[first], y[first]))}"
    )
    for key, title, formula in _WRONG:
        if _near(given, formula(p, y)).all():
            yield Finding(key, title, "daⁿ", told, right, line)
            return
    for key, title, formula in (("", "", right_da), *_WRONG):
        labels = _of_the_labels(perceptron, rows, _labels_in(given, p, formula))
        if labels is not None:
            yield labels
            if key:
                yield Finding(key, title, "daⁿ", told, right, line)
            return
    yield Finding(
        "not-recognised", "wrong, not recognised: the first quantity that differs is daⁿ", "daⁿ",
        told, right, line,
    )  # fmt: skip


def _near(a: Array, b: Array) -> NDArray[np.bool_]:
    """Compare but for what a guard against division by 0 changes."""
    return np.isclose(a, b, rtol=1e-4, atol=1e-9)


def _labels_in(given: Array, p: Array, formula: Formula) -> NDArray[np.intp] | None:
    """Return the labels that the formula must have had to give this; None if there are none."""
    ones, zeros = _near(given, formula(p, np.ones(len(p)))), _near(given, formula(p, 0 * p))
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
        return Finding(
            "labels-inverted", "1 − y stands where y belongs", "y", told, "daⁿ is made of y",
            line_of(perceptron, "fit", ("da",), without="backward"),
        )  # fmt: skip
    if (used.reshape(EPOCHS, N).sum(axis=1) == Y.sum()).all():  # the labels, in another order
        return Finding(
            "shuffled-apart", "X and y are shuffled apart: a row meets another row's label", "y",
            told, "the same permutation for both: X[order], y[order]",
            line_of(perceptron, "fit", ("permutation", "shuffle")),
        )  # fmt: skip
    return Finding(
        "labels-wrong", "daⁿ is made with another label than the row's own", "y", told,
        "y = labels[i] for x = training_data[i]",
        line_of(perceptron, "fit", ("y", "labels")),
    )  # fmt: skip
