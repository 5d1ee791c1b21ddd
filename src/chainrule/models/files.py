"""A model file: a `Description` and the network's weights, in a file of `tensor_files`.

The tensors are ``layers.<i>.weights`` (n_neurons, n_inputs) and ``layers.<i>.biases``
(n_neurons, 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainrule.activations import ACTIVATIONS
from chainrule.layers import Layer
from chainrule.losses import LOSSES, get_loss
from chainrule.models.tabular import TableModel
from chainrule.perceptron import Perceptron
from chainrule.tables import Columns, Target
from chainrule.tensor_files import TensorFileError, Tensors, read_tensors, write_tensors

_REMEDY = "models are written by 'chainrule train … --out FILE'"

TABLE_MODEL = "table model"
"""What such a file says that it describes."""


class ModelFileError(ValueError):
    """A file cannot be read as a model; the message is one line."""


class Description(msgspec.Struct, frozen=True):
    """What a file says of a model beside its numbers."""

    activations: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    """Of each layer, from the first to the last."""
    loss: str
    columns: Columns
    target: Target


def save_model(model: TableModel, path: Path) -> None:
    """Write the model to `path`, whole or not at all.

    Parameters
    ----------
    model : TableModel
    path : Path

    Raises
    ------
    OSError
        If the file cannot be written; one that was there before is untouched.
    ValueError
        If a layer has an activation, or the model a loss, that no name in the tables stands for.
    """
    layers = model.network.layers
    description = msgspec.json.encode(
        Description(
            activations=tuple(_name_in(ACTIVATIONS, layer.activation) for layer in layers),
            loss=_name_in(LOSSES, model.loss),
            columns=model.columns,
            target=model.target,
        )
    )
    tensors = {
        f"layers.{i}.{name}": np.array(getattr(layer, name))
        for i, layer in enumerate(layers)
        for name in ("weights", "biases")
    }
    write_tensors(path, TABLE_MODEL, description, tensors)


def _name_in(table: Mapping[str, Any], row: Any) -> str:
    name = getattr(row, "name", None)
    if name not in table:
        raise ValueError(f"{row!r} cannot be saved; known by name: {', '.join(table)}")
    return str(name)


def load_model(path: Path) -> TableModel:
    """Read a model that `save_model` wrote.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ModelFileError
        If the file is missing, is not a model, is damaged, or is from a newer version.
    """
    try:
        stored = read_tensors(path, "model", _REMEDY)
        return _model(msgspec.json.decode(stored.description, type=Description), stored.tensors)
    except TensorFileError as error:
        raise ModelFileError(str(error)) from None
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        raise ModelFileError(f"{path} is damaged: {error}") from None


def _model(description: Description, tensors: Tensors) -> TableModel:
    network = Perceptron(
        [
            _layer(activation, tensors[f"layers.{i}.weights"], tensors[f"layers.{i}.biases"])
            for i, activation in enumerate(description.activations)
        ]
    )
    if not np.isfinite(network.theta).all():
        raise ValueError("a weight is not finite")
    loss = get_loss(description.loss)
    return TableModel(description.columns, description.target, network, loss)


def _layer(activation: str, weights: NDArray[Any], biases: NDArray[Any]) -> Layer:
    if weights.ndim != 2:
        raise ValueError(f"weights have two axes, not {weights.ndim}")
    n_neurons, n_inputs = weights.shape
    layer = Layer(n_inputs, n_neurons, activation, rng=0, dtype=weights.dtype)
    layer.weights, layer.biases = weights, biases
    return layer
