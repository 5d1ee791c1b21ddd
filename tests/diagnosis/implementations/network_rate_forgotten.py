# ruff: noqa
# fmt: off
import numpy as np


class Perceptron2:
    def __init__(self, n_in, n_hidden, n_out):
        self.weights = {"h": np.random.randn(n_in, n_hidden), "o": np.random.randn(n_hidden, n_out)}
        self.bias = {"h": np.random.randn(n_hidden), "o": np.random.randn(n_out)}

    def _run(self, x):
        h = np.tanh(x @ self.weights["h"] + self.bias["h"])
        o = np.tanh(h @ self.weights["o"] + self.bias["o"])
        return h, o

    def error(self, x, y):
        return 0.5 * np.sum((y - self._run(x)[1]) ** 2)

    def epoch(self, x, y, learning_rate):
        h, o = self._run(x)
        delta_o = (y - o) * (1 - o ** 2)
        delta_h = delta_o @ self.weights["o"].T * (1 - h ** 2)
        self.weights["o"] += learning_rate * h.T @ delta_o
        self.weights["h"] += learning_rate * x.T @ delta_h
        self.bias["o"] += delta_o.sum(axis=0)
        self.bias["h"] += delta_h.sum(axis=0)
