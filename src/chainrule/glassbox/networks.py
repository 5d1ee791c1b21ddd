"""What can be looked into: a Perceptron, a fitted estimator, or a learner's own classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from chainrule.arrays import Array
from chainrule.layers import Layer
from chainrule.losses import Loss, get_loss


class Sight(NamedTuple):
    """A network and what goes into one step, as the formulas have them.

    Attributes
    ----------
    layers : list of Layer
        Copies: looking changes nothing.
    loss : Loss
        Of ŷ or of the last layer's output, as the user named it.
    x : array of shape (n_inputs, m)
    y : array of shape (n_outputs, m), optional
    """

    layers: list[Layer]
    loss: Loss
    x: Array
    y: Array | None


def look_at(network: Any, x: ArrayLike, y: ArrayLike | None, loss: str | Loss | None) -> Sight:
    """Bring a network and its samples to the formulas' shapes.

    Parameters
    ----------
    network : Perceptron, fitted estimator, or object with `layers`
        A layer has `weights` (n_neurons, n_inputs), `biases` and an `activation` that can be
        called and has a `derivative`.
    x : array of shape (n_inputs,) or (m, n_inputs)
        One sample, or one in each row.
    y : array of shape (n_outputs,), (m,) or (m, n_outputs), optional
    loss : str or Loss, optional
        Without it that of the estimator, or binary cross-entropy.

    Raises
    ------
    TypeError, ValueError
        If the network or the samples cannot be read so.
    """
    if hasattr(network, "as_seen_in_training"):
        if loss is not None:
            raise ValueError("a fitted estimator has its loss; leave `loss` out")
        network, loss, x, y = network.as_seen_in_training(x, y)
    layers = [_as_layer(layer, number) for number, layer in enumerate(_layers_of(network), 1)]
    columns = _columns("x", x, layers[0].n_inputs, layers[0].dtype)
    targets = None
    if y is not None:
        targets = _columns("y", y, layers[-1].n_neurons, layers[0].dtype)
        if targets.shape[1] != columns.shape[1]:
            raise ValueError(
                f"x holds {columns.shape[1]} samples and y {targets.shape[1]}; give one y a sample"
            )
    return Sight(layers, get_loss(loss or "binary_cross_entropy"), columns, targets)


def _layers_of(network: Any) -> Sequence[Any]:
    layers = getattr(network, "layers", None)
    if not isinstance(layers, Sequence) or not layers:
        raise TypeError(
            "a network is a Perceptron, a fitted estimator or an object with a list `layers`, got "
            f"{network!r}"
        )
    return layers


def _as_layer(layer: Any, number: int) -> Layer:
    """Return a copy as our own kind of layer."""
    try:
        weights = np.asarray(layer.weights)
        biases = np.asarray(layer.biases)
        activation = layer.activation
    except AttributeError as error:
        raise TypeError(
            f"layer {number} needs weights, biases and an activation: {error}"
        ) from error
    if weights.ndim != 2 or biases.size != len(weights):
        raise ValueError(
            f"the weights of layer {number} are (n_neurons, n_inputs) and its biases "
            f"(n_neurons, 1), got {weights.shape} and {biases.shape}"
        )
    n_neurons, n_inputs = weights.shape
    dtype = np.float32 if weights.dtype == np.float32 else np.float64
    copy = Layer(n_inputs, n_neurons, activation, rng=0, dtype=dtype)
    copy.weights, copy.biases = weights, biases.reshape(-1, 1)
    return copy


def _columns(name: str, values: ArrayLike, size: int, dtype: Any) -> Array:
    """Return one sample per column; NaN and infinities stay, since they are to be found."""
    array = np.asarray(values, dtype=dtype)
    if array.ndim == 2 and array.shape[1] == size:
        return array.T.copy()
    if array.ndim == 1 and size == 1:
        return array.reshape(1, -1)
    if array.size == size:  # one sample, lying or standing
        return array.reshape(-1, 1)
    raise ValueError(
        f"{name} is one sample of {size} numbers or an array of shape (m, {size}), got the shape "
        f"{array.shape}"
    )
