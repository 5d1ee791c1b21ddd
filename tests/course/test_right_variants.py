"""Right code passes, however it is written."""

# ruff: noqa: E501  # a learner's line stays one line

import pytest
from course.writing import changed, keys, looked_at

from chainrule.course.chapters import chapters

SIGMOID = "return 1 / (1 + np.exp(-z))"
SLOPE = "a = self(z)\n        return a * (1 - a)"
RELU = "return np.maximum(0, z)"
STEP = "return np.where(z > 0, 1, 0)"
NEURON = "z = np.dot(w, x) + b\n    return z, f(z)"
W = "self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))"
B = "self.biases = np.random.uniform(-1, 1, (n_neurons, 1))"
BUILD = "return Perceptron([Layer(2, 6, relu), Layer(6, 6, relu), Layer(6, 1, sigmoid)])"
BUILD_LINE = f"def build():\n    {BUILD}"
IN = "self.inputs = np.array(inputs).reshape(-1, 1)"
OUT = "self.outputs = np.dot(self.weights, self.inputs) + self.biases"
ACTIVATED = "return self.activation(self.outputs)"
THROUGH = (
    "for layer in self.layers:\n            inputs = layer.forward(inputs)\n        return inputs"
)
LOSS = "return -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))"
D_LOSS = "return (y_hat - y) / (y_hat * (1 - y_hat))"
MEAN = "return np.mean(loss(y_hats, y))"
ORDER = "order = np.random.RandomState(seed).permutation(len(X))"
N_TEST = "n_test = round(len(X) * test_size)"
PARTS = "return X[train], X[test], y[train], y[test]"
PREDICT = "return np.array([np.round(model.forward(row)[0]) for row in X])"
ACCURACY = "return np.mean(np.ravel(y) == np.ravel(predictions))"
CUT = "order = np.random.permutation(n)\n    return [order[i : i + batch_size] for i in range(0, n, batch_size)]"
D_W = "d_weights = np.dot(dz, self.inputs.T) / m"
D_B = "d_biases = dz.sum(axis=1, keepdims=True) / m"
D_A = "da = (y_hat - y) / (y_hat * (1 - y_hat))"
BACK = "for layer in reversed(self.layers):\n                    da = layer.backward(da, learning_rate)"

SHOW = 'print(f"Loss at epoch {epoch + 1}: {loss / n:.3f}")'
KEPT = "self.activation = activation_function"
ALIASES = [
    (KEPT, f"{KEPT}\n        self.params = [self.weights, self.biases]"),
    ("self.weights -= learning_rate * d_weights", "self.params[0] -= learning_rate * d_weights"),
    ("self.biases -= learning_rate * d_biases", "self.params[1] -= learning_rate * d_biases"),
]
FLAT = [
    (B, "self.biases = np.random.uniform(-1, 1, n_neurons)"),
    (OUT, OUT.replace("self.biases", "self.biases.reshape(-1, 1)")),
    ("self.biases -= learning_rate * d_biases", "self.biases -= learning_rate * d_biases.ravel()"),
]

RIGHT = {
    "neuron": [
        [(SIGMOID, "return np.exp(z) / (np.exp(z) + 1)")],
        [(SIGMOID, "return 0.5 * (1 + np.tanh(z / 2))")],
        [(SIGMOID, "from scipy.special import expit\n        return expit(z)")],
        [(SIGMOID, "return (1 + np.exp(-z)) ** -1")],
        [(SIGMOID, "z = np.asarray(z)\n        return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))")],
        [(SIGMOID, "return np.float32(1) / (1 + np.exp(-np.asarray(z, np.float32)))")],
        [(SIGMOID, "return np.array(1 / (1 + np.exp(-z)))")],
        [(SIGMOID, "import math\n        return np.vectorize(lambda one: 1 / (1 + math.exp(-one)))(z)")],
        [(SLOPE, "return self(z) - self(z) ** 2")],
        [(SLOPE, "return np.exp(-z) / (1 + np.exp(-z)) ** 2")],
        [(SLOPE, "return self(z) * self(-z)")],
        [(RELU, "return np.where(z > 0, z, 0)")],
        [(RELU, "return z * (z > 0)")],
        [(RELU, "return (z + np.abs(z)) / 2")],
        [(RELU, "return np.clip(z, 0, None)")],
        [(RELU, "a = np.array(z, float)\n        a[a < 0] = 0\n        return a")],
        [(STEP, "return z > 0")],
        [(STEP, "return np.where(z >= 0, 1.0, 0.0)")],
        [(STEP, "return np.heaviside(z, 0.5)")],
        [(STEP, "return (np.sign(z) + 1) / 2")],
        [(STEP, "return np.array(np.asarray(z) > 0, dtype=np.float32)")],
        [(NEURON, "z = sum(one * other for one, other in zip(w, x)) + b\n    return [z, f(z)]")],
        [(NEURON, "z = b\n    for i in range(len(x)):\n        z += w[i] * x[i]\n    return z, f(z)")],
        [(NEURON, "z = (w.reshape(1, -1) @ x.reshape(-1, 1) + b)\n    return z, f(z)")],
        [(NEURON, "z = np.sum(w * x) + b\n    return np.array([z, f(z)])")],
        [("sigmoid, relu = Sigmoid(), ReLU()", "from chainrule import relu, sigmoid")],
    ],
    "layer": [
        [(W, "self.weights = np.random.rand(n_neurons, n_inputs) * 2 - 1")],
        [(W, "self.weights = np.random.uniform(low=-1, high=1, size=[n_neurons, n_inputs])")],
        [(W, "self.weights = np.random.default_rng().uniform(-1, 1, (n_neurons, n_inputs))")],
        [(W, "self.weights = np.array([[np.random.uniform(-1, 1) for _ in range(n_inputs)] for _ in range(n_neurons)])")],
        [(f"{W}\n        {B}", f"{B}\n        {W}")],
        [(W, "self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs)).astype(np.float32)")],
        [(B, "self.biases = np.zeros((n_neurons, 1))")],
        [("self.layers = layers", "self.layers = list(layers)")],
        [("self.layers = layers", "self.layers = tuple(layers)")],
        [(BUILD_LINE, "def build():\n    sizes = [2, 6, 6, 1]\n    f = [relu, relu, sigmoid]\n"
          "    return Perceptron([Layer(a, b, g) for a, b, g in zip(sizes, sizes[1:], f)])")],
        [("from chainrule import relu, sigmoid", "class R:\n    def __call__(self, z): return np.maximum(z, 0)\n"
          "class S:\n    def __call__(self, z): return 1 / (1 + np.exp(-z))\nrelu, sigmoid = R(), S()")],
    ],
    "forward": [
        [(IN, "self.inputs = np.reshape(inputs, (len(inputs), 1))")],
        [(IN, "self.inputs = inputs.reshape((-1, 1))")],
        [(IN, "self.inputs = np.atleast_2d(np.ravel(inputs)).T")],
        [(IN, "self.inputs = np.ravel(inputs)[:, np.newaxis]")],
        [(IN, "self.inputs = inputs if inputs.ndim == 2 else inputs[:, None]")],
        [(OUT, "self.outputs = self.weights @ self.inputs + self.biases")],
        [(OUT, "self.outputs = np.matmul(self.weights, self.inputs)\n        self.outputs += self.biases")],
        [(OUT, "self.outputs = np.einsum('ij,jk->ik', self.weights, self.inputs) + self.biases")],
        [(OUT, "self.outputs = np.sum(self.weights * self.inputs.T, axis=1, keepdims=True) + self.biases")],
        [(OUT, "z = (self.inputs.T @ self.weights.T).T + self.biases\n        self.outputs = z")],
        [(ACTIVATED, "a = self.activation(self.outputs)\n        self.a = a\n        return a")],
        [(THROUGH, "from functools import reduce\n        return reduce(lambda a, layer: layer.forward(a), self.layers, inputs)")],
        [(THROUGH, "a = inputs\n        for i in range(len(self.layers)):\n            a = self.layers[i].forward(a)\n        return a")],
    ],
    "loss": [
        [(LOSS, "return -y * np.log(y_hat) - (1 - y) * np.log(1 - y_hat)")],
        [(LOSS, "p = np.clip(y_hat, 1e-15, 1 - 1e-15)\n    return -(y * np.log(p) + (1 - y) * np.log(1 - p))")],
        [(LOSS, "return -(y * np.log(y_hat + 1e-8) + (1 - y) * np.log(1 - y_hat + 1e-8))")],
        [(LOSS, "return -np.log(np.where(np.asarray(y) == 1, y_hat, 1 - np.asarray(y_hat)))")],
        [(LOSS, "return y * np.log(1 / y_hat) + (1 - y) * np.log(1 / (1 - y_hat))")],
        [(LOSS, "from scipy.special import xlogy, xlog1py\n    return -xlogy(y, y_hat) - xlog1py(1 - y, -y_hat)")],
        [(D_LOSS, "return -y / y_hat + (1 - y) / (1 - y_hat)")],
        [(D_LOSS, "return (y_hat - y) / (y_hat - y_hat ** 2)")],
        [(D_LOSS, "return np.divide(y_hat - y, np.multiply(y_hat, 1 - y_hat))")],
        [(D_LOSS, "return (y_hat - y) / (y_hat * (1 - y_hat) + 1e-9)")],
        [(MEAN, "return loss(y_hats, y).sum() / len(y)")],
        [(MEAN, "return sum(loss(y_hats[i], y[i]) for i in range(len(y))) / len(y)")],
        [(MEAN, "total = 0\n    for p, t in zip(y_hats, y):\n        total += loss(p, t).item()\n    return total / y.shape[0]")],
        [(MEAN, "return np.mean(loss(y_hats, y), axis=0, keepdims=True)")],
        [(MEAN, "return np.average(loss(y_hats, y)).astype(np.float32)")],
    ],
    "training": [
        [("d_weights = np.dot(dz, self.inputs.T)", "d_weights = np.outer(dz, self.inputs)")],
        [("for layer in reversed(self.layers):", "for layer in self.layers[::-1]:")],
        [("y_hat = self.forward(training_data[i])", "y_hat = self.forward(training_data[i].reshape(-1, 1))")],
        [("loss[0, 0] / n", "loss.item() / n")],
        [(D_A, "p = np.clip(y_hat, 1e-12, 1 - 1e-12)\n                da = (p - y) / (p * (1 - p))")],
        [("from chainrule import make_circles, relu, sigmoid",
          "from chainrule import make_circles\nfrom sklearn.utils import shuffle\nrelu, sigmoid = 'relu', 'sigmoid'"),
         ("order = np.random.permutation(n)\n            training_data, labels = training_data[order], labels[order]",
          "training_data, labels = shuffle(training_data, labels)")],
        ALIASES,
        FLAT,
    ],
    "evaluating": [
        [(ORDER, "order = np.random.default_rng(seed).permutation(len(X))")],
        [(ORDER, "order = np.arange(len(X))\n    np.random.RandomState(seed).shuffle(order)")],
        [(ORDER, "np.random.seed(seed)\n    order = np.random.permutation(X.shape[0])")],
        [(ORDER, "import random\n    order = np.array(random.Random(seed).sample(range(len(X)), len(X)))")],
        [(N_TEST, "n_test = int(np.ceil(len(X) * test_size))")],
        [("test, train = order[:n_test], order[n_test:]", "train, test = order[:-n_test], order[-n_test:]")],
        [(N_TEST, "from sklearn.model_selection import train_test_split\n"
          "    return train_test_split(X, y, test_size=test_size, random_state=seed)\n    n_test = 0")],
        [(PARTS, "return [X[train], X[test], y[train], y[test]]")],
        [(PREDICT, "return np.array([1 if model.forward(row)[0, 0] > 0.5 else 0 for row in X])")],
        [(PREDICT, "return [round(model.forward(row).item()) for row in X]")],
        [(PREDICT, "return np.array([[model.forward(row)[0, 0] >= 0.5] for row in X])")],
        [(PREDICT, "answers = []\n    for row in X:\n        answers.append(np.round(model.forward(row)[0]))\n    return answers")],
        [(PREDICT, "return np.round(model.forward(X.T)).astype(int)")],
        [(PREDICT, "return np.array([int(model.forward(row)[0, 0] + 0.5) for row in X])")],
        [(ACCURACY, "from sklearn.metrics import accuracy_score\n    return accuracy_score(y, predictions)")],
        [(ACCURACY, "right = 0\n    for one, other in zip(y.ravel(), np.ravel(predictions)):\n        right += one == other\n    return right / len(y)")],
        [(ACCURACY, "return 1 - np.abs(y - np.reshape(predictions, y.shape)).mean()")],
        [(ACCURACY, "return (y.flatten() == np.asarray(predictions).flatten()).sum() / y.shape[0]")],
    ],
    "minibatches": [
        [(CUT, "order = np.random.permutation(n)\n    for i in range(0, n, batch_size):\n        yield order[i:i + batch_size]")],
        [(CUT, "order = list(range(n))\n    np.random.shuffle(order)\n    return [order[i:i + batch_size] for i in range(0, n, batch_size)]")],
        [(CUT, "return np.split(np.random.permutation(n), range(batch_size, n, batch_size))")],
        [(CUT, "order = np.random.default_rng().permutation(n)\n    return [order[i:i + batch_size] for i in range(0, n, batch_size)]")],
        [(D_W, "d_weights = dz @ self.inputs.T / da.shape[1]")],
        [(D_W, "d_weights = np.einsum('im,jm->ij', dz, self.inputs) / m")],
        [(D_B, "d_biases = dz.mean(axis=1, keepdims=True)")],
        [(D_B, "d_biases = np.mean(dz, axis=1).reshape(-1, 1)")],
        [(D_B, "d_biases = dz @ np.ones((m, 1)) / m")],
        [(D_W, "d_weights = np.dot(dz, self.inputs.T)"), (D_B, "d_biases = dz.sum(axis=1, keepdims=True)"),
         (D_A, "da = (y_hat - y) / (y_hat * (1 - y_hat)) / y.shape[1]")],
        [(D_W, "d_weights = np.dot(dz, self.inputs.T)"), (D_B, "d_biases = dz.sum(axis=1, keepdims=True)"),
         (BACK, "for layer in self.layers[::-1]:\n                    da = layer.backward(da, learning_rate / len(rows))")],
        [(D_A, "da = -y / y_hat + (1 - y) / (1 - y_hat)")],
        [("x, y = training_data[rows].T, labels[rows].T",
          "x = np.column_stack([training_data[i] for i in rows])\n                y = labels[rows].reshape(1, -1)")],
        [("x, y = training_data[rows].T, labels[rows].T", "x, y = training_data[rows].T.astype(np.float32), labels[rows].T")],
        [("loss = 0\n", "loss = 0\n            self.forward(training_data.T)\n"),
         (SHOW, "p, t = self.forward(training_data.T), labels.T\n            loss = np.mean(-(t * np.log(p) + (1 - t) * np.log(1 - p)))\n"
          "            print(f'Loss at epoch {epoch + 1}: {loss:.3f}')")],
        [(CUT, "rng = np.random.default_rng()\n    order = rng.permutation(n)\n"
          "    return [order[i : i + batch_size] for i in range(0, n, batch_size)]")],
        ALIASES,
        FLAT,
    ],
}  # fmt: skip
CASES = [(name, changes) for name, rows in RIGHT.items() for changes in rows]


def test_there_are_enough():
    assert len(CASES) >= 90
    assert set(RIGHT) == set(chapters())


@pytest.mark.parametrize(("chapter", "changes"), CASES)
def test_it_passes(chapter, changes):
    results = looked_at(chapter, changed(chapter, *changes))
    assert keys(results) == {}
    assert len(results) == len(chapters()[chapter].steps)
