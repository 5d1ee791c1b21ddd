# ruff: noqa
# fmt: off
import numpy as np


class Linear:
    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out) / np.sqrt(n_in)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, grad):
        self.grad_w = self.x.T @ grad
        self.grad_b = grad.sum(axis=0)
        return grad @ self.w.T

    def step(self, lr):
        for p, g in ((self.w, self.grad_w), (self.b, self.grad_b)):
            p = p - lr * g
