# ruff: noqa
# fmt: off
import math
import random


def rand_matrix(rows, cols):
    return [[random.gauss(0, 1) for _ in range(cols)] for _ in range(rows)]


class ListNet:
    def __init__(self, n_in, n_hid):
        self.w1 = rand_matrix(n_hid, n_in)
        self.b1 = [0.0] * n_hid
        self.w2 = [random.gauss(0, 1) for _ in range(n_hid)]
        self.b2 = [0.0]

    def predict(self, x):
        self.h = [math.tanh(sum(wi * xi for wi, xi in zip(w, x)) + b)
                  for w, b in zip(self.w1, self.b1)]
        return sum(w * h for w, h in zip(self.w2, self.h)) + self.b2[0]

    def learn(self, x, t, lr):
        d = self.predict(x) - t
        for j in range(len(self.w2)):
            self.w2[j] -= lr * d * self.h[j]
        self.b2[0] -= lr * d
        for j in range(len(self.w1)):
            dh = d * self.w2[j] * (1 - self.h[j] ** 2)
            for i in range(len(x)):
                self.w1[j][i] -= lr * dh * x[i]
            self.b1[j] -= lr * dh
