# ruff: noqa
# fmt: off
import numpy as np


class Dense:
    def __init__(self, in_size, out_size):
        self.W = np.random.randn(in_size, out_size)
        self.b = np.zeros(out_size)

    def __call__(self, batch):
        self.batch = batch
        return self.forward(batch)

    def forward(self, batch):
        return batch @ self.W + self.b

    def backward(self, dz):
        return dz @ self.W.T, self.batch.T @ dz / len(dz), dz.mean(axis=0)


class LeakyReLU:
    def __init__(self, alpha=0.2):
        self.alpha = alpha

    def __call__(self, z):
        self.z = z
        return np.where(z > 0, z, self.alpha * z)

    def backward(self, grad):
        return grad * np.where(self.z > 0, 1.0, self.alpha)
