# ruff: noqa
# fmt: off
import numpy as np


class Net:
    def __init__(self, sizes):
        self.params = []
        for a, b in zip(sizes, sizes[1:]):
            self.params.append(np.random.randn(a, b) * np.sqrt(2 / a))
            self.params.append(np.zeros((1, b)))

    def forward(self, x):
        w1, b1, w2, b2 = self.params
        self.x = x
        self.z = x @ w1 + b1
        self.h = np.maximum(self.z, 0)
        return self.h @ w2 + b2

    def backward(self, diff):
        w1, b1, w2, b2 = self.params
        n = diff.shape[0]
        dw2 = self.h.T @ diff / n
        db2 = diff.sum(0, keepdims=True) / n
        dh = diff @ w2.T
        dw1 = self.x.T @ dh / n
        db1 = dh.sum(0, keepdims=True) / n
        return [dw1, db1, dw2, db2]
