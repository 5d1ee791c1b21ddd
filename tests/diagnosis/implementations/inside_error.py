# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    def __init__(self, n_inputs, n_neurons):
        self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))
        self.bias = np.random.uniform(-1, 1, (n_neurons, 1))

    def forward(self, signals):
        self.signals = signals
        self.outputs = np.tanh(self.weights @ signals + self.bias)
        return self.outputs

    def backward(self, error, learning_rate):
        """error: how much higher the outputs should have been."""
        gradient = error * (1 - self.outputs ** 2)
        error_before = self.weights.T @ gradient
        self.weights += learning_rate * gradient @ self.signals.T
        self.bias += learning_rate * gradient
        return error_before


def train(layers, x, target, learning_rate):
    for layer in layers:
        x = layer.forward(x)
    error = target - x
    for layer in layers[::-1]:
        error = layer.backward(error, learning_rate)
