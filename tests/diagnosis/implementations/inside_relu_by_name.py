# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    def __init__(self, n_in, n_out, activation="linear"):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros((1, n_out))
        self.activation = activation

    def forward(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        return np.maximum(0, self.z) if self.activation == "relu" else self.z

    def backward(self, grad, lr):
        passed = grad @ self.W.T
        self.W -= lr * self.x.T @ grad
        self.b -= lr * grad.sum(axis=0, keepdims=True)
        return passed
