# ruff: noqa
# fmt: off
import numpy as np


class LeakyLayer:
    SLOPE = 0.1

    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out)
        self.bias = np.random.randn(n_out)

    def forward_pass(self, x):
        self.x = x
        self.u = x @ self.weights + self.bias
        return np.where(self.u > 0, self.u, self.SLOPE * self.u)

    def backward_pass(self, grad, lr):
        g = np.where(self.u > 0, grad, self.SLOPE * grad)
        out = g @ self.weights.T
        self.weights -= lr * (self.x.T @ g)
        self.bias -= lr * g.sum(axis=0)
        return out
