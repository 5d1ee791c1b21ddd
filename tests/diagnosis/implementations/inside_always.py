# ruff: noqa
# fmt: off
import numpy as np


def relu(z):
    return np.maximum(0, z)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Layer:
    def __init__(self, n_inputs, n_neurons, activation):
        self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))
        self.biases = np.random.uniform(-1, 1, (n_neurons, 1))
        self.activation = activation

    def forward(self, inputs):
        self.inputs = inputs
        self.z = self.weights @ self.inputs + self.biases
        self.a = self.activation(self.z)
        return self.a

    def backward(self, da, learning_rate):
        s = sigmoid(self.z)
        dz = da * s * (1 - s)
        da_prev = self.weights.T @ dz
        self.weights -= learning_rate * dz @ self.inputs.T
        self.biases -= learning_rate * dz
        return da_prev
