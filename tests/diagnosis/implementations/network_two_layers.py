# ruff: noqa
# fmt: off
import numpy as np


class NeuralNetwork:
    def __init__(self, n_inputs, n_hidden, n_outputs):
        self.W1 = np.random.randn(n_inputs, n_hidden)
        self.b1 = np.zeros((1, n_hidden))
        self.W2 = np.random.randn(n_hidden, n_outputs)
        self.b2 = np.zeros((1, n_outputs))

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def forward(self, X):
        self.A1 = self.sigmoid(X @ self.W1 + self.b1)
        self.A2 = self.sigmoid(self.A1 @ self.W2 + self.b2)
        return self.A2

    def loss(self, X, y):
        return np.mean((self.forward(X) - y) ** 2)

    def train_step(self, X, y, lr):
        out = self.forward(X)
        d2 = 2 * (out - y) / y.size * out * (1 - out)
        d1 = d2 @ self.W2.T * self.A1 * (1 - self.A1)
        self.W2 = self.W2 - lr * self.A1.T @ d2
        self.b2 = self.b2 - lr * d2.sum(axis=0, keepdims=True)
        self.W1 = self.W1 - lr * X.T @ d1
        self.b1 = self.b1 - lr * d1.sum(axis=0, keepdims=True)
