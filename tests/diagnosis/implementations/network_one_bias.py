# ruff: noqa
# fmt: off
import numpy as np


class ShallowNet:
    def __init__(self, inputs, hidden, outputs, rate=0.3):
        rng = np.random.default_rng(7)
        self.W1 = rng.normal(size=(inputs, hidden))
        self.W2 = rng.normal(size=(hidden, outputs))
        self.b1 = np.zeros((1, hidden))
        self.b2 = np.zeros((1, outputs))
        self.rate = rate

    def activate(self, t):
        return 1 / (1 + np.exp(-t))

    def predict(self, X):
        return self.activate(self.activate(X @ self.W1 + self.b1) @ self.W2 + self.b2)

    def fit_once(self, X, y):
        h = self.activate(X @ self.W1 + self.b1)
        p = self.activate(h @ self.W2 + self.b2)
        d_out = (p - y) * p * (1 - p)
        d_hid = (d_out @ self.W2.T) * h * (1 - h)
        self.W2 -= self.rate * h.T @ d_out
        self.W1 -= self.rate * X.T @ d_hid
        self.b2 -= self.rate * np.mean(d_out)
        self.b1 -= self.rate * np.mean(d_hid)
