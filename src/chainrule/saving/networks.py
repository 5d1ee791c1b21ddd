"""A `Perceptron` as names of activations and tensors: what all kinds of model have inside.

The tensors are ``layers.<i>.weights`` (n_neurons, n_inputs) and ``layers.<i>.biases``
(n_neurons, 1), of float32 or float64; of a `GroupedLayer` the same for each group that learns,
``layers.<i>.groups.<j>.weights``.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainrule.activations import ACTIVATIONS
from chainrule.grouped import GroupedLayer, Through
from chainrule.layers import Group as Part
from chainrule.layers import Layer
from chainrule.perceptron import Perceptron
from chainrule.saving.kinds import versions
from chainrule.saving.purposes import Purpose
from chainrule.tensor_files import Tensors

Arrays = MutableMapping[str, NDArray[Any]]

Name = Annotated[str, msgspec.Meta(max_length=100)]
"""Of a row in a table; to look for the nearest of a long one would take long."""

GroupName = Name | Annotated[int, msgspec.Meta(ge=1)]
"""A group's activation, or the number of inputs that go through."""

Groups = Annotated[tuple[GroupName, ...], msgspec.Meta(min_length=1)]
"""Of each group of a grouped layer."""

Names = Annotated[tuple[Name | Groups, ...], msgspec.Meta(min_length=1)]
"""Of each layer: the activation, or the groups."""


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of a network beside its numbers.

    Attributes
    ----------
    activations : tuple of str, or of the groups of a grouped layer
        Of each layer, from the first to the last.
    written_with : dict of str to str
        Versions of the libraries.
    """

    activations: Names
    written_with: dict[str, str] = msgspec.field(default_factory=dict)


def taken_apart(network: Perceptron) -> tuple[Description, Tensors]:
    """Return a network's description and its tensors."""
    activations, tensors = network_apart(network)
    return Description(activations=activations, written_with=versions()), tensors


def built(description: Description, tensors: Arrays) -> Perceptron:
    """Return the network of a description."""
    return network_built(description.activations, tensors)


def network_apart(network: Perceptron, place: str = "") -> tuple[Names, dict[str, NDArray[Any]]]:
    """Return the names of a network's activations, and its tensors.

    Parameters
    ----------
    network : Perceptron
    place : str
        With which the tensors' names begin.

    Raises
    ------
    ValueError
        If an activation is not in the table, or a weight is not finite.
    """
    names = tuple(_names_of(layer) for layer in network.layers)
    if not np.isfinite(network.theta).all():
        raise ValueError("the network has a weight that is not finite, and cannot be saved")
    tensors = {
        f"{where}.{name}": np.array(getattr(part, name))
        for i, layer in enumerate(network.layers)
        for where, part in _parts(f"{place}layers.{i}", layer)
        for name in ("weights", "biases")
    }
    return names, tensors


def _names_of(layer: Layer) -> str | tuple[str | int, ...]:
    if not isinstance(layer, GroupedLayer):
        return activation_name(layer.activation)
    return tuple(
        activation_name(group.activation) if group.theta.size else group.n_inputs
        for group in layer.groups
    )


def _parts(place: str, layer: Layer) -> Iterator[tuple[str, Part]]:
    """Yield the layer, or each of the groups that learn, with the name of the place."""
    if not isinstance(layer, GroupedLayer):
        yield place, layer
        return
    for j, group in enumerate(layer.groups):
        if group.theta.size:
            yield f"{place}.groups.{j}", group


def activation_name(activation: Any) -> str:
    """Return the name of an activation in the table of activations.

    Raises
    ------
    ValueError
        If the table has no such activation.
    """
    name = getattr(activation, "name", None)
    if name not in ACTIVATIONS or ACTIVATIONS[name] != activation:
        raise ValueError(
            f"the activation {activation!r} cannot be saved: a file holds names, not functions; "
            f"known by name: {', '.join(ACTIVATIONS)}"
        )
    return str(name)


def network_built(activations: Names, tensors: Arrays, place: str = "") -> Perceptron:
    """Return the network, and take its tensors out of the mapping.

    Parameters
    ----------
    activations : tuple
        Of each layer.
    tensors : mapping
    place : str
        With which the tensors' names begin.

    Raises
    ------
    KeyError, ValueError
        If a tensor is missing, or of another shape or type, or not finite.
    """
    return Perceptron(
        [_built(f"{place}layers.{i}", names, tensors) for i, names in enumerate(activations)]
    )


def _built(place: str, names: str | Groups, tensors: Arrays) -> Layer:
    if isinstance(names, str):
        return _layer(place, names, tensors)
    return GroupedLayer(
        [
            Through(name) if isinstance(name, int) else _layer(f"{place}.groups.{j}", name, tensors)
            for j, name in enumerate(names)
        ]
    )


def _layer(place: str, activation: str, tensors: Arrays) -> Layer:
    weights, biases = tensors.pop(f"{place}.weights"), tensors.pop(f"{place}.biases")
    if weights.ndim != 2:
        raise ValueError(f"weights have two axes, not {weights.ndim}")
    if weights.dtype not in (np.float32, np.float64):
        raise ValueError(f"weights are float32 or float64, not {weights.dtype}")
    n_neurons, n_inputs = weights.shape
    if biases.shape != (n_neurons, 1) or biases.dtype != weights.dtype:
        raise ValueError(
            f"biases of {n_neurons} neurons have the shape {(n_neurons, 1)} and the dtype "
            f"{weights.dtype}, not {biases.shape} and {biases.dtype}"
        )
    for name, array in (("weights", weights), ("biases", biases)):
        if not np.isfinite(array).all():
            raise ValueError(f"a number of the {name} is not finite")
    return Layer(
        n_inputs,
        n_neurons,
        activation,
        initializer=lambda *_: (weights, biases),
        rng=0,
        dtype=weights.dtype,
    )


def purpose(network: Perceptron) -> Purpose:
    """Say what a network is for: nobody has told."""
    last = network.layers[-1]
    numbers = "a number" if last.n_neurons == 1 else f"{last.n_neurons} numbers"
    meaning = f"{numbers} a row, of a meaning that the file does not know"
    return Purpose([network], network.layers[0].n_inputs, meaning, repr(last.activation))
