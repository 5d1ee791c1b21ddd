# ruff: noqa
# fmt: off
import numpy as np


class Linear:
    def __init__(self, n, d, bias=True, type=2):
        scale = [1.0, 0.1, np.sqrt(2 / (n + d))][type]
        self.weights = np.random.randn(n, d) * scale
        self.biases = np.zeros((1, d))

    @property
    def parameters(self):
        return [self.weights, self.biases]

    @property
    def gradients(self):
        return [self.dweights, self.dbiases]

    def fwd_prop(self, rows):
        self.rows = rows
        return rows @ self.weights + self.biases

    def back_propogate(self, grad):
        self.dweights = self.rows.T @ grad
        self.dbiases = grad.sum(axis=0, keepdims=True)
        return grad @ self.weights.T
