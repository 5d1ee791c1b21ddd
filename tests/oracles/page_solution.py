"""The course page's challenge, solved by hand as a learner would: one sample at a time.

An independent right answer: it imports NumPy alone, and no guard protects log(0) or 0/0.
"""

import numpy as np


class ReLU:
    def __call__(self, z):
        return np.maximum(0, z)

    def derivative(self, z):
        return np.where(z > 0, 1, 0)


class Sigmoid:
    def __call__(self, z):
        return 1 / (1 + np.exp(-z))

    def derivative(self, z):
        return self(z) * (1 - self(z))


class Tanh:
    def __call__(self, z):
        return np.tanh(z)

    def derivative(self, z):
        return 1 - np.tanh(z) ** 2


relu, sigmoid, tanh = ReLU(), Sigmoid(), Tanh()


class Layer:
    def __init__(self, n_inputs, n_neurons, activation_function):
        self.inputs = np.zeros((n_inputs, 1))
        self.outputs = np.zeros((n_neurons, 1))
        self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))
        self.biases = np.random.uniform(-1, 1, (n_neurons, 1))
        self.activation = activation_function

    def forward(self, inputs):
        self.inputs = np.array(inputs).reshape(-1, 1)
        self.outputs = np.dot(self.weights, self.inputs) + self.biases
        return self.activation(self.outputs)

    def backward(self, da, learning_rate):
        dz = da * self.activation.derivative(self.outputs)
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
        x = inputs
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def fit(self, training_data, labels, epochs, learning_rate):
        for epoch in range(epochs):
            loss = 0
            permutation = np.random.permutation(training_data.shape[0])
            training_data = training_data[permutation]
            labels = labels[permutation]
            for i in range(training_data.shape[0]):
                x = training_data[i].reshape(-1, 1)
                y = labels[i].reshape(-1, 1)
                y_hat = self.forward(x)
                loss += -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
                da = (y_hat - y) / (y_hat * (1 - y_hat))
                for layer in self.layers[::-1]:
                    da = layer.backward(da, learning_rate)
            average_loss = loss[0, 0] / training_data.shape[0]
            print(f"Loss at epoch {epoch + 1}: {average_loss:.3f}")  # noqa: T201
