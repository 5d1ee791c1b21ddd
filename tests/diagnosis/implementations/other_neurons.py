# ruff: noqa
# fmt: off
import math
import random


class Neuron:
    def __init__(self, n_inputs):
        self.weights = [random.uniform(-1, 1) for _ in range(n_inputs)]
        self.bias = random.uniform(-1, 1)
        self.output = 0.0
        self.delta = 0.0

    def activate(self, inputs):
        total = self.bias
        for w, x in zip(self.weights, inputs):
            total += w * x
        self.output = 1.0 / (1.0 + math.exp(-total))
        return self.output


class Network:
    def __init__(self, *sizes):
        self.layers = [[Neuron(a) for _ in range(b)] for a, b in zip(sizes, sizes[1:])]

    def forward(self, inputs):
        for layer in self.layers:
            inputs = [neuron.activate(inputs) for neuron in layer]
        return inputs

    def backward(self, expected):
        for i in reversed(range(len(self.layers))):
            for j, neuron in enumerate(self.layers[i]):
                if i == len(self.layers) - 1:
                    error = neuron.output - expected[j]
                else:
                    error = sum(n.weights[j] * n.delta for n in self.layers[i + 1])
                neuron.delta = error * neuron.output * (1.0 - neuron.output)

    def update(self, row, rate):
        inputs = row
        for layer in self.layers:
            for neuron in layer:
                for k in range(len(inputs)):
                    neuron.weights[k] -= rate * neuron.delta * inputs[k]
                neuron.bias -= rate * neuron.delta
            inputs = [neuron.output for neuron in layer]
