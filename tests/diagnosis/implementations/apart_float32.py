# ruff: noqa
# fmt: off
import numpy as np


class Linear:
    dtype = np.float32

    def __init__(self, in_features: int, out_features: int):
        k = (1.0 / in_features) ** 0.5
        self.weight = np.random.uniform(-k, k, (out_features, in_features)).astype(self.dtype)
        self.bias = np.random.uniform(-k, k, out_features).astype(self.dtype)

    def forward(self, x):
        self.x = np.asarray(x, dtype=self.dtype)
        return self.x @ self.weight.T + self.bias

    def backward(self, grad, lr):
        grad = np.asarray(grad, dtype=self.dtype)
        grad_x = grad @ self.weight
        self.weight -= lr * (grad.T @ self.x)
        self.bias -= lr * grad.sum(0)
        return grad_x


class Sigmoid:
    def forward(self, x):
        x = np.asarray(x, dtype=np.float32)
        self.y = np.float32(1) / (np.float32(1) + np.exp(-x))
        return self.y

    def backward(self, grad, lr):
        return np.asarray(grad, np.float32) * self.y * (1 - self.y)
