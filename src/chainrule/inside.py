"""Activations of a network's hidden layers, and derivatives of the output by the inputs.

The arguments are trusted: rows are checked at the doors, `Perceptron` and the estimators.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.arrays import Array
from chainrule.layers import Layer


def hidden_activations(layers: Sequence[Layer], x: Array, layer: int) -> Array:
    """Return what a hidden layer makes of the rows of x, of shape (n_samples, n_neurons).

    Raises
    ------
    ValueError
        If there is no such hidden layer.
    """
    hidden = layers[:-1]
    if not -len(hidden) <= layer < len(hidden):
        raise ValueError(f"layer {layer!r} is none of the {len(hidden)} hidden layers")
    a = x.T
    for each in hidden[: layer % len(hidden) + 1]:
        a = each.activation(each.raw_output(a))
    return a.T


def output_slopes(
    layers: Sequence[Layer], x: Array, slope_of_link: Callable[[Array], Array]
) -> Array:
    """Return ∂output/∂x by the chain rule, of shape (n_outputs, n_samples, n_features).

    Parameters
    ----------
    layers : sequence of Layer
    x : array of shape (n_samples, n_features)
    slope_of_link : callable
        ``slope_of_link(z) -> ∂output/∂z``, of z's shape (n_outputs, n_samples).
    """
    a = x.T
    slopes = []  # f'(z) of every hidden layer
    for layer in layers[:-1]:
        z = layer.raw_output(a)
        a = layer.activation(z)
        slopes.append(layer.activation.derivative(z))
    z = layers[-1].raw_output(a)
    gradients = slope_of_link(z)[:, :, None] * layers[-1].weights[:, None, :]
    for layer, slope in zip(layers[-2::-1], slopes[::-1], strict=True):
        gradients = (gradients * slope.T) @ layer.weights
    return gradients
