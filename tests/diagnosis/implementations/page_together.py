# ruff: noqa
# fmt: off
import numpy as np
from numpy import log


class Layer:
    def __init__(self, n_inputs, n_neurons, activation_function):
        self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))
        self.biases = np.random.uniform(-1, 1, (n_neurons, 1))
        self.g = activation_function

    def forward(self, inputs):
        self.x = np.array(inputs).reshape(-1, 1)
        self.z = self.weights.dot(self.x) + self.biases
        return self.g(self.z)

    def backward(self, da, learning_rate):
        dz = self.g.derivative(self.z) * da
        # update the parameters
        self.weights -= learning_rate * dz.dot(self.x.T)
        self.biases -= learning_rate * np.sum(dz)
        # and hand the rest back
        return self.weights.T.dot(dz)


class Perceptron:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, inputs):
        for l in self.layers:
            inputs = l.forward(inputs)
        return inputs

    def fit(self, training_data, labels, epochs, learning_rate):
        m = training_data.shape[0]
        for e in range(epochs):
            cost = 0.0
            perm = np.random.permutation(m)
            for j in perm:
                y_hat, y = self.forward(training_data[j]), labels[j]
                cost -= (y * log(y_hat) + (1 - y) * log(1 - y_hat)).sum()
                da = (y_hat - y) / (y_hat * (1 - y_hat))
                for l in reversed(self.layers):
                    da = l.backward(da, learning_rate)
            print(f"Loss at epoch {e + 1}: {cost / m:.3f}")
