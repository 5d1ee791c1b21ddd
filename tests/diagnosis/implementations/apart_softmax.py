# ruff: noqa
# fmt: off
import numpy as np


class Dense:
    def __init__(self, n, m):
        self.weights = np.random.randn(m, n) * np.sqrt(2 / (n + m))
        self.biases = np.zeros((m, 1))

    def forward(self, inp):
        self.inp = inp
        return self.weights @ inp + self.biases

    def backward(self, grad, lr):
        grad_inp = self.weights.T @ grad
        self.biases = self.biases - lr * grad
        self.weights = self.weights - lr * np.outer(grad, inp_flat(self.inp))
        return grad_inp


def inp_flat(v):
    return v.ravel()


class Softmax:
    """for one column"""

    def forward(self, inp):
        shifted = np.exp(inp - inp.max())
        self.p = shifted / shifted.sum()
        return self.p

    def backward(self, grad, lr):
        n = self.p.size
        columns = np.tile(self.p, n)
        return (columns * (np.eye(n) - columns.T)) @ grad
