# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_out, n_in) * 0.5
        self.b = np.zeros((n_out, 1))

    def forward(self, a):
        self.a_prev = a
        self.z = self.W.dot(a) + self.b
        self.a = np.tanh(self.z)
        return self.a

    def backward(self, dz, lr):
        # dz comes from the layer above, already times its derivative
        self.W -= lr * dz.dot(self.a_prev.T)
        self.b -= lr * np.sum(dz, axis=1, keepdims=True)
        return self.W.T.dot(dz)
