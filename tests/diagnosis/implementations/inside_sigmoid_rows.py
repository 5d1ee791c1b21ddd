# ruff: noqa
# fmt: off
import numpy as np


def sig(x):
    return 1.0 / (1.0 + np.exp(-x))


class Layer:
    def __init__(self, num_inputs, num_outputs):
        self.weights = 2 * np.random.random((num_inputs, num_outputs)) - 1
        self.biases = np.zeros((1, num_outputs))

    def forward(self, batch):
        self.batch = batch
        self.activated = sig(batch.dot(self.weights) + self.biases)
        return self.activated

    def backward(self, err, lr):
        delta = err * self.activated * (1 - self.activated)
        self.weights -= lr * self.batch.T.dot(delta)
        self.biases -= lr * delta.sum(axis=0, keepdims=True)
        return delta.dot(self.weights.T)
