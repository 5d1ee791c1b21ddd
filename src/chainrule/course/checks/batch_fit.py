"""Chapter 7, training by batches: which rows each step is of, and the weights after them.

Three epochs of seven rows in batches of three are run on the learner's own layers, which the steps
before have found right. The orders are drawn from a seed, so that the answer is always the same.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.activations import sigmoid, tanh
from chainrule.course.checks.batch_loss import Epochs, of_the_loss
from chainrule.course.checks.batch_rows import (
    BATCH_SIZE,
    EPOCHS,
    SHAPES,
    N,
    Spy,
    X,
    Y,
    of_the_calls,
    of_the_visits,
    rows_of,
)
from chainrule.course.checks.formulas import (
    LayerNumbers,
    differing_weights,
    drawn,
    predicted,
    stepped,
)
from chainrule.course.checks.learner import Learner, NotYetError
from chainrule.course.checks.placing import placed
from chainrule.course.checks.seeding import seeded
from chainrule.diagnosis import Finding
from chainrule.diagnosis.fit_outputs import loss, right_da
from chainrule.diagnosis.sources import line_of

SEED = 0
"""Orders drawn from it one after the other put the labels in different orders."""

_RATE = 0.3
_LAYERS, _SEEDS = ((2, 3, tanh), (3, 1, sigmoid)), (2, 3)


def look_at_fit(learner: Learner) -> Iterator[Finding | str]:
    """Yield what is wrong with training by batches: the rows, the weights, the printed loss."""
    if not {"batches", "backward"} <= learner.right:
        raise NotYetError
    kind, network = learner.kind("Layer"), learner.kind("Perceptron")
    learner.method("Perceptron", "fit")
    layers = [kind(*sizes) for sizes in _LAYERS]
    start = drawn(_LAYERS, _SEEDS)
    reads = [placed(layer, W, b) for layer, (W, b, _) in zip(layers, start, strict=True)]
    spy = Spy(layers)
    model = network(layers)
    with seeded(SEED), contextlib.redirect_stdout(io.StringIO()) as printed:
        model.fit(X.copy(), Y.copy(), EPOCHS, _RATE, BATCH_SIZE)
    got = [read() for read in reads]
    line = line_of(network, "fit", ("backward", "da", "for"))
    moved = any(differing_weights(got, start))
    found = of_the_calls(spy, line, moved=moved) or of_the_visits(spy.steps, line)
    if found is None:
        rows = [rows_of(x) for x in spy.steps]
        found = _of_the_weights(got, start, rows, spy.da, line)
        if found is None:
            line = line_of(network, "fit", ("loss",))
            yield from of_the_loss(printed.getvalue(), _epochs(start, rows), line)
    if found is not None:
        yield found


# Which weights ---------------------------------------------------------------------------------


MISTAKES: tuple[
    tuple[str, str, Callable[[Any, Any], Any], Callable[[int], float]], ...
] = (
    ("sum-not-mean", "the step is that of the sum of the losses: 1/m is missing", right_da,
     lambda m: 1.0),
    ("divided-twice", "1/m is there twice, in `backward` and in daⁿ", right_da,
     lambda m: 1 / m**2),
    ("by-batch-size", "it is divided by batch_size; the last batch has fewer samples", right_da,
     lambda m: 1 / BATCH_SIZE),
    ("by-batch-size-too", "1/m is there twice: in `backward`, and as 1/batch_size", right_da,
     lambda m: 1 / BATCH_SIZE / m),
    ("by-n", "it is divided by the number of all samples", right_da, lambda m: 1 / N),
    ("by-n-too", "1/m is there twice: in `backward`, and as 1/n", right_da, lambda m: 1 / N / m),
    ("sign", "y − ŷ in place of ŷ − y: every step goes up the loss", lambda p, y: -right_da(p, y),
     lambda m: 1 / m),
    ("sigma-prime-lost", "daⁿ is ŷ − y, which is dzⁿ: ŷ (1 − ŷ) is missing below the line",
     lambda p, y: p - y, lambda m: 1 / m),
    ("sigma-prime-twice", "daⁿ is multiplied by ŷ (1 − ŷ), not divided",
     lambda p, y: (p - y) * p * (1 - p), lambda m: 1 / m),
)  # fmt: skip
"""Key, title, daⁿ of ŷ and y, and what the step is multiplied by, of m samples."""


def _trained(start: list[LayerNumbers], rows: list[list[int]]) -> list[list[LayerNumbers]]:
    """Return the numbers before each batch, and at last after the last one."""
    return list(_walk(start, rows, [Y[batch].T for batch in rows]))


def _walk(
    start: list[LayerNumbers],
    rows: list[list[int]],
    labels: Sequence[Any],
    da: Callable[[Any, Any], Any] = right_da,
    scale: Callable[[int], float] = lambda m: 1 / m,
) -> Iterator[list[LayerNumbers]]:
    now = start
    yield now
    for batch, y in zip(rows, labels, strict=True):
        now = stepped(now, X[batch].T, y, da, _RATE * scale(len(batch)))
        yield now


def _of_the_weights(
    got: list[tuple[Any, Any]],
    start: list[LayerNumbers],
    rows: list[list[int]],
    da: list[Any],
    line: str,
) -> Finding | None:
    labels = [Y[batch].T for batch in rows]
    _, differing = differing_weights(got, _trained(start, rows)[-1])
    if not differing:
        return None
    right, seen = "daⁿ = (ŷ − y) / (ŷ (1 − ŷ)), and 1/m once", f"after {EPOCHS} epochs {differing}"
    for key, title, da_of, scale in MISTAKES:
        *_, wanted = _walk(start, rows, labels, da_of, scale)
        if not any(differing_weights(got, wanted)):
            return Finding(key, title, "daⁿ", seen, right, line)
    used = _labels_in(da, rows)
    if used:
        *_, wanted = _walk(start, rows, used)
        if not any(differing_weights(got, wanted)):
            return _of_the_labels(used, labels, seen, line)
    return Finding(
        "not-recognised",
        "wrong, not recognised: the first quantity that differs is the weights after training",
        "W", seen, right, line,
    )  # fmt: skip


def _labels_in(da: list[Any], rows: list[list[int]]) -> list[Any]:
    """Return the labels that daⁿ was made with: it is below 0 for a 1, and above 0 for a 0."""
    if [np.size(one) for one in da] != [len(batch) for batch in rows]:
        return []
    return [(np.reshape(one, (1, -1)) < 0).astype(float) for one in da]


def _of_the_labels(used: list[Any], labels: list[Any], seen: str, line: str) -> Finding:
    if all(np.array_equal(one, 1 - y) for one, y in zip(used, labels, strict=True)):
        return Finding(
            "labels-inverted", "1 − y stands where y belongs", "y", seen, "daⁿ is made of y", line
        )
    return Finding(
        "apart", "x and y of a batch are not the same rows", "y", seen,
        "x, y = training_data[rows].T, labels[rows].T", line,
    )  # fmt: skip


# Which losses ----------------------------------------------------------------------------------


def _epochs(start: list[LayerNumbers], rows: list[list[int]]) -> Epochs:
    """Return what a right fit sees of its losses, by epoch."""
    before = _trained(start, rows)
    per_epoch = len(SHAPES)
    p = [predicted(layers, X[batch].T) for layers, batch in zip(before, rows, strict=False)]
    y = [Y[batch].T for batch in rows]
    whole = [float(loss(predicted(layers, X.T), Y.T).mean()) for layers in before[::per_epoch]]
    starts = range(0, len(rows), per_epoch)
    return Epochs([p[i : i + per_epoch] for i in starts], [y[i : i + per_epoch] for i in starts],
                  whole)  # fmt: skip
