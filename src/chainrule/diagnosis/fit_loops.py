"""A learner's `fit`: its loops over epochs, samples and layers, and the rows it visits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.probes import near
from chainrule.diagnosis.sources import line_of
from chainrule.diagnosis.spies import EPOCHS, Call, N, Seen, X
from chainrule.numerals import number

_CHAIN = "from the last layer to the first: da = layer.backward(da, learning_rate)"
_LOOPS = "for each epoch: for each sample: forward, daⁿ, backward through the layers"


def of_the_loops(perceptron: type, seen: Seen) -> Finding | None:
    """Look how often samples go forward and come back."""
    steps, line = len(seen.steps), line_of(perceptron, "fit", ("backward", "for"))
    if not seen.visits:
        return Finding(
            "forward-never", "`fit` never sends a sample forward", "ŷ",
            "no layer's `forward` is called", _LOOPS, line_of(perceptron, "fit", ("for",)),
        )  # fmt: skip
    if not steps:
        return Finding(
            "backward-never", "`fit` never goes backward through the layers", "da",
            "no layer's `backward` is called", _LOOPS, line,
        )  # fmt: skip
    broad = next((visit.x.shape for visit in seen.steps if visit.x.shape[1] != 1), None)
    if broad is not None:
        return Finding(
            "not-one-by-one", "the samples do not go one by one", "a⁰",
            f"the first layer gets {broad}; one sample is a column (2, 1)", _LOOPS, line,
        )  # fmt: skip
    return _of_the_number(steps, len(seen.visits), line)


def _of_the_number(steps: int, visits: int, line: str) -> Finding | None:
    wanted = N * EPOCHS
    if steps == wanted:
        return None
    told = f"{steps} steps; {N} samples in {EPOCHS} epochs are {wanted}"
    if steps in (1, EPOCHS) and visits >= wanted:  # all went forward
        return Finding(
            "backward-outside", "`backward` is called outside of the loop over the samples", "dW",
            told, _LOOPS, line,
        )  # fmt: skip
    if steps % N == 0:
        return Finding(
            "epochs-missing", f"there are {steps // N} epochs, not {EPOCHS}", "dW", told,
            "for epoch in range(epochs)", line,
        )  # fmt: skip
    return Finding(
        "samples-missing", "not every sample is learnt from once an epoch", "dW", told, _LOOPS,
        line,
    )  # fmt: skip


def of_the_way(perceptron: type, seen: Seen) -> Finding | None:
    """Look whether each step goes forward through all layers, and back by the chain rule."""
    for visit in seen.steps:
        if visit.forward[:3] != [0, 1, 2]:  # a look once more at a layer does no harm
            told = ", ".join(str(layer + 1) for layer in visit.forward)
            return Finding(
                "forward-order", "a sample does not go forward through every layer", "ŷ",
                f"`forward` is called on layers {told}; right is 1, 2, 3",
                "a = layer.forward(a), from the first layer to the last",
                line_of(perceptron, "forward", ("forward",)),
            )  # fmt: skip
        order = [call.layer for call in visit.backward]
        if order == [0, 1, 2]:
            return _layers_forward(
                perceptron, "`backward` is called on layers 1, 2, 3; right is 3, 2, 1"
            )
        if order != [2, 1, 0]:
            told = ", ".join(str(layer + 1) for layer in order)
            return Finding(
                "layers-missing", "`backward` is not called once on every layer", "da",
                f"it is called on layers {told}; right is 3, 2, 1", _CHAIN,
                line_of(perceptron, "fit", ("reversed", "backward", "for")),
            )  # fmt: skip
        for call, behind in zip(visit.backward[1:], visit.backward, strict=False):
            same_shape = call.given.shape == behind.answer.shape
            if not (same_shape and _same(call.given, behind.answer)):
                return _not_chained(perceptron, call, behind)
    return None


def _same(a: Array, b: Array) -> bool:
    return bool((near(a, b) | (np.isnan(a) & np.isnan(b))).all())


def first_in_the_way(perceptron: type, seen: Seen) -> Finding | None:
    """Look whether a fit failed because da went to a layer that it is not for."""
    if not seen.steps:
        return None
    calls = seen.steps[-1].backward
    if calls[0].layer == 0:
        return _layers_forward(
            perceptron, "`backward` is called on layer 1 first; right is layer 3"
        )
    if len(calls) > 1 and np.array_equal(calls[-1].given, calls[0].given):
        return _not_chained(perceptron, calls[-1], calls[-2])
    return None


def _layers_forward(perceptron: type, seen: str) -> Finding:
    return Finding(
        "layers-forward", "the layers are gone through forward, not backward", "da", seen, _CHAIN,
        line_of(perceptron, "fit", ("reversed", "backward", "for")),
    )  # fmt: skip


def _not_chained(perceptron: type, call: Call, behind: Call) -> Finding:
    return Finding(
        "not-chained", "da is not handed on: a layer does not get the da_prev of the one behind it",
        "da",
        f"layer {call.layer + 1} gets {brief(call.given)}; the layer behind it returned "
        f"{brief(behind.answer)}", _CHAIN,
        line_of(perceptron, "fit", ("reversed", "backward", "for")),
    )  # fmt: skip


def brief(array: Array) -> str:
    """Return an array's first numbers."""
    return "[" + ", ".join(number(value) for value in np.ravel(array)[:4]) + "]"


# Rows ----------------------------------------------------------------------------------------


def of_the_rows(perceptron: type, seen: Seen) -> Finding | None:
    """Look whether every row is visited once an epoch."""
    rows = seen.rows
    line = line_of(perceptron, "fit", ("permutation", "shuffle", "randint", "choice"))
    if (rows < 0).any():
        wrong = seen.steps[int(np.flatnonzero(rows < 0)[0])].x
        return Finding(
            "rows-changed", "a sample is no row of the data", "a⁰",
            f"the first layer gets {brief(wrong)}", "x = training_data[i]", line,
        )  # fmt: skip
    by_epoch = rows.reshape(EPOCHS, N)
    for epoch, visited in enumerate(by_epoch, 1):
        twice = [int(row) for row, times in enumerate(np.bincount(visited)) if times > 1]
        if twice:
            missing = sorted(set(range(N)) - set(visited.tolist()))
            told = (
                f"in epoch {epoch} row {twice[0]} comes {int((visited == twice[0]).sum())} times, "
                f"row {missing[0]} never"
            )
            return _rows_twice(by_epoch, told, line)
    return None


def _rows_twice(by_epoch: NDArray[np.intp], told: str, line: str) -> Finding:
    """Rows that are lost never come back; of rows that are drawn, others are missed each time."""
    right = "every row once an epoch: order = np.random.permutation(n), then X[order], y[order]"
    sets = [set(visited.tolist()) for visited in by_epoch]
    if all(later <= earlier for earlier, later in pairwise(sets)):
        title = "rows are lost while they are shuffled: some come twice, others never again"
        return Finding("rows-duplicated", title, "a⁰", told, right, line)
    title = "rows are drawn with replacement: in an epoch some come twice, others never"
    return Finding("rows-drawn-again", title, "a⁰", told, right, line)


assert len(np.unique(X, axis=0)) == N  # so that a sample tells its row
