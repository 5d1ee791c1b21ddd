"""A loss of one's own where it meets the last layer: every number, and every formula's."""

import re
from itertools import product

import numpy as np
import pytest

from chainrule import Activation, Layer, Perceptron, trace
from chainrule.activations import ACTIVATIONS, identity, sigmoid, softplus, tanh
from chainrule.losses import LOSSES, Loss, softmax_cross_entropy

exp = Activation("exp", np.exp, lambda z, a: a)
_INVERSES = {
    identity: lambda a: a,
    sigmoid: lambda a: np.log(a / (1 - a)),
    exp: np.log,
    softplus: lambda a: np.log(np.expm1(a)),
    tanh: np.arctanh,
}


def squares(y_hat, y):
    return 0.5 * ((y_hat - y) ** 2).sum(axis=0)


def d_squares(y_hat, y):
    return y_hat - y


def cauchy(y_hat, y):
    return np.log1p((y_hat - y) ** 2).sum(axis=0)


def d_cauchy(y_hat, y):
    return 2 * (y_hat - y) / (1 + (y_hat - y) ** 2)


def weighted(y_hat, y):
    """Each output counts otherwise, and they are mixed."""
    r = y_hat - y
    return (np.arange(1, len(r) + 1)[:, None] * r**2).sum(axis=0) + r.sum(axis=0) ** 2


def d_weighted(y_hat, y):
    r = y_hat - y
    return 2 * np.arange(1, len(r) + 1)[:, None] * r + 2 * r.sum(axis=0)


OF_PREDICTION = [(squares, d_squares), (cauchy, d_cauchy), (weighted, d_weighted)]


def own(value, d_value, activation, name="own"):
    """Return the loss of ŷ = f(z) as one of z, with f for its link: a plain function."""

    def f(z):
        return activation(z)

    return Loss(
        name,
        lambda z, y: value(f(z), y),
        lambda z, y: d_value(f(z), y) * activation.derivative(z),
        f,
    )


def network(last, n_outputs, seed=0):
    layers = [Layer(4, 2, "tanh", rng=seed), Layer(2, n_outputs, last, rng=seed + 1)]
    return Perceptron(layers)


def samples(n_outputs, m, seed=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, 4)), rng.uniform(0.1, 0.9, (m, n_outputs))


def slopes(value, at, h=1e-6):
    """Return the central differences of the mean of a loss, for every entry."""
    found = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[place] = h
        found[place] = (value(at + step).mean() - value(at - step).mean()) / (2 * h)
    return found


def require_slopes(step, by_a, by_z):
    for name, value, at in (("da2", by_a, "a2"), ("dz2", by_z, "z2")):
        wanted = slopes(value, step[at].value)
        np.testing.assert_allclose(step[name].value, wanted, rtol=1e-5, atol=1e-8, err_msg=name)


_TOKEN = re.compile(r" ?(?:ŷ|½|Σ|[0-9]+|[A-Za-z_]+[⁰¹²³]*′?|\S)")


class Formula:
    """What a formula, as it is shown, makes of the numbers of its names."""

    def __init__(self, text, values):
        self._tokens = [*_TOKEN.findall(text), "end"]
        self._values = values
        self.value = self._sum()
        assert self._tokens == ["end"], text

    def _next(self, *marks):
        return self._tokens.pop(0).strip() if self._tokens[0].strip() in marks else None

    def _sum(self):
        total = self._term()
        while mark := self._next("+", "−"):
            total = total + self._term() if mark == "+" else total - self._term()
        return total

    def _term(self):
        if self._next("−"):
            return -self._term()
        if self._next("Σ"):
            return np.sum(self._term(), axis=0)
        product = self._factor()
        while self._tokens[0].strip() not in {"+", "−", ")", "|", ",", "end"}:
            if self._next("/"):
                product = product / self._factor()
            else:
                self._next("⊙")
                product = product * (self._term() if self._tokens[0] == " Σ" else self._factor())
        return product

    def _factor(self):
        token = self._tokens.pop(0).strip()
        if token in {"(", "|"}:
            value = self._sum()
            assert self._next(")", "|")
            value = value if token == "(" else np.abs(value)
        elif token == "log" and self._tokens[0] != "(":
            value = np.log(self._factor())
        elif token == "½" or token.isdecimal():
            value = 0.5 if token == "½" else int(token)
        else:
            value = self._values[token]
        if callable(value):
            assert self._tokens.pop(0) == "("
            given = [self._sum()]
            while self._next(","):
                given.append(self._sum())
            assert self._next(")")
            value = value(*given)
        return value**2 if self._next("²") else value


_FUNCTIONS = {
    **ACTIVATIONS, "exp": exp, "log": np.log, "cosh": np.cosh,
    **{f"{f.name}′": f.derivative for f in (*ACTIVATIONS.values(), exp)},
}  # fmt: skip


def require_formulas(step, functions):
    """Hold every formula where the loss meets the last layer to the number beside it."""
    m = step["a0"].value.shape[1]
    names = {"ŷ", "L" if m == 1 else "ℓ", "da²", "dz²"} & set(step)
    for quantity in map(step.get, names):
        if "∂" in quantity.formula:
            continue  # it is held to differences
        values = {name: step[name].value for name in quantity.sources} | {"m": m}
        formula = quantity.formula
        got = np.reshape(Formula(formula, _FUNCTIONS | functions | values).value, quantity.shape)
        np.testing.assert_allclose(got, quantity.value, rtol=1e-9, atol=1e-14, err_msg=formula)


def test_the_issue():
    """½(ŷ − y)² of ŷ = tanh(z): da is ŷ − y and dz is (ŷ − y)(1 − ŷ²)."""
    layer = Layer(1, 1, "tanh", rng=0)
    layer.weights, layer.biases = [[0.5]], [[0.0]]
    step = trace(Perceptron([layer]), [1.0], [0.9], loss=own(squares, d_squares, tanh))
    y_hat = np.tanh(0.5)
    np.testing.assert_allclose(step["da1"].value, [[y_hat - 0.9]], rtol=1e-14)
    np.testing.assert_allclose(step["dz1"].value, [[(y_hat - 0.9) * (1 - y_hat**2)]], rtol=1e-14)
    assert step["da1"].formula == "∂L/∂a¹"
    assert step["dz1"].formula == "da¹ ⊙ tanh′(z¹)"
    assert step["dz1"].remark == ""
    assert step["L"].formula == "own(y, ŷ)"


EVERY = [
    pytest.mark.parametrize("link", _INVERSES, ids=repr),
    pytest.mark.parametrize("of_prediction", OF_PREDICTION, ids=lambda pair: pair[0].__name__),
    pytest.mark.parametrize(("n_outputs", "m"), [(1, 1), (1, 4), (3, 1), (3, 4)]),
]


def every(test):
    for mark in EVERY:
        test = mark(test)
    return test


@every
def test_on_a_layer_that_is_its_link(link, of_prediction, n_outputs, m):
    value, _ = of_prediction
    loss, (x, y) = own(*of_prediction, link), samples(n_outputs, m)
    step = trace(network(link, n_outputs), x, y, loss=loss)
    np.testing.assert_allclose(step["ŷ"].value, link(step["z2"].value))
    require_slopes(step, lambda a: value(a, y.T), lambda z: loss.value(z, y.T))
    require_formulas(step, {"own": lambda y, y_hat: value(y_hat, y), "link": link})


@every
def test_on_a_layer_without_an_activation(link, of_prediction, n_outputs, m):
    value, _ = of_prediction
    loss, (x, y) = own(*of_prediction, link), samples(n_outputs, m)
    step = trace(network("identity", n_outputs), x, y, loss=loss)
    np.testing.assert_allclose(step["ŷ"].value, link(step["z2"].value))
    require_slopes(step, lambda a: loss.value(a, y.T), lambda z: loss.value(z, y.T))
    require_formulas(step, {"own": lambda y, y_hat: value(y_hat, y), "link": link})


@every
def test_of_whatever_comes_out_of_the_layer(link, of_prediction, n_outputs, m):
    value, _ = of_prediction
    loss, (x, y) = Loss("own", *of_prediction, identity.f), samples(n_outputs, m)
    step = trace(network(link, n_outputs), x, y, loss=loss)
    require_slopes(step, lambda a: value(a, y.T), lambda z: value(link(z), y.T))
    require_formulas(step, {"own": lambda y, y_hat: value(y_hat, y)})


def softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


SOFTMAX = Activation("softmax", softmax, lambda z, a: a * (1 - a))


def brier_dz(z, y):
    p = softmax(z)
    return p * (p - y - (p * (p - y)).sum(axis=0))


@pytest.mark.parametrize("m", [1, 4])
def test_a_link_that_mixes_the_outputs_has_no_da(m):
    """∂L/∂ŷ of ŷ that always sum to 1 is no one number; dz is."""
    loss = Loss("brier", lambda z, y: squares(softmax(z), y), brier_dz, softmax)
    x, y = samples(3, m)
    step = trace(network(SOFTMAX, 3), x, y, loss=loss)
    assert "da²" not in set(step)
    assert step["dz2"].formula == "∂L/∂z²"
    wanted = slopes(lambda z: loss.value(z, y.T), step["z2"].value)
    np.testing.assert_allclose(step["dz2"].value, wanted, rtol=1e-6, atol=1e-9)
    assert "∂L/∂z²" in str(step)
    assert step.of_layer(2)["dW"].value.shape == (3, 2)


@pytest.mark.parametrize(("last", "m"), list(product(["identity", SOFTMAX], [1, 4])))
def test_smoothed_labels_are_in_the_numbers_and_no_formula_leaves_them_out(last, m):
    loss = softmax_cross_entropy(0.3)
    x, _ = samples(3, m)
    y = np.eye(3)[np.arange(m) % 3]
    step = trace(network(last, 3), x, y, loss=loss)

    def by_a(a):
        if last is SOFTMAX:
            return -((0.7 * y.T + 0.1) * np.log(a)).sum(axis=0)
        return loss.value(a, y.T)

    require_slopes(step, by_a, lambda z: loss.value(z, y.T))
    require_formulas(step, {"softmax_cross_entropy": lambda y, y_hat: (
        -((0.7 * y + 0.1) * np.log(y_hat)).sum(axis=0)), "softmax": softmax})  # fmt: skip


def test_the_name_of_a_row_is_not_the_row():
    loss = own(squares, d_squares, sigmoid, name="binary_cross_entropy")
    x, y = samples(1, 1)
    step = trace(network("sigmoid", 1), x, y, loss=loss)
    require_slopes(step, lambda a: squares(a, y.T), lambda z: loss.value(z, y.T))
    assert step["L"].formula == "binary_cross_entropy(y, ŷ)"
    assert "log" not in str(step)


def test_a_flat_place_of_the_activation_is_named():
    layer = Layer(1, 1, "tanh", rng=0)
    layer.weights, layer.biases = [[400.0]], [[0.0]]
    step = trace(Perceptron([layer]), [1.0], [0.9], loss=own(squares, d_squares, tanh))
    assert "tanh′(z¹) is 0 and the division is by 0" in str(step.not_finite)
    assert np.isfinite(step["dz1"].value).all()


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("m", [1, 4])
@pytest.mark.parametrize(
    ("loss", "last"),
    [*product(LOSSES, ["identity", "sigmoid", "tanh", exp]), ("softmax_cross_entropy", SOFTMAX)],
    ids=str,
)
def test_the_formulas_of_the_rows(loss, last, n_outputs, m):
    x, y = samples(n_outputs, m)
    y = y / y.sum(axis=1, keepdims=True)  # allowed by every loss
    try:
        step = trace(network(last, n_outputs), x, y, loss=loss)
    except ValueError as error:
        assert "needs an output layer" in str(error)
        return
    row = LOSSES[loss]

    def of(y, y_hat):  # of a loss whose link is the identity
        return row.value(y_hat, y)

    require_formulas(step, {loss: of, "softmax": softmax, "softmax′": SOFTMAX.derivative})


@pytest.mark.parametrize("last", ["identity", "tanh"])
def test_a_loss_that_is_after_an_activation_already(last):
    loss, (x, y) = LOSSES["squared_error"].after(tanh), samples(3, 4)
    step = trace(network(last, 3), x, y, loss=loss)

    def by_a(a):
        return squares(np.tanh(a) if last == "identity" else a, y.T)

    require_slopes(step, by_a, lambda z: squares(np.tanh(z), y.T))
    require_formulas(step, {"link": np.tanh})


def test_formulas_of_ones_own_are_shown_and_divided_by_m_once():
    loss = Loss(
        "own", cauchy, d_cauchy, identity.f,
        formula="log(1 + (ŷ − y)²)", dz_formula="2 (ŷ − y) / (1 + (ŷ − y)²)",
    )  # fmt: skip
    for n_outputs, m in product((1, 3), (1, 4)):
        x, y = samples(n_outputs, m)
        step = trace(network("tanh", n_outputs), x, y, loss=loss)
        require_formulas(step, {})
        assert step["L" if m == 1 else "ℓ"].formula == "Σ " * (n_outputs > 1) + loss.formula
        assert step["da2"].formula == (loss.dz_formula if m == 1 else f"({loss.dz_formula}) / m")


@pytest.mark.parametrize("link", [sigmoid, identity], ids=repr)
def test_the_function_of_a_known_link_is_known(link):
    loss = Loss("own", squares, d_squares, link.f)
    z = np.array([[-1.0, 0.0, 2.0]])
    np.testing.assert_allclose(loss.link.slope(loss.link(z)), link.derivative(z), rtol=1e-12)
    np.testing.assert_allclose(loss.link.inverse(loss.link(z)), z, rtol=1e-12, atol=1e-15)
    assert loss.is_of_raw_output == (link is identity)
    assert Loss("own", squares, d_squares, tanh.f).link.slope is None
