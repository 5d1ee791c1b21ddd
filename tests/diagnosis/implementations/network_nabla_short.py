# ruff: noqa
# fmt: off
import numpy as np


class Network:
    def __init__(self, sizes):
        pairs = list(zip(sizes[1:], sizes[:-1]))
        self.weights = [np.random.randn(*pair) / np.sqrt(pair[1]) for pair in pairs]
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]

    @staticmethod
    def act(z):
        return 1 / (1 + np.exp(-z))

    def quadratic_cost(self, x, y):
        a = x
        for b, w in zip(self.biases, self.weights):
            a = self.act(np.dot(w, a) + b)
        return 0.5 * np.linalg.norm(a - y) ** 2

    def cost_derivative(self, output, y):
        return output - y

    def backprop(self, x, y):
        a, layers = x, [x]
        for b, w in zip(self.biases, self.weights):
            a = self.act(np.dot(w, a) + b)
            layers.append(a)
        delta = self.cost_derivative(layers[-1], y)
        nabla_w, nabla_b = [], []
        for i in reversed(range(len(self.weights))):
            nabla_w.insert(0, np.dot(delta, layers[i].T))
            nabla_b.insert(0, delta)
            delta = np.dot(self.weights[i].T, delta) * layers[i] * (1 - layers[i])
        return nabla_b, nabla_w
