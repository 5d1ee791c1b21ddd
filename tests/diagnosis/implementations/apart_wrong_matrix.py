# ruff: noqa
# fmt: off
import numpy as np


class FullyConnected:
    def __init__(self, input_size, output_size):
        self.W = np.random.normal(size=(output_size, input_size))
        self.B = np.random.normal(size=(output_size, 1))

    def forward(self, X):
        self.X = X
        self.Y = self.W @ X + self.B
        return self.Y

    def backward(self, dEdY, learning_rate):
        dEdW = dEdY @ self.X.T
        dEdB = dEdY
        dEdX = dEdW.T @ dEdY
        self.W -= learning_rate * dEdW
        self.B -= learning_rate * dEdB
        return dEdX


class Tanh:
    def forward(self, X):
        self.Y = np.tanh(X)
        return self.Y

    def backward(self, dEdY, learning_rate):
        return dEdY * (1 - self.Y * self.Y)
