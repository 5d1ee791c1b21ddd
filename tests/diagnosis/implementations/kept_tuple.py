# ruff: noqa
# fmt: off
from typing import Tuple

import numpy as np

Array = np.ndarray


class Linear:
    def __init__(self, n_in: int, n_out: int) -> None:
        self.weights: Array = np.random.normal(0.0, 0.3, (n_in, n_out))
        self.bias: Array = np.zeros(n_out)

    def forward(self, x: Array) -> Array:
        self.x = x
        return x @ self.weights + self.bias

    def backward(self, grad: Array) -> Tuple[Array, Array, Array]:
        d_weights = self.x.T @ grad
        d_bias = grad.sum(axis=0)
        d_x = grad @ self.weights.T
        return d_x, d_weights, d_bias

    def apply(self, d_weights: Array, d_bias: Array, lr: float) -> None:
        self.weights -= lr * d_weights
        self.bias -= lr * d_bias
