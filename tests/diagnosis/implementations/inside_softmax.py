# ruff: noqa
# fmt: off
import numpy as np


class SoftmaxLayer:
    def __init__(self, n_in, n_classes):
        self.weights = np.random.randn(n_in, n_classes) / n_in
        self.biases = np.zeros(n_classes)

    def forward(self, v):
        self.v = v
        logits = v @ self.weights + self.biases
        powers = np.exp(logits - logits.max())
        self.p = powers / powers.sum()
        return self.p

    def backward(self, dp, learning_rate):
        jacobian = np.diag(self.p) - np.outer(self.p, self.p)
        d_logits = jacobian @ dp
        dv = self.weights @ d_logits
        self.weights -= learning_rate * np.outer(self.v, d_logits)
        self.biases -= learning_rate * d_logits
        return dv
