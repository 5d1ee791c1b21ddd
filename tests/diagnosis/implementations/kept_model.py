# ruff: noqa
# fmt: off
import numpy as np


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_out, n_in) * 0.5
        self.b = np.zeros((n_out, 1))

    def forward(self, A):
        self.A = A
        return self.W @ A + self.b

    def backward(self, dZ):
        m = dZ.shape[1]
        self.dW = (1 / m) * dZ @ self.A.T
        self.db = np.sum(dZ, axis=1, keepdims=True)
        return self.W.T @ dZ


class Model:
    def __init__(self, n_x, n_h, n_y):
        self.first = Linear(n_x, n_h)
        self.second = Linear(n_h, n_y)

    def predict(self, X):
        self.H = np.tanh(self.first.forward(X))
        return 1 / (1 + np.exp(-self.second.forward(self.H)))

    def cost(self, X, Y):
        P = self.predict(X)
        m = Y.shape[1]
        return -np.sum(Y * np.log(P) + (1 - Y) * np.log(1 - P)) / m

    def backward(self, X, Y):
        dZ = self.predict(X) - Y
        dH = self.second.backward(dZ)
        self.first.backward(dH * (1 - self.H ** 2))
