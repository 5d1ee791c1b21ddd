"""Programs that cannot be checked as they are: what stands in the way is said in a sentence."""

import time
from types import SimpleNamespace

import numpy as np
import pytest

from chainrule import check_gradients
from chainrule.gradients.collecting import collect
from chainrule.gradients.pairing import paired

X = np.random.default_rng(0).normal(size=(6, 3))
Y = np.random.default_rng(1).normal(size=(6, 2))


class Linear:
    """Mean squared error of X·W + b; every gradient is right."""

    def __init__(self, dtype=float, n_outputs=2):
        self.y = Y[:, :1] if n_outputs == 1 else np.resize(Y, (6, n_outputs))
        self.W = np.random.default_rng(2).normal(size=(3, n_outputs)).astype(dtype)
        self.b = np.zeros(n_outputs, dtype) + 1

    def loss(self):
        return np.mean((X @ self.W + self.b - self.y) ** 2)

    def gradients(self):
        d = 2 * (X @ self.W + self.b - self.y) / self.y.size
        return {"dW": X.T @ d, "db": d.sum(0)}

    @property
    def parameters(self):
        return {"W": self.W, "b": self.b}


def test_by_position_and_by_name():
    net = Linear()
    check_gradients(net.loss, net.parameters, net.gradients()).require()
    check_gradients(net.loss, net.parameters, net.gradients).require()
    check_gradients(net.loss, parameters=net.parameters, gradients=net.gradients()).require()
    check_gradients(net.loss, net, gradients=net.gradients).require()
    check_gradients(net.loss, net.W, net.gradients()["dW"]).require()
    check_gradients(net.loss, (net.W, net.b), tuple(net.gradients().values())).require()
    (one, _) = check_gradients(net.loss, net.parameters, net.gradients).compared
    assert one.name == "W"
    np.testing.assert_allclose(one.differences, one.formula, rtol=1e-7)


# What is missing, or has another shape ----------------------------------------------------------


def test_a_parameter_without_a_gradient_is_no_pass():
    net = Linear()
    check = check_gradients(net.loss, net.parameters, {"dW": net.gradients()["dW"]})
    assert not check
    assert "not compared: b has no gradient, and the loss depends on it" in str(check)
    assert "NOT ALL COMPARED" in str(check)
    with pytest.raises(AssertionError):
        check.require()
    check = check_gradients(net.loss, net, {"dW": net.gradients()["dW"]})
    assert "not compared: b has no gradient" in str(check)
    more = {**net.parameters, "unused": np.ones(2)}
    check = check_gradients(net.loss, more, net.gradients())
    check.require()
    assert "unused has no gradient; the loss does not depend on it" in str(check)


def test_gradients_of_nothing_are_told():
    net = Linear()
    check = check_gradients(net.loss, net.parameters, {**net.gradients(), "dZ1": np.ones(3)})
    check.require()
    assert "note: gradients of no parameter: dZ1" in str(check)


def test_other_shapes_are_told_and_the_rest_is_compared():
    net = Linear()
    wrong = {**net.gradients(), "dW": net.gradients()["dW"].T}
    check = check_gradients(net.loss, net.parameters, wrong)
    assert not check
    assert "not compared: dW has the shape (2, 3), W (3, 2): transposed?" in str(check)
    assert [one.name for one in check.compared] == ["b"]
    assert check.compared[0].worst[0] <= check.tolerance
    wrong = {**net.gradients(), "db": float(net.gradients()["db"].sum())}
    check = check_gradients(net.loss, net.parameters, wrong)
    assert "not compared: db has the shape (), b (2,)" in str(check)
    wrong = {**net.gradients(), "db": net.gradients()["db"].reshape(-1, 1)}
    assert "not compared: db has the shape (2, 1), b (2,)" in str(
        check_gradients(net.loss, net.parameters, wrong)
    )
    lying = {**net.gradients(), "db": net.gradients()["db"].reshape(1, -1)}  # b -= lr * db is right
    check = check_gradients(net.loss, net.parameters, lying)
    check.require()
    assert "note: db has the shape (1, 2), b (2,)" in str(check)
    with pytest.raises(ValueError, match="nothing could be compared: gradients has the shape"):
        check_gradients(net.loss, net.W, net.gradients()["dW"].T)


def test_a_square_gradient_that_is_transposed():
    net = Linear(n_outputs=3)
    wrong = {**net.gradients(), "dW": net.gradients()["dW"].T}
    check = check_gradients(net.loss, net.parameters, wrong)
    assert not check
    assert "note: W's gradient is right if it is transposed" in str(check)


def test_gradients_without_names_in_other_numbers():
    net = Linear()
    dW = net.gradients()["dW"]
    with pytest.raises(ValueError, match=r"there are W, b, and gradients gradients\[0\]; give"):
        check_gradients(net.loss, net.parameters, [dW])
    with pytest.raises(ValueError, match="there are W, b, and gradients slope"):
        check_gradients(net.loss, net.parameters, {"slope": dW})
    with pytest.raises(TypeError, match="gradients hold no numbers"):
        check_gradients(net.loss, net.parameters, {"dW": None})
    with pytest.raises(TypeError, match="gradients hold no numbers"):
        check_gradients(net.loss, net.parameters, [])


NAMES = [
    ("W1", "W1"), ("W1", "dW1"), ("W1", "d_W1"), ("W1", "grad_W1"), ("W1", "W1_grad"),
    ("W1", "gW1"), ("W1", "dL_dW1"), ("W1", "dJdW1"), ("W1", "nabla_W1"), ("W1", "der_cost_W1"),
    ("W1", "W1_delta"), ("weights", "weights"), ("weights", "d_weights"), ("weights", "dweights"),
    ("weights", "dW"), ("w", "dweights"), ("biases", "db"), ("bias", "d_bias"), ("b", "dbias"),
    ("weights_hidden", "d_weights_hidden"), ("W_1", "dW1"), ("theta", "grad"), ("theta", "dtheta"),
    ("w_ih", "grad_w_ih"), ("W", "W_gradient"), ("W", "dLoss_dW"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "gradient"), NAMES)
def test_names_of_gradients(name, gradient):
    others = {"alpha": np.ones(2), "hidden": np.ones(1)}
    parameters = collect({name: np.ones(3), **others})
    gradients = {f"d_{key}": value for key, value in others.items()}
    if gradient == "grad":
        return  # it belongs to nothing by its name alone: by order, below
    pairs = paired(parameters, collect({**gradients, gradient: np.zeros(3)}))
    assert (pairs.of[0][0].path, pairs.of[0][1].path) == ((name,), (gradient,))
    assert not pairs.without
    assert not pairs.left


def test_names_that_contain_each_other():
    names = ("W", "W1", "W11", "b", "bb")
    gradients = collect({f"d{name}": np.ones(1) for name in reversed(names)})
    pairs = paired(collect({name: np.ones(1) for name in names}), gradients)
    assert {one.name: two.name for one, two in pairs.of} == {n: f"d{n}" for n in names}


# Loss ---------------------------------------------------------------------------------------------


def test_a_loss_that_does_not_read_the_parameters():
    net = Linear()
    copies = {"W": net.W.copy(), "b": net.b}
    check = check_gradients(net.loss, copies, net.gradients())
    assert not check
    assert "note: moving W does not change the loss: it reads a copy" in str(check)
    with pytest.raises(ValueError, match="moving W, b does not change the loss"):
        check_gradients(net.loss, {"W": net.W.copy(), "b": net.b.copy()}, net.gradients())


def test_a_bias_that_has_no_effect_and_no_gradient_is_right():
    W, b = np.ones((3, 2)), np.ones(2)

    def loss():
        z = X @ W + b
        return np.mean((z - z.mean(0)) ** 2 * Y)

    def gradients():
        z = X @ W
        d = 2 * (z - z.mean(0)) * Y / Y.size
        return X.T @ (d - d.mean(0)), np.zeros(2)

    check_gradients(loss, (W, b), gradients).require()


LOSSES = {
    "a tuple": (lambda net: (net.loss(), {}), TypeError, "got a tuple of 2"),
    "many numbers": (lambda net: (X @ net.W + net.b - net.y) ** 2, ValueError, r"got \(6, 2\)"),
    "nothing": (lambda net: None, TypeError, "the loss must return numbers, got None"),
    "a word": (lambda net: "small", TypeError, "the loss must return numbers"),
    "float32": (lambda net: np.float32(net.loss()), TypeError, "computes in float32"),
    "float32 in float": (lambda net: float(np.float32(net.loss())), ValueError, "few digits"),
    "rounded": (lambda net: round(float(net.loss()), 4), ValueError, "few digits"),
    "nan": (lambda net: np.nan * net.loss(), ValueError, "the loss is nan"),
    "infinite": (lambda net: np.inf, ValueError, "the loss is inf"),
    "noise": (lambda net: net.loss() + 1e-3 * np.random.normal(), ValueError,
              r"the loss gives two results for the same input \(dropout"),
    "a batch": (lambda net: np.mean((X @ net.W + net.b - net.y)[np.random.randint(6, size=3)] ** 2),
                ValueError, "a random batch"),
}  # fmt: skip


@pytest.mark.parametrize("case", LOSSES)
def test_odd_losses(case):
    loss, error, told = LOSSES[case]
    net = Linear()
    before = net.W.tobytes()
    with pytest.raises(error, match=told):
        check_gradients(lambda: loss(net), net.parameters, net.gradients())
    assert net.W.tobytes() == before


def test_the_loss_with_arguments_that_nobody_gives():
    net = Linear()

    def loss(X, y):
        return np.mean((X @ net.W + net.b - y) ** 2)

    with pytest.raises(TypeError, match=r"it asks for X, y: bind them, as lambda: loss\(X, y\)"):
        check_gradients(loss, net, net.gradients())
    with pytest.raises(TypeError, match="the loss must be a function, got 0"):
        check_gradients(0.5, parameters=net.parameters, gradients=net.gradients())


def test_errors_of_the_program_pass_and_all_is_put_back():
    net = Linear()
    params = {"W": net.W, "b": 3, "scale": [1, 2]}

    def loss():
        params["W"][0, 0] += 0.0
        raise KeyError("W2")

    with pytest.raises(KeyError, match="W2"):
        check_gradients(loss, params, net.gradients())
    assert params["W"] is net.W
    assert params["b"] == 3
    assert isinstance(params["b"], int)
    assert params["scale"] == [1, 2]


def test_a_guard_in_the_loss_is_told():
    w = np.random.default_rng(5).normal(size=3)
    y = np.array([0, 1, 1, 0, 1, 0])

    def p():
        return 1 / (1 + np.exp(-X @ w))

    def loss(guard=1e-6):
        return -np.mean(y * np.log(p() + guard) + (1 - y) * np.log(1 - p() + guard))

    gradient = X.T @ (p() - y) / 6
    check = check_gradients(loss, w, gradient)
    assert not check
    assert "a guard in the loss" in str(check)
    check_gradients(loss, w, gradient, tolerance=1e-3).require()
    check_gradients(lambda: loss(1e-12), w, gradient).require()
    assert "a guard" not in str(check_gradients(loss, w, 1.1 * gradient))


# Dtypes and containers ---------------------------------------------------------------------------


def test_whole_numbers_and_float32_in_a_container():
    for dtype in (np.float32, int, np.float16):
        net = Linear(dtype)
        kept, kept_bytes = net.W, net.W.tobytes()
        check = check_gradients(net.loss, net, net.gradients)
        check.require()
        assert f"{np.dtype(dtype)}, checked on copies in float64" in str(check)
        assert net.W is kept
        assert net.W.tobytes() == kept_bytes


def test_gradients_in_float32():
    net = Linear()
    coarse = {key: g.astype(np.float32) for key, g in net.gradients().items()}
    check = check_gradients(net.loss, net.parameters, coarse)
    check.require()
    assert "gradients in float32" in str(check)
    wrong = {key: 1.001 * g for key, g in coarse.items()}
    assert not check_gradients(net.loss, net.parameters, wrong)


def test_arrays_that_cannot_be_moved_where_they_are():
    net = Linear(np.float32)
    with pytest.raises(TypeError, match=r"parameters is a float32 array that no step can move"):
        check_gradients(net.loss, net.W, net.gradients()["dW"])
    with pytest.raises(TypeError, match=r"parameters\[0\] is a float32 array"):
        check_gradients(net.loss, (net.W, net.b), net.gradients())
    with pytest.raises(ValueError, match=r"moving .* does not change the loss \(.* in float32"):
        check_gradients(net.loss, {"W": net.W, "b": net.b}, net.gradients())
    with pytest.raises(TypeError, match=r"parameters\[1\] is a number that no step can move"):
        check_gradients(lambda: 1.0, (np.ones(2), 0.5), (np.ones(2), 0.5))
    net = Linear()
    net.W.flags.writeable = False
    check_gradients(net.loss, net, net.gradients).require()  # a copy takes its place
    assert not net.W.flags.writeable
    with pytest.raises(TypeError, match="read-only"):
        check_gradients(net.loss, (net.W, net.b), net.gradients())


def test_parameters_that_are_none():
    for parameters in ({}, [], {"a": "b"}, SimpleNamespace(name="net")):
        with pytest.raises(TypeError, match="parameters must be an array, a list"):
            check_gradients(lambda: 1.0, parameters, [np.ones(1)])
    with pytest.raises(TypeError, match="give gradients="):
        check_gradients(lambda: 1.0, [np.ones(1)])
    with pytest.raises(TypeError, match="give gradients="):
        check_gradients(lambda: 1.0, [np.ones(1)], [np.ones(1)], step=lambda: None)


def test_cycles_and_second_names():
    net = Linear()
    net.me, net.params = net, {"W": net.W, "b": net.b}
    net.history = [net]
    check = check_gradients(net.loss, net, net.gradients)
    check.require()
    assert [one.name for one in check.compared] == ["W", "b"]


def test_a_vector_of_which_all_are_views():
    theta = np.random.default_rng(0).normal(size=8)
    net = Linear()
    net.theta, net.W, net.b = theta, theta[:6].reshape(3, 2), theta[6:]
    check_gradients(net.loss, net, net.gradients).require()
    check_gradients(net.loss, {"W": net.W, "b": net.b, "theta": theta}, net.gradients()).require()


class Model(Linear):
    """With all that a class has beside its weights."""

    def __init__(self):
        super().__init__()
        self.n_outputs, self.sizes, self.rate, self.decay = 2, [3, 2], 0.1, 0.02
        self.inputs, self.labels = X.copy(), np.array([0, 1, 1, 0, 1, 0])
        self.data = (X.astype(np.float32), ["a", "b"])
        self.losses = [1.0]
        self.rng = np.random.default_rng(0)

    def loss(self):
        assert all(isinstance(size, int) for size in [*self.sizes, self.n_outputs])
        z = self.inputs @ self.W + self.b
        own = z[range(6), self.labels]
        return sum(np.mean(own**2) for _ in range(self.n_outputs)) + self.decay * np.sum(self.W**2)

    def gradients(self):
        z = self.inputs @ self.W + self.b
        d = np.eye(self.sizes[-1])[self.labels] * z * 2 / 6 * self.n_outputs
        return {"dW": self.inputs.T @ d + 2 * self.decay * self.W, "db": d.sum(0)}

    def step(self):
        order = np.array([2, 0, 1, 5, 3, 4])
        self.inputs[...], self.labels[...] = self.inputs[order], self.labels[order]
        g = self.gradients()
        self.W = self.W - self.rate * g["dW"]
        self.b -= self.rate * g["db"]
        self.losses.append(self.loss())


def test_what_else_an_object_has_is_left_alone():
    net = Model()
    before = {key: repr(value) for key, value in vars(net).items()}
    for how in ({"gradients": net.gradients}, {"step": net.step, "learning_rate": 0.1}):
        for parameters in (net, vars(net)):
            check = check_gradients(net.loss, parameters, **how)
            check.require()
            assert [one.name for one in check.compared] == ["W", "b"]
            assert {key: repr(value) for key, value in vars(net).items()} == before


def test_settings_beside_parameters():
    net = Model()
    params = {"W": net.W, "b": net.b, "n_outputs": 2, "decay": 0.02, "y": net.labels}

    def loss():
        z = net.inputs @ params["W"] + params["b"]
        own = z[range(6), params["y"]]
        return (sum(np.mean(own**2) for _ in range(params["n_outputs"]))
                + params["decay"] * np.sum(params["W"] ** 2))  # fmt: skip

    check = check_gradients(loss, params, net.gradients())
    check.require()
    assert "not looked at, for want of a gradient: decay" in str(check)
    check_gradients(loss, params, tuple(net.gradients().values())).require()

    def step(lr):
        for key, g in net.gradients().items():
            params[key[1:]] -= lr * g

    check_gradients(loss, params, step=step).require()
    assert params["n_outputs"] == 2
    assert isinstance(params["n_outputs"], int)


# Steps -------------------------------------------------------------------------------------------


def stepping(net, rate, spoil=lambda name, g: g):
    def step():
        g = net.gradients()
        net.W = net.W - rate * spoil("W", g["dW"])
        net.b = net.b - rate * spoil("b", g["db"])

    return step


def test_steps_and_the_learning_rate():
    net = Linear()
    check_gradients(net.loss, net, step=stepping(net, 0.3), learning_rate=0.3).require()
    check = check_gradients(net.loss, net, step=stepping(net, 0.3), learning_rate=0.1)
    assert "all gradients are the differences times 3" in str(check)
    check = check_gradients(net.loss, net, step=stepping(net, -0.3), learning_rate=0.3)
    assert "all gradients are the differences times −1: the sign" in str(check)
    with pytest.raises(TypeError, match="give learning_rate="):
        check_gradients(net.loss, net, step=stepping(net, 0.3))


def test_steps_that_take_the_rate_alone_or_with_each_parameter():
    net = Linear()
    check_gradients(net.loss, net, step=lambda lr: stepping(net, lr)()).require()
    check_gradients(net.loss, net, step=lambda eta: stepping(net, eta)(),
                    learning_rate=0.2).require()  # fmt: skip

    def update(W, b, alpha):
        g = net.gradients()
        return W - alpha * g["dW"], b - alpha * g["db"]

    check_gradients(net.loss, (net.W, net.b), step=update, learning_rate=0.2).require()
    check_gradients(net.loss, net.parameters, step=update).require()

    def with_loss(parameters, lr):
        return update(*parameters, lr), net.loss()

    check_gradients(net.loss, [net.W, net.b], step=with_loss).require()


def test_an_update_that_is_forgotten():
    net = Linear()
    step = stepping(net, 0.3, lambda name, g: g * (name == "W"))
    check = check_gradients(net.loss, net, step=step, learning_rate=0.3)
    assert not check
    assert "note: b is never updated" in str(check)


def test_an_update_of_names_alone_is_told():
    net = Linear()

    def step():
        for p, g in zip((net.W, net.b), net.gradients().values(), strict=True):
            p = p - 0.1 * g  # noqa: PLW2901

    with pytest.raises(ValueError, match=r"step changes none of W, b"):
        check_gradients(net.loss, net.parameters, step=step, learning_rate=0.1)


def test_an_update_of_arrays_elsewhere_is_told():
    net = Linear()
    with pytest.raises(ValueError, match="step changes something that the loss reads"):
        check_gradients(net.loss, net.parameters, step=stepping(net, 0.1), learning_rate=0.1)


def test_a_step_that_spoils_a_shape():
    net = Linear()
    spoil = {"W": lambda g: g, "b": lambda g: g.reshape(-1, 1)}
    step = stepping(net, 0.1, lambda name, g: spoil[name](g))
    check = check_gradients(net.loss, net, step=step, learning_rate=0.1)
    assert not check
    assert "not compared: b after the step has the shape (2, 2), b (2,)" in str(check)


def test_chance_in_a_step_and_in_gradients():
    net = Linear()
    step = stepping(net, 0.1, lambda name, g: g * np.random.normal(size=g.shape))
    with pytest.raises(ValueError, match="step makes another update when it is called again"):
        check_gradients(net.loss, net, step=step, learning_rate=0.1)
    noisy = lambda: {k: g + np.random.normal() for k, g in net.gradients().items()}  # noqa: E731
    with pytest.raises(ValueError, match="gradients gives other results when it is called again"):
        check_gradients(net.loss, net, gradients=noisy)


def test_gradients_that_are_not_begun_at_0_again():
    net = Linear()
    sums = {"dW": np.zeros((3, 2)), "db": np.zeros(2)}

    def backward():
        for name, g in net.gradients().items():
            sums[name] += g
        return sums

    check = check_gradients(net.loss, net, gradients=backward)
    check.require()
    assert "sums that are not begun at 0 again" in str(check)


def test_gradients_that_update_as_well():
    net = Linear()
    W, b = net.W.copy(), net.b.copy()

    def backward(lr=0.1):
        g = net.gradients()
        net.W -= lr * g["dW"]
        net.b -= lr * g["db"]
        return g

    check_gradients(net.loss, net.parameters, gradients=backward).require()
    np.testing.assert_array_equal(net.W, W)
    np.testing.assert_array_equal(net.b, b)


def test_several_updates_in_a_step():
    net = Linear(n_outputs=1)

    def step():
        for x, y in zip(X, net.y[:, 0], strict=True):
            error = x @ net.W[:, 0] + net.b[0] - y
            net.W[:, 0] -= 0.01 * 2 * error * x
            net.b -= 0.01 * 2 * error

    check = check_gradients(net.loss, net, step=step, learning_rate=0.01)
    assert not check
    assert "if step makes several updates" in str(check)


def test_adam_is_told():
    net = Linear()

    def step():
        for p, g in zip((net.W, net.b), net.gradients().values(), strict=True):
            p[...] -= 0.1 * g / (np.sqrt(g**2) + 1e-8)

    check = check_gradients(net.loss, net, step=step, learning_rate=0.1)
    assert not check
    assert "(Adam?)" in str(check)


# Size ---------------------------------------------------------------------------------------------


class Wide:
    def __init__(self, n):
        rng = np.random.default_rng(0)
        self.X, self.y = rng.normal(size=(4, n)), rng.normal(size=(4, 3))
        self.W = rng.normal(size=(n, 3)) / n
        self.b = np.zeros(3)

    def loss(self):
        return np.mean((np.tanh(self.X @ self.W + self.b) - self.y) ** 2)

    def gradients(self):
        a = np.tanh(self.X @ self.W + self.b)
        d = 2 * (a - self.y) / self.y.size * (1 - a**2)
        return {"dW": self.X.T @ d, "db": d.sum(0)}


def test_of_many_entries_some_are_looked_at():
    net = Wide(1000)
    check = check_gradients(net.loss, net, net.gradients)
    check.require()
    assert int(check.compared[0].unseen.sum()) == 2800
    assert "drawn by chance, were looked at: 2800" in str(check)
    assert not check.compared[1].unseen.any()
    wrong = {"dW": 1.001 * net.gradients()["dW"], "db": net.gradients()["db"]}
    assert not check_gradients(net.loss, net, wrong)


def test_a_small_network_takes_well_under_a_second():
    net = Wide(20)
    began = time.perf_counter()
    check_gradients(net.loss, net, net.gradients).require()
    assert time.perf_counter() - began < 0.5
