"""The gradient of the loss with respect to the last layer's output: daⁿ = ∂L/∂aⁿ.

The engines skip daⁿ where the loss owns the output's activation: they begin with dzⁿ, which needs
no division. The course's page computes daⁿ, and a learner's `backward` takes daⁿ as its argument.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chainrule.activations import Elementwise, identity
from chainrule.arrays import Array
from chainrule.losses import LOSSES, Link, Loss, is_same


class Head(NamedTuple):
    """How a loss and the last layer's activation combine.

    Attributes
    ----------
    loss_of_z : Loss
    link : str
        The name of the loss's own link, where the activation is that link; "identity" where the
        loss applies its link to a last layer without activation; "" where the loss takes any
        output.
    own : Link or None
        The loss's own link, where the activation is that link.
    """

    loss_of_z: Loss
    link: str
    own: Link | None = None

    def da(self, loss: Loss, a: Array, y: Array) -> Array:
        """Return ∂ℓ/∂a of every sample, for the output a; division by 0 gives ∞ or NaN.

        Raises
        ------
        ValueError
            If the loss is not known as one of a.
        """
        with np.errstate(all="ignore"):
            if self.own is not None and loss.da is not None:
                return loss.da(a, y)
            slope = 1.0 if self.own is None or self.own.slope is None else self.own.slope(a)
            return loss.dz(self._raw(loss, a), y) / slope

    def value(self, loss: Loss, a: Array, y: Array) -> Array:
        """Return the loss of every sample, of shape (m,), from the output a.

        Raises
        ------
        ValueError
            If the loss is not known as one of a.
        """
        with np.errstate(all="ignore"):
            return loss.value(self._raw(loss, a), y)

    def _raw(self, loss: Loss, a: Array) -> Array:
        """Return the raw output behind the last layer's output a."""
        if self.own is None:
            return a
        if self.own.inverse is None or (self.own.slope is None and loss.da is None):
            raise ValueError(
                f"the loss {loss.name!r} is one of z, and what it is of the last layer's output is "
                "not known; make its link a chainrule.losses.Link with slope and inverse, or give "
                "the last layer the identity"
            )
        return self.own.inverse(a)


def head_of(loss: Loss, activation: Elementwise) -> Head:
    """Return how a loss and an activation combine.

    Raises
    ------
    ValueError
        If the loss needs another activation.
    """
    of_z = loss.after(activation)
    if of_z is not loss or loss.is_of_raw_output:
        return Head(of_z, "")
    if is_same(activation, identity):
        return Head(of_z, "identity")
    links = (loss.link, *(row.link for row in LOSSES.values()))
    known = (link for link in links if link.inverse is not None and is_same(activation, link))
    own = next(known, loss.link)
    return Head(of_z, own.name, own)


def is_elementwise(activation: Elementwise, n_outputs: int) -> bool:
    """Return True if each output depends on its own z alone, unlike softmax's outputs."""
    z = np.linspace(-1.0, 1.0, n_outputs).reshape(-1, 1)
    all_others_moved = z + 1 - np.eye(n_outputs)
    return np.allclose(np.diagonal(activation(all_others_moved)), activation(z).ravel())
