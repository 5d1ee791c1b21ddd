# ruff: noqa
# fmt: off
import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * np.sqrt(1 / n_in)
        self.bias = np.zeros((1, n_out))
        self.grad_weights = np.zeros_like(self.weights)
        self.grad_bias = np.zeros_like(self.bias)

    def forward(self, x):
        self.x = x
        self.z = x @ self.weights + self.bias
        self.a = 1 / (1 + np.exp(-self.z))
        return self.a

    def backward(self, grad):
        grad = grad * self.a * (1 - self.a)
        self.grad_weights = self.x.T @ grad
        self.grad_bias = grad.sum(axis=0, keepdims=True)
        return grad @ self.weights.T


class Adam:
    def __init__(self, lr=1e-3, b1=0.9, b2=0.999):
        self.lr, self.b1, self.b2, self.t = lr, b1, b2, 0
        self.m, self.v = {}, {}

    def step(self, layer):
        self.t += 1
        for name in ("weights", "bias"):
            g = getattr(layer, "grad_" + name)
            self.m[name] = self.b1 * self.m.get(name, 0) + (1 - self.b1) * g
            self.v[name] = self.b2 * self.v.get(name, 0) + (1 - self.b2) * g * g
            m_hat = self.m[name] / (1 - self.b1 ** self.t)
            v_hat = self.v[name] / (1 - self.b2 ** self.t)
            setattr(layer, name, getattr(layer, name) - self.lr * m_hat / (np.sqrt(v_hat) + 1e-8))
