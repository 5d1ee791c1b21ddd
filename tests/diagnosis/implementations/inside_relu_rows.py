# ruff: noqa
# fmt: off
import numpy as np


class ReluLayer:
    """Fully connected + ReLU, batches of rows."""

    def __init__(self, in_features, out_features, lr=0.05):
        # He initialisation
        self.W = np.random.randn(in_features, out_features) * np.sqrt(2.0 / in_features)
        self.b = np.zeros((1, out_features))
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.Z = np.dot(X, self.W) + self.b
        return np.maximum(0, self.Z)

    def backward(self, dA):
        dZ = np.array(dA, copy=True)
        dZ[self.Z <= 0] = 0
        dX = np.dot(dZ, self.W.T)
        self.W -= self.lr * np.dot(self.X.T, dZ)
        self.b -= self.lr * np.mean(dZ)
        return dX
