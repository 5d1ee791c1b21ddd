# ruff: noqa
# fmt: off
import numpy as np


def logistic(t):
    return 1 / (1 + np.exp(-t))


def logistic_prime(t):
    return logistic(t) * (1 - logistic(t))


class Layer:
    def __init__(self, n_in, n_out, f, f_prime):
        self.w = np.random.rand(n_out, n_in) - 0.5
        self.b = np.random.rand(n_out, 1) - 0.5
        self.f = f
        self.f_prime = f_prime

    def forward(self, a):
        self.a = a
        self.z = np.dot(self.w, a) + self.b
        return self.f(self.z)

    def backward(self, grad, rate):
        dz = grad * self.f_prime(self.z)
        dw = np.dot(dz, self.a.T)
        da = np.dot(self.w, dz)
        self.w = self.w - rate * dw
        self.b = self.b - rate * dz
        return da


if __name__ == "__main__":
    hidden = Layer(4, 4, logistic, logistic_prime)
    print(hidden.forward(np.ones((4, 1))))
