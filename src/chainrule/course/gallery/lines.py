"""The lines of the page's code, and what stands there where a mistake is made.

They are for the eye and for naming the arrays of an error; what is run is the mistake's rules. A
test has the diagnosis name a class made of each row.
"""

from __future__ import annotations

from collections.abc import Mapping

RIGHT_LINES: dict[str, str] = {
    "dz": "dz = da * self.activation.derivative(self.outputs)",
    "dW": "d_weights = dz @ self.inputs.T",
    "db": "d_biases = dz",
    "da_prev": "da_prev = self.weights.T @ dz",
    "W": "self.weights -= learning_rate * d_weights",
    "b": "self.biases -= learning_rate * d_biases",
    "return": "return da_prev",
    "z": "self.outputs = self.weights @ self.inputs + self.biases",
    # of fit
    "reset": "loss = 0",
    "x, y": "x, y = training_data[rows].T, labels[rows].T",
    "shuffle": "training_data, labels = training_data[order], labels[order]",
    "samples": "for x, y in zip(training_data, labels):",
    "loss": "loss += -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))",
    "da": "da = (y_hat - y) / (y_hat * (1 - y_hat))",
    "back": "for layer in reversed(self.layers):\n    da = layer.backward(da, learning_rate)",
    "average": "average_loss = loss[0, 0] / n",
}

_LEFT_OUT = ""

WRONG_LINES: dict[str, Mapping[str, str]] = {
    "n-by-n": {"z": "self.outputs = self.weights @ self.inputs.ravel() + self.biases"},
    "backward-fails": {"dz": "dz = da @ self.activation.derivative(self.outputs)"},
    "constant-weights": {"init": "self.weights = np.full((n_neurons, n_inputs), 0.5)"},
    "zero-weights": {"init": "self.weights = np.zeros((n_neurons, n_inputs))"},
    "no-derivative": {"dz": "dz = da"},
    "derivative-at-a": {
        "dz": "dz = da * self.activation.derivative(self.activation(self.outputs))"
    },
    "z-times-1-minus-z": {"dz": "dz = da * self.outputs * (1 - self.outputs)"},
    "1-minus-z-squared": {"dz": "dz = da * (1 - self.outputs**2)"},
    "always-sigmoid": {"dz": "s = 1 / (1 + np.exp(-self.outputs))\ndz = da * s * (1 - s)"},
    "always-relu": {"dz": "dz = da * (self.outputs > 0)"},
    "always-tanh": {"dz": "dz = da * (1 - np.tanh(self.outputs) ** 2)"},
    "derivative-at-inputs": {"dz": "dz = da * self.activation.derivative(self.inputs)"},
    "derivative-twice": {"dz": "dz = da * self.activation.derivative(self.outputs) ** 2"},
    "dz-negated": {"dz": "dz = -da * self.activation.derivative(self.outputs)"},
    "activation-for-derivative": {"dz": "dz = da * self.activation(self.outputs)"},
    "outer-transposed": {"dW": "d_weights = self.inputs @ dz.T"},
    "dW-without-derivative": {"dW": "d_weights = da @ self.inputs.T"},
    "dW-entry-by-entry": {"dW": "d_weights = dz * self.inputs"},
    "dW-from-z": {"dW": "d_weights = dz @ self.outputs.T"},
    "dW-from-a": {"dW": "d_weights = dz @ self.activation(self.outputs).T"},
    "W-accumulates": {"dW": "self.d_weights += dz @ self.inputs.T\nd_weights = self.d_weights"},
    "b-accumulates": {"db": "self.d_biases += dz\nd_biases = self.d_biases"},
    "dW-accumulates": {
        "dW": "self.d_weights += dz @ self.inputs.T\nd_weights = self.d_weights",
        "db": "self.d_biases += dz\nd_biases = self.d_biases",
    },
    "db-sum": {"db": "d_biases = np.sum(dz)"},
    "db-mean": {"db": "d_biases = np.mean(dz)"},
    "db-times-inputs": {"db": "d_biases = d_weights.sum(axis=1, keepdims=True)"},
    "db-without-derivative": {"db": "d_biases = da"},
    "b-into-matrix": {"b": "self.biases = self.biases - learning_rate * d_biases.T"},
    "b-takes-dW": {"b": "self.biases = self.biases - learning_rate * d_weights"},
    "updated-too-early": {
        "W": "self.weights -= learning_rate * d_weights\nda_prev = self.weights.T @ dz"
    },
    "dW-for-W": {"da_prev": "da_prev = d_weights.T @ dz"},
    "W-not-transposed": {"da_prev": "da_prev = self.weights @ dz"},
    "da-for-dz": {"da_prev": "da_prev = self.weights.T @ da"},
    "da_prev-entry-by-entry": {"da_prev": "da_prev = self.weights.T * dz"},
    "da_prev-times-derivative": {
        "da_prev": "da_prev = self.weights.T @ dz * self.activation.derivative(self.inputs)"
    },
    "returns-flat": {"da_prev": "da_prev = (self.weights.T @ dz).ravel()"},
    "returns-row": {"da_prev": "da_prev = (self.weights.T @ dz).T"},
    "returns-nothing": {"return": _LEFT_OUT},
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
    "W-learning-rate-twice": {"W": "self.weights -= learning_rate**2 * d_weights"},
    "b-learning-rate-twice": {"b": "self.biases -= learning_rate**2 * d_biases"},
    "overwritten": {
        "W": "self.weights = -learning_rate * d_weights",
        "b": "self.biases = -learning_rate * d_biases",
    },
    "W-overwritten": {"W": "self.weights = -learning_rate * d_weights"},
    "b-overwritten": {"b": "self.biases = -learning_rate * d_biases"},
    "W-never-updated": {"W": _LEFT_OUT},
    "b-never-updated": {"b": _LEFT_OUT},
    "never-updated": {"W": _LEFT_OUT, "b": _LEFT_OUT},
    # of fit
    "sign": {"da": "da = (y - y_hat) / (y_hat * (1 - y_hat))"},
    "sigma-prime-lost": {"da": "da = y_hat - y"},
    "sign-and-sigma-prime": {"da": "da = y - y_hat"},
    "sigma-prime-twice": {"da": "da = (y_hat - y) * y_hat * (1 - y_hat)"},
    "squared-error": {"da": "da = 2 * (y_hat - y)"},
    "brackets": {"da": "da = (y_hat - y) / y_hat * (1 - y_hat)"},
    "first-term": {"da": "da = -y / y_hat"},
    "second-term": {"da": "da = (1 - y) / (1 - y_hat)"},
    "term-sign": {"da": "da = -y / y_hat - (1 - y) / (1 - y_hat)"},
    "loss-for-derivative": {"da": "da = -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))"},
    "mean": {"da": "da = (y_hat - y) / (y_hat * (1 - y_hat)) / n"},
    "times-n": {"da": "da = (y_hat - y) / (y_hat * (1 - y_hat)) * n"},
    "zero-by-zero": {"da": RIGHT_LINES["da"]},
    "n-by-n-labels": {"x, y": "x, y = training_data[rows].T, labels[rows]"},
    "n-by-n-averaged": {
        "x, y": "x, y = training_data[rows].T, labels[rows]",
        "loss": "each = -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))\n"
        "loss += len(rows) * np.mean(each)",
        "da": "da = (y_hat - y) / (y_hat * (1 - y_hat))\nda = np.mean(da, axis=0, keepdims=True)",
    },
    "layers-forward": {"back": "for layer in self.layers:\n    layer.backward(da, learning_rate)"},
    "not-chained": {
        "back": "for layer in reversed(self.layers):\n    layer.backward(da, learning_rate)"
    },
    "layers-missing": {"back": "self.layers[-1].backward(da, learning_rate)"},
    "backward-never": {"back": "pass"},
    "backward-outside": {"back": RIGHT_LINES["back"]},
    "learning-rate-changed": {
        "back": "for layer in reversed(self.layers):\n"
        "    da = layer.backward(da, learning_rate / n)"
    },
    "shuffled-apart": {
        "shuffle": "training_data = training_data[np.random.permutation(n)]\n"
        "labels = labels[np.random.permutation(n)]"
    },
    "labels-inverted": {"da": "y = 1 - y\nda = (y_hat - y) / (y_hat * (1 - y_hat))"},
    "rows-drawn-again": {
        "samples": "for i in np.random.choice(n, n):\n    x, y = training_data[i], labels[i]"
    },
    "rows-duplicated": {
        "shuffle": "for i, j in enumerate(np.random.permutation(n)):\n"
        "    training_data[i], training_data[j] = training_data[j], training_data[i]\n"
        "    labels[i], labels[j] = labels[j], labels[i]"
    },
    "loss-not-averaged": {"average": "average_loss = loss[0, 0]"},
    "loss-not-reset": {"reset": _LEFT_OUT},
    "loss-not-reset-nor-averaged": {"reset": _LEFT_OUT, "average": "average_loss = loss[0, 0]"},
    "loss-half": {"loss": "loss += -y * np.log(y_hat)"},
    "loss-other-half": {"loss": "loss += -(1 - y) * np.log(1 - y_hat)"},
    "loss-sign": {"loss": "loss += y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)"},
    "loss-halved": {"average": "average_loss = loss[0, 0] / n / 2"},
    "loss-of-last": {
        "loss": "loss = -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))",
        "average": "average_loss = loss[0, 0]",
    },
    "loss-squared": {"loss": "loss += (y_hat - y) ** 2"},
    "loss-halved-squared": {"loss": "loss += 0.5 * (y_hat - y) ** 2"},
    "loss-averaged-twice": {"average": "average_loss = loss[0, 0] / n / n"},
    "log-of-zero": {"loss": RIGHT_LINES["loss"]},
}


def shown(lines: Mapping[str, str]) -> str:
    """Return the lines as one text; a line that is left out is said to be missing.

    Examples
    --------
    >>> shown(WRONG_LINES["b-never-updated"])
    'missing: self.biases -= learning_rate * d_biases'
    """
    return "\n".join(line or f"missing: {RIGHT_LINES[part]}" for part, line in lines.items())
