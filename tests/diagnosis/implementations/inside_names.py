# ruff: noqa
# fmt: off
import numpy as np


def activate(z, name):
    if name == "sigmoid":
        return 1.0 / (1.0 + np.exp(-z))
    elif name == "tanh":
        return np.tanh(z)
    elif name == "relu":
        return np.maximum(0.0, z)
    else:
        raise ValueError("unknown activation " + str(name))


def activate_deriv(v, name):
    if name == "sigmoid":
        return v * (1.0 - v)
    elif name == "tanh":
        return 1.0 - v ** 2
    elif name == "relu":
        return np.where(v > 0, 1.0, 0.0)
    else:
        raise ValueError("unknown activation " + str(name))


class DenseLayer:
    def __init__(self, n_in, n_out, activation="relu"):
        self.W = np.random.normal(0, 1 / np.sqrt(n_in), size=(n_in, n_out))
        self.b = np.zeros(n_out)
        self.activation = activation

    def forward(self, X):
        self.X = X
        self.Z = X @ self.W + self.b
        self.A = activate(self.Z, self.activation)
        return self.A

    def backward(self, d_out, lr):
        d_z = d_out * activate_deriv(self.Z, self.activation)
        d_x = d_z @ self.W.T
        self.W -= lr * self.X.T @ d_z
        self.b -= lr * d_z.sum(axis=0)
        return d_x
