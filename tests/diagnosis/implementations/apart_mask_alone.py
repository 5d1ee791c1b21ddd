# ruff: noqa
# fmt: off
import numpy as np


class Dense:
    def __init__(self, num_in, num_out):
        self.weights = np.random.randn(num_out, num_in) * 0.1
        self.biases = np.zeros((num_out, 1))

    def forward(self, X):
        self.X = X
        self.Z = np.dot(self.weights, self.X) + self.biases
        return self.Z

    def backward(self, dZ, lr):
        dX = np.dot(self.weights.T, dZ)
        self.weights -= lr * np.dot(dZ, self.X.T)
        self.biases -= lr * np.sum(dZ)
        return dX


class ReLU:
    def forward(self, X):
        self.X = X
        return np.maximum(0, X)

    def backward(self, dA, lr):
        return np.where(self.X > 0, 1, 0)
