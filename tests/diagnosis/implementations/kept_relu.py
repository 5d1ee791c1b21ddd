# ruff: noqa
# fmt: off
import numpy as np


class ReluDense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_out, n_in) * np.sqrt(2 / n_in)
        self.b = np.zeros((n_out, 1))
        self.dW = None
        self.db = None

    def forward(self, A):
        self.A = A
        self.Z = np.dot(self.W, A) + self.b
        return np.maximum(self.Z, 0)

    def backward(self, dA):
        dZ = dA * (self.Z > 0)
        self.dW = np.dot(dA, self.A.T)
        self.db = np.sum(dZ, axis=1, keepdims=True)
        return np.dot(self.W.T, dZ)

    def step(self, lr):
        self.W -= lr * self.dW
        self.b -= lr * self.db
