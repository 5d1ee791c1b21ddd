"""When training leaves the finite numbers: where it happened first, and what to try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

import numpy as np

from chainrule.arrays import Array
from chainrule.layers import Gradients, Layer
from chainrule.penalties import Penalty


class DivergenceError(ValueError):
    """A loss or a weight is not finite any more.

    Attributes
    ----------
    epoch : int
        Counted from 1; 0 until the training loop has filled it in.
    layer : int
        Counted from 1.
    quantity : str
        In the symbols of the formulas: "z", "loss", "dz", "dW", "db", "W" or "b"; or
        "penalty", "gradient norm" or "validation_loss".
    weights_epoch : int
        The epoch at whose end the network had the weights that it has now; 0 means the initial
        ones.
    """

    def __init__(self, layer: int, quantity: str, *, epoch: int = 0) -> None:
        super().__init__(layer, quantity)
        self.layer = layer
        self.quantity = quantity
        self.epoch = epoch
        self.weights_epoch = 0

    def __str__(self) -> str:
        kept = f"those of epoch {self.weights_epoch}" if self.weights_epoch else "the initial ones"
        place = "after" if self.quantity.endswith(("loss", "norm")) else "of"
        return (
            f"training diverged in epoch {self.epoch}: {self.quantity} {place} layer {self.layer} "
            f"is not finite. The weights are {kept}. Try a smaller learning rate, standardised "
            "inputs and targets, or another initializer"
        )


def _quantities(
    layers: Sequence[Layer],
    values: Array,
    gradients: Sequence[Gradients],
    penalties: Sequence[float],
    gradient_norm: float,
) -> Iterator[tuple[int, str, Array | float]]:
    """Yield all the numbers of one step in the order in which the step computes them."""
    for number, layer in enumerate(layers, start=1):
        yield number, "z", layer.outputs
    yield len(layers), "loss", values
    for number, penalty in enumerate(penalties, start=1):
        yield number, "penalty", penalty
    for number, gradient in reversed(list(enumerate(gradients, start=1))):
        yield number, "dz", gradient.dz
        yield number, "dW", gradient.d_weights
        yield number, "db", gradient.d_biases
    yield 1, "gradient norm", gradient_norm
    for number, layer in enumerate(layers, start=1):
        yield number, "W", layer.weights
        yield number, "b", layer.biases


def require_finite_step(
    layers: Sequence[Layer],
    values: Array,
    gradients: Sequence[Gradients],
    penalties: Sequence[float] = (),
    gradient_norm: float = 0.0,
) -> None:
    """Raise if a step computed a number that is not finite.

    Parameters
    ----------
    layers : sequence of Layer
        After the step.
    values : array of shape (m,)
        The loss of each sample.
    gradients : sequence of Gradients
        One for each layer, in the layers' order.
    penalties : sequence of float
        One for each layer, if their weights are penalised.
    gradient_norm : float
        ‖g‖₂, if it matters: its square can overflow where no number of g does.

    Raises
    ------
    DivergenceError
        It names the first such quantity in the order of computation.
    """
    for number, quantity, numbers in _quantities(
        layers, values, gradients, penalties, gradient_norm
    ):
        if not np.isfinite(numbers).all():
            raise DivergenceError(number, quantity)


def require_finite_epoch(layers: Sequence[Layer], penalty: Penalty, loss: float) -> None:
    """Raise if an epoch's loss is not finite: it may overflow where each batch's does not.

    Parameters
    ----------
    layers : sequence of Layer
    penalty : Penalty
        Of their weights.
    loss : float
        Of the epoch.

    Raises
    ------
    DivergenceError
        It names the first penalty that is not finite, or else the loss.
    """
    if isfinite(loss):
        return
    with np.errstate(all="ignore"):
        for number, layer in enumerate(layers, start=1):
            if penalty and not isfinite(penalty.value(layer.learned_weights)):
                raise DivergenceError(number, "penalty")
    raise DivergenceError(len(layers), "loss")
