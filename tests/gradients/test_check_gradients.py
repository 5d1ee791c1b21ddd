"""Right derivatives pass, wrong ones are named, and what cannot be told is said to be so."""

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from oracles import page_solution
from oracles.learners import layer as learners_layer

from chainrule import Layer, MLPClassifier, MLPRegressor, Perceptron, check_gradients
from chainrule.activations import ACTIVATIONS, Activation
from chainrule.losses import LOSSES, Loss, quantile

mpl.use("Agg")
KINKS = {"relu", "leaky_relu", "selu", "elu", "ramp"}  # elu in its second derivative
M = 3


def wrong_in(check):
    return [one.name for one in check.compared if one.worst[0] > check.tolerance]


# Activations and losses -----------------------------------------------------------------------


@pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=str)
def test_right_activations_pass_and_their_kinks_are_skipped(f):
    check = check_gradients(f)
    check.require()
    (one,) = check.compared
    assert int(one.kinks.sum()) == (f.name in KINKS) + (f.name == "ramp")  # another at 1
    assert one.kinks[24] == (f.name in KINKS)  # z = 0
    assert not one.faint.sum() > 10
    assert ("skipped, at a kink" in str(check)) == (f.name in KINKS)


@pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=str)
@pytest.mark.parametrize("factor", [1.01, 0.9999, -1.0, np.nan])
def test_wrong_derivatives_of_activations_are_caught(f, factor):
    wrong = Activation("wrong", f.f, lambda z, a: factor * f.df(z, a))
    check = check_gradients(wrong)
    assert not check
    error, at = check.compared[0].worst
    wanted = {1.01: 0.01 / 1.01, 0.9999: 1e-4, -1.0: 2.0}.get(factor, np.inf)
    assert error == pytest.approx(wanted, rel=0.01)
    assert f"f′(z)[{at[0]}]: formula" in str(check)
    with pytest.raises(AssertionError, match="gradients are wrong"):
        check.require()


def test_one_wrong_entry_is_named():
    f = ACTIVATIONS["tanh"]
    wrong = Activation("wrong", f.f, lambda z, a: f.df(z, a) + (np.abs(z - 1.5) < 0.01) * 1e-4)
    assert check_gradients(wrong).compared[0].worst[1] == (30,)  # −6 + 30/4
    assert check_gradients(wrong, np.array([0.0, 1.5, 2.0])).compared[0].worst[1] == (1,)


def test_a_learners_activation_and_plain_functions():
    for f in (page_solution.relu, page_solution.sigmoid, page_solution.tanh):
        check_gradients(f).require()
    check_gradients(np.sin, derivative=np.cos).require()
    check_gradients(np.sin, [1, 2], derivative=np.cos).require()  # whole numbers are made floats
    assert not check_gradients(np.cos, derivative=np.sin)
    p = np.array([0.1, 0.6, 0.9])  # ŷ, for y = 1
    check_gradients(lambda p: -np.log(p), p, derivative=lambda p: -1 / p).require()
    assert not check_gradients(lambda p: -np.log(p), p, derivative=lambda p: p - 1)


@pytest.mark.parametrize("loss", [*LOSSES.values(), quantile([0.1, 0.9]), quantile([0.5] * 7)],
                         ids=str)  # fmt: skip
def test_losses(loss):
    check_gradients(loss).require()
    wrong = replace(loss, dz=lambda z, y: 1.01 * loss.dz(z, y))
    assert wrong_in(check_gradients(wrong)) == ["dz"]


def test_a_loss_on_ones_own_numbers():
    loss = LOSSES["absolute_error"]
    z, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [0.0, 0.0]])
    check = check_gradients(loss, z, y)  # at z = y it has a kink
    assert check.compared[0].kinks.tolist() == [[True, False], [False, False]]
    assert check
    with pytest.raises(ValueError, match="give both x"):
        check_gradients(loss, z)
    with pytest.raises(ValueError, match=r"got \(2, 2\) and \(1, 2\)"):
        check_gradients(loss, z, [[0.0, 1.0]])
    never = Loss("never", loss.value, loss.dz, loss.link, labels="whole tens",
                 allows=lambda y: y % 10 == 0)  # fmt: skip
    with pytest.raises(ValueError, match="is for whole tens: give x"):
        check_gradients(never)


# Networks -----------------------------------------------------------------------------------


def labels(loss):
    return np.eye(3)[[0, 2, 1]] if loss != "poisson" else np.array([[2.0, 0, 1]] * M)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_our_networks_with_every_activation_and_loss(activation, loss):
    net = Perceptron([Layer(2, 4, activation, rng=0), Layer(4, 3, "identity", rng=1)])
    x = np.random.default_rng(0).normal(size=(M, 2))
    before = net.theta.copy()
    check = check_gradients(net, x, labels(loss), loss=loss)
    check.require()
    assert [one.name for one in check.compared] == ["dW¹", "db¹", "dW²", "db²", "da⁰"]
    assert sum(one.skipped.sum() for one in check.compared) == 0
    np.testing.assert_array_equal(net.theta, before)


def test_a_kink_of_a_network_is_skipped_and_the_rest_is_checked():
    net = Perceptron([Layer(1, 2, "relu", rng=0), Layer(2, 1, "sigmoid", rng=1)])
    net.layers[0].weights, net.layers[0].biases = [[1.0], [0.5]], [[-1.0], [0.0]]
    check = check_gradients(net, [[1.0]], [1.0])  # z¹ = (0, ½)
    assert check
    kinks = {one.name: one.kinks.ravel().tolist() for one in check.compared}
    assert kinks["dW¹"] == [True, False]
    assert kinks["db¹"] == [True, False]
    assert kinks["da⁰"] == [True]
    assert kinks["dW²"] == [False, False]


def test_a_slope_that_is_checked_is_not_taken_for_a_kink():
    """Steep but smooth: inputs a thousand times larger than is usual."""
    net = Perceptron([Layer(2, 3, "tanh", rng=0), Layer(3, 1, "identity", rng=1)])
    net.layers[0].weights = net.layers[0].weights / 1000
    check = check_gradients(net, [[700.0, -900.0]], [[1.0]], loss="squared_error")
    assert check
    assert sum(one.kinks.sum() for one in check.compared) == 0


def test_nothing_to_compare_is_no_pass():
    net = Perceptron([Layer(1, 1, "sigmoid", rng=0)])
    net.layers[0].weights, net.layers[0].biases = [[1.0]], [[50.0]]
    check = check_gradients(net, [[1.0]], [1.0])  # gradients of 1e-22
    assert [int(one.faint.sum()) for one in check.compared] in ([1, 1, 1], [0, 0, 0])
    everywhere = Activation("steps", np.abs, lambda z, a: np.sign(z))
    check = check_gradients(everywhere, [0.0])
    assert not check
    assert "NOTHING COULD BE COMPARED" in str(check)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_estimators():
    X = np.random.default_rng(0).normal(size=(12, 2))
    for y in (np.arange(12) % 2, np.arange(12) % 3):
        model = MLPClassifier((3,), activation="tanh", max_iter=2, random_state=0).fit(X, y)
        check_gradients(model, X[:4], y[:4]).require()
    model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=2, random_state=0, standardize=True)
    check_gradients(model.fit(X, X[:, 0]), X[:4], X[:4, 0]).require()


def test_float32_is_checked_on_a_float64_copy():
    net = Perceptron([Layer(2, 3, "tanh", rng=0, dtype=np.float32),
                      Layer(3, 1, "sigmoid", rng=1, dtype=np.float32)])  # fmt: skip
    check = check_gradients(net, [[0.5, -1.0]], [1.0])
    check.require()
    assert "note: float32 is too coarse" in str(check)


def test_what_cannot_be_checked_is_refused():
    net = Perceptron([Layer(2, 1, "sigmoid", rng=0)])
    with pytest.raises(ValueError, match="give x and y"):
        check_gradients(net)
    with pytest.raises(TypeError, match="takes a network, a layer"):
        check_gradients(3)
    with pytest.raises(ValueError, match="tolerance must be above 0"):
        check_gradients(net, [[1.0, 2.0]], [1.0], tolerance=0.0)
    with pytest.raises(TypeError, match="x must be numbers"):
        check_gradients(np.sin, ["a"], derivative=np.cos)
    with pytest.raises(ValueError, match="the derivative of"):
        check_gradients(np.sin, derivative=lambda z: z[:3])


# A learner's layers and networks ---------------------------------------------------------------


def learners_network(activations, make=page_solution.Layer):
    np.random.seed(5)
    sizes = [2, *[3] * (len(activations) - 1), 1]
    layers = [make(a, b, f) for a, b, f in zip(sizes, sizes[1:], activations, strict=False)]
    return page_solution.Perceptron(layers)


X, Y = np.array([[0.5, -1.0], [1.0, 2.0], [-0.3, 0.2]]), np.array([1.0, 0.0, 1.0])


@pytest.mark.parametrize("hidden", [page_solution.relu, page_solution.sigmoid, page_solution.tanh])
def test_a_learners_own_backward_is_checked(hidden):
    net = learners_network([hidden, hidden, page_solution.sigmoid])
    before = [layer.weights.copy() for layer in net.layers]
    check = check_gradients(net, X, Y)
    check.require()
    assert "the network's own backward" in str(check)
    for layer, weights in zip(net.layers, before, strict=True):
        np.testing.assert_array_equal(layer.weights, weights)


@pytest.mark.parametrize("last", [page_solution.relu, page_solution.tanh, ACTIVATIONS["identity"]],
                         ids=["relu", "tanh", "identity"])  # fmt: skip
def test_output_layers_without_a_division(last):
    check = check_gradients(learners_network([page_solution.tanh, last]), X, Y,
                            loss="squared_error")  # fmt: skip
    check.require()


WRONG = {
    "1 % off": ({"dz": "dz = 1.01 * da * self.activation.derivative(self.outputs)"},
                {"dW¹", "db¹", "dW²", "db²", "da⁰"}),
    "sign": ({"dz": "dz = -da * self.activation.derivative(self.outputs)"},
             {"dW²", "db²"}),  # twice over is right again
    "one entry": ({"dW": "d_weights = dz @ self.inputs.T\nd_weights[0, 1] *= 1.0001"},
                  {"dW¹", "dW²"}),
    "transposed": ({"da_prev": "da_prev = self.weights @ dz"}, None),
    "derivative at a": (
        {"dz": "dz = da * self.activation.derivative(self.activation(self.outputs))"},
        {"dW¹", "db¹", "dW²", "db²", "da⁰"}),
    "too early": ({"order": ("dz", "dW", "db", "W", "b", "da_prev", "return")},
                  {"dW¹", "db¹", "da⁰"}),
    "db": ({"db": "d_biases = dz * 1.00001"}, {"db¹", "db²"}),
}  # fmt: skip


@pytest.mark.parametrize("key", WRONG)
def test_a_learners_wrong_backward_is_caught(key):
    lines, spoilt = WRONG[key]
    net = learners_network([page_solution.tanh, page_solution.sigmoid], learners_layer(**lines))
    if spoilt is None:
        with pytest.raises(ValueError, match=r"mismatch|aligned|shape"):
            check_gradients(net, X, Y)
        return
    assert set(wrong_in(check_gradients(net, X, Y))) == spoilt


def test_a_transposed_square_layer_is_caught():
    lines = {"dW": "d_weights = self.inputs @ dz.T", "order": None}
    layer = learners_layer(**lines)(3, 3, page_solution.tanh)
    assert wrong_in(check_gradients(layer)) == ["dW"]
    layer = learners_layer(da_prev="da_prev = self.weights @ dz")(3, 3, page_solution.tanh)
    assert wrong_in(check_gradients(layer)) == ["da_prev"]


def test_layers():
    check_gradients(Layer(3, 2, "gelu", rng=0)).require()
    check_gradients(page_solution.Layer(3, 2, page_solution.tanh), [0.1, 0.2, 0.3]).require()
    lists = page_solution.Layer(3, 2, page_solution.tanh)
    lists.weights, lists.biases = lists.weights.tolist(), lists.biases.tolist()
    check_gradients(lists).require()
    with pytest.raises(ValueError, match="takes 3 inputs, got 2"):
        check_gradients(Layer(3, 2, "gelu", rng=0), [1.0, 2.0])


def test_samples_that_the_network_is_sure_of_are_left_out():
    net = learners_network([page_solution.sigmoid])
    net.layers[0].weights[:] = [[1.0, 1.0]]
    check = check_gradients(net, [[0.5, 0.1], [30.0, 30.0]], [1.0, 0.0])
    check.require()
    assert "left out, ŷ is 0 or 1 but for rounding: sample 1 (counted from 0)" in str(check)
    with pytest.raises(ValueError, match="for every sample"):
        check_gradients(net, [[30.0, 30.0]], [0.0])


def spoilt(**attributes):
    net = learners_network([page_solution.tanh, page_solution.sigmoid])
    for name, value in attributes.items():
        setattr(net.layers[1], name, value)
    return net


@pytest.mark.parametrize(("net", "told"), [
    (spoilt(weights=np.ones((1, 3), int)), "weights of layer 2 hold int64 numbers"),
    (spoilt(backward=lambda da: da), r"backward\(da, learning_rate\) of layer 2 failed"),
    (spoilt(backward=lambda da, rate: None), "backward of layer 2 returns nothing"),
    (spoilt(forward=lambda x: np.float32(0.5)), "computes in float32, too coarse"),
    (spoilt(forward=lambda x: np.zeros((3, 3))), r"forward of layer 2 gives \(3, 3\)"),
])  # fmt: skip
def test_a_learners_odd_layers_are_refused_clearly(net, told):
    with pytest.raises((TypeError, ValueError), match=told):
        check_gradients(net, X, Y)


def test_layers_without_backward():
    class Bare:
        def __init__(self, n_inputs, n_neurons, f):
            rng = np.random.default_rng(n_inputs)
            self.weights = rng.normal(size=(n_neurons, n_inputs))
            self.biases, self.activation = rng.normal(size=n_neurons), f

    net = learners_network([page_solution.tanh, page_solution.sigmoid], Bare)
    check = check_gradients(net, X, Y)
    check.require()
    assert "the gradients are those of the formulas" in str(check)
    net.layers[0] = page_solution.Layer(2, 3, page_solution.tanh)
    with pytest.raises(TypeError, match="layer 2 has no forward or no backward"):
        check_gradients(net, X, Y)


# The picture ------------------------------------------------------------------------------------


def test_the_picture_needs_matplotlib(monkeypatch):
    import sys

    monkeypatch.delitem(sys.modules, "chainrule.gradients.heat_map", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"chainrule\[plot\]"):
        check_gradients(np.sin, derivative=np.cos).plot()


def test_the_heat_map_shows_what_is_wrong_and_what_is_skipped():
    lines = {"dW": "d_weights = dz @ self.inputs.T\nd_weights[0, 1] *= 1.01"}
    net = learners_network([page_solution.tanh, page_solution.sigmoid], learners_layer(**lines))
    check = check_gradients(net, X, Y)
    figure = check.plot()
    panels = [axis for axis in figure.axes if axis.get_title()]
    assert [axis.get_title() for axis in panels] == ["dW¹", "db¹", "dW²", "db²", "da⁰"]
    image = panels[0].images[0]
    assert np.argmax(image.get_array()[0]) == 1
    framed = [len(axis.patches) for axis in panels]
    assert framed == [1, 0, 1, 0, 0]
    figure.canvas.draw()
    figure = check_gradients(ACTIVATIONS["relu"]).plot()
    assert figure.axes[0].images[0].get_array().mask.sum() == 1
    figure.canvas.draw()


@pytest.mark.parametrize("tolerance", [1e-14, 1e-12, 1e-6, 1.0, 10.0])
def test_the_heat_map_takes_any_tolerance(tolerance):
    figure = check_gradients(np.sin, derivative=np.cos, tolerance=tolerance).plot()
    assert len(figure.axes) == 2
