"""A loss is a row: with the row alone, all that takes losses takes the new one."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule import Layer, MLPRegressor, Perceptron, check_gradients, trace
from chainrule.activations import Activation, identity
from chainrule.losses import LOSSES, Link, Loss, poisson


def cauchy(z, y):
    return np.log1p((z - y) ** 2).sum(axis=0)


def cauchy_dz(z, y):
    return 2 * (z - y) / (1 + (z - y) ** 2)


def squared_hinge(z, y):
    return (np.maximum(1 - (2 * y - 1) * z, 0) ** 2).sum(axis=0)


def squared_hinge_dz(z, y):
    return -2 * (2 * y - 1) * np.maximum(1 - (2 * y - 1) * z, 0)


def gamma(z, y):
    """Half the gamma deviance, with ŷ = exp(z): log(ŷ / y) + y / ŷ − 1."""
    return (z - np.log(y) + y * np.exp(-z) - 1).sum(axis=0)


def gamma_dz(z, y):
    return 1 - y * np.exp(-z)


def cube(z, y):
    return 0.5 * ((z**3 + z - y) ** 2).sum(axis=0)


def cube_dz(z, y):
    return (z**3 + z - y) * (3 * z**2 + 1)


ROWS = [
    Loss("cauchy", cauchy, cauchy_dz, identity.f, formula="Σ log(1 + (ŷ − y)²)"),
    Loss("squared_hinge", squared_hinge, squared_hinge_dz, identity.f, labels="0 or 1",
         allows=lambda y: (y == 0) | (y == 1)),
    Loss("gamma", gamma, gamma_dz, poisson.link, labels="numbers above 0", allows=lambda y: y > 0,
         da_formula="(ŷ − y) / (m ŷ ŷ)", is_least_at_mean=True),
    Loss("cube", cube, cube_dz, lambda z: z**3 + z),
]  # fmt: skip
LINKS = {
    "gamma": Activation("exp", np.exp, lambda z, a: a),
    "cube": Activation("cubic", lambda z: z**3 + z, lambda z, a: 3 * z**2 + 1),
}
X = np.random.default_rng(0).normal(size=(40, 3))


@pytest.fixture(params=ROWS, ids=repr)
def row(request, monkeypatch):
    monkeypatch.setitem(LOSSES, request.param.name, request.param)
    return request.param


def targets(row, n_outputs=2):
    y = np.column_stack([np.exp(X[:, 0]), 1 + X[:, 1] ** 2])[:, :n_outputs]
    return (y > 1.5).astype(float) if row.name == "squared_hinge" else y


def network(last="identity"):
    return Perceptron([Layer(3, 4, "tanh", rng=0), Layer(4, 2, last, rng=1)])


def test_it_is_traced_and_checked(row):
    y = targets(row)
    check_gradients(row, X[:, 1:], y).require()
    for last in ("identity", LINKS.get(row.name, "sigmoid")):
        net = network(last)
        check_gradients(net, X[:5], y[:5], loss=row.name).require()
        step = trace(net, X[:5], y[:5], loss=row.name)
        of_z = row.after(net.layers[-1].activation)
        z, h = step["z2"].value, 1e-6
        for i, j in np.ndindex(z.shape):
            moved = h * (np.arange(10).reshape(2, 5) == 5 * i + j)
            both = [of_z.value(z + sign * moved, y[:5].T).mean() for sign in (1, -1)]
            slope = (both[0] - both[1]) / (2 * h)
            assert step["dz2"].value[i, j] == pytest.approx(slope, rel=1e-5, abs=1e-8)
            f = net.layers[-1].activation.derivative(z)[i, j]
            assert step["da2"].value[i, j] * f == pytest.approx(slope, rel=1e-5, abs=1e-8)
        assert step["ℓ"].formula in {row.formula, f"{row.name}(y, ŷ)"}


def test_both_engines_learn_it(row):
    y, thetas, losses = targets(row), [], []
    for engine in ("reference", "compiled"):
        net = network()
        history = net.fit(X, y, epochs=30, learning_rate=0.05, loss=row.name, batch_size=8, rng=0,
                          engine=engine, verbose=False)  # fmt: skip
        thetas.append(net.theta.copy())
        losses.append(history["loss"])
    np.testing.assert_allclose(thetas[0], thetas[1], rtol=1e-9)
    assert losses[0][-1] < 0.8 * losses[0][0]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_regressor_takes_it(row):
    y = targets(row, 1).ravel()
    given = row if row.name == "squared_hinge" else row.name  # it is for no numbers but 0 and 1
    model = MLPRegressor(given, random_state=0, max_iter=20).fit(X, y)
    z = model.perceptron_.predict(X).ravel()
    np.testing.assert_allclose(model.predict(X), row.link(z), rtol=1e-12)
    assert model.out_activation_ == row.link.name
    assert model.__sklearn_tags__().target_tags.positive_only == (
        row.name in {"squared_hinge", "gamma"}
    )
    if row.link.slope is None:
        return
    h = 1e-5 * np.eye(3)[1]
    slope = (model.predict(X + h) - model.predict(X - h)) / 2e-5
    np.testing.assert_allclose(model.input_gradients(X)[:, 1], slope, rtol=1e-4, atol=1e-6)


def test_its_name_is_among_those_that_an_unknown_one_is_told(row):
    with pytest.raises(ValueError, match="'loss' parameter of MLPRegressor must be") as caught:
        MLPRegressor("no loss").fit(X, X[:, 0])
    assert (f"'{row.name}'" in str(caught.value)) == (row.name != "squared_hinge")
    if not row.is_of_raw_output:
        with pytest.raises(ValueError, match=f"known links: .*{row.link.name} for {row.name}"):
            network("softplus").fit(X, targets(row), 1, 0.1, loss=row.name)


@pytest.mark.parametrize("row", [*LOSSES.values(), *ROWS[:3]], ids=repr)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_best_constant_is_the_best_of_many(row, weighted):
    rng = np.random.default_rng(2)
    y = rng.dirichlet([1.0, 2.0, 3.0], 60).T
    if row.name == "squared_hinge":
        y = (y > 0.4).astype(float)
    weight = rng.uniform(0.5, 2.0, 60) if weighted else None

    def mean(z):
        return np.average(row.value(np.repeat(z, 60, axis=1), y), weights=weight)

    best = row.best_constant(y, weight)
    assert best.shape == y.shape
    found = mean(best[:, :1])
    others = [mean(best[:, :1] + move) for move in rng.normal(0, 0.3, (50, 3, 1))]
    if row.is_least_at_mean:
        assert found <= min(others) + 1e-12
        return
    candidates = [np.mean(y, axis=1), *np.quantile(y, [0.1, 0.25, 0.5, 0.75, 0.9], axis=1)]
    assert found <= min(mean(one[:, None]) for one in candidates) + 1e-12 or weighted


def test_a_link_without_an_inverse_has_no_best_constant(row):
    assert (ROWS[3].best_constant(targets(row).T) is None) == (ROWS[3].link.inverse is None)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("row", [*LOSSES.values(), ROWS[2]], ids=repr)
def test_the_slope_and_inverse_of_a_link(row, dtype):
    z = np.random.default_rng(0).normal(size=(3, 7))
    link, y_hat = row.link, row.link(z)
    np.testing.assert_allclose(link(link.inverse(y_hat)), y_hat, rtol=1e-12)
    if link.slope is not None:
        slope = (link(z + 1e-6) - link(z - 1e-6)) / 2e-6
        np.testing.assert_allclose(link.slope(y_hat), slope, rtol=1e-8)
    ends = link.inverse(np.array([[0.0, 0.5, 1.0]], dtype))
    assert np.isfinite(ends).all()
    assert ends.dtype == dtype


class Plain:
    """A layer as a course has it."""

    def __init__(self, n_inputs, n_neurons, activation):
        rng = np.random.default_rng(n_inputs)
        self.weights, self.biases = rng.normal(size=(n_neurons, n_inputs)), np.zeros((n_neurons, 1))
        self.activation = activation

    def forward(self, inputs):
        self.inputs, self.outputs = inputs, self.weights @ inputs + self.biases
        return self.activation(self.outputs)

    def backward(self, da, learning_rate):
        dz = da * self.activation.derivative(self.outputs)
        da_prev = self.weights.T @ dz
        self.weights = self.weights - learning_rate * dz @ self.inputs.T
        self.biases = self.biases - learning_rate * dz
        return da_prev


class Learners:
    def __init__(self, *layers):
        self.layers = list(layers)


def test_a_learners_backward_is_checked_if_the_link_can_be_turned_around():
    net = Learners(Plain(3, 2, LINKS["gamma"]), Plain(2, 2, LINKS["gamma"]))
    check_gradients(net, X[:4], targets(ROWS[2])[:4], loss=ROWS[2]).require()
    check_gradients(net, X[:4], targets(ROWS[2])[:4], loss="poisson").require()
    half = Activation("half", lambda z: z / 2, lambda z, a: np.full_like(z, 0.5))
    net = Learners(Plain(3, 2, half), Plain(2, 2, half))
    loss = Loss("own", lambda z, y: ((z / 2 - y) ** 2).sum(axis=0), lambda z, y: z / 2 - y,
                lambda z: z / 2)  # fmt: skip
    with pytest.raises(ValueError, match=r"'own' is one of z.*Link with slope and inverse"):
        check_gradients(net, X[:4], X[:4, :2], loss=loss)
    link = Link("half", lambda z: z / 2, lambda y_hat: np.full_like(y_hat, 0.5), lambda y: 2 * y)
    check_gradients(net, X[:4], X[:4, :2], loss=replace(loss, link=link)).require()
