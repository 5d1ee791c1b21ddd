"""The first NaN or infinity of a step is found, named and explained: each cause by hand."""

import numpy as np
import pytest
from oracles import page_solution

from chainrule import Activation, Layer, Perceptron, trace
from chainrule.losses import Loss


def one_layer(w, b=0.0, activation="sigmoid", dtype=np.float64):
    layer = Layer(len(w), 1, activation, rng=0, dtype=dtype)
    layer.weights, layer.biases = [w], [[b]]
    return Perceptron([layer])


def told(step):
    assert step.not_finite is not None
    assert f"! {step.not_finite}" in str(step)
    assert "cr-bad" in step._repr_html_().split("</style>")[1]
    return step.not_finite


def test_what_is_finite_is_no_trouble():
    step = trace(one_layer([1.0]), [[1.0], [2.0]], [1, 0])
    assert step.not_finite is None
    assert "!" not in str(step)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_given_inputs(value):
    x = np.ones((4, 2))
    x[2, 1] = value
    found = told(trace(one_layer([1.0, 1.0]), x, np.ones(4)))
    assert (found.name, found.index, found.sample, found.layer) == ("a⁰", (1, 2), 2, 0)
    assert "sample 2, counted from 0" in str(found)
    assert found.why == "it was given so"


def test_the_first_sample_counts_not_the_first_row():
    x = np.ones((4, 2))
    x[3, 0] = x[1, 1] = np.nan
    assert told(trace(one_layer([1.0, 1.0]), x, np.ones(4))).sample == 1


def test_given_labels_weights_and_biases():
    found = told(trace(one_layer([1.0]), [[1.0], [2.0]], [1.0, np.nan]))
    assert (found.name, found.sample) == ("y", 1)
    found = told(trace(one_layer([np.nan, 1.0]), [1.0, 2.0], [1.0]))
    assert (found.name, found.layer, found.index, found.sample) == ("W¹", 1, (0, 0), None)
    assert str(found) == "W¹[0, 0] is NaN (layer 1): it was given so"
    assert told(trace(one_layer([1.0], np.inf), [1.0], [1.0])).name == "b¹"


def test_z_beyond_what_a_float_holds():
    found = told(trace(one_layer([1e200, 1.0]), [1e200, 1.0], [1.0]))
    assert (found.name, found.value) == ("z¹", np.inf)
    assert "1.8e+308, the largest float64" in found.why
    found = told(trace(one_layer([1e30], dtype=np.float32), [1e30], [1.0]))
    assert "3.4e+38, the largest float32" in found.why


def test_infinity_minus_infinity_in_z():
    found = told(trace(one_layer([1e200, -1e200]), [1e200, 1e200], [1.0]))
    assert found.name == "z¹"
    assert "W¹ · a⁰ + b¹" in found.why


def learners(f, df):
    return Activation("own", f, lambda z, a: df(z))


@pytest.mark.parametrize(("f", "z", "why"), [
    (lambda z: np.log(1 + np.exp(z)), 800.0, "own(z¹): overflow of exp at 800"),
    (np.log, 0.0, "own(z¹): log 0 at 0"),
    (np.log, -1.0, "own(z¹): the log of a number below 0 at -1"),
    (np.sqrt, -4.0, "own(z¹): the root of a number below 0 at -4"),
    (lambda z: 1 / z, 0.0, "own(z¹): a division by 0 at 0"),
    (lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)), 800.0,
     "own(z¹): overflow of exp at 800"),
    (lambda z: z / z, 0.0, "own(z¹): 0/0 or ∞/∞ at 0"),
    (lambda z: z * np.where(z == 0, np.inf, 1.0), 0.0, "own(z¹): 0 · ∞ at 0"),
    (lambda z: np.where(z == 0, np.nan, z), 0.0, "own(z¹): it is so by itself at 0"),
    (lambda z: z**200, 1e3, "own(z¹): overflow of power at 1000"),
])  # fmt: skip
def test_activations(f, z, why):
    net = one_layer([1.0], activation=learners(f, lambda z: 1 + 0 * z))
    found = told(trace(net, [[0.5], [z]], [[0.0], [0.0]], loss="squared_error"))
    assert (found.name, found.sample, found.layer) == ("a¹", 1, 1)
    assert found.why.startswith(why)


def test_exp_in_float32_overflows_earlier():
    f = learners(lambda z: np.log(1 + np.exp(z)), lambda z: 1 + 0 * z)
    net = one_layer([1.0], activation=f, dtype=np.float32)
    assert "overflow of exp at 90, beyond 3.4e+38" in told(
        trace(net, [90.0], [0.0], loss="squared_error")
    ).why  # fmt: skip


def test_a_derivative_that_overflows():
    slope = learners(np.tanh, lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2)
    hidden = Layer(1, 1, slope, rng=0)
    hidden.weights, hidden.biases = [[-800.0]], [[0.0]]
    last = Layer(1, 1, "identity", rng=0)
    last.weights, last.biases = [[1.0]], [[0.0]]
    found = told(trace(Perceptron([hidden, last]), [1.0], [1.0], loss="squared_error"))
    assert (found.name, found.layer) == ("dz¹", 1)
    assert "da¹ ⊙ own′(z¹): overflow of exp" in found.why


@pytest.mark.parametrize(("z", "y", "value"), [(40.0, 0.0, np.inf), (40.0, 1.0, np.nan),
                                               (-800.0, 1.0, -np.inf)])  # fmt: skip
def test_log_0_and_0_over_0_of_a_sure_network(z, y, value):
    """σ(40) is exactly 1: by the page's formula the loss is log 0 and daⁿ divides by 0."""
    step = trace(one_layer([1.0]), [[0.5], [z]], [1.0, y])
    found = told(step)
    assert (found.name, found.sample) == ("da¹", 1)
    np.testing.assert_equal(found.value, value)
    assert "ŷ is rounded to 0 or 1" in found.why
    assert "log 0" in step["ℓ"].remark
    assert np.isfinite(step["L"].value)
    assert np.isfinite(step["dz1"].value).all()
    assert np.isfinite(step["W1 new"].value).all()


def test_a_learners_network_too():
    np.random.seed(0)
    net = page_solution.Perceptron([page_solution.Layer(1, 1, page_solution.sigmoid)])
    net.layers[0].weights[:], net.layers[0].biases[:] = 60.0, 0.0
    assert told(trace(net, [1.0], [0.0])).name == "da¹"


def test_the_loss():
    found = told(trace(one_layer([1.0], activation="identity"), [1e200], [0.0],
                       loss="squared_error"))  # fmt: skip
    assert found.name == "L"
    assert "½ Σ (ŷ − y)²: overflow of" in found.why
    own = Loss("own", lambda z, y: -(y * np.log(z)).sum(axis=0), lambda z, y: -y / z,
               lambda z: z)  # fmt: skip
    found = told(trace(one_layer([0.0], activation="identity"), [1.0], [1.0], loss=own))
    assert (found.name, found.value) == ("L", np.inf)
    assert "log 0" in found.why


def two_layers(w1, w2):
    layers = [Layer(1, 1, "identity", rng=0), Layer(1, 1, "identity", rng=0)]
    layers[0].weights, layers[0].biases = [[w1]], [[0.0]]
    layers[1].weights, layers[1].biases = [[w2]], [[0.0]]
    return Perceptron(layers)


def test_products_of_the_way_back():
    found = told(trace(two_layers(1e-100, 1e170), [1e80], [0.0], loss="squared_error"))
    assert (found.name, found.layer) == ("da¹", 2)  # W² · dz² = 1e170 · 1e150
    assert found.why.startswith("(W²)ᵀ · dz²: ")
    assert "beyond 1.8e+308" in found.why
    found = told(trace(two_layers(1e-100, 1e160), [1e80], [0.0], loss="squared_error"))
    assert found.name == "dW¹"  # dz¹ · a⁰ = 1e300 · 1e80


def test_a_step_that_overflows():
    step = trace(two_layers(1.0, 1.0), [1e100], [0.0], loss="squared_error", learning_rate=1e200)
    found = told(step)
    assert (found.name, found.layer) == ("W¹ new", 1)
    assert found.why.startswith("W¹ − η dW¹: overflow of multiply, beyond")
