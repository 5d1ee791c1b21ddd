# ruff: noqa
# fmt: off
import numpy as np


class DenseLayer:
    def __init__(self, num_inputs, num_units, weight_init, l2):
        scale = {"he": 2.0, "xavier": 1.0}[weight_init]
        self.weights = np.random.randn(num_inputs, num_units) * np.sqrt(scale / num_inputs)
        self.biases = np.zeros((1, num_units))
        self.l2 = l2

    def forward(self, batch, training):
        if training:
            self.batch = batch
        return batch @ self.weights + self.biases

    def backward(self, upstream):
        self.dweights = self.batch.T @ upstream + 2 * self.l2 * self.weights
        self.dbiases = upstream.sum(axis=0, keepdims=True)
        return upstream @ self.weights.T


class SiLU:
    def forward(self, batch, training):
        self.batch = batch
        self.gate = 1 / (1 + np.exp(-batch))
        return batch * self.gate

    def backward(self, upstream):
        return upstream * (self.gate + self.batch * self.gate * (1 - self.gate))


class Softplus:
    def forward(self, batch, training):
        self.batch = batch
        return np.log1p(np.exp(batch))

    def backward(self, upstream):
        return upstream * (1 - np.exp(-self.batch))
