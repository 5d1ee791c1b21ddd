"""A model file: safetensors with a JSON header. Reading one never runs code.

The header of a safetensors file has room for text; ours holds a `Description` as JSON and a
SHA-256 digest of everything, since a flipped bit in a weight would otherwise go unseen. The
tensors are ``layers.<i>.weights`` (n_neurons, n_inputs) and ``layers.<i>.biases`` (n_neurons, 1).
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainrule import __version__
from chainrule.activations import ACTIVATIONS, get_activation
from chainrule.files import whole_file
from chainrule.layers import Layer
from chainrule.losses import LOSSES, get_loss
from chainrule.models.tabular import TableModel
from chainrule.perceptron import Perceptron
from chainrule.tables import Columns, Target

FORMAT = 1
"""The newest format that this version reads, and the one it writes."""

_Tensors = Mapping[str, NDArray[Any]]


class ModelFileError(ValueError):
    """A file cannot be read as a model; the message is one line."""


class LayerDescription(msgspec.Struct, frozen=True):
    """What a file says of a layer beside its numbers."""

    n_inputs: int
    n_neurons: int
    activation: str


class Description(msgspec.Struct, frozen=True):
    """What a file says of a model beside its numbers."""

    format: int
    written_by: str
    loss: str
    layers: tuple[LayerDescription, ...]
    columns: Columns
    target: Target


class _Format(msgspec.Struct, frozen=True):
    """The part of a description that every version can read."""

    format: int
    written_by: str


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
    from safetensors.numpy import save

    layers = model.network.layers
    description = msgspec.json.encode(
        Description(
            format=FORMAT,
            written_by=f"chainrule {__version__}",
            loss=_name_in(LOSSES, model.loss),
            layers=tuple(
                LayerDescription(
                    layer.n_inputs, layer.n_neurons, _name_in(ACTIVATIONS, layer.activation)
                )
                for layer in layers
            ),
            columns=model.columns,
            target=model.target,
        )
    )
    tensors = {
        f"layers.{i}.{name}": np.array(getattr(layer, name))
        for i, layer in enumerate(layers)
        for name in ("weights", "biases")
    }
    metadata = {"chainrule": description.decode(), "sha256": _digest(description, tensors)}
    with whole_file(path) as file:
        file.write(save(tensors, metadata))


def _name_in(table: Mapping[str, Any], row: Any) -> str:
    name = getattr(row, "name", None)
    if name not in table:
        raise ValueError(f"{row!r} cannot be saved; known by name: {', '.join(table)}")
    return str(name)


def _digest(description: bytes, tensors: _Tensors) -> str:
    digest = hashlib.sha256(description)
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape}".encode())
        digest.update(np.ascontiguousarray(tensors[name]).tobytes())
    return digest.hexdigest()


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
    metadata, tensors = _read(path)
    text = metadata.get("chainrule", "").encode()
    if not text:
        raise ModelFileError(f"{path} is a safetensors file, but not a chainrule model")
    try:
        made = msgspec.json.decode(text, type=_Format)
        if made.format > FORMAT:
            raise ModelFileError(
                f"{path} was written by {made.written_by} (format {made.format}); this version, "
                f"{__version__}, reads formats up to {FORMAT}: upgrade chainrule"
            )
        if metadata.get("sha256") != _digest(text, tensors):
            raise ModelFileError(f"{path} is damaged: its digest does not match its content")
        return _model(msgspec.json.decode(text, type=Description), tensors)
    except (msgspec.DecodeError, KeyError, ValueError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{path} is damaged: {error}") from None


def _read(path: Path) -> tuple[dict[str, str], _Tensors]:
    from safetensors import SafetensorError, safe_open

    try:
        path.open("rb").close()  # safe_open words a missing or unreadable file poorly
        with safe_open(path, framework="numpy") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a dict
    except SafetensorError:
        raise ModelFileError(
            f"{path} is not a model file, or is damaged; models are written by "
            "'chainrule train … --out FILE'"
        ) from None
    except OSError as error:
        raise ModelFileError(f"cannot read the model {path}: {error.strerror}") from None


def _model(description: Description, tensors: _Tensors) -> TableModel:
    layers = [
        Layer(
            layer.n_inputs, layer.n_neurons, get_activation(layer.activation), rng=0,
            dtype=tensors[f"layers.{i}.weights"].dtype,
        )
        for i, layer in enumerate(description.layers)
    ]  # fmt: skip
    for (i, layer), name in itertools.product(enumerate(layers), ("weights", "biases")):
        numbers = tensors[f"layers.{i}.{name}"]
        if not np.isfinite(numbers).all():
            raise ValueError(f"{name} of layer {i + 1} are not finite")
        setattr(layer, name, numbers)
    return TableModel(
        description.columns, description.target, Perceptron(layers), get_loss(description.loss)
    )
