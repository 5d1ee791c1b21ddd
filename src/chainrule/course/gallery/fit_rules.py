"""The page's `fit` as small rules, so that a mistake can replace some of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array

Rows = NDArray[np.intp]


@dataclass
class Moment:
    """What a fit knows at one sample, and what it has computed so far.

    Attributes
    ----------
    layers : sequence of layers
    n : int
        Samples.
    learning_rate : float
    rng : random source
        Of this epoch.
    rows : tuple of two arrays of int
        The rows of X and those of y in the order in which they are visited.
    labels : array of shape (1,), or (m, 1) of a mini-batch
        As they were given.
    y, y_hat, da : array of shape (1, 1), or (1, m)
    loss : number or array
        As far as it is summed.
    """

    layers: Sequence[Any]
    n: int
    learning_rate: float
    rng: Any
    rows: tuple[Rows, Rows]
    labels: Array = field(default_factory=lambda: np.empty(1))
    y: Array = field(default_factory=lambda: np.empty((1, 1)))
    y_hat: Array = field(default_factory=lambda: np.empty((1, 1)))
    da: Any = 0.0
    loss: Any = 0.0


FitRule = Callable[[Moment], Any]


def _together(s: Moment) -> tuple[Rows, Rows]:
    order = s.rng.permutation(s.n)
    return s.rows[0][order], s.rows[1][order]


def cross_entropy(s: Moment) -> Any:
    """Return L of this sample; as on the page, nothing guards log 0."""
    return -(s.y * np.log(s.y_hat) + (1 - s.y) * np.log(1 - s.y_hat))


def _last_to_first(s: Moment) -> None:
    da = s.da
    for layer in reversed(s.layers):
        da = layer.backward(da, s.learning_rate)


RIGHT_FIT: dict[str, FitRule] = {
    "reset": lambda s: 0.0,
    "order": _together,
    "y": lambda s: s.labels.reshape(-1, 1),
    "loss": lambda s: s.loss + cross_entropy(s),
    "da": lambda s: (s.y_hat - s.y) / (s.y_hat * (1 - s.y_hat)),
    "back": _last_to_first,
    "epoch_ends": lambda s: None,
    "average": lambda s: s.loss / s.n,
}
