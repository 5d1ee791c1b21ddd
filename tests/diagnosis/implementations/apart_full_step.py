# ruff: noqa
# fmt: off
import numpy as np


class AffineLayer:
    def __init__(self, in_dim, out_dim):
        self.weight = np.random.uniform(-0.1, 0.1, size=(in_dim, out_dim))
        self.bias = np.zeros(out_dim)
        self._cache = None

    def forward(self, x):
        self._cache = x
        return np.matmul(x, self.weight) + self.bias

    def backward(self, gradient, learning_rate):
        x = self._cache
        gradient_x = np.matmul(gradient, self.weight.T)
        self.weight = self.weight - np.matmul(x.T, gradient)
        self.bias = self.bias - learning_rate * np.sum(gradient, axis=0)
        return gradient_x


class TanhLayer:
    def forward(self, x):
        self._cache = np.tanh(x)
        return self._cache

    def backward(self, gradient, learning_rate):
        return gradient * (1 - np.square(self._cache))
