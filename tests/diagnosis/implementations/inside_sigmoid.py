# ruff: noqa
# fmt: off
import numpy as np


class SigmoidLayer:
    def __init__(self, inputs, neurons):
        self.weights = np.random.uniform(-1, 1, (neurons, inputs))
        self.bias = np.random.uniform(-1, 1, (neurons, 1))

    @staticmethod
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def forward(self, x):
        self.input = x
        self.output = self.sigmoid(np.matmul(self.weights, x) + self.bias)
        return self.output

    def backward(self, error_gradient, learning_rate):
        local = error_gradient * self.output * (1 - self.output)
        to_previous = np.matmul(self.weights.T, local)
        self.weights = self.weights - learning_rate * np.matmul(local, self.input.T)
        self.bias = self.bias - learning_rate * local.sum(axis=1).reshape(-1, 1)
        return to_previous
