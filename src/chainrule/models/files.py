"""A model file: safetensors with a JSON header. Reading one never runs code.

The header of a safetensors file has room for text; ours holds a `Description` as JSON and a
SHA-256 digest of everything, since a flipped bit in a weight would otherwise go unseen. The
tensors are ``layers.<i>.weights`` (n_neurons, n_inputs) and ``layers.<i>.biases`` (n_neurons, 1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainrule import __version__
from chainrule.activations import ACTIVATIONS
from chainrule.files import whole_file
from chainrule.layers import Layer
from chainrule.losses import LOSSES, get_loss
from chainrule.models.tabular import TableModel
from chainrule.perceptron import Perceptron
from chainrule.tables import Columns, Target

FORMAT = 2
"""The newest format that this version reads, and the one it writes.

2 adds the words for missing, classes that are words of truth, and marks in and around numbers.
"""

_Tensors = Mapping[str, NDArray[Any]]


class ModelFileError(ValueError):
    """A file cannot be read as a model; the message is one line."""


class Description(msgspec.Struct, frozen=True):
    """What a file says of a model beside its numbers."""

    activations: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    """Of each layer, from the first to the last."""
    loss: str
    columns: Columns
    target: Target


class _Envelope(msgspec.Struct, frozen=True):
    """The part of a header that every version can read, and the description unread."""

    format: int
    written_by: str
    sha256: str
    description: msgspec.Raw


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
    envelope = _Envelope(
        FORMAT,
        f"chainrule {__version__}",
        _digest(description, tensors),
        msgspec.Raw(description),
    )
    with whole_file(path) as file:
        file.write(save(tensors, {"chainrule": msgspec.json.encode(envelope).decode()}))


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
    text, tensors = _read(path)
    try:
        envelope = msgspec.json.decode(text, type=_Envelope)
        if envelope.format > FORMAT:
            raise ModelFileError(
                f"{path} was written by {envelope.written_by} (format {envelope.format}); this "
                f"version, {__version__}, reads formats up to {FORMAT}: upgrade chainrule"
            )
        if envelope.sha256 != _digest(bytes(envelope.description), tensors):
            raise ModelFileError(f"{path} is damaged: its digest does not match its content")
        return _model(msgspec.json.decode(envelope.description, type=Description), tensors)
    except ModelFileError:
        raise
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        raise ModelFileError(f"{path} is damaged: {error}") from None


def _read(path: Path) -> tuple[str, _Tensors]:
    """Return our text in the header, and the tensors."""
    from safetensors import SafetensorError, safe_open

    try:
        path.open("rb").close()  # safe_open words a missing or unreadable file poorly
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError:
        raise ModelFileError(
            f"{path} is not a model file, or is damaged; models are written by "
            "'chainrule train … --out FILE'"
        ) from None
    except OSError as error:
        raise ModelFileError(f"cannot read the model {path}: {error.strerror or error}") from None
    if "chainrule" not in metadata:
        raise ModelFileError(f"{path} is a safetensors file, but not a chainrule model")
    return metadata["chainrule"], tensors


def _model(description: Description, tensors: _Tensors) -> TableModel:
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
