# ruff: noqa
# fmt: off
import numpy as np

sigmoid = lambda z: 1 / (1 + np.exp(-z))
d_sigmoid = lambda a: a * (1 - a)
relu = lambda z: z * (z > 0)
d_relu = lambda a: 1.0 * (a > 0)
tanh = np.tanh
d_tanh = lambda a: 1 - a * a

ACTIVATIONS = {
    "sigmoid": (sigmoid, d_sigmoid),
    "relu": (relu, d_relu),
    "tanh": (tanh, d_tanh),
}


class Layer(object):

    def __init__(self, n_inputs, n_units, activation):
        self.W = np.random.uniform(-0.5, 0.5, (n_units, n_inputs))
        self.b = np.zeros((n_units, 1))
        self.g, self.dg = ACTIVATIONS[activation]

    def forward(self, A_prev):
        self.A_prev = A_prev
        self.A = self.g(np.dot(self.W, A_prev) + self.b)
        return self.A

    def backward(self, dA, alpha):
        dZ = dA * self.dg(self.A)
        dA_prev = np.dot(self.W.T, dZ)
        self.W -= alpha * np.dot(dZ, self.A_prev.T)
        self.b -= alpha * np.sum(dZ, axis=1, keepdims=True)
        return dA_prev
