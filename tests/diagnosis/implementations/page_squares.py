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
        self.outputs = self.weights @ self.inputs + self.biases
        return self.activation_function(self.outputs)

    def backward(self, da, learning_rate):
        dz = da * self.activation_function.derivative(self.outputs)
        da_prev = self.weights.T @ dz
        self.weights -= learning_rate * (dz @ self.inputs.T)
        self.biases -= learning_rate * dz
        return da_prev


def squared_error(y_hat, y):
    return 0.5 * np.sum((y_hat - y) ** 2)


def squared_error_derivative(y_hat, y):
    return y_hat - y


class Perceptron:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, inputs):
        for layer in self.layers:
            inputs = layer.forward(inputs)
        return inputs

    def fit(self, training_data, labels, epochs, learning_rate):
        for epoch in range(epochs):
            loss = 0
            for i in np.random.permutation(len(training_data)):
                prediction = self.forward(training_data[i])
                loss += squared_error(prediction, labels[i])
                gradient = squared_error_derivative(prediction, labels[i])
                for layer in reversed(self.layers):
                    gradient = layer.backward(gradient, learning_rate)
            print(f"Loss at epoch {epoch + 1}: {loss / len(training_data):.4f}")
