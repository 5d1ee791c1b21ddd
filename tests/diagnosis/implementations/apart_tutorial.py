# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    """What every layer can do."""

    def forward(self, input):
        raise NotImplementedError

    def backward(self, output_gradient, learning_rate):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, size_in, size_out):
        self.weights = np.random.randn(size_out, size_in)
        self.bias = np.random.randn(size_out, 1)

    def forward(self, input):
        self.input = input
        return self.weights @ input + self.bias

    def backward(self, output_gradient, learning_rate):
        for_the_layer_before = self.weights.T @ output_gradient
        self.weights -= learning_rate * (output_gradient @ self.input.T)
        self.bias -= learning_rate * output_gradient
        return for_the_layer_before


class Activation(Layer):
    def __init__(self, function, derivative):
        self.function, self.derivative = function, derivative

    def forward(self, input):
        self.input = input
        return self.function(input)

    def backward(self, output_gradient, learning_rate):
        return output_gradient * self.derivative(self.input)


class Tanh(Activation):
    def __init__(self):
        super().__init__(np.tanh, lambda z: 1 / np.cosh(z) ** 2)
