# ruff: noqa
# fmt: off
import numpy as np


class DropoutLayer:
    def __init__(self, n_in, n_out, keep=0.8):
        self.weights = np.random.randn(n_out, n_in)
        self.biases = np.zeros((n_out, 1))
        self.keep = keep

    def forward(self, x):
        self.x = x
        self.a = 1 / (1 + np.exp(-(self.weights @ x + self.biases)))
        self.mask = (np.random.rand(*self.a.shape) < self.keep) / self.keep
        return self.a * self.mask

    def backward(self, da, lr):
        dz = da * self.mask * self.a * (1 - self.a)
        dx = self.weights.T @ dz
        self.weights -= lr * dz @ self.x.T
        self.biases -= lr * dz
        return dx
