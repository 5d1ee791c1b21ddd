"""Programs of any make: their gradients agree if they are right, and do not if they are wrong.

Every style below is a function of `bend`, through which each gradient goes where the program
computes it: as it is for the right program, spoilt for a wrong one.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from chainrule import check_gradients

N, H, K, M = 3, 4, 2, 5
RNG = np.random.default_rng(0)
ROWS, LABELS = RNG.normal(size=(M, N)), np.array([0, 1, 1, 0, 1])
ONE_HOT, REAL = np.eye(K)[LABELS], RNG.normal(size=(M, K))
COLUMNS = ROWS.T.copy()
BINARY = LABELS.reshape(-1, 1).astype(float)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def start(*shape):
    return np.random.default_rng(sum(shape) + len(shape)).normal(size=shape) * 0.7


STYLES = {}


def style(make):
    STYLES[make.__name__] = make
    return make


# One class is the network ---------------------------------------------------------------------


class OneClass:
    """Rows are samples; backprop returns a tuple; half of the mean squared error."""

    def __init__(self, bend):
        self.W1, self.b1 = start(N, H), start(1, H)
        self.W2, self.b2 = start(H, K), start(1, K)
        self.lr, self.bend, self.name = 0.1, bend, "one class"

    def forward(self, X):
        self.X = X
        self.z1 = X @ self.W1 + self.b1
        self.a1 = sigmoid(self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        return self.z2

    def loss(self, X, y):
        return 0.5 * np.sum((self.forward(X) - y) ** 2) / len(X)

    def backprop(self, X, y):
        bend = self.bend
        dz2 = (self.forward(X) - y) / len(X)
        dW2, db2 = self.a1.T @ dz2, dz2.sum(0, keepdims=True)
        dz1 = dz2 @ self.W2.T * self.a1 * (1 - self.a1)
        dW1, db1 = X.T @ dz1, dz1.sum(0, keepdims=True)
        return bend("W1", dW1), bend("b1", db1), bend("W2", dW2), bend("b2", db2)

    def train_in_place(self):
        for p, g in zip((self.W1, self.b1, self.W2, self.b2), self.backprop(ROWS, REAL),
                        strict=True):  # fmt: skip
            p[...] -= self.lr * g

    def train_and_bind(self):
        dW1, db1, dW2, db2 = self.backprop(ROWS, REAL)
        self.W1 = self.W1 - self.lr * dW1
        self.b1 = self.b1 - self.lr * db1
        self.W2 = self.W2 - self.lr * dW2
        self.b2 = self.b2 - self.lr * db2

    def keep(self):
        self.dW1, self.db1, self.dW2, self.db2 = self.backprop(ROWS, REAL)


@style
def one_class_tuple(bend):
    net = OneClass(bend)
    return lambda: net.loss(ROWS, REAL), net, {"gradients": lambda: net.backprop(ROWS, REAL)}


@style
def one_class_tuple_computed_before(bend):
    net = OneClass(bend)
    parameters = (net.W1, net.b1, net.W2, net.b2)
    return lambda: net.loss(ROWS, REAL), parameters, {"gradients": net.backprop(ROWS, REAL)}


@style
def one_class_other_order(bend):
    net = OneClass(bend)

    def gradients():
        dW1, db1, dW2, db2 = net.backprop(ROWS, REAL)
        return dW2, db2, dW1, db1

    return lambda: net.loss(ROWS, REAL), net, {"gradients": gradients}


@style
def one_class_vars(bend):
    net = OneClass(bend)
    net.forward(ROWS)
    gradients = dict(zip(("dW1", "db1", "dW2", "db2"), net.backprop(ROWS, REAL), strict=True))
    return lambda: net.loss(ROWS, REAL), vars(net), {"gradients": gradients}


@style
def one_class_keeps_its_gradients(bend):
    net = OneClass(bend)
    return lambda: net.loss(ROWS, REAL), net, {"gradients": net.keep}


@style
def one_class_kept_gradients_from_before(bend):
    net = OneClass(bend)
    net.keep()
    return lambda: net.loss(ROWS, REAL), net, {"gradients": net}


@style
def one_class_updates_in_place(bend):
    net = OneClass(bend)
    return (lambda: net.loss(ROWS, REAL), net,
            {"step": net.train_in_place, "learning_rate": net.lr})  # fmt: skip


@style
def one_class_updates_by_binding(bend):
    net = OneClass(bend)
    net.train_and_bind()  # it has run before: caches and all
    return (lambda: net.loss(ROWS, REAL), vars(net),
            {"step": net.train_and_bind, "learning_rate": net.lr})  # fmt: skip


@style
def one_class_with_its_data(bend):
    net = OneClass(bend)
    net.inputs, net.targets = ROWS.copy(), REAL.copy()
    return (lambda: net.loss(net.inputs, net.targets), net,
            {"step": net.train_in_place, "learning_rate": net.lr})  # fmt: skip


# Functions with dictionaries ------------------------------------------------------------------


def of_dict(bend, params, cache_as_tuple=False):
    """Columns are samples; the cross-entropy of one sigmoid; cost averaged."""
    y = BINARY.T

    def forward(params):
        z1 = params["W1"] @ COLUMNS + params["b1"]
        a1 = np.tanh(z1)
        z2 = params["W2"] @ a1 + params["b2"]
        return sigmoid(z2), ((a1,) if cache_as_tuple else {"A1": a1})

    def cost(params):
        a2, _ = forward(params)
        return float(np.squeeze(-np.sum(y * np.log(a2) + (1 - y) * np.log(1 - a2)) / M))

    def backward(params):
        a2, cache = forward(params)
        a1 = cache[0] if cache_as_tuple else cache["A1"]
        dz2 = a2 - y
        dz1 = params["W2"].T @ dz2 * (1 - a1**2)
        return {"dZ2": dz2, "dW2": bend("W2", dz2 @ a1.T / M),
                "db2": bend("b2", dz2.sum(1, keepdims=True) / M),
                "dW1": bend("W1", dz1 @ COLUMNS.T / M),
                "db1": bend("b1", dz1.sum(1, keepdims=True) / M)}  # fmt: skip

    return cost, backward


def params_of_columns():
    return {"W1": start(H, N), "b1": start(H, 1), "W2": start(1, H), "b2": start(1, 1)}


@style
def dict_of_columns(bend):
    params = params_of_columns()
    cost, backward = of_dict(bend, params, cache_as_tuple=True)
    return cost, params, {"gradients": backward(params)}


@style
def dict_of_columns_functions(bend):
    params = params_of_columns()
    cost, backward = of_dict(bend, params)
    return cost, params, {"gradients": backward}


@style
def dict_bound_by_lambda(bend):
    params = params_of_columns()
    cost, backward = of_dict(bend, params)
    return lambda: cost(params), params, {"gradients": lambda: backward(params)}


@style
def dict_that_an_update_returns(bend):
    params = params_of_columns()
    cost, backward = of_dict(bend, params)

    def update(params, learning_rate):
        grads = backward(params)
        return {key: params[key] - learning_rate * grads["d" + key] for key in params}

    return cost, params, {"step": update, "learning_rate": 0.5}


@style
def dict_updated_by_key(bend):
    params = params_of_columns()
    cost, backward = of_dict(bend, params)

    def update(params, learning_rate):
        grads = backward(params)
        for key in params:
            params[key] = params[key] - learning_rate * grads["d" + key]
        return params

    return cost, params, {"step": update}


@style
def dict_with_settings(bend):
    params = {"sizes": (N, H, 1), "activation": "tanh", **params_of_columns(), "lr": 0.1}
    cost, backward = of_dict(bend, params)
    return cost, params, {"gradients": lambda p: {k: g for k, g in backward(p).items()
                                                   if k != "dZ2"}}  # fmt: skip


@style
def names_of_words(bend):
    net = {"weights1": start(N, H), "bias1": start(H), "weights2": start(H, K), "bias2": start(K)}

    def loss():
        a = np.maximum(0, ROWS @ net["weights1"] + net["bias1"])
        p = softmax(a @ net["weights2"] + net["bias2"])
        return -np.mean(np.log(p[range(M), LABELS]))

    def gradients():
        a = np.maximum(0, ROWS @ net["weights1"] + net["bias1"])
        p = softmax(a @ net["weights2"] + net["bias2"])
        p[range(M), LABELS] -= 1
        p /= M
        hidden = p @ net["weights2"].T
        hidden[a <= 0] = 0
        return {"d_weights1": bend("W1", ROWS.T @ hidden), "d_bias1": bend("b1", hidden.sum(0)),
                "d_weights2": bend("W2", a.T @ p), "d_bias2": bend("b2", p.sum(0))}  # fmt: skip

    return loss, net, {"gradients": gradients}


# Softmax, one-hot; rows and columns; layers as objects and tuples ------------------------------


def softmax_regression(W, b):
    p = softmax(ROWS @ W + b)
    return -np.sum(ONE_HOT * np.log(p)) / M, (p - ONE_HOT) / M


@style
def softmax_of_two_arguments(bend):
    W, b = start(N, K), start(K)
    _, dz = softmax_regression(W, b)
    return (lambda W, b: softmax_regression(W, b)[0], [W, b],
            {"gradients": [bend("W", ROWS.T @ dz), bend("b", dz.sum(0))]})  # fmt: skip


@style
def softmax_dict_by_arguments(bend):
    p = {"W": start(N, K), "b": start(K)}

    def loss(W, b):
        return softmax_regression(W, b)[0]

    def gradients(W, b):
        dz = softmax_regression(W, b)[1]
        return bend("W", ROWS.T @ dz), bend("b", dz.sum(0))

    return loss, p, {"gradients": gradients}


@style
def biases_of_one_axis_gradients_of_two(bend):
    W, b = start(N, K), start(K)
    _, dz = softmax_regression(W, b)
    return (lambda: softmax_regression(W, b)[0], {"W": W, "b": b},
            {"gradients": {"W_grad": bend("W", ROWS.T @ dz),
                           "b_grad": bend("b", dz.sum(0, keepdims=True))}})  # fmt: skip


class Dense:
    def __init__(self, n, m, bend, number):
        self.W, self.b, self.bend, self.number = start(n, m), start(1, m), bend, number

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.bend(f"W{self.number}", self.x.T @ grad)
        self.db = self.bend(f"b{self.number}", grad.sum(0, keepdims=True))
        return grad @ self.W.T


class TanhLayer:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, grad):
        return grad * (1 - self.out**2)


class Sequential:
    """Layers that keep gradients; squared error summed, and its 2."""

    def __init__(self, bend):
        self.layers = [Dense(N, H, bend, 1), TanhLayer(), Dense(H, K, bend, 2)]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def loss(self):
        return np.sum((self.forward(ROWS) - REAL) ** 2)

    def backward(self):
        grad = 2 * (self.forward(ROWS) - REAL)
        for layer in reversed(self.layers):
            grad = layer.backward(grad)

    def step(self, lr):
        self.backward()
        for layer in self.layers:
            if hasattr(layer, "W"):
                layer.W -= lr * layer.dW
                layer.b -= lr * layer.db


@style
def layers_that_keep_gradients(bend):
    net = Sequential(bend)
    return net.loss, net, {"gradients": net.backward}


@style
def layers_and_an_optimizer(bend):
    net = Sequential(bend)
    return net.loss, net, {"step": lambda: net.step(0.01), "learning_rate": 0.01}


@style
def layers_given_the_rate(bend):
    net = Sequential(bend)
    return net.loss, net.layers, {"step": net.step}


@style
def list_of_pairs(bend):
    layers = [(start(N, H), start(H)), (start(H, K), start(K))]

    def forward():
        outs = [ROWS]
        for W, b in layers:
            outs.append(sigmoid(outs[-1] @ W + b))
        return outs

    def gradients():
        outs = forward()
        delta, found = (outs[-1] - REAL) / M, []
        for i in (1, 0):
            dz = delta * outs[i + 1] * (1 - outs[i + 1])
            found.insert(0, (bend(f"W{i}", outs[i].T @ dz), bend(f"b{i}", dz.sum(0))))
            delta = dz @ layers[i][0].T
        return found

    return (lambda: np.sum((forward()[-1] - REAL) ** 2) / (2 * M), layers,
            {"gradients": gradients})  # fmt: skip


class Nielsen:
    """Lists of weights and biases, columns, one sample after the other, nablas summed."""

    def __init__(self, bend):
        self.sizes, self.bend = [N, H, K], bend
        self.biases = [start(H, 1), start(K, 1)]
        self.weights = [start(H, N), start(K, H)]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights, strict=True):
            a = sigmoid(w @ a + b)
        return a

    def cost(self):
        outs = [self.feedforward(x.reshape(-1, 1)) for x in ROWS]
        return sum(0.5 * np.linalg.norm(a - y.reshape(-1, 1)) ** 2
                   for a, y in zip(outs, ONE_HOT, strict=True)) / M  # fmt: skip

    def nablas(self):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        for row, target in zip(ROWS, ONE_HOT, strict=True):
            acts = [row.reshape(-1, 1)]
            for b, w in zip(self.biases, self.weights, strict=True):
                acts.append(sigmoid(w @ acts[-1] + b))
            delta = (acts[-1] - target.reshape(-1, 1)) * acts[-1] * (1 - acts[-1])
            nabla_b[-1] += delta / M
            nabla_w[-1] += delta @ acts[-2].T / M
            delta = self.weights[-1].T @ delta * acts[1] * (1 - acts[1])
            nabla_b[0] += delta / M
            nabla_w[0] += delta @ acts[0].T / M
        return ([self.bend(f"b{i}", g) for i, g in enumerate(nabla_b)],
                [self.bend(f"w{i}", g) for i, g in enumerate(nabla_w)])  # fmt: skip

    def update_mini_batch(self, eta):
        nabla_b, nabla_w = self.nablas()
        self.weights = [w - eta * g for w, g in zip(self.weights, nabla_w, strict=True)]
        self.biases = [b - eta * g for b, g in zip(self.biases, nabla_b, strict=True)]


@style
def lists_that_are_zipped(bend):
    net = Nielsen(bend)
    return net.cost, net, {"step": net.update_mini_batch, "learning_rate": 3.0}


@style
def lists_and_nablas(bend):
    net = Nielsen(bend)
    return net.cost, (net.biases, net.weights), {"gradients": net.nablas}


@style
def lists_and_nablas_by_name(bend):
    net = Nielsen(bend)
    nabla_b, nabla_w = net.nablas()
    return net.cost, net, {"gradients": {"nabla_b": nabla_b, "nabla_w": nabla_w}}


@style
def dict_of_dicts(bend):
    net = {"hidden": {"W": start(N, H), "b": start(H)}, "out": {"W": start(H, 1), "b": start(1)}}

    def forward():
        h = np.tanh(ROWS @ net["hidden"]["W"] + net["hidden"]["b"])
        return h, h @ net["out"]["W"] + net["out"]["b"]

    def gradients():
        h, out = forward()
        d = 2 * (out - BINARY) / M
        dh = d @ net["out"]["W"].T * (1 - h**2)
        return {"hidden": {"dW": bend("W1", ROWS.T @ dh), "db": bend("b1", dh.sum(0))},
                "out": {"dW": bend("W2", h.T @ d), "db": bend("b2", d.sum(0))}}  # fmt: skip

    return lambda: np.mean((forward()[1] - BINARY) ** 2), net, {"gradients": gradients}


# Scripts, vectors, numbers ----------------------------------------------------------------------

SCRIPT = """
import numpy as np
X, y = np.array({X}), np.array({y})
W1, b1, W2, b2 = np.array({W1}), np.array({b1}), np.array({W2}), np.array({b2})
lr = 0.2

def forward():
    global hidden, output
    hidden = 1 / (1 + np.exp(-(X @ W1 + b1)))
    output = 1 / (1 + np.exp(-(hidden @ W2 + b2)))

def loss():
    forward()
    return np.mean((y - output) ** 2)

def epoch():
    global W1, b1, W2, b2
    forward()
    d_output = 2 * (output - y) / y.size * output * (1 - output)
    d_hidden = d_output @ W2.T * hidden * (1 - hidden)
    W2 {binds}= {W2_}lr * bend("W2", hidden.T @ d_output)
    b2 {binds}= {b2_}lr * bend("b2", d_output.sum(axis=0))
    W1 {binds}= {W1_}lr * bend("W1", X.T @ d_hidden)
    b1 {binds}= {b1_}lr * bend("b1", d_hidden.sum(axis=0))

for _ in range(3):
    epoch()
"""


def script(bend, binds):
    names = {"X": ROWS, "y": ONE_HOT, "W1": start(N, H), "b1": start(H), "W2": start(H, K),
             "b2": start(K)}  # fmt: skip
    new = {f"{name}_": f"{name} - " if binds else "" for name in ("W1", "b1", "W2", "b2")}
    text = SCRIPT.format(**{name: values.tolist() for name, values in names.items()},
                         binds="" if binds else "-", **new)  # fmt: skip
    module = {"__name__": "script", "bend": bend}
    exec(text, module)
    return module


@style
def script_globals_bound_anew(bend):
    module = script(bend, binds=True)
    return module["loss"], module, {"step": module["epoch"], "learning_rate": module["lr"]}


@style
def script_arrays_in_place(bend):
    module = script(bend, binds=False)
    parameters = {name: module[name] for name in ("W1", "b1", "W2", "b2")}
    return module["loss"], parameters, {"step": module["epoch"], "learning_rate": module["lr"]}


@style
def a_vector_theta(bend):
    theta = start(N + 1)

    def cost(theta):
        p = sigmoid(ROWS @ theta[1:] + theta[0])
        return -(LABELS @ np.log(p) + (1 - LABELS) @ np.log(1 - p)) / M

    def gradient(theta):
        d = (sigmoid(ROWS @ theta[1:] + theta[0]) - LABELS) / M
        return bend("theta", np.concatenate([[d.sum()], ROWS.T @ d]))

    return cost, theta, {"gradients": gradient}


@style
def a_vector_and_a_number(bend):
    model = {"w": start(N), "b": 0}  # a whole number, immutable

    def loss():
        return np.mean((ROWS @ model["w"] + model["b"] - REAL[:, 0]) ** 2)

    def gradients():
        e = ROWS @ model["w"] + model["b"] - REAL[:, 0]
        return bend("w", 2 * ROWS.T @ e / M), bend("b", 2 * e.mean())

    return loss, model, {"gradients": gradients}


@style
def a_perceptron_with_a_number(bend):
    model = SimpleNamespace(weights=start(N), bias=0.3, errors=[], lr=0.1)

    def loss():
        return 0.5 * ((ROWS @ model.weights + model.bias - LABELS) ** 2).sum()

    def step():
        e = ROWS @ model.weights + model.bias - LABELS
        model.weights = model.weights - 0.1 * bend("weights", ROWS.T @ e)
        model.bias -= 0.1 * bend("bias", e.sum())
        model.errors.append(loss())

    return loss, model, {"step": step, "learning_rate": 0.1}


@style
def numbers_in_lists(bend):
    """No NumPy: a list of layers, each a list of neurons with their weights."""
    network = [[{"weights": [0.1, -0.2, 0.3, 0.5]}, {"weights": [0.4, 0.1, -0.6, 0.2]}],
               [{"weights": [0.7, -0.3, 0.1]}]]  # fmt: skip

    def forward(row):
        for layer in network:
            row = [1 / (1 + math.exp(-sum(w * x for w, x in zip(neuron["weights"], [*row, 1.0],
                                                                strict=True))))
                   for neuron in layer]  # fmt: skip
            for neuron, output in zip(layer, row, strict=True):
                neuron["output"] = output
        return row

    def loss():
        return sum(0.5 * (forward(list(x))[0] - y) ** 2
                   for x, y in zip(ROWS, LABELS, strict=True))  # fmt: skip

    def gradients():
        found = [[{"weights": [0.0] * 4}, {"weights": [0.0] * 4}], [{"weights": [0.0] * 3}]]
        for x, y in zip(ROWS, LABELS, strict=True):
            out = forward(list(x))[0]
            delta = (out - y) * out * (1 - out)
            hidden = [neuron["output"] for neuron in network[0]]
            for j, a in enumerate([*hidden, 1.0]):
                found[1][0]["weights"][j] += delta * a
            for i, a in enumerate(hidden):
                d = delta * network[1][0]["weights"][i] * a * (1 - a)
                for j, value in enumerate([*x, 1.0]):
                    found[0][i]["weights"][j] += float(d * value)
        return [[{"weights": list(bend("w", np.array(neuron["weights"])))} for neuron in layer]
                for layer in found]  # fmt: skip

    return loss, network, {"gradients": gradients}


@style
def float32_in_a_dict(bend):
    params = {key: value.astype(np.float32) for key, value in params_of_columns().items()}
    cost, backward = of_dict(bend, params)
    return lambda: cost(params), params, {"gradients": lambda: backward(params)}


@style
def weights_with_decay(bend):
    W = start(N, K)

    def loss():
        return softmax_regression(W, 0.0)[0] + 0.05 * np.sum(W**2)

    return loss, W, {"gradients": lambda: bend("W", ROWS.T @ softmax_regression(W, 0.0)[1]
                                               + 0.1 * W)}  # fmt: skip


@style
def momentum_at_rest(bend):
    net = {"W": start(N, K)}
    velocity = {"W": np.zeros((N, K))}

    def step():
        dW = bend("W", ROWS.T @ softmax_regression(net["W"], 0.0)[1])
        velocity["W"] = 0.9 * velocity["W"] - 0.1 * dW
        net["W"] += velocity["W"]

    return (lambda: softmax_regression(net["W"], 0.0)[0], net,
            {"step": step, "learning_rate": 0.1})  # fmt: skip


def right(name, gradient):
    return gradient


def numbers_in(values, found=None):
    """All numbers of nested containers, with their types: what must be as before."""
    found = [] if found is None else found
    if isinstance(values, dict):
        values = list(values.values())
    if hasattr(values, "__dict__") and not callable(values):
        values = list(vars(values).values())
    if isinstance(values, list | tuple):
        for inner in values:
            numbers_in(inner, found)
    elif isinstance(values, np.ndarray):
        found.append((id(values), values.dtype, values.tobytes()))
    elif isinstance(values, int | float):
        found.append(values)
    return found


def weights_of(name, parameters):
    """Return the parameters alone: caches may change, errors may be counted."""
    if isinstance(parameters, dict) and "__name__" in parameters:
        parameters = {k: v for k, v in parameters.items() if k in ("W1", "b1", "W2", "b2")}
    elif isinstance(parameters, OneClass):
        parameters = {k: v for k, v in vars(parameters).items() if k in ("W1", "b1", "W2", "b2")}
    elif isinstance(parameters, dict) and "bend" in parameters:
        parameters = {k: v for k, v in parameters.items() if k in ("W1", "b1", "W2", "b2")}
    elif isinstance(parameters, Nielsen):
        parameters = [parameters.weights, parameters.biases]
    elif isinstance(parameters, Sequential | list) and "layers" in name:
        layers = getattr(parameters, "layers", parameters)
        parameters = [(layer.W, layer.b) for layer in layers if hasattr(layer, "W")]
    elif isinstance(parameters, SimpleNamespace):
        parameters = [parameters.weights, parameters.bias]
    elif name == "numbers_in_lists":
        parameters = [[neuron["weights"] for neuron in layer] for layer in parameters]
    return parameters


@pytest.mark.parametrize("name", STYLES)
def test_right_programs_agree_and_are_as_before(name):
    loss, parameters, how = STYLES[name](right)
    before = numbers_in(weights_of(name, parameters))
    check = check_gradients(loss, parameters, **how)
    check.require()
    assert not any(one.skipped.all() for one in check.compared), str(check)
    assert numbers_in(weights_of(name, parameters)) == before


BENT = {
    "times 5": lambda name, g: 5 * g,
    "negated": lambda name, g: -g,
    "one in a thousand": lambda name, g: g * 1.001,
    "one entry": lambda name, g: g + 0.01 * (np.arange(np.size(g)).reshape(np.shape(g)) == 0),
    "biases alone": lambda name, g: g * 3 if name[0] in "bt" else g,
    "weights alone": lambda name, g: g * 3 if name[0] in "Wwt" else g,
}  # fmt: skip


@pytest.mark.parametrize("bend", BENT)
@pytest.mark.parametrize("name", STYLES)
def test_wrong_programs_do_not_agree(name, bend):
    if bend == "biases alone" and name in ("weights_with_decay", "numbers_in_lists",
                                           "momentum_at_rest"):  # fmt: skip
        return  # they have none
    loss, parameters, how = STYLES[name](BENT[bend])
    if name == "momentum_at_rest":  # a second step is another one: only a right first one tells
        with pytest.raises(ValueError, match="momentum"):
            check_gradients(loss, parameters, **how)
        return
    check = check_gradients(loss, parameters, **how)
    assert not check, str(check)
    assert not check.not_compared
    wrong = [one.name for one in check.compared if one.worst[0] > check.tolerance]
    letters = {one.rsplit(".", 1)[-1].strip("_")[0].lower() for one in wrong}
    if bend in ("biases alone", "weights alone") and not letters & {"t", "p"}:
        assert letters == {bend[0]}, str(check)
    told = {"times 5": "the differences times 5", "negated": "the differences times −1"}.get(bend)
    if told and name != "float32_in_a_dict":
        assert told in str(check), str(check)
