"""A learner's layer, with gradients read off the weight updates of `backward`."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.gradients.calls import numbers_of, steady, told

_LEARNING_RATE = 1.0  # the update is then the gradient itself


def floats(name: str, values: Any) -> Array:
    """Return a copy in float64.

    Raises
    ------
    TypeError
        If they are no numbers.
    """
    try:
        if values is None:
            raise TypeError
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
    original : object
        The layer itself.
    W, b : array
        The weights and, of shape (n_neurons, 1), the biases: what `forward` computes with.
    dW, db : array
        What the last `backward` made of da.
    rounding : float
        How far dW and db may be off, as differences of weights before and after the step.

    Raises
    ------
    TypeError, ValueError
        If the layer has no weights and biases of the page's names and shapes.
    """

    def __init__(self, layer: Any, number: int) -> None:
        self._number, self.original = number, layer
        self._layer = deepcopy(layer)
        self.W, b = weights_and_biases(layer, number)
        self._biases_shape, self.b = b.shape, b.reshape(-1, 1)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)
        largest = max(1.0, float(np.abs(self.W).max()), float(np.abs(self.b).max()))
        self.rounding = 4 * np.finfo(float).eps * largest

    def _reset(self) -> None:
        self._layer.weights = self.W.copy()
        self._layer.biases = self.b.copy().reshape(self._biases_shape)

    def steady_forward(self, inputs: Array) -> Array:
        """Return what `forward` does, which must be the same at every call."""
        return steady(f"forward of layer {self._number}", lambda: self.forward(inputs))

    def forward(self, inputs: Array) -> Array:
        """Return a, a column for each of the inputs' columns, by the learner's own `forward`."""
        self._reset()
        name = f"forward of layer {self._number}"
        try:
            result = self._layer.forward(inputs.copy())
        except Exception as error:
            raise ValueError(
                f"{name} failed on inputs of shape {inputs.shape}: {told(error)}{self._rows()}"
            ) from error
        a, wanted = numbers_of(name, result), (len(self.W), inputs.shape[1])
        if a.shape != wanted and (a.size != len(self.W) or inputs.shape[1] > 1):
            raise ValueError(f"{name} gives {a.shape}; it must be {wanted}{self._rows()}")
        return a.reshape(wanted)

    def _rows(self) -> str:
        shape = self._biases_shape
        lie = len(shape) == 2 and shape[0] == 1 < shape[1]
        return f"; {_look_like_rows(self.W.shape, shape)}" if lie else ""

    def backward(self, da: Array) -> Array:
        """Return da_prev, and keep dW and db, by the learner's own `backward`."""
        try:
            da_prev = self._layer.backward(da.copy(), _LEARNING_RATE)
        except TypeError as error:
            raise TypeError(
                f"backward(da, learning_rate) of layer {self._number} failed: {error}"
            ) from error
        except Exception as error:
            raise ValueError(f"backward of layer {self._number} failed: {told(error)}") from error
        if da_prev is None:
            raise ValueError(
                f"backward of layer {self._number} returns nothing; it must be da_prev"
            )
        W = floats(f"weights of layer {self._number} after backward", self._layer.weights)
        b = floats(f"biases of layer {self._number} after backward", self._layer.biases)
        if W.shape != self.W.shape or b.size != self.b.size:
            raise ValueError(
                f"after backward the weights and biases of layer {self._number} are {W.shape} and "
                f"{b.shape}; they were {self.W.shape} and {self._biases_shape}"
            )
        self.dW = (self.W - W) / _LEARNING_RATE
        self.db = (self.b - b.reshape(-1, 1)) / _LEARNING_RATE
        return floats(f"da_prev of layer {self._number}", da_prev)


def weights_and_biases(layer: Any, number: int) -> tuple[Array, Array]:
    """Return copies of a layer's weights (n_neurons, n_inputs) and biases in float64.

    Raises
    ------
    TypeError, ValueError
        If it has none, or in other shapes.
    """
    _require_names(layer, number)
    W, b = (_moveable(layer, name, number) for name in ("weights", "biases"))
    if W.ndim != 2 or not W.size:
        raise ValueError(f"weights of layer {number} are (n_neurons, n_inputs), got {W.shape}")
    if b.size != len(W):
        if b.size == W.shape[1]:
            raise ValueError(f"in layer {number}, {_look_like_rows(W.shape, b.shape)}")
        raise ValueError(
            f"biases of layer {number} are one number for each of {len(W)} neurons, got {b.shape}"
        )
    return W, b


def _require_names(layer: Any, number: int) -> None:
    missing = [name for name in ("weights", "biases") if not hasattr(layer, name)]
    if not missing:
        return
    attributes = getattr(layer, "__dict__", {})
    has = [name for name, value in attributes.items() if isinstance(value, np.ndarray | list | dict)
           and name not in ("weights", "biases")]  # fmt: skip
    yours = " and ".join(f"`{name}`" for name in has) or f"no {' and no '.join(missing)}"
    raise TypeError(f"layer {number} needs weights and biases; it has {yours}")


def _moveable(layer: Any, name: str, number: int) -> Array:
    values = getattr(layer, name)
    array = floats(f"{name} of layer {number}", values)
    if np.asarray(values).dtype.kind in "iub":
        raise TypeError(
            f"{name} of layer {number} hold {np.asarray(values).dtype} numbers, which no step can "
            "move: make them float64"
        )
    return array


def _look_like_rows(W: tuple[int, ...], b: tuple[int, ...]) -> str:
    return (
        f"weights {W} and biases {b} look like (n_inputs, n_neurons): W is (n_neurons, n_inputs), "
        "and samples are columns"
    )


def copies_of(layers: Sequence[Any]) -> list[Learned]:
    """Return the layers as ones that can be asked."""
    return [Learned(layer, number) for number, layer in enumerate(layers, 1)]
