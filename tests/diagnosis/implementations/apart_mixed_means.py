# ruff: noqa
# fmt: off
import numpy as np


class Dense:
    def __init__(self, n_features, n_units):
        self.weights = np.random.randn(n_features, n_units) * np.sqrt(1.0 / n_features)
        self.bias = np.zeros((1, n_units))

    def forward(self, batch):
        self.batch = batch
        return batch @ self.weights + self.bias

    def backward(self, upstream, learning_rate):
        passed = upstream @ self.weights.T
        self.weights -= learning_rate * (self.batch.T @ upstream)
        self.bias -= learning_rate * upstream.mean(axis=0, keepdims=True)
        return passed


class Sigmoid:
    def forward(self, batch):
        self.batch = batch
        return 1 / (1 + np.exp(-batch))

    def backward(self, upstream, learning_rate):
        return upstream * self.batch * (1 - self.batch)
