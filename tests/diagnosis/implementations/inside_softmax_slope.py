# ruff: noqa
# fmt: off
import numpy as np


def softmax(z):
    z = z - np.max(z, axis=0, keepdims=True)
    return np.exp(z) / np.sum(np.exp(z), axis=0, keepdims=True)


def softmax_derivative(z):
    return softmax(z) * (1 - softmax(z))


class OutputLayer:
    def __init__(self, n_hidden, n_classes):
        self.W = np.random.randn(n_classes, n_hidden) * 0.1
        self.b = np.zeros((n_classes, 1))

    def forward(self, A):
        self.A = A
        self.Z = self.W.dot(A) + self.b
        return softmax(self.Z)

    def backward(self, dY, learning_rate):
        dZ = dY * softmax_derivative(self.Z)
        dA = self.W.T.dot(dZ)
        self.W -= learning_rate * dZ.dot(self.A.T)
        self.b -= learning_rate * dZ.sum(axis=1, keepdims=True)
        return dA
