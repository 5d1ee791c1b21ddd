# ruff: noqa
# fmt: off
from dataclasses import dataclass

import numpy as np


@dataclass
class Dense:
    n_inputs: int
    n_outputs: int

    def __post_init__(self):
        self.W = np.random.randn(self.n_outputs, self.n_inputs)
        self.b = np.random.randn(self.n_outputs, 1)

    def forward(self, x):
        self.x = x
        return self.W @ x + self.b

    def backward(self, grad, lr):
        dW = grad @ self.x.T
        dx = self.W.T @ grad
        self.W = -lr * dW
        self.b = self.b - lr * grad
        return dx


@dataclass
class Sigmoid:
    steepness: float = 1.0

    def forward(self, x):
        self.x = x
        return 1 / (1 + np.exp(-self.steepness * x))

    def backward(self, grad, lr):
        s = self.forward(self.x)
        return self.steepness * s * (1 - s) * grad
