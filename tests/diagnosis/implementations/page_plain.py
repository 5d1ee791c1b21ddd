# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    def __init__(self, n_inputs, n_neurons, activation_function):
        self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))
        self.biases = np.random.uniform(-1, 1, (n_neurons, 1))
        self.activation_function = activation_function

    def forward(self, inputs):
        self.inputs = np.array(inputs).reshape(-1, 1)
        self.outputs = np.dot(self.weights, self.inputs) + self.biases
        return self.activation_function(self.outputs)

    def backward(self, da, learning_rate):
        dz = da * self.activation_function.derivative(self.outputs)
        d_weights = np.dot(dz, self.inputs.T)
        d_biases = dz
        da_prev = np.dot(self.weights.T, dz)

        self.weights -= learning_rate * d_weights
        self.biases -= learning_rate * d_biases
        return da_prev


class Perceptron:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, inputs):
        for layer in self.layers:
            inputs = layer.forward(inputs)
        return inputs

    def fit(self, training_data, labels, epochs, learning_rate):
        n = len(training_data)
        for epoch in range(epochs):
            total = 0
            order = np.random.permutation(n)
            for x, y in zip(training_data[order], labels[order]):
                y_hat = self.forward(x)
                total += -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
                da = (y_hat - y) / (y_hat * (1 - y_hat))
                for layer in self.layers[::-1]:
                    da = layer.backward(da, learning_rate)
            print(f"Loss at epoch {epoch + 1}: {total.item() / n:.3f}")
