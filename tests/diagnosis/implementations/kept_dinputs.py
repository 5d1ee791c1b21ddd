# ruff: noqa
# fmt: off
import numpy as np


class Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = np.random.uniform(-1, 1, (n_inputs, n_neurons))
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        self.dinputs = dvalues @ self.weights.T
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = dvalues.sum(axis=0, keepdims=True)


class ReLU:
    def forward(self, inputs):
        self.positive = inputs > 0
        self.output = np.where(self.positive, inputs, 0)

    def backward(self, dvalues):
        self.dinputs = np.where(self.positive, dvalues, 0)


class SGD:
    def __init__(self, learning_rate=1.0):
        self.learning_rate = learning_rate

    def update_params(self, layer):
        layer.weights -= self.learning_rate * layer.dweights
        layer.biases -= self.learning_rate * layer.dbiases
