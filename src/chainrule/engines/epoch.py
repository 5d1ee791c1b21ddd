"""What an engine is asked to do, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.layers import Layer
from chainrule.losses import Loss
from chainrule.optimizers import Optimizer


@dataclass
class Epoch:
    """One pass over the samples.

    Attributes
    ----------
    x : array of shape (n, n_features)
    y : array of shape (n, n_outputs)
    order : array of int of shape (n,)
        The rows in the order in which they are visited.
    batch_size : int
        Rows per step; the last step of the epoch may have fewer.
    learning_rates : array of shape (n_steps,)
    loss : Loss
        Of the last layer's z.
    optimizer : Optimizer
    state : array of shape (optimizer.slots, n_parameters)
        Updated in place.
    t : int
        Steps taken before this epoch.
    """

    x: Array
    y: Array
    order: NDArray[np.integer[Any]]
    batch_size: int
    learning_rates: Array
    loss: Loss
    optimizer: Optimizer
    state: Array
    t: int


class EpochResult(NamedTuple):
    """What is known of an epoch when it is over.

    Attributes
    ----------
    loss : float
        Mean over the samples, each taken just before the step that used it.
    gradient_norm : float
        Root mean square over the steps of ‖∂L/∂θ‖₂.
    """

    loss: float
    gradient_norm: float


class Engine(Protocol):
    """What the training loop asks of an engine."""

    def run_epoch(self, layers: Sequence[Layer], epoch: Epoch, /) -> EpochResult:
        """Train the layers in place for one epoch.

        Raises
        ------
        DivergenceError
            As soon as a number is not finite.
        """
        ...

    def predict(self, layers: Sequence[Layer], x: Array, /) -> Array:
        """Return the last layer's z, of shape (n, n_outputs), for the rows of `x`."""
        ...
