# ruff: noqa
# fmt: off
import numpy as np


class Neurons:
    def __init__(self, how_many_in, how_many_out):
        self.W = np.random.standard_normal((how_many_out, how_many_in))
        self.b = np.ones((how_many_out, 1)) * 0.1

    def __call__(self, v):
        self.v = v
        self.out = 1 / (1 + np.exp(-(self.W @ v + self.b)))
        return self.out

    def back(self, dout, step):
        dz = dout * self.out * (1 - self.out)
        dv = self.W.T @ dz
        self.W = self.W - step * (dz @ self.v.T)
        return dv
