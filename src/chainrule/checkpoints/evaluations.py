"""Checkpoints of L-BFGS: all losses and gradients that it has asked for, to be answered again.

SciPy takes the steps and shows nothing of its memory. But equal answers lead it the same way, so a
run that was killed is led again, at no more than SciPy's own cost, to where it was.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.checkpoints.folder import Checkpoints, Folder, Kept, number_of
from chainrule.checkpoints.identity import Identity

if TYPE_CHECKING:
    from chainrule.training.quasi_newton import Evaluate


class KeptEvaluations:
    """The evaluations of a run of L-BFGS, in files of some of them each.

    Parameters
    ----------
    given : Checkpoints
        All files stay: `keep` does not matter, nor does `every_epochs`.
    identity : Identity
    resumes : bool
        Whether to go on from what is there.

    Raises
    ------
    CheckpointError
        If the run cannot go on from what is in the folder.
    """

    def __init__(self, given: Checkpoints, identity: Identity, *, resumes: bool) -> None:
        import scipy

        self._given = given
        identity = {**identity, "version of SciPy": scipy.__version__}
        self._folder = Folder(given, "evaluation", identity, resumes=resumes)
        self._files = self._folder.files() if resumes else []
        self._done = 0
        self._new: list[tuple[float, Array]] = []
        self._written = time.monotonic()

    def split(self, n: int) -> None:
        """Return nothing: no rows are held out."""

    def resume(self, theta: Array) -> None:
        """Have the initial weights of the run, if it has begun before."""
        self._read = self._folder.usable(self._files, lambda kept: _evaluations(kept, theta))
        self._first = next(self._read, None)
        if self._first is not None:
            theta[:] = self._first.theta
        self._theta = theta.copy()

    def answered(self, evaluate: Evaluate) -> Evaluate:
        """Wrap an evaluation: answers come from the files as long as these have any."""
        known = self._known()

        def answer(point: Array) -> tuple[float, Array]:
            found = next(known, None)
            if found is None:
                found = evaluate(point)
                self._new.append((found[0], found[1].copy()))
                if time.monotonic() - self._written >= self._given.every_seconds:
                    self.write()
            return found

        return answer

    def _known(self) -> Iterator[tuple[float, Array]]:
        for read in chain([self._first], self._read):
            if read is None or read.first != self._done:
                break
            self._done += len(read.losses)
            yield from zip(read.losses.tolist(), read.gradients.astype(np.float64), strict=True)
        for path in self._files:  # what was after a damaged one is computed again
            if path.exists() and number_of(path) >= self._done:
                path.unlink()

    def write(self) -> None:
        """Write the evaluations since the last file; what cannot be written is tried again."""
        if not self._new:
            return
        losses, gradients = zip(*self._new, strict=True)
        tensors = {"losses": np.array(losses), "gradients": _shortest(np.stack(gradients))}
        if self._done == 0:
            tensors["theta"] = self._theta
        if self._folder.write(self._done, {"first": self._done}, tensors):
            self._done += len(self._new)
            self._new = []
        self._written = time.monotonic()


def _shortest(array: Array) -> Array:
    """Return the numbers in half the room, where that is all there is to them."""
    short = array.astype(np.float32)
    return short if np.array_equal(short, array) else array


class _Evaluations(NamedTuple):
    """Losses and gradients in the order of the run, and the number of the first.

    The first file has the initial weights too.
    """

    first: int
    losses: Array
    gradients: Array
    theta: Array | None


def _evaluations(kept: Kept, theta: Array) -> _Evaluations:
    first, tensors = kept.content["first"], kept.tensors
    losses, gradients = tensors["losses"], tensors["gradients"]
    if gradients.shape != (*losses.shape, theta.size):
        raise ValueError("losses and gradients are not those of the same points")
    initial = tensors["theta"] if first == 0 else None
    if initial is not None and (initial.shape, initial.dtype) != (theta.shape, theta.dtype):
        raise ValueError("the initial weights are those of another network")
    return _Evaluations(first, losses, gradients, initial)
