# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    def __init__(self, n_inputs, n_neurons, activation_function):
        self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))
        self.biases = np.random.uniform(-1, 1, (n_neurons, 1))
        self.f = activation_function

    def forward(self, inputs):
        self.inputs = np.array(inputs).reshape(-1, 1)
        self.outputs = self.weights @ self.inputs + self.biases
        return self.f(self.outputs)

    def backward(self, da, learning_rate):
        dz = da * self.f.derivative(self.outputs)
        dw, db = dz @ self.inputs.T, dz
        da = self.weights.T @ dz
        self.weights -= learning_rate * dw
        self.biases -= learning_rate * db
        return da


class Perceptron:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, inputs):
        out = inputs
        for layer in self.layers:
            out = layer.forward(out)
        return out

    def fit(self, training_data, labels, epochs, learning_rate):
        n = training_data.shape[0]
        for epoch in range(epochs):
            shuffled = np.random.permutation(n)
            loss_sum = 0
            for i in shuffled:
                x = training_data[i].reshape(-1, 1)
                y = labels[i].reshape(-1, 1)
                y_hat = self.forward(x)
                loss_sum += float((-y * np.log(y_hat) - (1 - y) * np.log(1 - y_hat))[0, 0])
                da = y_hat - y
                for layer in reversed(self.layers):
                    da = layer.backward(da, learning_rate)
            print("Loss at epoch %d: %.3f" % (epoch + 1, loss_sum / n))
