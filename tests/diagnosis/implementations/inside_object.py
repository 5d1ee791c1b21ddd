# ruff: noqa
# fmt: off
import numpy as np


class Sigmoid:
    def __call__(self, z):
        return 1 / (1 + np.exp(-z))

    def derivative(self, z):
        s = self(z)
        return s * (1 - s)


class ReLU:
    def __call__(self, z):
        return np.maximum(z, 0)

    def derivative(self, z):
        return (z > 0).astype(float)


class NeuralLayer:
    def __init__(self, input_size, output_size, activation):
        self.weights = np.random.randn(output_size, input_size) * np.sqrt(1 / input_size)
        self.bias = np.zeros((output_size, 1))
        self.activation = activation

    def forward(self, x):
        self.x = x
        self.z = self.weights @ x + self.bias
        return self.activation(self.z)

    def backprop(self, da, lr):
        dz = da * self.activation.derivative(self.z)
        dx = self.weights.T @ dz
        self.weights -= lr * (dz @ self.x.T)
        self.bias -= lr * dz.sum(axis=1, keepdims=True)
        return dx
