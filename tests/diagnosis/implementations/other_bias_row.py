# ruff: noqa
# fmt: off
import numpy as np


class BiasRowNet:
    def __init__(self, n_in, n_hid, n_out):
        # row 0 of theta is for the constant 1
        self.theta1 = np.random.randn(n_in + 1, n_hid)
        self.theta2 = np.random.randn(n_hid + 1, n_out)

    @staticmethod
    def add_bias(M):
        return np.c_[np.ones(len(M)), M]

    def forward(self, X):
        self.a0 = self.add_bias(X)
        self.a1 = self.add_bias(np.tanh(self.a0 @ self.theta1))
        return self.a1 @ self.theta2

    def cost(self, X, Y):
        return 0.5 * np.mean(np.sum((self.forward(X) - Y) ** 2, axis=1))

    def step(self, X, Y, lr):
        d2 = (self.forward(X) - Y) / len(X)
        d1 = (d2 @ self.theta2.T)[:, :-1] * (1 - self.a1[:, 1:] ** 2)
        self.theta2 -= lr * self.a1.T @ d2
        self.theta1 -= lr * self.a0.T @ d1
