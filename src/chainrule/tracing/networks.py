"""Read a Perceptron, a fitted estimator or a learner's classes as a network."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from chainrule.arrays import Array, dense
from chainrule.grouped import GroupedLayer
from chainrule.layers import Layer
from chainrule.losses import Loss, get_loss


class NetworkView(NamedTuple):
    """A copy of a network, with its loss and samples, in the formulas' shapes.

    Attributes
    ----------
    layers : list of Layer
        Copies: a trace changes nothing.
    loss : Loss
        Of ŷ or of the last layer's output, as the user named it.
    x : array of shape (n_inputs, m)
    y : array of shape (n_outputs, m), optional
    """

    layers: list[Layer]
    loss: Loss
    x: Array
    y: Array | None

    def in_float64(self) -> NetworkView:
        """Return a copy in float64."""
        layers = [layer.astype(np.float64) for layer in self.layers]
        y = None if self.y is None else self.y.astype(np.float64)
        return NetworkView(layers, self.loss, self.x.astype(np.float64), y)


def as_network(network: Any, x: Any, y: Any, loss: str | Loss | None) -> NetworkView:
    """Bring a network and its samples to the formulas' shapes.

    Parameters
    ----------
    network : Perceptron, fitted estimator, or object with `layers`
        A layer has `weights` (n_neurons, n_inputs), `biases` and an `activation` that can be
        called and has a `derivative`.
    x : array of shape (n_inputs,) or (m, n_inputs)
        One sample, or one per row.
    y : array of shape (n_outputs,), (m,) or (m, n_outputs), optional
    loss : str or Loss, optional
        By default the estimator's, or binary cross-entropy.

    Raises
    ------
    TypeError, ValueError
        If the network or the samples cannot be read.
    """
    if isinstance(network, type):
        raise TypeError(f"give a network, not its class {network.__name__}: make one")
    if hasattr(network, "as_seen_in_training"):
        if loss is not None:
            raise ValueError("a fitted estimator has its loss; leave `loss` out")
        network, loss, x, y = network.as_seen_in_training(x, y)
    loss = get_loss("binary_cross_entropy" if loss is None else loss)
    layers = _as_layers(_layers_of(network))
    columns = _columns("x", dense(x), layers[0].n_inputs, layers[0].dtype)
    if y is None:
        return NetworkView(layers, loss, columns, None)
    targets = _columns("y", y, layers[-1].n_neurons, layers[0].dtype)
    if targets.shape[1] != columns.shape[1]:
        raise ValueError(
            f"x holds {columns.shape[1]} samples and y {targets.shape[1]}; give one y a sample"
        )
    if not np.all(loss.allows(targets) | ~np.isfinite(targets)):  # NaN is to be found, not refused
        raise ValueError(f"the loss {loss.name!r} is for {loss.labels}, got y = {_some(targets)}")
    return NetworkView(layers, loss, columns, targets)


def _some(values: Array) -> str:
    return "[" + ", ".join(f"{value:g}" for value in values.T.ravel()[:6]) + "…" * (
        values.size > 6
    ) + "]"  # fmt: skip


def _layers_of(network: Any) -> Sequence[Any]:
    layers = getattr(network, "layers", None)
    if not isinstance(layers, list | tuple) or not layers:
        raise TypeError(
            "a network is a Perceptron, a fitted estimator or an object with a list `layers`, got "
            f"{network!r}"
        )
    return layers


def _as_layers(layers: Sequence[Any]) -> list[Layer]:
    """Return copies of the layers in one dtype: float32 if all layers are, else float64."""
    numbers = [_numbers(layer, number) for number, layer in enumerate(layers, 1)]
    in_float32 = all(weights.dtype == np.float32 for weights, _, _ in numbers)
    dtype = np.float32 if in_float32 else np.float64
    copies = [
        layer.astype(dtype) if isinstance(layer, GroupedLayer) else _layer(*of_it, number, dtype)
        for number, (layer, of_it) in enumerate(zip(layers, numbers, strict=True), 1)
    ]
    for number, (before, after) in enumerate(pairwise(copies), 2):
        if after.n_inputs != before.n_neurons:
            raise ValueError(
                f"layer {number} takes {after.n_inputs} inputs, but layer {number - 1} has "
                f"{before.n_neurons} neurons"
            )
    return copies


def _numbers(layer: Any, number: int) -> tuple[Array, Array, Any]:
    try:
        weights, biases = np.asarray(layer.weights), np.asarray(layer.biases)
        activation = layer.activation
    except AttributeError as error:
        raise TypeError(
            f"layer {number} needs weights, biases and an activation: {error}"
        ) from error
    except ValueError:
        raise ValueError(f"the weights of layer {number} have rows of different lengths") from None
    for name, values in (("weights", weights), ("biases", biases)):
        if values.dtype.kind not in "fiub":
            raise TypeError(f"the {name} of layer {number} must be numbers, got {values.dtype}")
    if weights.ndim != 2 or not weights.size or biases.size != len(weights):
        raise ValueError(
            f"the weights of layer {number} are (n_neurons, n_inputs) and its biases "
            f"(n_neurons, 1), got {weights.shape} and {biases.shape}"
        )
    return weights, biases, activation


def _layer(weights: Array, biases: Array, activation: Any, number: int, dtype: DTypeLike) -> Layer:
    n_neurons, n_inputs = weights.shape
    try:
        layer = Layer(n_inputs, n_neurons, activation, rng=0, dtype=dtype)
    except TypeError as error:
        raise TypeError(f"layer {number}: {error}") from None
    layer.weights, layer.biases = weights, biases.reshape(-1, 1)
    return layer


def _columns(name: str, values: ArrayLike, size: int, dtype: Any) -> Array:
    """Return samples as columns; NaN and infinities stay, for the trace to find.

    Each sample's numbers are contiguous in memory, as in the engines: sums then have equal bits.
    """
    try:
        with np.errstate(over="ignore"):  # what float32 cannot hold is to be found too
            array = np.array(values, dtype=dtype, order="C")
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be numbers in rows of one length, got {values!r:.80}"
        ) from None
    if array.ndim == 2 and array.shape[1] == size and len(array):
        return array.T
    if array.ndim == 1 and size == 1 and len(array):
        return array.reshape(1, -1)
    if array.size == size:  # one sample, lying or standing
        return array.reshape(-1, 1)
    raise ValueError(
        f"{name} is one sample of {size} numbers or an array of shape (m, {size}), got the shape "
        f"{array.shape}"
    )
