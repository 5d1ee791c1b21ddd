"""A layer as blocks along the diagonal of W: the same kernels run block by block, at sub-addresses.

A plain layer is one block. What lies between the layers (a_prev, z, dz) is whole: a block has rows
of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from chainrule.activations import Elementwise
from chainrule.layers import Layer


class Block(NamedTuple):
    """Neurons that see only their own inputs.

    Attributes
    ----------
    first_input, n_inputs : int
        Its rows of a_prev.
    first_neuron, n_neurons : int
        Its rows of z.
    start : int
        Where its W begins in the layer's θ, in numbers; b follows.
    parameters : int
        How many numbers W and b are; 0: its inputs go through unchanged.
    activation : Activation
    """

    first_input: int
    n_inputs: int
    first_neuron: int
    n_neurons: int
    start: int
    parameters: int
    activation: Elementwise


class Run(NamedTuple):
    """Neighbouring neurons with one activation, by their blocks."""

    activation: Elementwise
    first_neuron: int
    n_neurons: int
    blocks: tuple[Block, ...]


class Blocks(NamedTuple):
    """A layer: its sizes, the activation of all, and the blocks of W.

    Attributes
    ----------
    n_inputs, n_neurons : int
    activation : Activation
    blocks : tuple of Block
    runs : tuple of Run
    """

    n_inputs: int
    n_neurons: int
    activation: Elementwise
    blocks: tuple[Block, ...]
    runs: tuple[Run, ...]

    @classmethod
    def of(cls, layer: Layer) -> Blocks:
        """Return the blocks of a layer."""
        blocks = tuple(_blocks(layer))
        sizes = layer.n_inputs, layer.n_neurons
        return cls(*sizes, layer.activation, blocks, tuple(_runs(blocks)))

    @property
    def is_grouped(self) -> bool:
        """Whether W has zeros that are no parameters."""
        return len(self.blocks) > 1


def _blocks(layer: Layer) -> Iterator[Block]:
    first_input = first_neuron = start = 0
    for group in layer.groups:
        sizes = first_input, group.n_inputs, first_neuron, group.n_neurons
        yield Block(*sizes, start, group.theta.size, group.activation)
        first_input += group.n_inputs
        first_neuron += group.n_neurons
        start += group.theta.size


def _runs(blocks: tuple[Block, ...]) -> Iterator[Run]:
    for _, same in groupby(blocks, key=lambda block: id(block.activation)):
        run = tuple(same)
        count = sum(block.n_neurons for block in run)
        yield Run(run[0].activation, run[0].first_neuron, count, run)
