# ruff: noqa
# fmt: off
import numpy as np


def logistic(z):
    return 1.0 / (1.0 + np.exp(-z))


class Net:
    def __init__(self, layer_sizes):
        self.weights = [np.random.randn(b, a) for a, b in zip(layer_sizes, layer_sizes[1:])]
        self.biases = [np.random.randn(b, 1) for b in layer_sizes[1:]]

    def output(self, a):
        for w, b in zip(self.weights, self.biases):
            a = logistic(w.dot(a) + b)
        return a

    def one(self, x, y):
        a = [x]
        for w, b in zip(self.weights, self.biases):
            a.append(logistic(w.dot(a[-1]) + b))
        delta = (a[-1] - y) * a[-1] * (1 - a[-1])
        gw, gb = [], []
        for k in range(len(self.weights) - 1, -1, -1):
            gw = [delta.dot(a[k].T)] + gw
            gb = [delta] + gb
            delta = self.weights[k].T.dot(delta) * a[k] * (1 - a[k])
        return gw, gb

    def update_mini_batch(self, batch, eta):
        sum_w = [np.zeros(w.shape) for w in self.weights]
        sum_b = [np.zeros(b.shape) for b in self.biases]
        for x, y in batch:
            gw, gb = self.one(x, y)
            sum_w = [s + g for s, g in zip(sum_w, gw)]
            sum_b = [s + g for s, g in zip(sum_b, gb)]
        self.weights = [w - eta / len(batch) * s for w, s in zip(self.weights, sum_w)]
        self.biases = [b - eta / len(batch) * s for b, s in zip(self.biases, sum_b)]
