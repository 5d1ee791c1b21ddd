# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    def __init__(self, n_in, n_out, beta=0.9):
        self.W = np.random.randn(n_out, n_in) * 0.4
        self.b = np.zeros((n_out, 1))
        self.vW, self.vb = np.zeros_like(self.W), np.zeros_like(self.b)
        self.beta = beta

    def forward(self, x):
        self.x = x
        self.a = 1 / (1 + np.exp(-(self.W @ x + self.b)))
        return self.a

    def backward(self, da):
        dz = da * self.a * (1 - self.a)
        self.dW = dz @ self.x.T
        self.db = dz.sum(axis=1, keepdims=True)
        return self.W.T @ da

    def update(self, lr):
        self.vW = self.beta * self.vW + (1 - self.beta) * self.dW
        self.vb = self.beta * self.vb + (1 - self.beta) * self.db
        self.W -= lr * self.vW
        self.b -= lr * self.vb
