"""Pictures of a network over the plane, and the neurons that learn no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.activations import Activation
from chainrule.arrays import Array
from chainrule.losses import Loss
from chainrule.play.playground.data import Points

BOUNDARY_SIZE = 64
NEURON_SIZE = 24
_PRODUCTS_AT_ONCE = (
    200_000  # BLAS keeps smaller products on one core, and leaves others to training
)
_ROWS_LOOKED_AT = 256

Float32 = NDArray[np.float32]


class Blueprint(NamedTuple):
    """A network without its weights.

    Attributes
    ----------
    widths : tuple of int
        Inputs, then the neurons of each layer.
    activations : tuple of Activation
    loss : Loss
        Of the last layer's z.
    """

    widths: tuple[int, ...]
    activations: tuple[Activation, ...]
    loss: Loss

    def layers_of(self, theta: Array) -> Iterator[tuple[Array, Array, Activation]]:
        """Yield weights, biases and activation of each layer as views of θ."""
        start = 0
        for i, activation in enumerate(self.activations):
            inputs, neurons = self.widths[i : i + 2]
            end = start + inputs * neurons
            yield theta[start:end].reshape(neurons, inputs), theta[end : end + neurons], activation
            start = end + neurons

    def outputs(self, theta: Array, x: NDArray[Any]) -> list[Float32]:
        """Return each layer's a, and of the last one ŷ, all (neurons, m), in float32.

        Parameters
        ----------
        theta : array of shape (n_parameters,)
        x : array of shape (m, n_inputs)
        """
        at_once = max(64, _PRODUCTS_AT_ONCE // max(self.widths) ** 2)
        single = theta.astype(np.float32)
        columns = np.ascontiguousarray(x.T, dtype=np.float32)
        with np.errstate(all="ignore"):
            parts = [
                self._of_part(single, columns[:, first : first + at_once])
                for first in range(0, columns.shape[1], at_once)
            ]
        return [np.concatenate(part, axis=1) for part in zip(*parts, strict=True)]

    def _of_part(self, theta: Array, a: NDArray[Any]) -> list[NDArray[Any]]:
        every = []
        for W, b, activation in self.layers_of(theta):
            z = W @ a + b[:, np.newaxis]
            a = activation.f(z)
            every.append(a)
        every[-1] = np.asarray(self.loss.link(z), np.float32)
        return every


def grid(points: Points, size: int) -> NDArray[np.float64]:
    """Return the inputs at a square grid over the picture, row by row from the top."""
    x0, x1, y0, y1 = points.domain
    across, down = np.linspace(x0, x1, size), np.linspace(y1, y0, size)
    places = np.column_stack([np.tile(across, size), np.repeat(down, size)])
    return np.asarray(points.inputs_of(places), np.float64)


class Grids(NamedTuple):
    """The grids of boundary and neurons, as inputs of the network."""

    boundary: NDArray[np.float64]
    neurons: NDArray[np.float64]

    @classmethod
    def of(cls, points: Points) -> Grids:
        """Return the grids over the picture of these points."""
        return cls(grid(points, BOUNDARY_SIZE), grid(points, NEURON_SIZE))


def boundary(plan: Blueprint, theta: Array, grids: Grids) -> Float32:
    """Return the outputs over the plane, of shape (n_outputs, 64, 64)."""
    return plan.outputs(theta, grids.boundary)[-1].reshape(-1, BOUNDARY_SIZE, BOUNDARY_SIZE)


def neurons(plan: Blueprint, theta: Array, grids: Grids) -> dict[str, Float32]:
    """Return the pictures of each hidden layer's neurons, by names such as "neuron_1"."""
    hidden = plan.outputs(theta, grids.neurons)[:-1]
    return {
        f"neuron_{number}": a.reshape(-1, NEURON_SIZE, NEURON_SIZE)
        for number, a in enumerate(hidden, 1)
    }


_DEAD = "a is 0 for every point, and f′(z) too: no gradient reaches the weights"
_SATURATED = "f′(z) is below 2 % of its maximum for nearly every point: gradients hardly pass"
_STEEPEST = {"sigmoid": 0.25, "tanh": 1.0}


def warnings(plan: Blueprint, theta: Array, x: Array) -> list[dict[str, Any]]:
    """Return the hidden neurons that are dead or saturated at the points, with a sentence each.

    Layers are counted from 1, neurons from 0.
    """
    found: list[dict[str, Any]] = []
    outputs = plan.outputs(theta, x[:_ROWS_LOOKED_AT])[:-1]
    for number, (a, activation) in enumerate(zip(outputs, plan.activations, strict=False), 1):
        if activation.name == "relu":
            found += _each(number, "dead", _DEAD, np.asarray(~(a > 0).any(axis=1)))
        elif activation.name in _STEEPEST:
            steepest = _STEEPEST[activation.name]
            flat = (activation.df(a, a) < 0.02 * steepest).mean(axis=1)
            found += _each(number, "saturated", _SATURATED, np.asarray(flat >= 0.95))
    return found


def _each(layer: int, what: str, words: str, which: NDArray[np.bool_]) -> list[dict[str, Any]]:
    return [
        {"layer": layer, "neuron": int(neuron), "what": what, "words": words}
        for neuron in np.flatnonzero(which)
    ]
