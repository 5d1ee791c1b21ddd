# ruff: noqa
# fmt: off
import numpy as np


class Module:
    def forward(self, x):
        raise NotImplementedError

    def backward(self, output_gradient, learning_rate):
        raise NotImplementedError


class Dense(Module):
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_out, n_in)
        self.bias = np.zeros((n_out, 1))

    def forward(self, x):
        self.x = x
        return self.weights @ x + self.bias

    def backward(self, output_gradient, learning_rate):
        self.weights -= learning_rate * output_gradient @ self.x.T
        self.bias -= learning_rate * output_gradient
        return self.weights.T @ output_gradient


class Sigmoid(Module):
    def forward(self, x):
        self.a = 1 / (1 + np.exp(-x))
        return self.a

    def backward(self, output_gradient, learning_rate):
        return output_gradient * self.a * (1 - self.a)
