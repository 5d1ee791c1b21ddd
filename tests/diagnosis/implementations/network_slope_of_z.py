# ruff: noqa
# fmt: off
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    return x * (1 - x)


class Net:
    def __init__(self, data, answers, hidden=4):
        self.data, self.answers = data, answers
        self.first = np.random.rand(data.shape[1], hidden)
        self.second = np.random.rand(hidden, answers.shape[1])

    def run(self):
        self.raw = self.data @ self.first
        self.middle = sigmoid(self.raw)
        self.result = sigmoid(self.middle @ self.second)
        return self.result

    def sse(self):
        return np.sum((self.answers - self.run()) ** 2)

    def backprop(self):
        late = 2 * (self.result - self.answers) * sigmoid_derivative(self.result)
        early = (late @ self.second.T) * sigmoid_derivative(self.raw)
        return self.data.T @ early, self.middle.T @ late
