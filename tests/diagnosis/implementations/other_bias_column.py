# ruff: noqa
# fmt: off
import numpy as np


def with_ones(A):
    return np.vstack([A, np.ones((1, A.shape[1]))])


class Net:
    """The last column of each W holds the biases."""

    def __init__(self, n_in, n_hid, n_out):
        self.Ws = [np.random.randn(n_hid, n_in + 1), np.random.randn(n_out, n_hid + 1)]

    def forward(self, X):
        self.inputs = []
        for W in self.Ws:
            self.inputs.append(with_ones(X))
            X = 1 / (1 + np.exp(-W @ self.inputs[-1]))
        return X

    def loss(self, X, Y):
        return np.sum((self.forward(X) - Y) ** 2) / (2 * X.shape[1])

    def backward(self, X, Y):
        out = self.forward(X)
        delta = (out - Y) / X.shape[1] * out * (1 - out)
        grads = []
        for W, inp in zip(self.Ws[::-1], self.inputs[::-1]):
            grads.append(delta @ inp.T)
            hidden = inp[:-1]
            delta = (W[:, :-1].T @ delta) * hidden * (1 - hidden)
        return grads[::-1]
