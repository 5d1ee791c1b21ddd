# ruff: noqa
# fmt: off
import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.uniform(-0.5, 0.5, (n_in, n_out))
        self.b = np.zeros((1, n_out))

    def forward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward(self, G):
        self.gW = self.X.T @ G
        self.gb = G.sum(axis=0, keepdims=True)
        return G @ self.W

    def update(self, eta):
        self.W -= eta * self.gW
        self.b -= eta * self.gb
