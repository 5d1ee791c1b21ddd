"""A trace is the engine's step, bit for bit, written out."""

import json
import re
from itertools import product
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from oracles import page_solution
from scipy.sparse import csr_array

import chainrule
from chainrule import Layer, MLPClassifier, MLPRegressor, Perceptron, trace
from chainrule.activations import ACTIVATIONS
from chainrule.engines.reference import differentiate, start
from chainrule.engines.task import Task, TrainingState
from chainrule.layers import joined
from chainrule.losses import LOSSES, get_loss
from chainrule.optimizers import SGD
from chainrule.tracing.notation import mathml

M = 5


def labels(loss, n_outputs, m=M):
    rng = np.random.default_rng(3)
    return np.eye(n_outputs)[rng.integers(n_outputs, size=m)] if loss != "poisson" else (
        rng.integers(0, 4, (m, n_outputs)).astype(float)
    )  # fmt: skip


def network(activation, last="identity", dtype=np.float64, n_outputs=3):
    sizes = [(4, 5, activation), (5, 2, activation), (2, n_outputs, last)]
    return Perceptron([Layer(*size, rng=i, dtype=dtype) for i, size in enumerate(sizes)])


def engines_step(net, loss, x, y, learning_rate=0.25):
    """Return what the reference engine computes on the whole batch, and θ after its step."""
    of_z = get_loss(loss).after(net.layers[-1].activation)
    task = Task(x=x, y=y, loss=of_z, optimizer=SGD(), batch_size=len(x))
    step = differentiate(net.layers, task, np.arange(len(x)), 1)
    state = TrainingState.fresh(task, net.theta)
    start(net.layers, task, state).run_epoch(np.arange(len(x)), np.array([learning_rate]))
    return step, joined(net.layers).copy()


def require_same(step, net, told, theta_after):
    for number, (layer, g) in enumerate(zip(net.layers, told.gradients, strict=True), 1):
        for name, wanted in {
            f"z{number}": layer.outputs, f"a{number - 1}": layer.inputs, f"dz{number}": g.dz,
            f"dW{number}": g.d_weights, f"db{number}": g.d_biases, f"da{number - 1}": g.da_prev,
        }.items():  # fmt: skip
            np.testing.assert_array_equal(step[name].value, wanted, err_msg=name)
            assert step[name].value.dtype == net.theta.dtype
    new = [step[f"{s}{i} new"].value.ravel() for i in range(1, len(net.layers) + 1) for s in "Wb"]
    np.testing.assert_array_equal(np.concatenate(new), theta_after)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("activation", "loss"), list(product(ACTIVATIONS, LOSSES)))
def test_it_is_the_engines_step_bit_for_bit(activation, loss, dtype):
    rng = np.random.default_rng(1)
    for m in (1, M):
        net = network(activation, dtype=dtype)
        x = rng.normal(size=(m, 4)).astype(dtype)
        y = labels(loss, 3, m).astype(dtype)
        step = trace(net, x, y, loss=loss, learning_rate=0.25)
        before = net.theta.copy()
        told, after = engines_step(net, loss, x, y)
        require_same(step, net, told, after)
        np.testing.assert_array_equal(step["ℓ" if m > 1 else "L"].value, told.values)
        assert float(step["L"].value.squeeze()) == told.loss
        new = [step[f"{s}{i}"].value.ravel() for i in (1, 2, 3) for s in "Wb"]
        np.testing.assert_array_equal(np.concatenate(new), before)


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "tanh"])
def test_forward_arrays_are_the_layers_own(activation):
    net = network(activation, "sigmoid", n_outputs=1)
    x = np.random.default_rng(0).normal(size=(M, 4))
    step = trace(net, x, np.ones(M))
    net.forward(x.T)
    for number, layer in enumerate(net.layers, 1):
        np.testing.assert_array_equal(step[f"z{number}"].value, layer.outputs)
        np.testing.assert_array_equal(step[f"a{number - 1}"].value, layer.inputs)


def test_the_pages_sigmoid_layer_and_its_da():
    net = network("tanh", "sigmoid", n_outputs=1)
    x, y = np.random.default_rng(0).normal(size=(M, 4)), np.array([1.0, 0, 1, 1, 0])
    step = trace(net, x, y)
    p = step["ŷ"].value
    np.testing.assert_allclose(step["da3"].value, (p - y) / (p * (1 - p)) / M, rtol=1e-14)
    slope = net.layers[-1].activation.derivative(step["z3"].value)
    np.testing.assert_allclose(step["dz3"].value, step["da3"].value * slope, rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("last", ["identity", "tanh", "softplus", "exp", "softmax"])
def test_da_is_the_losss_derivative_by_the_output(loss, last):
    """Where an output activation is allowed: ∂L/∂a by differences of the loss of a."""
    links = {
        "exp": chainrule.Activation("exp", lambda z: np.exp(np.minimum(z, 690)), lambda z, a: a),
        "softmax": chainrule.Activation(
            "softmax", lambda z: np.exp(z) / np.exp(z).sum(axis=0), lambda z, a: a * (1 - a)
        ),
    }
    net = network("tanh", links.get(last, last))
    x, y = np.random.default_rng(0).normal(size=(2, 4)), labels(loss, 3, 2)
    try:
        step = trace(net, x, y, loss=loss)
    except ValueError as error:
        assert "needs an output layer" in str(error)
        return
    a, da = step["a3"].value, step["da3"].value
    h = 1e-6
    by_a = {
        "poisson": lambda a: get_loss(loss).value(np.log(a), y.T),
        "softmax_cross_entropy": lambda a: -(y.T * np.log(a)).sum(axis=0),
    }.get(loss if last in links else "", lambda a: get_loss(loss).value(a, y.T))
    for i, j in np.ndindex(a.shape):
        moved = [a.copy() for _ in range(2)]
        moved[0][i, j] += h
        moved[1][i, j] -= h
        slope = (by_a(moved[0]) - by_a(moved[1]))[j] / (2 * h) / 2
        assert da[i, j] == pytest.approx(slope, rel=1e-5, abs=1e-8)


# What can be traced --------------------------------------------------------------------------


def rows(n=30, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)) * [1, 10, 0.1] + [0, 5, 1]


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("y", [
    np.arange(30) % 2, np.array(["a", "b", "c"] * 10), (np.arange(90).reshape(30, 3) % 4 < 2) * 1,
], ids=["two classes", "three classes", "several labels"])  # fmt: skip
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_classifiers_step_is_what_fit_would_do(y, standardize):
    X = rows()
    model = MLPClassifier((4,), max_iter=2, standardize=standardize, random_state=0).fit(X, y)
    step = trace(model, X[:7], y[:7])
    p = model.predict_proba(X[:7])
    p = p[:, 1:] if step["ŷ"].shape[0] == 1 else p
    np.testing.assert_allclose(step["ŷ"].value.T, p, rtol=1e-9)
    targets = step["y"].value
    losses = -np.log(np.where(targets, step["ŷ"].value, 1 - step["ŷ"].value))
    if y.ndim == 1 and len(targets) == 3:
        losses = -targets * np.log(step["ŷ"].value)
    assert float(step["L"].value) == pytest.approx(losses.sum(axis=0).mean())
    if not standardize:
        np.testing.assert_array_equal(step["a0"].value, X[:7].T)
        sparse = trace(model, csr_array(X[:7]), y[:7])
        np.testing.assert_array_equal(sparse["dW1"].value, step["dW1"].value)
    lists = trace(model, X[:7].tolist(), y[:7].tolist())
    np.testing.assert_array_equal(lists["dW1"].value, step["dW1"].value)
    one = trace(model, X[0], y[0])
    np.testing.assert_allclose(one["ŷ"].value, step["ŷ"].value[:, :1], rtol=1e-12)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_regressors_step_is_in_its_own_units(standardize):
    X = rows()
    y = 100 + 7 * X[:, 0]
    model = MLPRegressor(
        hidden_layer_sizes=(4,), max_iter=2, standardize=standardize, random_state=0
    ).fit(X, y)
    step = trace(model, X[:5], y[:5])
    wanted = model.predict(X[:5])
    got = step["ŷ"].value.ravel()
    scale = (y.std(), y.mean()) if standardize else (1.0, 0.0)
    np.testing.assert_allclose(got * scale[0] + scale[1], wanted, rtol=1e-9)
    assert float(step["L"].value) == pytest.approx(
        0.5 * np.mean((got - step["y"].value.ravel()) ** 2)
    )


def learners_network(dtype=float, biases=(-1, 1)):
    np.random.seed(4)
    net = page_solution.Perceptron([
        page_solution.Layer(2, 3, page_solution.relu),
        page_solution.Layer(3, 1, page_solution.sigmoid),
    ])  # fmt: skip
    for layer in net.layers:
        layer.weights = layer.weights.astype(dtype)
        layer.biases = layer.biases.reshape(biases).astype(dtype)
    return net


def test_a_learners_own_classes_are_traced_and_left_alone():
    net = learners_network()
    x, y = np.array([0.5, -1.0]), np.array([1.0])
    before = [layer.weights.copy() for layer in net.layers]
    step = trace(net, x, y, learning_rate=0.1)
    for layer, weights in zip(net.layers, before, strict=True):
        np.testing.assert_array_equal(layer.weights, weights)
    p = net.forward(x)
    da = (p - y) / (p * (1 - p))
    for layer in reversed(net.layers):
        da = layer.backward(da, 0.1)
    for number, layer in enumerate(net.layers, 1):
        np.testing.assert_allclose(step[f"W{number} new"].value, layer.weights, rtol=1e-12)
        np.testing.assert_allclose(step[f"b{number} new"].value, layer.biases, rtol=1e-12)
    np.testing.assert_allclose(step["da0"].value, da, rtol=1e-12)
    assert "ReLU′(z¹)" in step["dz1"].formula


def test_biases_with_one_axis_and_weights_as_lists_are_read():
    net = learners_network(biases=(-1,))
    wanted = trace(net, [0.5, -1.0], [1.0])
    for layer in net.layers:
        layer.weights, layer.biases = layer.weights.tolist(), layer.biases.tolist()
    got = trace(net, [0.5, -1.0], 1)
    assert all(np.array_equal(got[name].value, wanted[name].value) for name in wanted)
    assert trace(learners_network(np.float32), [0.5, -1.0], [1.0])["z1"].value.dtype == np.float32


def broken(**attributes):
    net = learners_network()
    for name, value in attributes.items():
        setattr(net.layers[1], name, value)
    return net


@pytest.mark.parametrize(("net", "x", "y", "told"), [
    (object(), [1.0], None, "object with a list `layers`"),
    (Perceptron, [1.0], None, "not its class Perceptron"),
    (broken(weights=[[1.0, 2.0], [3.0]]), [1.0, 2.0], None, "rows of different lengths"),
    (broken(weights=[["a", "b", "c"]]), [1.0, 2.0], None, "weights of layer 2 must be numbers"),
    (broken(weights=[[1.0, 2.0]]), [1.0, 2.0], None, "takes 2 inputs, but layer 1 has 3 neurons"),
    (broken(biases=[1.0, 2.0]), [1.0, 2.0], None, r"got \(1, 3\) and \(2,\)"),
    (broken(activation="sigmoid"), [1.0, 2.0, 3.0], None, "x is one sample of 2 numbers"),
    (broken(activation=np.tanh), [1.0, 2.0], None, "layer 2: an activation is"),
    (learners_network(), [["a", "b"]], None, "x must be numbers"),
    (learners_network(), [[1.0, 2.0], [3.0]], None, "in rows of one length"),
    (learners_network(), [[1.0, 2.0]], [1.0, 0.0], "x holds 1 samples and y 2"),
    (learners_network(), [1.0, 2.0], [2.0], r"numbers in \[0, 1\], got y = \[2\]"),
    (broken(activation=page_solution.tanh), [1.0, 2.0], [1.0], "needs an output layer"),
])  # fmt: skip
def test_what_cannot_be_traced_is_refused(net, x, y, told):
    with pytest.raises((TypeError, ValueError), match=told):
        trace(net, x, y)


def test_a_layer_without_an_activation_is_refused():
    net = learners_network()
    del net.layers[0].activation
    with pytest.raises(TypeError, match="layer 1 needs weights, biases and an activation"):
        trace(net, [1.0, 2.0])
    with pytest.raises(ValueError, match="learning_rate must be above 0"):
        trace(learners_network(), [1.0, 2.0], [1.0], learning_rate=0.0)


def test_an_estimator_has_its_loss():
    model = MLPRegressor(hidden_layer_sizes=(2,), max_iter=500, random_state=0, tol=10.0)
    model.fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="leave `loss` out"):
        trace(model, [[0.0]], [0.0], loss="huber")


# What it shows ---------------------------------------------------------------------------------


def small():
    net = Perceptron([Layer(2, 2, "relu", rng=0), Layer(2, 1, "sigmoid", rng=0)])
    net.layers[0].weights, net.layers[0].biases = [[1.0, 0.5], [-1.0, 1.0]], [[0.0], [0.5]]
    net.layers[1].weights, net.layers[1].biases = [[1.0, -2.0]], [[0.0]]
    return net


def test_numbers_worked_by_hand():
    """A 2-2-1 network whose z² is 0: ŷ = ½, daⁿ = (½ − 1) / ¼ = −2, dzⁿ = −½."""
    step = trace(small(), [2.0, 1.0], [1.0], learning_rate=0.1)
    wanted = {
        "z1": [[2.5], [-0.5]], "a1": [[2.5], [0.0]], "z2": [[2.5]],
    }  # fmt: skip
    for name, value in wanted.items():
        np.testing.assert_allclose(step[name].value, value)
    step = trace(small(), [2.0, 2.5], [1.0], learning_rate=0.1)  # z¹ = (3.25, 1), z² = 1.25
    assert step["z2"].value.item() == pytest.approx(3.25 - 2.0)
    net = small()
    net.layers[1].weights = [[1.0, -3.25]]
    step = trace(net, [2.0, 2.5], [1.0], learning_rate=0.1)
    np.testing.assert_allclose(step["ŷ"].value, [[0.5]])
    np.testing.assert_allclose(step["L"].value, [np.log(2)])
    np.testing.assert_allclose(step["da2"].value, [[-2.0]])
    np.testing.assert_allclose(step["dz2"].value, [[-0.5]])
    np.testing.assert_allclose(step["dW2"].value, [[-0.5 * 3.25, -0.5]])
    np.testing.assert_allclose(step["da1"].value, [[-0.5], [0.5 * 3.25]])
    np.testing.assert_allclose(step["dW1"].value, [[-1.0, -1.25], [3.25, 0.5 * 3.25 * 2.5]])
    np.testing.assert_allclose(step["W2 new"].value, [[1.1625, -3.2]])


def test_every_quantity_says_where_it_comes_from():
    step = trace(small(), [[2.0, 1.0], [0.5, 1.0]], [1.0, 0.0])
    for number in (1, 2):
        of_layer = step.of_layer(number)
        assert set(of_layer) == {
            "W", "b", "a_prev", "z", "a", "da", "dz", "dW", "db", "da_prev", "W new", "b new"
        }  # fmt: skip
    seen = []
    for name, quantity in step.items():
        assert bool(quantity.sources) == (quantity.part != "given")
        assert set(quantity.sources) <= set(seen)  # computed before
        assert bool(quantity.formula) or quantity.part == "given"
        seen.append(name)
    text = str(step)
    head, _, _ = text.partition("Given")
    assert "L = Σ ℓ / m" in head
    assert "da² = (ŷ − y) / (m ŷ (1 − ŷ))" in head
    assert re.search(r"dW² = dz² · \(a¹\)ᵀ +1×2 +from dz²: backward, layer 2; a¹: forward", text)
    assert repr(step) == f"<Trace of 27 quantities: {step.title}>"
    assert step.title == "One step on 2 samples: loss binary_cross_entropy, η = 0.01"
    with pytest.raises(ValueError, match="there is no layer 3"):
        step.of_layer(3)
    with pytest.raises(ValueError, match="unknown quantity of the trace 'dX¹'"):
        step["dX1"]


def test_without_y_it_is_the_way_forward():
    step = trace(small(), [2.0, 1.0])
    assert [q.name for q in step.steps][-1] == "a²"
    assert "The way forward of 1 sample" in str(step)
    assert set(step.of_layer(1)) == {"W", "b", "a_prev", "z", "a"}


def test_entries_have_their_numbers():
    step = trace(small(), [[2.0, 1.0], [0.5, 1.0]], [1.0, 0.0], learning_rate=0.1)
    assert step.entry("z1", 0, 0) == "z¹[0, 0] = 1 × 2 + 0.5 × 1 + 0 = 2.5"
    assert step.entry("a1", 1, 0) == "a¹[1, 0] = relu(−0.5) = 0"
    assert step.entry("ŷ", 0, 0) == "ŷ[0, 0] = 0.9241"
    assert step.entry("ℓ", 0) == "ℓ = −(1 log 0.9241 + (1 − 1) log(1 − 0.9241)) = 0.07889"
    assert step.entry("da2", 0, 0) == (
        "da²[0, 0] = (0.9241 − 1) / (2 × 0.9241 × (1 − 0.9241)) = −0.541"
    )
    assert step.entry("dz2", 0, 0).startswith("dz²[0, 0] = −0.541 ⊙ sigmoid′(2.5) = ")
    assert step.entry("dW2", 0, -2).startswith("dW²[0, 0] = −0.03793 × 2.5 + ")
    assert step.entry("db2", 0, 0).startswith("db²[0, 0] = −0.03793 + ")
    assert step.entry("da1", 0, 0) == "da¹[0, 0] = 1 × −0.03793 = −0.03793"
    assert step.entry("W1 new", 0, 0).startswith("W¹ new[0, 0] = 1 − 0.1 × ")
    assert step.entry("W1", 0, 1) == "W¹[0, 1] = 0.5"
    assert step.entry("L") == f"L = {step['L'].value:.4g}"
    for name, quantity in step.items():
        assert step.entry(name, *[0] * min(2, quantity.value.ndim))
    with pytest.raises(IndexError, match=r"W¹ has the shape \(2, 2\), so it has no entry \(2, 0\)"):
        step.entry("W1", 2, 0)


_LINKS = {
    "exp": chainrule.Activation("exp", np.exp, lambda z, a: a),
    "softmax": chainrule.Activation(
        "softmax", lambda z: np.exp(z) / np.exp(z).sum(axis=0), lambda z, a: a * (1 - a)
    ),
}


def traced():
    """Yield a step for every loss, last activation and number of samples that fit each other."""
    x = np.random.default_rng(0).normal(size=(3, 4))
    for loss, last, m in product(LOSSES, ["identity", "sigmoid", "tanh", "exp", "softmax"], (1, 3)):
        net = network("tanh", _LINKS.get(last, last))
        try:
            yield trace(net, x[:m], labels(loss, 3, m), loss=loss)
        except ValueError as error:
            assert "needs an output layer" in str(error)


def test_all_formulas_become_mathml():
    formulas = {step.formula for one in traced() for step in one.steps}
    assert len(formulas) > 25
    for formula in formulas:
        said = "".join(ET.fromstring(mathml(formula)).itertext())
        written = formula.translate(str.maketrans("⁰¹²³⁴ᵀ", "01234⊤"))
        assert _without(said, "()/") == _without(written, "()/ ")
        assert said.count("(") == said.count(")") <= formula.count("(")


def _without(text, marks):
    return text.translate(str.maketrans("", "", marks))


def computed(formula, **functions):
    """Return the value of a formula with its numbers in it."""
    said = formula.translate(str.maketrans("−×⊙′", "-**_"))
    return eval(said, {"__builtins__": {}}, functions)


def test_entries_are_what_their_formulas_give():
    """Where the loss meets the last layer: daⁿ and dzⁿ, to the four digits that are shown."""
    slopes = {f"{name}_": f.derivative for name, f in {**ACTIVATIONS, **_LINKS}.items()}
    seen = set()
    for step in traced():
        for name in ("da3", "dz3"):
            right = step[name].value
            for i, j in np.ndindex(right.shape):
                _, *numbers, value = step.entry(name, i, j).split(" = ")
                assert float(value.replace("−", "-")) == pytest.approx(right[i, j], rel=1e-3)
                if not numbers:
                    assert "∂" in step[name].formula or "softmax" in step[name].formula
                    continue
                seen.add(step[name].formula)
                got = computed(*numbers, **slopes)
                assert got == pytest.approx(right[i, j], rel=2e-2, abs=5e-4), step[name].formula
    assert {"1 − y / ŷ", "(1 − y / ŷ) / m", "−y / ŷ", "−y / ŷ / m", "ŷ − y", "(ŷ − y) / m",
            "(ŷ − y) / (ŷ (1 − ŷ))", "(ŷ − y) / (m ŷ (1 − ŷ))"} <= seen  # fmt: skip


def test_large_arrays_are_shortened_and_names_are_harmless():
    net = Perceptron([Layer(20, 12, "relu", rng=0), Layer(12, 1, "sigmoid", rng=0)])
    step = trace(net, np.ones(20), [1.0])
    assert "⋮" in str(step)
    assert "…" in str(step)
    from dataclasses import replace

    named = replace(step, row_names={"a⁰": ["<b>\x1b[31m", "a\nb", "x" * 50] + ["c"] * 17})
    assert "\x1b" not in str(named) + named.as_page()
    assert "<b>\x1b" not in named.as_page()
    assert "&lt;b&gt;�[31m" in named.as_page()
    assert "x" * 23 + "…" in str(named)


def test_the_html_is_well_formed_and_its_links_lead_somewhere():
    step = trace(small(), [[2.0, 1.0], [0.5, 1.0]], [1.0, 0.0])
    piece = step._repr_html_()
    ET.fromstring(piece)
    ids = re.findall(r"id='(\S+?)'", piece)
    assert len(ids) == len(set(ids)) == len(step)
    assert set(re.findall(r"href='#(\S+?)'", piece)) <= set(ids)
    assert "<math><mi>d</mi>" not in piece
    assert "<msup><mi>dW</mi><mn>2</mn></msup>" in piece
    assert "<mfrac " in piece
    assert step._repr_html_() == piece
    assert trace(small(), [[2.0, 1.5]], [1.0])._repr_html_().split("id='")[1][:10] not in piece
    page = step.as_page()
    assert page.startswith("<!doctype html>")
    assert "http" not in page
    assert "<script" not in page


def test_as_data_it_is_json():
    step = trace(small(), [2.0, 1.0], [1.0])
    told = json.loads(json.dumps(step.as_dict(), allow_nan=False))
    by_name = {one["name"]: one for one in told["steps"]}
    assert by_name["z¹"]["value"] == [[2.5], [-0.5]]
    assert by_name["z¹"]["sources"] == ["W¹", "a⁰", "b¹"]
    assert told["not_finite"] is None
    spoilt = trace(small(), [np.nan, 1.0], [1.0]).as_dict()
    assert spoilt["steps"][0]["value"][0] == [None]
    assert "it was given so" in spoilt["not_finite"]
