"""Layers as plain data: a chain of layers, each of one or more blocks of neurons.

A plain layer is one block. A grouped layer has several, side by side, and each sees its own inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.activations import ACTIVATIONS
from chainrule.arrays import Array
from chainrule.losses import LOSSES

LINKS = {loss.link.name: loss.link for loss in LOSSES.values()}
"""The links of the library's losses: identity, sigmoid, softmax, exp."""


@dataclass(frozen=True, eq=False)
class Dense:
    """Neurons that see the same neighbouring inputs: f(W·a + b).

    Attributes
    ----------
    weights : array of shape (n_neurons, n_inputs)
    biases : array of shape (n_neurons,)
    activation : str
        A name of `chainrule.activations.ACTIVATIONS`.
    first_input : int
        The place of the block's first input among the layer's.
    """

    weights: Array
    biases: Array
    activation: str
    first_input: int = 0

    @property
    def end_of_inputs(self) -> int:
        """The place behind the block's last input."""
        return self.first_input + int(self.weights.shape[1])

    def raw_output(self, a: Array) -> Array:
        """Return z for the layer's inputs a, of shape (n_layer_inputs, m)."""
        share = a[self.first_input : self.end_of_inputs]
        return self.weights @ share + self.biases[:, np.newaxis]


@dataclass(frozen=True, eq=False)
class OneInput:
    """Neurons that see one input each: f(w·a + b).

    The neurons of embedded numbers, of whatever many columns. An input that is left as it is has
    w = 1 and b = 0.

    Attributes
    ----------
    weights, biases : arrays of shape (n_neurons,)
    activation : str
        A name of `chainrule.activations.ACTIVATIONS`.
    inputs : array of int of shape (n_neurons,)
        The place of each neuron's input among the layer's.
    """

    weights: Array
    biases: Array
    activation: str
    inputs: NDArray[np.intp]

    def raw_output(self, a: Array) -> Array:
        """Return z for the layer's inputs a, of shape (n_layer_inputs, m)."""
        return self.weights[:, np.newaxis] * a[self.inputs] + self.biases[:, np.newaxis]


Block: TypeAlias = Dense | OneInput
Blocks: TypeAlias = tuple[Block, ...]
"""A layer: the neurons of its blocks, one block after the other."""

Chain: TypeAlias = tuple[Blocks, ...]
"""A network: its layers from the first to the last."""


def n_neurons(layer: Blocks) -> int:
    """Return the number of a layer's outputs."""
    return sum(len(block.biases) for block in layer)


def n_parameters(chain: Chain) -> int:
    """Return the number of a network's weights and biases."""
    return sum(block.weights.size + block.biases.size for layer in chain for block in layer)


def as_type(chain: Chain, dtype: Any) -> Chain:
    """Return a chain with weights of another type."""
    return tuple(
        tuple(
            replace(block, weights=block.weights.astype(dtype), biases=block.biases.astype(dtype))
            for block in layer
        )
        for layer in chain
    )


def last_output(chain: Chain, a: Array) -> Array:
    """Return the last layer's output, before the loss's link.

    Parameters
    ----------
    chain : Chain
    a : array of shape (n_inputs, m)
        The first layer's inputs.

    Returns
    -------
    array of shape (n_outputs, m)
    """
    for layer in chain:
        parts = [ACTIVATIONS[block.activation](block.raw_output(a)) for block in layer]
        a = np.concatenate(parts) if len(parts) > 1 else parts[0]
    return a
