# ruff: noqa
# fmt: off
import numpy as np


class FCLayer:
    def __init__(self, n_inputs, n_outputs):
        self.weights = np.random.rand(n_inputs, n_outputs) - 0.5
        self.bias = np.random.rand(1, n_outputs) - 0.5

    def forward_propagation(self, data):
        self.data = data
        return np.dot(data, self.weights) + self.bias

    def backward_propagation(self, output_error, learning_rate):
        input_error = np.dot(output_error, self.weights.T)
        weights_error = np.dot(self.data.T, output_error)
        self.weights -= learning_rate * weights_error
        self.bias -= learning_rate * output_error
        return input_error


class ActivationLayer:
    def __init__(self, func, func_prime):
        self.func = func
        self.func_prime = func_prime

    def forward_propagation(self, data):
        self.data = data
        return self.func(data)

    def backward_propagation(self, output_error, learning_rate):
        return self.func_prime(self.data) * output_error


def tanh(x):
    return np.tanh(x)


def tanh_prime(x):
    return 1 - np.tanh(x) ** 2
