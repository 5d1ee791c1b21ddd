# ruff: noqa
# fmt: off
import numpy as np


class ThreeLayers:
    def __init__(self, n_in, n_mid, n_out, alpha):
        self.w_mid = np.random.normal(0.0, 1 / np.sqrt(n_in), (n_mid, n_in))
        self.w_end = np.random.normal(0.0, 1 / np.sqrt(n_mid), (n_out, n_mid))
        self.alpha = alpha
        self.f = lambda z: 1 / (1 + np.exp(-z))

    def ask(self, values):
        column = np.array(values, ndmin=2).T
        return self.f(self.w_end @ self.f(self.w_mid @ column))

    def train(self, values, wanted):
        column = np.array(values, ndmin=2).T
        wanted = np.array(wanted, ndmin=2).T
        mid = self.f(self.w_mid @ column)
        end = self.f(self.w_end @ mid)

        end_error = wanted - end
        end_delta = end_error * end * (1 - end)
        self.w_end += self.alpha * (end_delta @ mid.T)

        mid_error = self.w_end.T @ end_delta
        mid_delta = mid_error * mid * (1 - mid)
        self.w_mid += self.alpha * (mid_delta @ column.T)
