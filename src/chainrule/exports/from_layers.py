"""A network's layers, plain and grouped, as a chain: what can be exported of them, or why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from chainrule.activations import ACTIVATIONS, Elementwise
from chainrule.exports.chains import LINKS, Block, Blocks, Chain, Dense, OneInput
from chainrule.exports.errors import ExportError
from chainrule.exports.formulas import FORMULAS
from chainrule.grouped import Through
from chainrule.layers import Group, Layer
from chainrule.losses import Loss


def chain_of(layers: Sequence[Layer], loss: Loss | None) -> tuple[Chain, str]:
    """Return layers as plain data, and the name of the link behind the last of them.

    Parameters
    ----------
    layers : sequence of Layer
    loss : Loss, optional
        The loss of the training, as `Perceptron.predict` takes it.

    Raises
    ------
    ExportError
        If an activation or the loss's link is none of the library's, or a weight is not finite.
    ValueError
        If the loss has a link of its own, and the last activation is another.
    """
    links_z = loss is not None and loss.after(layers[-1].activation) is loss
    link = link_of(loss) if loss is not None and links_z else "identity"
    return tuple(
        _blocks(layer, number, is_linked=links_z and layer is layers[-1])
        for number, layer in enumerate(layers, start=1)
    ), link


def _blocks(layer: Layer, number: int, *, is_linked: bool) -> Blocks:
    """Return a layer's groups; the link stands for the activations of one that is linked."""
    if not np.isfinite(layer.theta).all():
        raise ExportError(f"a weight or bias of layer {number} is not finite; train it again")
    if len(layer.groups) == 1:
        return (Dense(np.array(layer.weights), layer.biases[:, 0].copy(), _name(layer, is_linked)),)
    blocks, first = [], 0
    for group in layer.groups:
        blocks.append(_block(group, first, _name(group, is_linked), layer.dtype))
        first += group.n_inputs
    return tuple(_merged(blocks))


def _block(group: Group, first: int, activation: str, dtype: Any) -> Block:
    """Return a group whose first input has this place in the layer."""
    if isinstance(group, Through):
        places = np.arange(first, first + group.n_inputs)
        return OneInput(
            np.ones(len(places), dtype), np.zeros(len(places), dtype), "identity", places
        )
    weights, biases = np.array(group.weights), group.biases[:, 0].copy()
    if group.n_inputs > 1:
        return Dense(weights, biases, activation, first)
    return OneInput(weights[:, 0], biases, activation, np.full(len(biases), first))


def _merged(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks, joining neighbours whose neurons see one input and share an activation."""
    for (kind, _), same in groupby(blocks, key=lambda block: (type(block), block.activation)):
        if kind is Dense:
            yield from same
        else:
            yield _side_by_side([block for block in same if isinstance(block, OneInput)])


def _side_by_side(blocks: Sequence[OneInput]) -> OneInput:
    return OneInput(
        np.concatenate([block.weights for block in blocks]),
        np.concatenate([block.biases for block in blocks]),
        blocks[0].activation,
        np.concatenate([block.inputs for block in blocks]),
    )


def _name(group: Group, is_linked: bool) -> str:
    return "identity" if is_linked else _name_of_activation(group.activation)


def _name_of_activation(activation: Elementwise) -> str:
    name = getattr(activation, "name", "")
    if ACTIVATIONS.get(name) != activation or name not in FORMULAS:
        known = ", ".join(row for row in ACTIVATIONS if row in FORMULAS)
        raise ExportError(
            f"the activation {activation!r} is not the library's, and its formula cannot be "
            f"exported; those that can: {known}"
        )
    return str(name)


def link_of(loss: Loss) -> str:
    """Return the name of a loss's link.

    Raises
    ------
    ExportError
        If the link is none of the library's.
    """
    if LINKS.get(loss.link.name) != loss.link or loss.link.name not in {*FORMULAS, "softmax"}:
        raise ExportError(
            f"the link of the loss {loss!r} is not the library's, and its formula cannot be "
            f"exported; those that can: {', '.join(LINKS)}"
        )
    return str(loss.link.name)
