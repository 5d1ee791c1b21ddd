# ruff: noqa
# fmt: off
import numpy as np


class XorNet:
    def __init__(self):
        self.V = np.random.uniform(-1, 1, (3, 2))
        self.c = np.random.uniform(-1, 1, 3)
        self.u = np.random.uniform(-1, 1, 3)
        self.d = np.random.uniform(-1, 1, 1)

    def __call__(self, x):
        self.h = 1 / (1 + np.exp(-(self.V @ x + self.c)))
        return 1 / (1 + np.exp(-(self.u @ self.h + self.d)))

    def loss(self, x, t):
        y = self(x)[0]
        return -(t * np.log(y) + (1 - t) * np.log(1 - y))

    def sgd(self, x, t, lr):
        y = self(x)
        dz = y - t
        dh = dz * self.u * self.h * (1 - self.h)
        self.u -= lr * dz * self.h
        self.d -= lr * dz
        self.V -= lr * np.outer(dh, x)
        self.c -= lr * dh
