# ruff: noqa
# fmt: off
import numpy as np


class BinaryNet:
    def __init__(self, n, hidden):
        self.w1 = np.random.uniform(-1, 1, (hidden, n))
        self.b1 = np.zeros((hidden, 1))
        self.w2 = np.random.uniform(-1, 1, (1, hidden))
        self.b2 = np.zeros((1, 1))

    @staticmethod
    def s(v):
        return 1 / (1 + np.exp(-v))

    def forward(self, x):
        self.h = self.s(self.w1 @ x + self.b1)
        self.p = self.s(self.w2 @ self.h + self.b2)
        return self.p

    def loss(self, x, y):
        p = self.forward(x)
        return float(np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p)))

    def backward(self, x, y):
        m = x.shape[1]
        error = (self.p - y) / m
        delta2 = error * self.p * (1 - self.p)
        delta1 = self.w2.T @ delta2 * self.h * (1 - self.h)
        self.dw2, self.db2 = delta2 @ self.h.T, delta2.sum(axis=1, keepdims=True)
        self.dw1, self.db1 = delta1 @ x.T, delta1.sum(axis=1, keepdims=True)
