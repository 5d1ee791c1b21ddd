"""A learner's layer, asked for its gradients by what its `backward` does to the weights."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from chainrule.arrays import Array

_LEARNING_RATE = 1.0  # the update is then the gradient itself


def floats(name: str, values: Any) -> Array:
    """Return a copy in float64.

    Raises
    ------
    TypeError
        If they are no numbers.
    """
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be numbers in rows of one length, got {values!r:.80}"
        ) from None


def own_backward(layers: Sequence[Any]) -> bool:
    """Say whether the layers are a learner's own, with `forward` and `backward`.

    Raises
    ------
    TypeError
        If some have them and some do not.
    """
    has = [hasattr(layer, "backward") and hasattr(layer, "forward") for layer in layers]
    if any(has) and not all(has):
        raise TypeError(
            f"layer {has.index(False) + 1} has no forward or no backward, though others have both"
        )
    return all(has) and any(not type(layer).__module__.startswith("chainrule.") for layer in layers)


def dtype_note(layers: Sequence[Any]) -> list[str]:
    """Say that float32 is too coarse for differences, where weights are in it."""
    coarse = any(np.asarray(layer.weights).dtype == np.float32 for layer in layers)
    return ["float32 is too coarse for differences: checked on a float64 copy"] if coarse else []


class Learned:
    """A copy of a learner's layer in float64, whose weights can be moved and are moved back.

    Attributes
    ----------
    W, b : array
        The weights and, of shape (n_neurons, 1), the biases: what `forward` computes with.
    dW, db : array
        What the last `backward` made of da.
    rounding : float
        How far dW and db may be off, as differences of weights before and after the step.
    """

    def __init__(self, layer: Any, number: int) -> None:
        self._number = number
        for name in ("weights", "biases"):
            values = np.asarray(getattr(layer, name))
            if values.dtype.kind in "iub":
                raise TypeError(
                    f"{name} of layer {number} hold {values.dtype} numbers, which no step can "
                    "move: make them float64"
                )
        self._layer = deepcopy(layer)
        self.W = floats("weights", layer.weights)
        b = floats("biases", layer.biases)
        self._biases_shape, self.b = b.shape, b.reshape(-1, 1)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)
        largest = max(1.0, float(np.abs(self.W).max()), float(np.abs(self.b).max()))
        self.rounding = 4 * np.finfo(float).eps * largest

    def _reset(self) -> None:
        self._layer.weights = self.W.copy()
        self._layer.biases = self.b.copy().reshape(self._biases_shape)

    def forward(self, inputs: Array) -> Array:
        """Return a, of shape (n_neurons, 1), by the learner's own `forward`."""
        self._reset()
        a = np.asarray(self._layer.forward(inputs.copy()))
        if a.size != len(self.W):
            raise ValueError(
                f"forward of layer {self._number} gives {a.shape}; it must be ({len(self.W)}, 1)"
            )
        if a.dtype != np.float64:
            raise TypeError(
                f"forward of layer {self._number} computes in {a.dtype}, too coarse for "
                "differences: let it compute in float64"
            )
        return a.reshape(-1, 1)

    def backward(self, da: Array) -> Array:
        """Return da_prev, and keep dW and db, by the learner's own `backward`."""
        try:
            da_prev = self._layer.backward(da.copy(), _LEARNING_RATE)
        except TypeError as error:
            raise TypeError(
                f"backward(da, learning_rate) of layer {self._number} failed: {error}"
            ) from error
        W, b = np.asarray(self._layer.weights, float), np.asarray(self._layer.biases, float)
        if W.shape != self.W.shape or b.size != self.b.size:
            raise ValueError(
                f"after backward the weights and biases of layer {self._number} are {W.shape} and "
                f"{b.shape}; they were {self.W.shape} and {self._biases_shape}"
            )
        self.dW = (self.W - W) / _LEARNING_RATE
        self.db = (self.b - b.reshape(-1, 1)) / _LEARNING_RATE
        if da_prev is None:
            raise ValueError(
                f"backward of layer {self._number} returns nothing; it must be da_prev"
            )
        return np.asarray(da_prev, float)


def copies_of(layers: Sequence[Any]) -> list[Learned]:
    """Return the layers as ones that can be asked."""
    return [Learned(layer, number) for number, layer in enumerate(layers, 1)]
