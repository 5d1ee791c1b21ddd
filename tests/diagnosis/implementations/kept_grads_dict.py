# ruff: noqa
# fmt: off
import numpy as np


class Affine:
    """Columns are examples. dA is the derivative of each example's own loss."""

    def __init__(self, n_prev, n):
        self.params = {
            "W": np.random.randn(n, n_prev) * np.sqrt(2 / n_prev),
            "b": np.zeros((n, 1)),
        }
        self.grads = {}

    def forward(self, A_prev):
        self.A_prev = A_prev
        self.Z = self.params["W"] @ A_prev + self.params["b"]
        return np.tanh(self.Z)

    def backward(self, dA):
        m = self.A_prev.shape[1]
        dZ = dA * (1 - np.tanh(self.Z) ** 2)
        self.grads["W"] = dZ @ self.A_prev.T / m
        self.grads["b"] = dZ.sum(axis=1, keepdims=True) / m
        return self.params["W"].T @ dZ

    def update(self, lr):
        for name in self.params:
            self.params[name] -= lr * self.grads[name]
