"""A learner's `fit`: its loops over epochs, samples and layers, and the rows it visits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.diagnosis.book import found
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.fits.spies import EPOCHS, Call, N, Seen, X
from chainrule.diagnosis.layers.probes import near
from chainrule.diagnosis.sources import line_of
from chainrule.numerals import number

_FIT = "Perceptron.fit"


def of_the_loops(perceptron: type, seen: Seen) -> Finding | None:
    """Look how often samples go forward and come back."""
    steps, line = len(seen.steps), line_of(perceptron, "fit", ("backward", "for"))
    if not seen.visits:
        seen_line = line_of(perceptron, "fit", ("for",))
        return found(_FIT, "forward-never", "no layer's `forward` is called", seen_line)
    if not steps:
        return found(_FIT, "backward-never", "no layer's `backward` is called", line)
    broad = next((visit.x.shape for visit in seen.steps if visit.x.shape[1] != 1), None)
    if broad is not None:
        told = f"the first layer gets {broad}; one sample is a column (2, 1)"
        return found(_FIT, "not-one-by-one", told, line)
    return _of_the_number(steps, len(seen.visits), line)


def _of_the_number(steps: int, visits: int, line: str) -> Finding | None:
    wanted = N * EPOCHS
    if steps == wanted:
        return None
    told = f"{steps} steps; {N} samples in {EPOCHS} epochs are {wanted}"
    if steps in (1, EPOCHS) and visits >= wanted:  # all went forward
        return found(_FIT, "backward-outside", told, line)
    if steps % N == 0:
        return found(_FIT, "epochs-missing", told, line, count=steps // N, wanted=EPOCHS)
    return found(_FIT, "samples-missing", told, line)


def of_the_way(perceptron: type, seen: Seen) -> Finding | None:
    """Look whether each step goes forward through all layers, and back by the chain rule."""
    for visit in seen.steps:
        if visit.forward[:3] != [0, 1, 2]:  # a look once more at a layer does no harm
            told = ", ".join(str(layer + 1) for layer in visit.forward)
            told = f"`forward` is called on layers {told}; right is 1, 2, 3"
            line = line_of(perceptron, "forward", ("forward",))
            return found(_FIT, "forward-order", told, line)
        order = [call.layer for call in visit.backward]
        if order == [0, 1, 2]:
            return _layers_forward(
                perceptron, "`backward` is called on layers 1, 2, 3; right is 3, 2, 1"
            )
        if order != [2, 1, 0]:
            told = ", ".join(str(layer + 1) for layer in order)
            told = f"it is called on layers {told}; right is 3, 2, 1"
            return found(_FIT, "layers-missing", told, _way_back(perceptron))
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
    return found(_FIT, "layers-forward", seen, _way_back(perceptron))


def _way_back(perceptron: type) -> str:
    return line_of(perceptron, "fit", ("reversed", "backward", "for"))


def _not_chained(perceptron: type, call: Call, behind: Call) -> Finding:
    told = (
        f"layer {call.layer + 1} gets {brief(call.given)}; the layer behind it returned "
        f"{brief(behind.answer)}"
    )
    return found(_FIT, "not-chained", told, _way_back(perceptron))


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
        return found(_FIT, "rows-changed", f"the first layer gets {brief(wrong)}", line)
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
    sets = [set(visited.tolist()) for visited in by_epoch]
    lost = all(later <= earlier for earlier, later in pairwise(sets))
    return found(_FIT, "rows-duplicated" if lost else "rows-drawn-again", told, line)


assert len(np.unique(X, axis=0)) == N  # so that a sample tells its row
