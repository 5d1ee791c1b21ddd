# ruff: noqa
# fmt: off
import numpy as np


class TanhLayer:
    def __init__(self, d_in, d_out):
        bound = 1 / np.sqrt(d_in)
        self.W = np.random.uniform(-bound, bound, (d_out, d_in))
        self.b = np.random.uniform(-bound, bound, (d_out, 1))

    def forward(self, h):
        self.h = h
        self.t = np.tanh(self.W @ h + self.b)
        return self.t

    def backward(self, g, lr):
        g = g * (1 - self.t ** 2)
        gW = g @ self.h.T
        gb = g.sum(1, keepdims=True)
        gh = self.W.T @ g
        self.W -= lr * gW
        self.b += lr * gb
        return gh
