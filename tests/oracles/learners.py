"""Hand-written layers and perceptrons, right and wrong, as their source text."""

from __future__ import annotations

import linecache
import textwrap

LAYER = """
import numpy as np


class Layer:
    def __init__(self, n_inputs, n_neurons, activation_function):
        {init}
        self.biases = np.random.uniform(-1, 1, (n_neurons, 1))
        self.activation = activation_function
        self.previous = (0.0, 0.0)

    def forward(self, inputs):
        self.inputs = np.array(inputs).reshape(-1, 1)
        self.outputs = self.weights @ self.inputs + self.biases
        return self.activation(self.outputs)

    def backward(self, da, learning_rate):
{backward}
"""

INIT = "self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))"
Z = "self.outputs = self.weights @ self.inputs + self.biases"
RIGHT = {
    "dz": "dz = da * self.activation.derivative(self.outputs)",
    "dW": "d_weights = dz @ self.inputs.T",
    "db": "d_biases = dz",
    "da_prev": "da_prev = self.weights.T @ dz",
    "W": "self.weights -= learning_rate * d_weights",
    "b": "self.biases -= learning_rate * d_biases",
    "return": "return da_prev",
}

_count = 0


def made(source, name):
    """Return a class of a source text, whose lines can be found as if it were a file."""
    global _count  # noqa: PLW0603
    _count += 1
    file = f"<learner {_count}>"
    linecache.cache[file] = len(source), None, source.splitlines(True), file
    names = {"__name__": f"learner_{_count}"}
    exec(compile(source, file, "exec"), names)
    names[name].__module__ = names["__name__"]
    return names[name]


def layer(order=None, init=INIT, z=Z, **lines):
    """Return a Layer class whose backward, or first weights or z, have other lines."""
    body = {**RIGHT, **lines}
    text = "\n".join(body[part] for part in order or body if body[part])
    indented = textwrap.indent(textwrap.dedent(text), " " * 8)
    return made(LAYER.replace(Z, z).format(init=init, backward=indented), "Layer")


EARLY = ("dz", "dW", "db", "W", "b", "da_prev", "return")

WRONG = {
    "no-derivative": {"dz": "dz = da"},
    "derivative-at-a": {
        "dz": "dz = da * self.activation.derivative(self.activation(self.outputs))"
    },
    "z-times-1-minus-z": {"dz": "dz = da * self.outputs * (1 - self.outputs)"},
    "1-minus-z-squared": {"dz": "dz = da * (1 - self.outputs ** 2)"},
    "always-sigmoid": {"dz": "s = 1 / (1 + np.exp(-self.outputs))\ndz = da * s * (1 - s)"},
    "always-relu": {"dz": "dz = da * (self.outputs > 0)"},
    "activation-for-derivative": {"dz": "dz = da * self.activation(self.outputs)"},
    "always-tanh": {"dz": "dz = da * (1 - np.tanh(self.outputs) ** 2)"},
    "derivative-at-inputs": {"dz": "dz = da * self.activation.derivative(self.inputs)"},
    "derivative-twice": {"dz": "dz = da * self.activation.derivative(self.outputs) ** 2"},
    "dz-negated": {"dz": "dz = -da * self.activation.derivative(self.outputs)"},
    "outer-transposed": {"dW": "d_weights = self.inputs @ dz.T"},
    "dW-without-derivative": {"dW": "d_weights = da @ self.inputs.T"},
    "dW-entry-by-entry": {"dW": "d_weights = dz * self.inputs"},
    "dW-from-z": {"dW": "d_weights = dz @ self.outputs.T"},
    "dW-from-a": {"dW": "d_weights = dz @ self.activation(self.outputs).T"},
    "W-accumulates": {
        "dW": "d_weights = self.previous[0] + dz @ self.inputs.T\nself.previous = d_weights, 0.0"
    },
    "b-accumulates": {"db": "d_biases = dz + self.previous[1]\nself.previous = 0.0, d_biases"},
    "dW-accumulates": {
        "dW": "d_weights = dz @ self.inputs.T + self.previous[0]",
        "db": "d_biases = dz + self.previous[1]\nself.previous = d_weights, d_biases",
    },
    "db-sum": {"db": "d_biases = np.sum(dz)"},
    "db-mean": {"db": "d_biases = dz.mean()"},
    "db-times-inputs": {"db": "d_biases = d_weights.sum(axis=1, keepdims=True)"},
    "db-without-derivative": {"db": "d_biases = da"},
    "b-into-matrix": {"b": "self.biases = self.biases - learning_rate * d_biases.T"},
    "b-takes-dW": {"b": "self.biases = self.biases - learning_rate * d_weights"},
    "updated-too-early": {"order": EARLY},
    "dW-for-W": {"da_prev": "da_prev = d_weights.T @ dz"},
    "W-not-transposed": {"da_prev": "da_prev = self.weights @ dz"},
    "da-for-dz": {"da_prev": "da_prev = self.weights.T @ da"},
    "da_prev-entry-by-entry": {"da_prev": "da_prev = self.weights.T * dz"},
    "da_prev-times-derivative": {
        "da_prev": "da_prev = self.weights.T @ dz * self.activation.derivative(self.inputs)"
    },
    "returns-flat": {"return": "return da_prev.ravel()"},
    "returns-row": {"return": "return da_prev.T"},
    "returns-nothing": {"return": ""},
    "returns-dW": {"return": "return d_weights"},
    "returns-dz": {"return": "return dz"},
    "returns-da": {"return": "return da"},
    "added": {
        "W": "self.weights += learning_rate * d_weights",
        "b": "self.biases += learning_rate * d_biases",
    },
    "W-added": {"W": "self.weights += learning_rate * d_weights"},
    "b-added": {"b": "self.biases += learning_rate * d_biases"},
    "no-learning-rate": {"W": "self.weights -= d_weights", "b": "self.biases -= d_biases"},
    "W-without-learning-rate": {"W": "self.weights -= d_weights"},
    "b-without-learning-rate": {"b": "self.biases -= d_biases"},
    "learning-rate-twice": {
        "dW": "d_weights = learning_rate * dz @ self.inputs.T",
        "db": "d_biases = learning_rate * dz",
    },
    "W-learning-rate-twice": {"W": "self.weights -= learning_rate * learning_rate * d_weights"},
    "b-learning-rate-twice": {"b": "self.biases -= learning_rate**2 * d_biases"},
    "overwritten": {
        "W": "self.weights = -learning_rate * d_weights",
        "b": "self.biases = -learning_rate * d_biases",
    },
    "W-overwritten": {"W": "self.weights = -learning_rate * d_weights"},
    "b-overwritten": {"b": "self.biases = -learning_rate * d_biases"},
    "W-never-updated": {"W": ""},
    "b-never-updated": {"b": ""},
    "never-updated": {"W": "", "b": ""},
}


PERCEPTRON = """
import numpy as np


class Perceptron:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, inputs):
        outputs = inputs
        for layer in self.layers:
            outputs = layer.forward(outputs)
        return outputs

    def fit(self, training_data, labels, epochs, learning_rate):
{fit}
"""

FIT = """
n = training_data.shape[0]
{before}
for epoch in range(epochs):
    {reset}
    {shuffle}
    for x, y in zip(training_data, labels):
        y_hat = self.forward(x)
        {loss}
        {da}
        {back}
    average_loss = {average}
    {show}
"""

RIGHT_FIT = {
    "before": "",
    "reset": "loss = 0",
    "shuffle": "order = np.random.permutation(n)\n"
    "training_data, labels = training_data[order], labels[order]",
    "loss": "loss += -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))",
    "da": "da = (y_hat - y) / (y_hat * (1 - y_hat))",
    "back": "for layer in reversed(self.layers):\n    da = layer.backward(da, learning_rate)",
    "average": "loss[0, 0] / n",
    "show": 'print(f"Loss at epoch {epoch + 1}: {average_loss:.3f}")',
}


def perceptron(fit=FIT, **parts):
    """Return a Perceptron class whose fit has other parts than the right ones."""
    text = fit
    for name, lines in {**RIGHT_FIT, **parts}.items():
        indent = next(
            (line[: len(line) - len(line.lstrip())] for line in fit.splitlines()
             if line.strip() == f"{{{name}}}"), "",
        )  # fmt: skip
        text = text.replace(f"{{{name}}}", ("\n" + indent).join(lines.splitlines()))
    return made(PERCEPTRON.format(fit=textwrap.indent(text.strip("\n"), " " * 8)), "Perceptron")


APART = (
    "training_data = training_data[np.random.permutation(n)]\n"
    "labels = labels[np.random.permutation(n)]"
)
DUPLICATING = (
    "order = np.random.permutation(n)\n"
    "for i in range(n):\n"
    "    j = order[i]\n"
    "    training_data[i], training_data[j] = training_data[j], training_data[i]\n"
    "    labels[i], labels[j] = labels[j], labels[i]"
)

WRONG_FIT = {
    "sign": {"da": "da = (y - y_hat) / (y_hat * (1 - y_hat))"},
    "sigma-prime-lost": {"da": "da = y_hat - y"},
    "sign-and-sigma-prime": {"da": "da = y - y_hat"},
    "sigma-prime-twice": {"da": "da = (y_hat - y) * y_hat * (1 - y_hat)"},
    "squared-error": {"da": "da = 2 * (y_hat - y)"},
    "brackets": {"da": "da = (y_hat - y) / y_hat * (1 - y_hat)"},
    "first-term": {"da": "da = -y / y_hat"},
    "second-term": {"da": "da = (1 - y) / (1 - y_hat)"},
    "term-sign": {"da": "da = -(y / y_hat) - (1 - y) / (1 - y_hat)"},
    "loss-for-derivative": {"da": "da = -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))"},
    "mean": {"da": "da = (y_hat - y) / (y_hat * (1 - y_hat)) / n"},
    "times-n": {"da": "da = n * (y_hat - y) / (y_hat * (1 - y_hat))"},
    "layers-forward": {"back": "for layer in self.layers:\n    layer.backward(da, learning_rate)"},
    "not-chained": {
        "back": "for layer in reversed(self.layers):\n    layer.backward(da, learning_rate)"
    },
    "layers-missing": {"back": "da = self.layers[-1].backward(da, learning_rate)"},
    "backward-never": {"back": "pass"},
    "shuffled-apart": {"shuffle": APART},
    "rows-duplicated": {"shuffle": DUPLICATING},
    "learning-rate-changed": {
        "back": "for layer in reversed(self.layers):\n"
        "    da = layer.backward(da, learning_rate / n)"
    },
    "loss-not-averaged": {"average": "loss[0, 0]"},
    "loss-not-reset": {"before": "loss = 0", "reset": "pass"},
    "loss-not-reset-nor-averaged": {
        "before": "loss = 0", "reset": "pass", "average": "loss[0, 0]",
    },
    "loss-half": {"loss": "loss += -(y * np.log(y_hat))"},
    "loss-other-half": {"loss": "loss += -((1 - y) * np.log(1 - y_hat))"},
    "loss-sign": {"loss": "loss += y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)"},
    "loss-halved": {"average": "loss[0, 0] / n / 2"},
    "loss-of-last": {
        "loss": "loss = -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))",
        "average": "loss[0, 0]",
    },
    "loss-squared": {"loss": "loss += (y_hat - y) ** 2"},
    "loss-halved-squared": {"loss": "loss += 0.5 * (y_hat - y) ** 2"},
    "loss-averaged-twice": {"average": "loss[0, 0] / n / n"},
    "loss-not-recognised": {"average": "loss[0, 0] / n + 0.1"},
    "not-recognised": {"da": "da = 1.7 * (y_hat - y) / (y_hat * (1 - y_hat))"},
    "labels-inverted": {"da": "y = 1 - y\nda = (y_hat - y) / (y_hat * (1 - y_hat))"},
    "labels-wrong": {"da": "da = -1 / y_hat"},
    "rows-drawn-again": {
        "shuffle": "order = np.random.randint(0, n, n)\n"
        "training_data, labels = all_x[order], all_y[order]",
        "before": "all_x, all_y = training_data, labels",
    },
    "rows-changed": {"before": "training_data = training_data / training_data.max()"},
    "n-by-n": {"da": "da = (y_hat - labels) / (y_hat * (1 - y_hat)) @ np.ones((1, n))"},
    "da-shape": {"da": "da = np.ones((2, 1))"},
    "loss-sign-not-averaged": {
        "loss": "loss += y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)", "average": "loss[0, 0]",
    },
    "unfinished": {"da": "raise NotImplementedError"},
}  # fmt: skip

OUTSIDE = FIT.replace("        {da}\n        {back}\n", "    {da}\n    {back}\n")
