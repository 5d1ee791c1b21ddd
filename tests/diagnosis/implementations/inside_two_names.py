# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    def __init__(self, n_in, n_out, activation):
        if activation not in ("relu", "sigmoid"):
            raise ValueError("activation must be 'relu' or 'sigmoid'")
        self.weights = np.random.randn(n_in, n_out) * 0.5
        self.bias = np.zeros((1, n_out))
        self.activation = activation

    def _act(self, z):
        return np.maximum(0, z) if self.activation == "relu" else 1 / (1 + np.exp(-z))

    def _act_prime(self, z):
        if self.activation == "relu":
            return (z > 0) * 1.0
        s = self._act(z)
        return s * (1 - s)

    def forward(self, x):
        self.x = x
        self.z = self._act(x @ self.weights + self.bias)
        return self.z

    def backward(self, grad, learning_rate):
        dz = grad * self._act_prime(self.z)
        dw = self.x.T @ dz
        db = np.sum(dz, axis=0, keepdims=True)
        dx = dz @ self.weights.T
        self.weights -= dw
        self.bias -= db
        return dx
