# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    def __init__(self, n_inputs, n_neurons, activation_function):
        self.weights = np.random.randn(n_neurons, n_inputs)
        self.biases = np.random.randn(n_neurons, 1)
        self.activation_function = activation_function

    def forward(self, inputs):
        self.inputs = np.array(inputs, ndmin=2).reshape(-1, 1)
        self.outputs = np.matmul(self.weights, self.inputs) + self.biases
        self.activated = self.activation_function(self.outputs)
        return self.activated

    def backward(self, da, learning_rate):
        slope = self.activation_function.derivative(self.outputs)
        dz = da * slope
        da_previous = np.matmul(self.weights.T, dz)
        self.weights -= learning_rate * np.matmul(dz, self.inputs.T)
        self.biases -= learning_rate * dz
        return da_previous


class Perceptron:
    def __init__(self, layers):
        self.layers = layers
        self.loss = 0

    def forward(self, inputs):
        values = inputs
        for layer in self.layers:
            values = layer.forward(values)
        return values

    def fit(self, training_data, labels, epochs, learning_rate):
        rows = len(training_data)
        for epoch in range(epochs):
            order = np.random.permutation(rows)
            training_data, labels = training_data[order], labels[order]
            for x, y in zip(training_data, labels):
                y_hat = self.forward(x)
                self.loss += -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)).item()
                da = -(y / y_hat) + (1 - y) / (1 - y_hat)
                for layer in reversed(self.layers):
                    da = layer.backward(da, learning_rate)
            print(f"Loss at epoch {epoch + 1}: {self.loss / rows:.3f}")
