"""Chapter 7: the rows that reach the layers in a fit by mini-batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.course.checks.numbers import numbers_in
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book import found
from chainrule.diagnosis.book.batches import FIT_WHERE
from chainrule.diagnosis.fits.spies import N, X

N_EPOCHS, BATCH_SIZE = 3, 3
BATCH_SHAPES = [(2, 3), (2, 3), (2, 1)]
"""The shapes of an epoch's batches, one sample per column."""

_SAME_ROW = 1e-5  # rounding to float32 moves a row by less


class Spy:
    """Records the arguments of `forward` and `backward` of the learner's own layers.

    Attributes
    ----------
    forwards : list of array
        The inputs of the first layer's `forward`.
    batches : list of array
        For each `backward` of the first layer, the last input of its `forward`.
    da : list of array
        The arguments of the last layer's `backward`.
    """

    def __init__(self, layers: Sequence[Any]) -> None:
        self.forwards: list[Any] = []
        self.batches: list[Any] = []
        self.da: list[Any] = []
        _before(layers[0], "forward", lambda x: self.forwards.append(_copy(x)))
        _before(layers[0], "backward", lambda _: self.batches.extend(self.forwards[-1:]))
        _before(layers[-1], "backward", lambda da: self.da.append(_copy(da)))

    @property
    def steps(self) -> list[Any]:
        """The batch of each step; all inputs if the layers' `backward` is never called."""
        return self.batches or self.forwards


def _before(layer: Any, name: str, look: Callable[[Any], None]) -> None:
    """Pass a method's first argument to `look` before every call of the method."""
    own = getattr(layer, name)

    def seen(*given: Any, **named: Any) -> Any:
        look(next(iter((*given, *named.values())), None))
        return own(*given, **named)

    setattr(layer, name, seen)


def _copy(value: Any) -> Any:
    numbers = numbers_in(value)
    return np.zeros(()) if numbers is None else numbers.copy()


def check_calls(spy: Spy, line: str, *, moved: bool) -> Finding | None:
    """Return a finding if nothing goes forward through the layers, or nothing back.

    Parameters
    ----------
    spy : Spy
    line : str
        The line to show.
    moved : bool
        Whether a weight changed.
    """
    if not spy.forwards:
        return found(FIT_WHERE, "forward-never", "no layer's `forward` is called", line)
    if not spy.batches and not moved:
        said = "after 3 epochs they are what they were"
        return found(FIT_WHERE, "backward-never", said, line)
    return None


def check_visits(steps: list[Any], line: str) -> Finding | None:
    """Return a finding unless each epoch visits every row once, in batches of the right shapes."""
    shapes = [np.shape(x) for x in steps]
    key, epochs = _of_the_shapes(shapes)
    if key:
        told = f"the first layer gets {', '.join(map(str, shapes[:6]))}{', …' * (len(shapes) > 6)}"
        told += (
            f": {len(shapes)} batches; {N_EPOCHS} epochs of {N} rows with batch_size {BATCH_SIZE} "
        )
        told += "are three times (2, 3), (2, 3), (2, 1)"
        row = found(FIT_WHERE, key, told, line, epochs=epochs, wanted=N_EPOCHS)
        return replace(row, key="epochs-missing") if key == "one-epoch" else row
    rows = [row for x in steps for row in rows_of(x)]
    for epoch in range(N_EPOCHS):
        visited = rows[epoch * N : (epoch + 1) * N]
        if sorted(visited) != list(range(N)):
            told = f"in epoch {epoch + 1} the columns are rows {visited} (−1 is none)"
            return found(FIT_WHERE, "rows-changed", told, line)
    return None


def _of_the_shapes(shapes: list[tuple[int, ...]]) -> tuple[str, int]:
    """Return the key of a mistake in the batches' shapes ("" if none) and the epochs' number."""
    epochs, rest = divmod(len(shapes), len(BATCH_SHAPES))
    if not rest and shapes == BATCH_SHAPES * epochs:
        if epochs == N_EPOCHS:
            return "", epochs
        few = "one-epoch" if epochs == 1 else "epochs-missing"
        return few if epochs < N_EPOCHS else "epochs-too-many", epochs
    if shapes[0] in ((2,), (1, 2)) or set(shapes) == {(2, 1)}:
        return "one-by-one", epochs
    return "one-batch" if set(shapes) == {(2, N)} else "batch-shapes", epochs


def rows_of(x: Any) -> list[int]:
    """Return each column's row number in the data; −1 for an unknown column."""
    near = np.abs(X[:, :, np.newaxis] - x[np.newaxis]).max(axis=1) < _SAME_ROW
    return [int(np.argmax(column)) if column.any() else -1 for column in near.T]
