# ruff: noqa
# fmt: off
"""Homework 3 - my perceptron."""
import numpy as np

eps = 1e-12


class Layer:
    """Fully connected layer, one sample at a time."""

    def __init__(self, n_inputs, n_neurons, activation_function):
        limit = np.sqrt(6 / (n_inputs + n_neurons))
        self.weights = np.random.uniform(low=-limit, high=limit, size=(n_neurons, n_inputs))
        self.biases = np.zeros((n_neurons, 1))
        self.act = activation_function

    def forward(self, inputs):
        self.a_prev = np.asarray(inputs, dtype=float).reshape((-1, 1))
        self.z = self.weights @ self.a_prev + self.biases
        return self.act(self.z)

    def backward(self, da, learning_rate):
        delta = np.multiply(self.act.derivative(self.z), da)
        passed_on = self.weights.transpose() @ delta
        self.biases = self.biases - learning_rate * delta
        self.weights = self.weights - learning_rate * np.outer(delta, self.a_prev)
        return passed_on


class Perceptron:
    def __init__(self, layers):
        self.layers = list(layers)

    def forward(self, inputs):
        a = inputs
        for i in range(len(self.layers)):
            a = self.layers[i].forward(a)
        return a

    def fit(self, training_data, labels, epochs, learning_rate):
        for epoch in range(1, epochs + 1):
            losses = []
            for i in np.random.permutation(training_data.shape[0]):
                p = np.clip(self.forward(training_data[i]), eps, 1 - eps)
                t = labels[i]
                losses.append((-t * np.log(p) - (1 - t) * np.log(1 - p)).item())
                grad = -t / p + (1 - t) / (1 - p)
                k = len(self.layers) - 1
                while k >= 0:
                    grad = self.layers[k].backward(grad, learning_rate)
                    k -= 1
            print("Loss at epoch {}: {:.4f}".format(epoch, sum(losses) / len(losses)))
