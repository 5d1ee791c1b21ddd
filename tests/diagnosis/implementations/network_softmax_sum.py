# ruff: noqa
# fmt: off
import numpy as np


class Classifier:
    def __init__(self, d, h, c):
        self.W1, self.b1 = np.random.randn(d, h) * 0.5, np.zeros(h)
        self.W2, self.b2 = np.random.randn(h, c) * 0.5, np.zeros(c)

    def forward(self, X):
        self.Z1 = X.dot(self.W1) + self.b1
        self.H = np.tanh(self.Z1)
        Z2 = self.H.dot(self.W2) + self.b2
        ex = np.exp(Z2)
        return ex / ex.sum(axis=1, keepdims=True)

    def cross_entropy(self, X, onehot):
        P = self.forward(X)
        return -(onehot * np.log(P)).sum() / X.shape[0]

    def gradients(self, X, onehot):
        P = self.forward(X)
        dZ2 = P - onehot
        dW2 = self.H.T.dot(dZ2)
        db2 = dZ2.sum(axis=0)
        dZ1 = dZ2.dot(self.W2.T) * (1 - self.H ** 2)
        return {"dW1": X.T.dot(dZ1), "db1": dZ1.sum(axis=0), "dW2": dW2, "db2": db2}
