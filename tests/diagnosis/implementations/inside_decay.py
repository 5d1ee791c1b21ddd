# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    def __init__(self, n_in, n_out, activation, weight_decay=0.01):
        self.weights = np.random.uniform(-1, 1, (n_out, n_in))
        self.biases = np.zeros((n_out, 1))
        self.activation = activation
        self.weight_decay = weight_decay

    def forward(self, inputs):
        self.inputs = np.asarray(inputs, float).reshape(-1, 1)
        self.outputs = self.weights @ self.inputs + self.biases
        return self.activation(self.outputs)

    def backward(self, grad, lr):
        dz = grad * self.activation.derivative(self.outputs)
        dw = dz @ self.inputs.T + self.weight_decay * self.weights
        self.weights -= lr * dw
        self.biases -= lr * dz
        return self.weights.T @ dz
