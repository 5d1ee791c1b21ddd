"""Put known parameters into a learner's layer, in the layer's own format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.diagnosis.layers.observing import Parameters
from chainrule.diagnosis.layers.probes import Probe

ReadParameters = Callable[[], tuple[Any, Any]]
"""Returns the layer's current weights and biases, the biases as a column."""
_NO_NUMBERS = (AttributeError, TypeError, ValueError, OverflowError)


def placed_layers(
    kind: Callable[..., Any], start: Sequence[tuple[Any, Any, Any]]
) -> tuple[list[Any], list[ReadParameters]]:
    """Make a layer of the learner's class for each W, b and f, and place W and b in the layer."""
    layers = [kind(*reversed(W.shape), f) for W, _, f in start]
    return layers, [placed(layer, W, b) for layer, (W, b, _) in zip(layers, start, strict=True)]


def placed(layer: Any, W: Any, b: Any) -> ReadParameters:
    """Set a layer's weights and biases in the attributes, types and shapes of its own.

    Parameters
    ----------
    layer : object
    W, b : array
        Of shape (n_neurons, n_inputs) and (n_neurons, 1).
    """
    try:
        parameters = Parameters(layer, Probe(None, W, b, ()))
    except _NO_NUMBERS:  # no parameters yet, or no numbers
        layer.weights, layer.biases = W.copy(), b.copy()
        return lambda: (layer.weights, layer.biases)

    def read() -> tuple[Any, Any]:
        try:
            return parameters.read()
        except _NO_NUMBERS:
            return layer.weights, layer.biases

    return read
