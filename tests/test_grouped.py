"""Layers whose neurons see only their own inputs."""

import copy
import pickle
import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import GroupedLayer, Layer, Perceptron, Through, check_gradients, load, save, trace
from chainrule.activations import identity, tanh
from chainrule.engines.reference import differentiate, flat
from chainrule.engines.task import Task
from chainrule.grouped import ActivationByRows
from chainrule.layers import joined
from chainrule.losses import LOSSES
from chainrule.optimizers import SGD
from chainrule.penalties import Penalty

SMOOTH = ["cos", "identity", "tanh", "sigmoid"]
groups = st.lists(
    st.one_of(
        st.builds(
            lambda n_in, n_out, f, seed: Layer(n_in, n_out, f, rng=seed),
            st.integers(1, 4), st.integers(1, 5), st.sampled_from(SMOOTH), st.integers(0, 99),
        ),
        st.builds(Through, st.integers(1, 3)),
    ),
    max_size=4,
).map(lambda more: [Layer(2, 3, "tanh", rng=100), *more][::-1])  # fmt: skip


def worked_layer():
    """Return three inputs to two groups and one that goes through."""
    layer = GroupedLayer([Layer(1, 2, "relu", rng=0), Through(1), Layer(1, 1, "identity", rng=0)])
    layer.groups[0].weights, layer.groups[0].biases = [[2.0], [-1.0]], [[1.0], [0.5]]
    layer.groups[2].weights, layer.groups[2].biases = [[3.0]], [[-2.0]]
    return layer


def network(dtype=np.float64):
    """Return embeddings of two numbers and of a category of three levels, and two dense layers."""
    L = partial(Layer, dtype=dtype)
    first = [L(1, 4, "cos", rng=1), L(1, 3, "ramp", rng=2), L(3, 2, "identity", rng=3), Through(2)]
    second = [L(4, 2, "identity", rng=4), Through(7)]
    plain = [L(9, 5, "tanh", rng=5), L(5, 1, "sigmoid", rng=6)]
    return Perceptron([GroupedLayer(first), GroupedLayer(second), *plain])


def samples(n=20):
    rng = np.random.default_rng(0)
    x = np.hstack([rng.normal(size=(n, 2)), np.eye(3)[rng.integers(0, 3, n)]])
    return np.hstack([x, x[:, :2]]), rng.integers(0, 2, (n, 1)).astype(float)


def as_dense(layer):
    """Return the plain layer with the same W."""
    dense = Layer(layer.n_inputs, layer.n_neurons, layer.activation, rng=0, dtype=layer.dtype)
    dense.weights, dense.biases = layer.weights, layer.biases
    return dense


# The formulas ------------------------------------------------------------------------------


def test_a_case_worked_by_hand():
    layer = worked_layer()
    a = layer.forward([[1.0, 0.0], [7.0, -7.0], [2.0, 1.0]])
    np.testing.assert_array_equal(layer.outputs, [[3, 1], [-0.5, 0.5], [7, -7], [4, 1]])
    np.testing.assert_array_equal(a, [[3, 1], [0, 0.5], [7, -7], [4, 1]])
    g = layer.gradients(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]))
    np.testing.assert_array_equal(g.dz, [[1, 2], [0, 4], [5, 6], [7, 8]])
    np.testing.assert_array_equal(g.d_weights, [[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 22]])
    np.testing.assert_array_equal(g.d_biases, [[3], [4], [0], [15]])
    np.testing.assert_array_equal(g.da_prev, [[2, 0], [5, 6], [21, 24]])
    np.testing.assert_array_equal(
        layer.flat(g.d_weights, g.d_biases), [1, 0, 3, 4, 22, 15]
    )  # fmt: skip


def test_an_embedding_is_a_column_of_its_weights():
    layer = GroupedLayer([Layer(3, 2, "identity", rng=0), Layer(4, 2, "identity", rng=1)])
    a = layer.forward([0, 1, 0, 0, 0, 0, 1])
    first, second = layer.groups
    expected = [first.weights[:, [1]] + first.biases, second.weights[:, [3]] + second.biases]
    np.testing.assert_allclose(a, np.concatenate(expected), rtol=1e-15)


@given(groups=groups, m=st.integers(1, 5), seed=st.integers(0, 99))
@settings(deadline=None)
def test_the_numbers_are_those_of_the_block_diagonal_weights(groups, m, seed):
    layer = GroupedLayer(groups)
    rng, dense = np.random.default_rng(seed), as_dense(layer)
    x, da = rng.normal(size=(layer.n_inputs, m)), rng.normal(size=(layer.n_neurons, m))
    close = {"rtol": 1e-12, "atol": 1e-14}
    np.testing.assert_allclose(layer.forward(x), dense.forward(x), **close)
    np.testing.assert_allclose(layer.outputs, dense.outputs, **close)
    ours, theirs = layer.gradients(da), dense.gradients(da)
    np.testing.assert_allclose(ours.dz, theirs.dz, **close)
    np.testing.assert_allclose(ours.da_prev, theirs.da_prev, **close)
    inside = layer.learned_weights != 0
    np.testing.assert_allclose(ours.d_weights[inside], theirs.d_weights[inside], **close)
    assert not ours.d_weights[~inside].any()
    learns = inside.any(axis=1)
    np.testing.assert_allclose(ours.d_biases[learns], theirs.d_biases[learns], **close)
    assert not ours.d_biases[~learns].any()


def slope(f, at, h=1e-6):
    result = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        kept = at[index]
        at[index] = kept + h
        above = f()
        at[index] = kept - h
        result[index] = (above - f()) / (2 * h)
        at[index] = kept
    return result


@given(groups=groups, m=st.integers(1, 4), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=50)
def test_gradients_are_the_slopes_of_the_loss(groups, m, seed):
    layer, rng = GroupedLayer(groups), np.random.default_rng(seed)
    x, da = rng.normal(size=(layer.n_inputs, m)), rng.normal(size=(layer.n_neurons, m))

    def loss():
        return float((da * layer.forward(x)).sum())

    loss()
    g = layer.gradients(da)
    close = {"rtol": 1e-6, "atol": 1e-7}
    np.testing.assert_allclose(
        layer.flat(g.d_weights, g.d_biases), slope(loss, layer.theta), **close
    )
    np.testing.assert_allclose(g.da_prev, slope(loss, x), **close)


@pytest.mark.parametrize(
    "options",
    [{}, {"penalty": Penalty(l1=0.05, l2=0.3)}, {"dropout": (0.3, 0.2, 0.1, 0.0), "seed": 4}],
    ids=str,
)
def test_the_gradient_is_the_slope_of_the_whole_objective(options):
    layers, (x, y) = network().layers, samples()
    task = Task(x, y, LOSSES["binary_cross_entropy"], SGD(), 20, **options)

    def step():
        return differentiate(layers, task, np.arange(20), 3)

    found = flat(layers, step().gradients)
    expected = slope(lambda: step().loss, joined(layers))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)


def test_a_penalty_is_of_the_weights_that_are_learned():
    layers, (x, y) = [worked_layer()], samples()
    task = partial(Task, x[:, :3], np.ones((20, 4)) * y, LOSSES["squared_error"], SGD(), 20)
    made = task(penalty=Penalty(l2=2)), task()
    step, plain = (differentiate(layers, each, np.arange(20), 1) for each in made)
    assert step.loss - plain.loss == pytest.approx(4 + 1 + 9)
    added = flat(layers, step.gradients) - flat(layers, plain.gradients)
    np.testing.assert_allclose(added, [4, -2, 0, 0, 6, 0], atol=1e-12)


def test_backward_takes_a_step_of_gradient_descent():
    layer, da = worked_layer(), np.array([[1.0], [1.0], [2.0], [3.0]])
    layer.forward([1.0, 7.0, 2.0])
    g, before = layer.gradients(da), layer.theta.copy()
    np.testing.assert_array_equal(layer.backward(da, 0.5), g.da_prev)
    np.testing.assert_array_equal(before - layer.theta, 0.5 * layer.flat(g.d_weights, g.d_biases))
    with pytest.raises(ValueError, match="da has the shape of the layer's last output"):
        layer.backward(da[:3], 0.5)


# Parameters --------------------------------------------------------------------------------


def test_the_block_diagonal_weights_are_shown():
    layer = worked_layer()
    np.testing.assert_array_equal(layer.weights, [[2, 0, 0], [-1, 0, 0], [0, 1, 0], [0, 0, 3]])
    np.testing.assert_array_equal(layer.biases, [[1], [0.5], [0], [-2]])
    np.testing.assert_array_equal(
        layer.learned_weights, [[2, 0, 0], [-1, 0, 0], [0, 0, 0], [0, 0, 3]]
    )
    for name in ("weights", "biases"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(layer, name)[0, 0] = 1.0
        with pytest.raises(ValueError, match=f"are its groups': set layer.groups\\[i\\].{name}"):
            setattr(layer, name, getattr(layer, name))


def test_theta_is_the_groups_parameters_one_after_the_other():
    layer = worked_layer()
    np.testing.assert_array_equal(layer.theta, [2, -1, 1, 0.5, 3, -2])
    theta = joined([layer, Layer(4, 1, "relu", rng=0)])
    theta[:6] = range(6)
    assert layer.groups[0].weights.tolist() == [[0], [1]]
    assert layer.groups[2].biases.tolist() == [[5]]
    with pytest.raises(ValueError, match=r"theta of GroupedLayer\(.* has 6 numbers, got an array"):
        layer.theta = np.zeros(7)


@pytest.mark.parametrize(
    "repeat", [copy.copy, copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))]
)
def test_a_copy_has_parameters_of_its_own_once_it_is_moved(repeat):
    layer = worked_layer()
    again = repeat(layer)
    theta = joined([again, Layer(4, 1, "relu", rng=0)])
    theta[:] = 0
    assert not again.weights[[0, 1, 3]].any()
    np.testing.assert_array_equal(layer.weights, worked_layer().weights)
    assert repr(again) == repr(layer)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept_throughout(dtype):
    net, (x, y) = network(dtype), samples()
    net.fit(x, y, 1, 0.1, engine="reference", verbose=False, rng=0)
    layer = net.layers[0]
    everything = layer.theta, layer.weights, layer.biases, layer.outputs, layer.forward(x.T)
    everything += tuple(layer.gradients(layer.outputs))
    assert {array.dtype for array in everything} == {np.dtype(dtype)}
    other = layer.astype(np.float64)
    assert other.dtype == np.float64
    assert not np.shares_memory(other.theta, layer.theta)
    np.testing.assert_array_equal(other.weights, layer.weights)


# Activations -------------------------------------------------------------------------------


def test_one_activation_of_all_groups_is_the_layers():
    assert GroupedLayer([Through(2), Layer(1, 1, "identity", rng=0)]).activation is identity
    by_rows = GroupedLayer([Layer(1, 2, "tanh", rng=0), Layer(1, 1, "tanh", rng=0), Through(2)])
    assert by_rows.activation == ActivationByRows(((tanh, 3), (identity, 2)))
    assert repr(by_rows.activation) == "tanh | identity"
    with pytest.raises(ValueError, match=r"tanh \| identity is of 5 rows of z, got 4"):
        by_rows.activation(np.zeros((4, 1)))


# Bad arguments -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: [Through(1)], ValueError, "has at least one Layer"),
        (list, ValueError, "has at least one Layer"),
        (lambda: Layer(1, 1, "tanh", rng=0), TypeError, "made of a list of groups, got Layer"),
        (lambda: [Layer(1, 1, "tanh", rng=0), 3], TypeError, "is a Layer or a Through(n), got 3"),
        (lambda: [worked_layer()], TypeError, "is a Layer or a Through(n), got GroupedLayer("),
        (lambda: [Layer(1, 1, "tanh", rng=0)] * 2, ValueError, "stands twice in the groups"),
        (
            lambda: [Layer(1, 1, "tanh", rng=0, dtype=t) for t in ("f4", "f8")],
            ValueError, "all groups have one dtype, got ['float32', 'float64']",
        ),
    ],
)  # fmt: skip
def test_groups_that_make_no_layer_are_refused(make, error, message):
    with pytest.raises(error, match=re.escape(message)):
        GroupedLayer(make())


@pytest.mark.parametrize(("n", "error"), [(0, ValueError), (1.5, TypeError)])
def test_through_takes_a_size(n, error):
    with pytest.raises(error, match="n "):
        Through(n)


def test_a_layer_stands_once_in_a_network():
    shared = Layer(2, 2, "tanh", rng=0)
    with pytest.raises(ValueError, match="stands twice in the list"):
        Perceptron([GroupedLayer([shared]), shared])


# Around it ---------------------------------------------------------------------------------


def test_a_networks_gradients_pass_the_check():
    check = check_gradients(network(), *samples())
    check.require()
    names = [one.name for one in check.compared]
    assert names[:3] == ["dW¹ of group 1", "db¹ of group 1", "dW¹ of group 2"]
    assert "dW² of group 2" not in names  # nothing is learned there
    with pytest.raises(TypeError, match="is checked in a network: check_gradients"):
        check_gradients(worked_layer())


def test_a_trace_shows_the_whole_weights():
    net, (x, y) = network(), samples()
    text = str(trace(net, x[:1], y[:1]))
    assert "a¹ = f(z¹)" in text
    assert text.count("(0 where nothing is learned: outside the groups, through)") == 4
    steps = trace(net, x, y)
    W, b, z = (steps[name].value for name in ("W¹", "b¹", "z¹"))
    np.testing.assert_array_equal(W, net.layers[0].weights)
    np.testing.assert_allclose(z, W @ x.T + b, atol=1e-14)
    assert net.as_svg().count("<circle") > 20


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_file_keeps_every_bit(tmp_path, dtype):
    net = network(dtype)
    save(net, tmp_path / "net")
    loaded = load(tmp_path / "net")
    assert repr(loaded) == repr(net)
    assert loaded.theta.tobytes() == net.theta.tobytes()


def test_an_activation_of_ones_own_cannot_be_saved(tmp_path):
    class Own:
        def __call__(self, z):
            return z

        def derivative(self, z):
            return np.ones_like(z)

    net = Perceptron([GroupedLayer([Layer(1, 1, Own(), rng=0), Through(1)])])
    with pytest.raises(ValueError, match="cannot be saved: a file holds names"):
        save(net, tmp_path / "net")


def test_a_killed_run_goes_on_to_the_same_bits(tmp_path):
    (x, y), options = samples(), {"learning_rate": 0.1, "batch_size": 7, "rng": 0, "verbose": False}
    options |= {"optimizer": "adam", "dropout": 0.2}
    whole, first, second = network(), network(), network()
    whole.fit(x, y, 6, **options)
    first.fit(x, y, 3, checkpoint=tmp_path, **options)
    second.fit(x, y, 6, checkpoint=tmp_path, resume=True, **options)
    np.testing.assert_array_equal(second.theta, whole.theta)
    with pytest.raises(ValueError, match="network"):
        Perceptron([Layer(7, 1, "sigmoid", rng=0)]).fit(
            x, y, 6, checkpoint=tmp_path, resume=True, **options
        )
