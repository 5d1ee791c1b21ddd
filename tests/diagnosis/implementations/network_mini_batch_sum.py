# ruff: noqa
# fmt: off
import numpy as np


class MLP:
    def __init__(self, shape, eta=0.5):
        self.w = [np.random.normal(size=(n, k)) for k, n in zip(shape[:-1], shape[1:])]
        self.b = [np.zeros((n, 1)) for n in shape[1:]]
        self.eta = eta

    def run(self, x):
        out = [x]
        for w, b in zip(self.w, self.b):
            out.append(np.tanh(w @ out[-1] + b))
        return out

    def mean_cost(self, batch):
        return np.mean([0.5 * np.sum((self.run(x)[-1] - y) ** 2) for x, y in batch])

    def learn_batch(self, batch):
        dw = [0 * w for w in self.w]
        db = [0 * b for b in self.b]
        for x, y in batch:
            out = self.run(x)
            delta = (out[-1] - y) * (1 - out[-1] ** 2)
            for l in range(len(self.w) - 1, -1, -1):
                dw[l] += delta @ out[l].T
                db[l] += delta
                delta = (self.w[l].T @ delta) * (1 - out[l] ** 2)
        for l in range(len(self.w)):
            self.w[l] -= self.eta * dw[l]
            self.b[l] -= self.eta * db[l]
