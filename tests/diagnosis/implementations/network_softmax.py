# ruff: noqa
# fmt: off
import numpy as np


class SmallNet:
    def __init__(self, features, hidden, classes, scale=0.5):
        self.params = dict(
            W1=scale * np.random.randn(features, hidden),
            b1=np.zeros(hidden),
            W2=scale * np.random.randn(hidden, classes),
            b2=np.zeros(classes),
        )

    def scores(self, X):
        p = self.params
        self.pre = X @ p["W1"] + p["b1"]
        self.hid = np.maximum(0, self.pre)
        return self.hid @ p["W2"] + p["b2"]

    def probabilities(self, X):
        s = self.scores(X)
        s = np.exp(s - s.max(axis=1, keepdims=True))
        return s / s.sum(axis=1, keepdims=True)

    def loss(self, X, classes):
        rows = np.arange(len(X))
        return -np.log(self.probabilities(X)[rows, classes]).mean()

    def gradient(self, X, classes):
        m = X.shape[0]
        delta = self.probabilities(X)
        delta[np.arange(m), classes] -= 1
        delta /= m
        back = delta @ self.params["W2"].T
        back[self.pre <= 0] = 0
        return {
            "W1": X.T @ back, "b1": back.sum(axis=0),
            "W2": self.hid.T @ delta, "b2": delta.sum(axis=0),
        }
