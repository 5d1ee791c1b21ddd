"""The course page's own way: NumPy, one sample at a time, the four formulas as they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from benchmarks.cells import Cell
from benchmarks.data import LEARNING_RATE, Array, inputs, targets, weights
from benchmarks.peers import UnsupportedError, Ways

PACKAGES = ("numpy",)


class _Activation(NamedTuple):
    f: Callable[[Array], Array]
    df: Callable[[Array], Array]


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


_ACTIVATIONS = {
    "relu": _Activation(lambda z: np.maximum(0, z), lambda z: np.where(z > 0, 1, 0)),
    "tanh": _Activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "sigmoid": _Activation(_sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z))),
}


class _Layer:
    """a = f(W·a_prev + b) for one sample, a column."""

    def __init__(self, w: Array, b: Array, activation: _Activation) -> None:
        self.weights, self.biases, self.activation = w, b, activation

    def forward(self, a_prev: Array) -> Array:
        self.inputs = a_prev
        self.outputs = np.dot(self.weights, a_prev) + self.biases
        return self.activation.f(self.outputs)

    def backward(self, da: Array) -> Array:
        dz = da * self.activation.df(self.outputs)
        d_weights = np.dot(dz, self.inputs.T)
        d_biases = dz
        da_prev = np.dot(self.weights.T, dz)
        self.weights -= LEARNING_RATE * d_weights
        self.biases -= LEARNING_RATE * d_biases
        return da_prev


def training(cell: Cell) -> Ways:
    """Train by plain gradient descent; the page knows nothing else."""
    if (cell.optimizer, cell.batch_size, cell.target) != ("sgd", 1, "binary"):
        raise UnsupportedError("the page trains by single samples, for one yes or no")
    x, y, layers = inputs(cell), targets(cell), _layers(cell)

    def run(passes: int) -> None:
        for _ in range(passes):
            _epoch(layers, x, y)

    return {"per sample": run}


def _layers(cell: Cell) -> list[_Layer]:
    hidden = len(cell.sizes) - 2
    names = [cell.activation] * hidden + ["sigmoid"]
    return [
        _Layer(w.T.copy(), b[:, np.newaxis].copy(), _ACTIVATIONS[name])
        for (w, b), name in zip(weights(cell), names, strict=True)
    ]


def _epoch(layers: list[_Layer], x: Array, y: Array) -> float:
    order = np.random.permutation(len(x))  # noqa: NPY002  # as the page draws it
    loss = 0.0
    for row, answer in zip(x[order], y[order], strict=True):
        a, label = row.reshape(-1, 1), answer.reshape(-1, 1)
        for layer in layers:
            a = layer.forward(a)
        loss += -(label * np.log(a) + (1 - label) * np.log(1 - a))
        da = (a - label) / (a * (1 - a))
        for layer in reversed(layers):
            da = layer.backward(da)
    return loss
