"""What is remembered of a run: weights of earlier epochs, and the points of its curves.

Both forget every second entry when they are full, so that their size is bounded however long a run
goes on; the first entry always stays.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array

MOST_EPOCHS = 500
MOST_POINTS = 2000
_FEWEST_EPOCHS = 32
_MOST_BYTES = 8_000_000  # of weights, where that is fewer epochs


class Remembered(NamedTuple):
    """The weights at the end of an epoch, and the epoch's loss."""

    epoch: int
    theta: Array
    loss: float


@dataclass
class Memory:
    """The weights of at most `MOST_EPOCHS` epochs, evenly spread; of large networks of fewer.

    Examples
    --------
    >>> memory = Memory()
    >>> for epoch in range(2000):
    ...     memory.add(epoch, np.zeros(1), 0.0)
    >>> memory.nearest(1201).epoch, len(memory.entries) <= MOST_EPOCHS
    (1200, True)
    """

    entries: list[Remembered] = field(default_factory=list)
    stride: int = 1

    def add(self, epoch: int, theta: Array, loss: float) -> None:
        """Keep a copy of the weights, if the epoch is among those to keep."""
        if epoch % self.stride:
            return
        most = max(_FEWEST_EPOCHS, min(MOST_EPOCHS, _MOST_BYTES // theta.nbytes))
        if len(self.entries) >= most:
            self.stride *= 2
            self.entries = [one for one in self.entries if one.epoch % self.stride == 0]
            if epoch % self.stride:
                return
        self.entries.append(Remembered(epoch, theta.copy(), loss))

    def nearest(self, epoch: int) -> Remembered:
        """Return the kept epoch nearest to the asked one; of two the earlier."""
        place = bisect_right(self.entries, epoch, key=lambda one: one.epoch)
        around = self.entries[max(0, place - 1) : place + 1]
        return min(around, key=lambda one: abs(one.epoch - epoch))


class CurvePoint(NamedTuple):
    """The figures of one epoch; NaN where there is none."""

    epoch: float
    loss: float
    validation_loss: float
    accuracy: float
    validation_accuracy: float


class Curves:
    """The figures of at most `MOST_POINTS` epochs.

    Attributes
    ----------
    last : CurvePoint
        Of the newest epoch.

    Examples
    --------
    >>> curves = Curves(CurvePoint(0, 0.9, 0.9, 0.5, 0.5))
    >>> curves.add(CurvePoint(1, 0.7, 0.8, 0.5, 0.5))
    >>> columns(curves.table())["loss"]
    array([0.9, 0.7])
    """

    def __init__(self, first: CurvePoint) -> None:
        self._table = np.empty((MOST_POINTS, len(first)))
        self._count = 0
        self.add(first)

    def add(self, point: CurvePoint) -> None:
        """Append an epoch's figures."""
        if self._count == MOST_POINTS:
            kept = self._table[::2].copy()
            self._count = len(kept)
            self._table[: self._count] = kept
        self._table[self._count] = point
        self._count += 1
        self.last = point

    def table(self) -> NDArray[np.float64]:
        """Return a copy of all figures, a row for each epoch."""
        return self._table[: self._count].copy()


def columns(table: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return the columns of a table of curves by name: "epochs", then the figures'."""
    names = ("epochs", *CurvePoint._fields[1:])
    return {name: table[:, place] for place, name in enumerate(names)}
