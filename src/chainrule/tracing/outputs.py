"""What a loss hands to the last layer's output: daⁿ = ∂L/∂aⁿ.

Our engines never compute it where the loss owns the output's activation: they begin with dzⁿ, which
needs no division. The page does, and a learner's `backward` asks for it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chainrule.activations import Elementwise
from chainrule.arrays import Array
from chainrule.losses import LOSSES, Loss

_TINY = 1e-300  # its logarithm is finite


class Head(NamedTuple):
    """How a loss and the last layer's activation meet.

    Attributes
    ----------
    loss_of_z : Loss
    link : str
        The loss's own link that the activation is: "sigmoid", "exp" or "softmax"; "identity" where
        the last layer has none and the loss adds its own; "" where the loss takes any output.
    """

    loss_of_z: Loss
    link: str

    def da(self, loss: Loss, a: Array, y: Array) -> Array:
        """Return ∂ℓ/∂a of every sample, for the output a; division by 0 gives ∞ or NaN."""
        with np.errstate(all="ignore"):
            if self.link == "sigmoid":
                return (a - y) / (a * (1 - a))
            if self.link == "exp":
                return 1 - y / a
            if self.link == "softmax":
                return -y / a
            return loss.dz(a, y)

    def value(self, loss: Loss, a: Array, y: Array) -> Array:
        """Return the loss of every sample, of shape (m,), from the output a."""
        with np.errstate(all="ignore"):
            if self.link == "sigmoid":
                return -(y * np.log(a) + (1 - y) * np.log1p(-a)).sum(axis=0)
            if self.link in ("exp", "softmax"):
                return loss.value(np.log(np.maximum(a, _TINY)), y)
            return loss.value(a, y)


def head_of(loss: Loss, activation: Elementwise) -> Head:
    """Find out how they meet.

    Raises
    ------
    ValueError
        If the loss needs another activation.
    """
    of_z = loss.after(activation)
    if of_z is not loss or loss.link is LOSSES["squared_error"].link:
        return Head(of_z, "")
    z = np.linspace(-2.0, 2.0, 6).reshape(2, 3)
    if np.allclose(activation(z), z):
        return Head(of_z, "identity")
    names = {"binary_cross_entropy": "sigmoid", "poisson": "exp"}
    return Head(of_z, names.get(loss.name, "softmax"))
