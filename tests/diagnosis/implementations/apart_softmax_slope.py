# ruff: noqa
# fmt: off
import numpy as np


class Dense:
    def __init__(self, n_x, n_y):
        self.w = np.random.randn(n_x, n_y) * 0.3
        self.b = np.zeros((1, n_y))

    def forward(self, x):
        self.x = x
        return x.dot(self.w) + self.b

    def backward(self, grad, lr):
        gx = grad.dot(self.w.T)
        self.w -= lr * self.x.T.dot(grad)
        self.b += lr * grad.sum(axis=0)
        return gx


class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.s = e / e.sum(axis=1, keepdims=True)
        return self.s

    def backward(self, grad, lr):
        return grad * self.s * (1 - self.s)
