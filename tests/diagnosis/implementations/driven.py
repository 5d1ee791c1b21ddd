"""How each program of the table is run: its loss, its parameters, its gradients or its step.

A function here is named as the module that it takes. It returns the keywords of `check_gradients`.
"""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np

rng = np.random.default_rng(20)
ROWS = rng.normal(size=(5, 2))
COLUMNS = ROWS.T
ONES = rng.integers(0, 2, (5, 1)).astype(float)
CLASSES = np.array([0, 2, 1, 1, 0])
ONE_HOT = np.eye(3)[CLASSES]
REALS = rng.normal(size=(5, 1))
PAIRS = [(x.reshape(-1, 1), y.reshape(-1, 1)) for x, y in zip(ROWS, ONES, strict=True)]


def cross_entropy(p, y):
    return float(np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p)))


def half_squares(p, y):
    return float(0.5 * np.sum((p - y) ** 2))


# Layers that keep their gradients ----------------------------------------------------------------


def kept_model(module):
    net = module.Model(2, 3, 1)
    net.backward(COLUMNS, ONES.T)
    one, two = net.first, net.second
    return {
        "loss": lambda: net.cost(COLUMNS, ONES.T),
        "parameters": {"W1": one.W, "b1": one.b, "W2": two.W, "b2": two.b},
        "gradients": {"dW1": one.dW, "db1": one.db, "dW2": two.dW, "db2": two.db},
    }


# One class is the network ------------------------------------------------------------------------


def network_two_layers(module):
    net = module.NeuralNetwork(2, 3, 1)
    return {
        "loss": lambda: net.loss(ROWS, ONES),
        "parameters": vars(net),
        "step": lambda: net.train_step(ROWS, ONES, 0.5),
        "learning_rate": 0.5,
    }


def network_error_first(module):
    net = module.ThreeLayers(2, 3, 2, 0.3)
    values, wanted = [0.4, -0.7], [0.9, 0.2]
    return {
        "loss": lambda: half_squares(net.ask(values), np.array([wanted]).T),
        "parameters": vars(net),
        "step": lambda: net.train(values, wanted),
        "learning_rate": 0.3,
    }


def network_nabla(module):
    net = module.Network([2, 4, 3])
    x, y = COLUMNS[:, :1], ONE_HOT[:1].T
    nabla_b, nabla_w = net.backprop(x, y)
    return {
        "loss": lambda: net.cost(x, y),
        "parameters": {"weights": net.weights, "biases": net.biases},
        "gradients": {"weights": nabla_w, "biases": nabla_b},
    }


def network_nabla_short(module):
    net = module.Network([2, 3, 3])
    x, y = COLUMNS[:, 1:2], ONE_HOT[1:2].T
    nabla_b, nabla_w = net.backprop(x, y)
    return {
        "loss": lambda: net.quadratic_cost(x, y),
        "parameters": [*net.weights, *net.biases],
        "gradients": [*nabla_w, *nabla_b],
    }


def network_mini_batch(module):
    net = module.Net([2, 3, 1])
    return {
        "loss": lambda: np.mean([half_squares(net.output(x), y) for x, y in PAIRS]),
        "parameters": vars(net),
        "step": lambda: net.update_mini_batch(PAIRS, 2.0),
        "learning_rate": 2.0,
    }


def network_mini_batch_sum(module):
    net = module.MLP([2, 4, 1])
    return {
        "loss": lambda: net.mean_cost(PAIRS),
        "parameters": {"w": net.w, "b": net.b},
        "step": lambda: net.learn_batch(PAIRS),
        "learning_rate": 0.5,
    }


def network_softmax(module):
    net = module.SmallNet(2, 4, 3)
    return {
        "loss": lambda: net.loss(ROWS, CLASSES),
        "parameters": net.params,
        "gradients": net.gradient(ROWS, CLASSES),
    }


def network_softmax_sum(module):
    net = module.Classifier(2, 4, 3)
    return {
        "loss": lambda: net.cross_entropy(ROWS, ONE_HOT),
        "parameters": {"W1": net.W1, "b1": net.b1, "W2": net.W2, "b2": net.b2},
        "gradients": net.gradients(ROWS, ONE_HOT),
    }


def network_entropy(module):
    net = module.BinaryNet(2, 3)
    net.loss(COLUMNS, ONES.T)
    net.backward(COLUMNS, ONES.T)
    names = ("w1", "b1", "w2", "b2")
    return {
        "loss": lambda: net.loss(COLUMNS, ONES.T),
        "parameters": {name: getattr(net, name) for name in names},
        "gradients": {f"d{name}": getattr(net, f"d{name}") for name in names},
    }


def network_slope_of_z(module):
    net = module.Net(ROWS, ONES)
    net.run()
    return {"loss": net.sse, "parameters": [net.first, net.second], "gradients": net.backprop()}


def network_regressor(module):
    net = module.Regressor(2, 4, 3, 1)
    x, y = ROWS.astype(np.float32), REALS.astype(np.float32)
    return {
        "loss": lambda: net.mse(x, y),
        "parameters": {"W": net.W, "B": net.B},
        "step": lambda: net.step(x, y, 0.25),
        "learning_rate": 0.25,
    }


def network_one_bias(module):
    net = module.ShallowNet(2, 3, 3)
    return {
        "loss": lambda: half_squares(net.predict(ROWS), ONE_HOT),
        "parameters": vars(net),
        "step": lambda: net.fit_once(ROWS, ONE_HOT),
        "learning_rate": 0.3,
    }


def network_clipped(module):
    net = module.SafeNet(2, 3, 2)
    targets = ROWS.T[::-1]
    return {
        "loss": lambda: net.cost(COLUMNS, targets),
        "parameters": {"W1": net.W1, "b1": net.b1, "W2": net.W2, "b2": net.b2},
        "step": lambda: net.train(COLUMNS, targets),
        "learning_rate": 0.2,
    }


def network_linear_hidden(module):
    net = module.Net([2, 4, 1])
    return {
        "loss": lambda: half_squares(net.forward(ROWS), REALS) / 5,
        "parameters": net.params,
        "gradients": net.backward(net.forward(ROWS) - REALS),
    }


def network_xor_flat(module):
    net = module.XorNet()
    x = np.array([1.0, -0.5])
    return {
        "loss": lambda: net.loss(x, 1),
        "parameters": {"V": net.V, "c": net.c, "u": net.u, "d": net.d},
        "step": lambda: net.sgd(x, 1, 0.4),
        "learning_rate": 0.4,
    }


def network_rate_forgotten(module):
    net = module.Perceptron2(2, 3, 1)
    return {
        "loss": lambda: net.error(ROWS, ONES),
        "parameters": {"W": net.weights, "b": net.bias},
        "step": lambda: net.epoch(ROWS, ONES, 0.1),
        "learning_rate": 0.1,
    }


# Functions ---------------------------------------------------------------------------------------


def functions_dicts(module):
    parameters = module.initialize(2, 4, 1)
    _, cache = module.forward_propagation(COLUMNS, parameters)
    return {
        "loss": lambda: module.compute_cost(
            module.forward_propagation(COLUMNS, parameters)[0], ONES.T
        ),
        "parameters": parameters,
        "gradients": module.backward_propagation(parameters, cache, COLUMNS, ONES.T),
    }


def functions_dicts_mixed(module):
    params = module.init_params([2, 4, 3, 1])
    return {
        "loss": lambda: module.cost(module.forward(COLUMNS, params)["A3"], ONES.T),
        "parameters": params,
        "gradients": module.backward(params, module.forward(COLUMNS, params), ONES.T),
    }


def _drawn(*shapes):
    return [np.random.normal(0, 0.7, shape) for shape in shapes]


def functions_caches(module):
    shapes = (4, 2), (4, 1), (3, 4), (3, 1), (1, 3), (1, 1)
    names = "W1", "b1", "W2", "b2", "W3", "b3"
    parameters = dict(zip(names, _drawn(*shapes), strict=True))

    def loss():
        return cross_entropy(module.model_forward(COLUMNS, parameters)[0], ONES.T)

    output, caches = module.model_forward(COLUMNS, parameters)
    gradients = module.model_backward(output, ONES.T, caches)
    return {"loss": loss, "parameters": parameters, "gradients": gradients}


def functions_caches_da(module):
    w1, b1, w2, b2 = _drawn((3, 2), (3, 1), (3, 3), (3, 1))
    params = [(w1, b1), (w2, b2)]
    return {
        "loss": lambda: module.squared_loss(COLUMNS, ONE_HOT.T, params),
        "parameters": params,
        "gradients": module.gradients(COLUMNS, ONE_HOT.T, params),
    }


def functions_tuples(module):
    params = tuple(_drawn((2, 4), (4,), (4, 3), (3,)))
    return {
        "loss": lambda: module.mse(params, ROWS, ONE_HOT),
        "parameters": params,
        "gradients": module.grad(params, ROWS, ONE_HOT),
    }


def functions_tuples_sign(module):
    w1, b1, w2, b2 = _drawn((4, 2), (4, 1), (1, 4), (1, 1))
    params = (w1, b1), (w2, b2)
    return {
        "loss": lambda: module.objective(params, COLUMNS, REALS.T),
        "parameters": params,
        "gradients": module.backprop(params, COLUMNS, REALS.T),
    }


def functions_affine(module):
    params = dict(zip(("W1", "b1", "W2", "b2"), _drawn((2, 4), (4,), (4, 3), (3,)), strict=True))
    return {
        "loss": lambda: module.loss_and_grads(params, ROWS, CLASSES)[0],
        "parameters": params,
        "gradients": module.loss_and_grads(params, ROWS, CLASSES)[1],
    }


def functions_affine_decay(module):
    model = dict(zip(("w1", "b1", "w2", "b2"), _drawn((2, 4), (4,), (4, 3), (3,)), strict=True))
    return {
        "loss": lambda: module.evaluate(model, ROWS, CLASSES)[2],
        "parameters": model,
        "gradients": module.gradient(model, ROWS, CLASSES),
    }


def functions_list_of_dicts(module):
    net = module.make_net([2, 4, 3, 1])
    return {
        "loss": lambda: module.half_mse(net, COLUMNS, REALS.T),
        "parameters": [layer[name] for layer in net for name in "Wb"],
        "step": lambda: module.train_step(net, COLUMNS, REALS.T, 0.05),
        "learning_rate": 0.05,
    }


def functions_list_slopes(module):
    weights, biases = _drawn((2, 3), (3, 1)), _drawn((3,), (1,))
    w_grads, b_grads = module.back_propagate(ROWS, ONES, weights, biases)
    return {
        "loss": lambda: module.error(ROWS, ONES, weights, biases),
        "parameters": {"weights": weights, "biases": biases},
        "gradients": {"weights": w_grads, "biases": b_grads},
    }


def functions_closures(module):
    p = dict(zip("wbvc", _drawn((2, 4), (4,), (4, 1), (1,)), strict=True))
    return {
        "loss": lambda: module.value_and_grad(p, ROWS, REALS)[0],
        "parameters": p,
        "gradients": module.value_and_grad(p, ROWS, REALS)[1],
    }


def functions_half_square(module):
    theta = module.init(2, 4, 1)
    return {
        "loss": lambda: module.mse_loss(module.forward(ROWS, theta)[1], REALS),
        "parameters": theta,
        "gradients": module.backward(ROWS, REALS, theta),
    }


# Scripts -----------------------------------------------------------------------------------------


def _again(module, depth=1):
    """Return a call that runs the body of a script's loop once more, among the script's names."""
    body = ast.parse(Path(module.__file__).read_text(encoding="utf-8")).body
    for _ in range(depth):
        body = next(node for node in body if isinstance(node, ast.For)).body
    code = compile(ast.Module(body, []), module.__file__, "exec")
    return lambda: exec(code, vars(module))


def _script(module, loss, names, learning_rate, run):
    """Describe a script by the names of its parameters, which stay where they are in memory."""
    parameters = {name: vars(module)[name] for name in names}

    def step():
        run()
        for name, array in parameters.items():
            array[...] = vars(module)[name]
            vars(module)[name] = array

    return {"loss": loss, "parameters": parameters, "step": step, "learning_rate": learning_rate}


def script_xor(s):
    def loss():
        hidden = s.sigmoid(s.X @ s.W1 + s.b1)
        return half_squares(s.sigmoid(hidden @ s.W2 + s.b2), s.y)

    return _script(s, loss, ("W1", "b1", "W2", "b2"), s.lr, _again(s))


def script_xor_order(s):
    def loss():
        h = s.act(s.inputs @ s.w_hidden + s.b_hidden)
        return half_squares(s.act(h @ s.w_out + s.b_out), s.targets)

    names = "w_hidden", "b_hidden", "w_out", "b_out"
    s.i = 1
    return _script(s, loss, names, s.rate, _again(s))


def script_short(s):
    def loss():
        return half_squares(s.squash(s.squash(s.A @ s.P) @ s.Q), s.T)

    return _script(s, loss, ("P", "Q"), 1.0, _again(s))


def script_softmax(s):
    def loss():
        scores = np.maximum(s.points @ s.W1 + s.b1, 0) @ s.W2 + s.b2
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return -float((s.one_hot * log_p).sum()) / 12

    return _script(s, loss, ("W1", "b1", "W2", "b2"), s.learning_rate, _again(s))


def script_samples(s):
    s.x, s.t = s.data[2], s.answers[2]

    def loss():
        return half_squares(s.squash(s.wb @ s.squash(s.wa @ s.x + s.ba) + s.bb), s.t)

    return _script(s, loss, ("wa", "ba", "wb", "bb"), s.eta, _again(s, depth=2))


def script_curve(s):
    def loss():
        return half_squares(s.net(s.x)[1], s.t) / s.N

    return _script(s, loss, ("u", "c", "v", "d"), s.alpha, _again(s))


def script_uphill(s):
    def loss():
        first = 1 / (1 + np.exp(-(s.features @ s.layer1 + s.bias1)))
        return cross_entropy(1 / (1 + np.exp(-(first @ s.layer2 + s.bias2))), s.goal)

    return _script(s, loss, ("layer1", "bias1", "layer2", "bias2"), s.speed, _again(s))


# Others ------------------------------------------------------------------------------------------


def other_neurons(module):
    net = module.Network(2, 3, 2)
    neurons = [neuron for layer in net.layers for neuron in layer]
    parameters = [np.array([*neuron.weights, neuron.bias]) for neuron in neurons]
    x, y = [0.5, -1.0], [1.0, 0.0]

    def put():
        for neuron, numbers in zip(neurons, parameters, strict=True):
            *neuron.weights, neuron.bias = numbers.tolist()

    def loss():
        put()
        return half_squares(np.array(net.forward(x)), np.array(y))

    def step():
        put()
        net.forward(x)
        net.backward(y)
        net.update(x, 0.5)
        for neuron, numbers in zip(neurons, parameters, strict=True):
            numbers[:] = [*neuron.weights, neuron.bias]

    return {"loss": loss, "parameters": parameters, "step": step, "learning_rate": 0.5}


def other_lists(module):
    net = module.ListNet(2, 3)
    parameters = {name: np.array(numbers) for name, numbers in vars(net).items()}

    def put():
        for name, numbers in parameters.items():
            setattr(net, name, numbers.tolist())

    def loss():
        put()
        return 0.5 * (net.predict([0.3, -0.8]) - 1.5) ** 2

    def step():
        put()
        net.learn([0.3, -0.8], 1.5, 0.2)
        for name, numbers in parameters.items():
            numbers[...] = getattr(net, name)

    return {"loss": loss, "parameters": parameters, "step": step, "learning_rate": 0.2}


def other_bias_column(module):
    net = module.Net(2, 3, 1)
    return {
        "loss": lambda: net.loss(COLUMNS, ONES.T),
        "parameters": net.Ws,
        "gradients": net.backward(COLUMNS, ONES.T),
    }


def other_bias_row(module):
    net = module.BiasRowNet(2, 3, 1)
    return {
        "loss": lambda: net.cost(ROWS, REALS),
        "parameters": {"theta1": net.theta1, "theta2": net.theta2},
        "step": lambda: net.step(ROWS, REALS, 0.1),
        "learning_rate": 0.1,
    }


def other_scalars(module):
    numbers = np.array([value.data for value in module.make_mlp(2, 3)])

    def values():
        return [module.Value(number) for number in numbers.tolist()]

    def squared(parameters):
        error = module.mlp(parameters, [0.6, -0.2], 3) + module.Value(-1.0)
        return error * error

    parameters = values()
    squared(parameters).backward()
    return {
        "loss": lambda: squared(values()).data,
        "parameters": numbers,
        "gradients": np.array([value.grad for value in parameters]),
    }
