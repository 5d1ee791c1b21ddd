# ruff: noqa
# fmt: off
import numpy as np


class Tanh:
    @staticmethod
    def f(v):
        return np.tanh(v)

    @staticmethod
    def df(v):
        return 1 - np.tanh(v) ** 2


class Logistic:
    @staticmethod
    def f(v):
        return 1 / (1 + np.exp(-v))

    @staticmethod
    def df(v):
        e = np.exp(-v)
        return e / (1 + e) ** 2


class Layer:
    """works on one example, everything is a flat vector"""

    def __init__(self, fan_in, fan_out, act):
        self.w = np.random.randn(fan_out, fan_in)
        self.b = np.random.randn(fan_out)
        self.act = act

    def feedforward(self, a):
        self.a_in = a
        self.pre = self.w @ a + self.b
        return self.act.f(self.pre)

    def backpropagate(self, grad, eta):
        delta = grad * self.act.df(self.pre)
        grad_in = delta @ self.w
        self.w -= eta * np.outer(delta, self.a_in)
        self.b -= eta * delta
        return grad_in
