# ruff: noqa
# fmt: off
from abc import ABC, abstractmethod

import numpy as np


class Layer(ABC):
    def __init__(self):
        self.params = {}
        self.cache = {}

    @abstractmethod
    def forward(self, x): ...

    @abstractmethod
    def backward(self, lr, grad): ...


class FullyConnected(Layer):
    def __init__(self, n_in, n_out, activation="linear"):
        super().__init__()
        self.params["W"] = np.random.randn(n_out, n_in) * np.sqrt(2 / n_in)
        self.params["b"] = np.zeros((n_out, 1))
        self.activation = activation

    def forward(self, x):
        z = self.params["W"] @ x + self.params["b"]
        self.cache["x"], self.cache["z"] = x, z
        return z.clip(min=0) if self.activation == "relu" else z

    def backward(self, lr, grad):
        if self.activation == "relu":
            grad = grad * (self.cache["z"] > 0)
        dx = self.params["W"].T @ grad
        self.params["W"] -= lr * grad @ self.cache["x"].T
        self.params["b"] -= lr * grad.sum(axis=1, keepdims=True)
        return dx
