"""Put known parameters into a learner's layer, in the layer's own format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.diagnosis.observing import Parameters
from chainrule.diagnosis.probes import Probe

ReadParameters = Callable[[], tuple[Any, Any]]
"""Returns the layer's current weights and biases, the biases as a column."""
_NO_NUMBERS = (AttributeError, TypeError, ValueError, OverflowError)


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
