# ruff: noqa
# fmt: off
import numpy as np


class Regressor:
    """tanh in between, linear at the end, float32 everywhere"""

    def __init__(self, *units):
        self.W, self.B = [], []
        for i, o in zip(units, units[1:]):
            self.W.append((np.random.randn(i, o) / np.sqrt(i)).astype("float32"))
            self.B.append(np.zeros(o, dtype="float32"))

    def forward(self, x):
        self.acts = [x]
        last = len(self.W) - 1
        for k, (w, b) in enumerate(zip(self.W, self.B)):
            z = self.acts[-1] @ w + b
            self.acts.append(z if k == last else np.tanh(z))
        return self.acts[-1]

    def mse(self, x, y):
        return float(np.mean((self.forward(x) - y) ** 2))

    def step(self, x, y, lr):
        g = 2 * (self.forward(x) - y) / y.size
        for k in reversed(range(len(self.W))):
            back = g @ self.W[k].T
            self.W[k] -= lr * (self.acts[k].T @ g)
            self.B[k] -= lr * g.sum(axis=0)
            if k > 0:
                g = back * (1 - self.acts[k] ** 2)
