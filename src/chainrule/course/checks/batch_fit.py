"""Chapter 7: the rows, the weights and the printed loss of a fit by mini-batches.

The learner's `fit` runs three epochs of seven rows in batches of three. The layers are the
learner's own, found right by an earlier step. A fixed seed makes the result repeatable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.activations import sigmoid, tanh
from chainrule.course.checks.batch_loss import EpochOutputs, check_printed_losses
from chainrule.course.checks.batch_rows import (
    BATCH_SHAPES,
    BATCH_SIZE,
    N_EPOCHS,
    Spy,
    check_calls,
    check_visits,
    rows_of,
)
from chainrule.course.checks.formulas import (
    LayerNumbers,
    differing_weights,
    drawn,
    predicted,
    stepped,
)
from chainrule.course.checks.learner import Learner, NotYetError, printed_by_fit
from chainrule.course.checks.placing import placed_layers
from chainrule.course.checks.seeding import seeded
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book import MINI_BATCH, found, mistakes_in
from chainrule.diagnosis.book.batches import FIT_WHERE
from chainrule.diagnosis.fits.outputs import loss
from chainrule.diagnosis.fits.spies import N, X, Y
from chainrule.diagnosis.sources import line_of

ORDER_SEED = 0
"""Successive orders drawn from this seed put the labels in different orders."""

_RATE = 0.3
_LAYERS, _SEEDS = ((2, 3, tanh), (3, 1, sigmoid)), (2, 3)


def check_batch_fit(learner: Learner) -> Iterator[Finding | str]:
    """Yield mistakes in a fit by mini-batches: in its rows, weights or printed loss."""
    if not {"batches", "backward"} <= learner.right:
        raise NotYetError
    kind, network = learner.kind("Layer"), learner.kind("Perceptron")
    learner.method("Perceptron", "fit")
    start = drawn(_LAYERS, _SEEDS)
    layers, reads = placed_layers(kind, start)
    spy = Spy(layers)
    model = network(layers)
    with seeded(ORDER_SEED):
        printed = printed_by_fit(model, X.copy(), Y.copy(), N_EPOCHS, _RATE, BATCH_SIZE)
    got = [read() for read in reads]
    line = line_of(network, "fit", ("backward", "da", "for"))
    moved = any(differing_weights(got, start))
    wrong = check_calls(spy, line, moved=moved) or check_visits(spy.steps, line)
    if wrong is None:
        rows = [rows_of(x) for x in spy.steps]
        wrong = _of_the_weights(got, start, rows, spy.da, line)
        if wrong is None:
            line = line_of(network, "fit", ("loss",))
            yield from check_printed_losses(printed, _epochs(start, rows), line)
    if wrong is not None:
        yield wrong


# Which weights ---------------------------------------------------------------------------------


def _trained(start: list[LayerNumbers], rows: list[list[int]]) -> list[list[LayerNumbers]]:
    """Return the right weights and biases before each batch and after the last."""
    return list(_walk(start, rows, [Y[batch].T for batch in rows]))


def _walk(
    start: list[LayerNumbers],
    rows: list[list[int]],
    labels: Sequence[Any],
    lines: Mapping[str, str] | None = None,
) -> Iterator[list[LayerNumbers]]:
    now = start
    yield now
    for batch, y in zip(rows, labels, strict=True):
        now = stepped(now, X[batch].T, y, _RATE, lines=lines, baseline=MINI_BATCH, n=N,
                      batch_size=BATCH_SIZE)  # fmt: skip
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
    seen = f"after {N_EPOCHS} epochs {differing}"
    for mistake in mistakes_in(FIT_WHERE, MINI_BATCH):
        if mistake.quantity != "daⁿ":
            continue
        *_, wanted = _walk(start, rows, labels, mistake.lines)
        if not any(differing_weights(got, wanted)):
            return found(FIT_WHERE, mistake.key, seen, line)
    used = _labels_in(da, rows)
    if used:
        *_, wanted = _walk(start, rows, used)
        if not any(differing_weights(got, wanted)):
            inverted = all(np.array_equal(one, 1 - y) for one, y in zip(used, labels, strict=True))
            return found(FIT_WHERE, "labels-inverted" if inverted else "apart", seen, line)
    return found(FIT_WHERE, "not-recognised", seen, line)


def _labels_in(da: list[Any], rows: list[list[int]]) -> list[Any]:
    """Recover the labels in daⁿ from its sign: negative for a 1, positive for a 0."""
    if [np.size(one) for one in da] != [len(batch) for batch in rows]:
        return []
    return [(np.reshape(one, (1, -1)) < 0).astype(float) for one in da]


# Which losses ----------------------------------------------------------------------------------


def _epochs(start: list[LayerNumbers], rows: list[list[int]]) -> EpochOutputs:
    """Return ŷ, labels and average losses of a right fit, by epoch."""
    before = _trained(start, rows)
    per_epoch = len(BATCH_SHAPES)
    p = [predicted(layers, X[batch].T) for layers, batch in zip(before, rows, strict=False)]
    y = [Y[batch].T for batch in rows]
    whole = [float(loss(predicted(layers, X.T), Y.T).mean()) for layers in before[::per_epoch]]
    starts = range(0, len(rows), per_epoch)
    return EpochOutputs(
        [p[i : i + per_epoch] for i in starts], [y[i : i + per_epoch] for i in starts], whole
    )
