# ruff: noqa
# fmt: off
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_prime(x):
    return sigmoid(x) * (1 - sigmoid(x))


class Linear:
    def __init__(self, dim_in, dim_out):
        self.W = np.random.randn(dim_in, dim_out) / np.sqrt(dim_in)
        self.b = np.zeros((1, dim_out))

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy, lr):
        dx = dy @ self.W.T
        self.W -= lr * self.x.T @ dy
        self.b -= lr * dy.sum(axis=0, keepdims=True)
        return dx


class Sigmoid:
    def forward(self, x):
        self.out = sigmoid(x)
        return self.out

    def backward(self, dy, lr):
        return dy * sigmoid_prime(self.out)
