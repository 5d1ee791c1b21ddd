# ruff: noqa
# fmt: off
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class HiddenLayer:
    n_in: int
    n_out: int
    weights: np.ndarray = field(init=False, repr=False)
    biases: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng()
        self.weights = rng.normal(scale=np.sqrt(2 / self.n_in), size=(self.n_out, self.n_in))
        self.biases = np.zeros(self.n_out)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self._x = x
        self._active = self.weights @ x + self.biases
        return np.where(self._active > 0, self._active, 0.0)

    def backward(self, grad: np.ndarray, lr: float) -> np.ndarray:
        grad = np.where(self._active > 0, grad, 0.0)
        grad_x = self.weights.T @ grad
        self.weights -= lr * grad[:, None] * self._x[None, :]
        self.biases -= lr * grad
        return grad_x
