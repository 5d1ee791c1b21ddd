import copy
import pickle
import re

import joblib
import numpy as np
import pytest
import scipy.sparse as sp

from chainrule import Layer, Perceptron

X = np.random.default_rng(1).normal(0, 1, (9, 2))
Y = (X[:, :1] > 0).astype(float)


def network(seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    sizes = [(2, 4, "tanh"), (4, 3, "relu"), (3, 1, "sigmoid")]
    return Perceptron([Layer(*size, rng=rng, dtype=dtype) for size in sizes])


def train(net, seed=0):
    return net.fit(X, Y, 2, 0.5, rng=seed, verbose=False)


def values(net):
    """Return all parameters in θ's order, read through weights and biases."""
    return np.concatenate(
        [part.ravel() for layer in net.layers for part in (layer.weights, layer.biases)]
    )


def require_views(*nets):
    """Require that θ and the layers are the same numbers and the same memory."""
    for net in nets:
        np.testing.assert_array_equal(net.theta, values(net))
        assert net.theta.flags.c_contiguous
        for layer in net.layers:
            assert np.shares_memory(layer.weights, net.theta)
            assert np.shares_memory(layer.biases, net.theta)


# A chain of layers -------------------------------------------------------------------------


def test_forward_goes_through_the_layers():
    net = network()
    a = X.T
    for layer in net.layers:
        a = layer.activation(layer.weights @ a + layer.biases)
    np.testing.assert_allclose(net.forward(X.T), a, rtol=1e-15)
    np.testing.assert_allclose(net.forward(X[3]), a[:, [3]], rtol=1e-14)


def test_a_prediction_is_the_output_for_every_row():
    net = network()
    expected = net.forward(X.T).T
    for rows in (X, X.tolist(), np.asfortranarray(X), sp.csr_array(X), sp.coo_matrix(X)):
        prediction = net.predict(rows)
        assert prediction.shape == (9, 1)
        np.testing.assert_allclose(prediction, expected, rtol=1e-14)


def test_a_prediction_has_the_networks_dtype_and_leaves_what_backward_needs():
    net = network(dtype=np.float32)
    net.forward(X[0])
    kept = [(layer.inputs, layer.outputs) for layer in net.layers]
    assert net.predict(X).dtype == np.float32
    for layer, (inputs, outputs) in zip(net.layers, kept, strict=True):
        assert layer.inputs is inputs
        assert layer.outputs is outputs


def test_a_prediction_asks_the_engine_for_the_last_z():
    class Ones:
        def start(self, layers, task, state):
            raise AssertionError("nothing is to be trained")

        def output(self, layers, x, loss):
            return None

        def predict(self, layers, x):
            return np.ones((len(x), 1))

    np.testing.assert_allclose(network().predict(X, engine=Ones()), 1 / (1 + np.exp(-1.0)))
    with pytest.raises(ValueError, match="unknown engine 'refrence'; did you mean 'reference'"):
        network().predict(X, engine="refrence")


def with_nan(row, column):
    x = X.copy()
    x[row, column] = np.nan
    return x


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (with_nan(3, 1), ValueError, "x must be finite, got nan in row 3, column 1"),
        (sp.csr_array(with_nan(3, 1)), ValueError, "x must be finite, got nan in row 3, column 1"),
        (X.T, ValueError, "x must have the shape (n, 2) with at least one row, got (2, 9)"),
        (X[0], ValueError, "x must have the shape (n, 2) with at least one row, got (2,)"),
        (X[:0], ValueError, "at least one row, got (0, 2)"),
        ([["a", "b"]], TypeError, "x must be numbers"),
    ],
)
def test_rows_that_cannot_be_predicted_are_named(x, error, message):
    with pytest.raises(error, match=re.escape(message)):
        network().predict(x)


@pytest.mark.parametrize("shape", [(2,), (2, 1), (1, 2)])
def test_forward_takes_one_sample_in_any_shape(shape):
    net = network()
    assert net.forward(X[0].reshape(shape)).shape == (1, 1)
    assert net.forward(X[0].tolist()) == net.forward(X[:1].T)


def test_forward_refuses_rows():
    with pytest.raises(ValueError, match=r"got an array of shape \(9, 2\); transpose it"):
        network().forward(X)


def test_repr_says_how_to_make_it():
    assert repr(Perceptron([Layer(2, 1, "relu")])) == "Perceptron([Layer(2, 1, relu)])"


def test_layers_may_come_as_any_sequence():
    layers = network().layers
    net = Perceptron(tuple(layers))
    assert net.layers == layers
    assert net.layers is not layers


SQUARE = Layer(2, 2, "relu")
UNUSABLE_LAYERS = {
    "none": ([], TypeError, "a Perceptron is made of at least one Layer, got []"),
    "something else": ([Layer(2, 1, "relu"), "relu"], TypeError, "made of at least one Layer"),
    "sizes too large": (
        [Layer(2, 4, "relu"), Layer(3, 1, "relu")],
        ValueError,
        "layer 1 has 4 neurons, but layer 2 takes 3 inputs",
    ),
    "sizes too small": (
        [Layer(2, 3, "relu"), Layer(3, 2, "relu"), Layer(3, 1, "relu")],
        ValueError,
        "layer 2 has 2 neurons, but layer 3 takes 3 inputs",
    ),
    "twice": ([SQUARE, SQUARE], ValueError, "the same Layer object stands twice in the list"),
    "dtypes": (
        [Layer(2, 3, "relu", dtype="float32"), Layer(3, 1, "relu")],
        ValueError,
        "all layers have one dtype, got ['float32', 'float64']",
    ),
}
UNUSABLE = pytest.mark.parametrize(
    ("layers", "error", "message"), UNUSABLE_LAYERS.values(), ids=UNUSABLE_LAYERS
)


@UNUSABLE
def test_layers_that_do_not_fit_together_are_refused(layers, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Perceptron(layers)


@UNUSABLE
def test_layers_changed_by_hand_are_looked_at_again(layers, error, message):
    net = network()
    net.layers[:] = layers
    with pytest.raises(error, match=re.escape(message)):
        net.fit(X, Y, 1, 0.1)
    with pytest.raises(error, match=re.escape(message)):
        _ = net.theta
    with pytest.raises(error, match=re.escape(message)):
        net.predict(X)


# θ -----------------------------------------------------------------------------------------


def test_theta_is_one_vector_of_weights_and_biases_layer_by_layer():
    net = network()
    expected = values(net)
    assert net.theta.shape == ((2 + 1) * 4 + (4 + 1) * 3 + (3 + 1) * 1,)
    np.testing.assert_array_equal(net.theta, expected)
    require_views(net)


def test_writing_theta_changes_the_layers_and_the_reverse():
    net = network()
    net.theta[:] = np.arange(31)
    np.testing.assert_array_equal(net.layers[0].biases, [[8], [9], [10], [11]])
    np.testing.assert_array_equal(net.layers[2].weights, [[27, 28, 29]])
    net.layers[2].biases = [[-1]]
    net.layers[1].weights[0, 0] = -2
    assert (net.theta[-1], net.theta[12]) == (-1, -2)


def test_theta_is_the_same_memory_as_long_as_the_layers_stay():
    net = network()
    theta = net.theta
    train(net)
    net.forward(X.T)
    assert np.shares_memory(net.theta, theta)
    np.testing.assert_array_equal(net.theta, theta)


def test_training_makes_theta_contiguous_before_it_is_asked_for():
    net = network()
    train(net)
    assert len({layer.theta.base.ctypes.data for layer in net.layers}) == 1
    require_views(net)


def through_joblib(net, folder, **options):
    joblib.dump(net, folder / "net.joblib")
    return joblib.load(folder / "net.joblib", **options)


def through_buffers(net):
    """Pickle out of band, as multiprocessing libraries do."""
    buffers = []
    data = pickle.dumps(net, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(data, buffers=[bytearray(buffer) for buffer in buffers])


COPIES = {
    "copy": lambda net, folder: copy.copy(net),
    "deepcopy": lambda net, folder: copy.deepcopy(net),
    **{
        f"pickle {protocol}": lambda net, folder, protocol=protocol: pickle.loads(
            pickle.dumps(net, protocol)
        )
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "pickle out of band": lambda net, folder: through_buffers(net),
    "joblib": through_joblib,
    "joblib memory map": lambda net, folder: through_joblib(net, folder, mmap_mode="r"),
}
EVERY_COPY = pytest.mark.parametrize("make_copy", COPIES.values(), ids=COPIES)


@EVERY_COPY
@pytest.mark.parametrize("joined_first", [True, False])
def test_a_copy_trains_as_the_original_and_keeps_its_views(make_copy, joined_first, tmp_path):
    net, expected = network(), network()
    train(expected)
    if joined_first:
        _ = net.theta
    clone = make_copy(net, tmp_path)
    clone.forward(X[0])
    train(clone)
    np.testing.assert_array_equal(clone.theta, expected.theta)
    require_views(clone, net)
    clone.theta[:] = 1.0
    assert (clone.layers[1].weights == 1).all()


@EVERY_COPY
def test_a_copy_of_a_trained_network_predicts_the_same(make_copy, tmp_path):
    net = network(dtype=np.float32)
    train(net)
    clone = make_copy(net, tmp_path)
    np.testing.assert_array_equal(clone.forward(X.T), net.forward(X.T))
    assert clone.theta.dtype == np.float32


@pytest.mark.parametrize("name", [name for name in COPIES if name != "copy"])
def test_a_deep_copy_lives_its_own_life(name, tmp_path):
    net = network()
    before = net.theta.copy()
    clone = COPIES[name](net, tmp_path)
    train(clone)
    np.testing.assert_array_equal(net.theta, before)
    assert not np.shares_memory(clone.theta, net.theta)


def test_a_deepcopied_layer_lives_its_own_life():
    net = network()
    layer = copy.deepcopy(net.layers[1])
    before = net.theta.copy()
    layer.weights[...] = 0
    layer.theta += 1
    np.testing.assert_array_equal(net.theta, before)


# Layers in several networks ----------------------------------------------------------------


def test_a_part_of_a_network_shares_its_memory():
    net = network()
    theta = net.theta
    head, tail = Perceptron(net.layers[:2]), Perceptron(net.layers[2:])
    assert np.shares_memory(head.theta, theta[:27])
    assert np.shares_memory(tail.theta, theta[27:])
    assert (head.theta.size, tail.theta.size) == (27, 4)
    head.theta[:], tail.theta[:] = 5.0, 7.0
    np.testing.assert_array_equal(net.theta, [5.0] * 27 + [7.0] * 4)
    assert np.shares_memory(net.theta, theta)


def test_a_replaced_layer_counts_from_then_on():
    net = network()
    old, kept = net.theta, net.theta.copy()
    net.layers[1] = Layer(4, 3, "tanh", rng=9)
    expected = np.concatenate([kept[:12], net.layers[1].theta, kept[27:]])
    np.testing.assert_array_equal(net.theta, expected)
    require_views(net)
    train(net)
    require_views(net)
    np.testing.assert_array_equal(old, kept)


def test_appended_and_removed_layers_count_from_then_on():
    net = network()
    _ = net.theta
    net.layers.insert(0, Layer(2, 2, "tanh", rng=3))
    require_views(net)
    del net.layers[0]
    require_views(net)
    assert net.theta.size == 31


def test_a_layer_in_two_networks_learns_in_both():
    body = Layer(2, 4, "tanh", rng=0)
    heads = [Layer(4, 1, "sigmoid", rng=1), Layer(4, 1, "sigmoid", rng=2)]
    nets = [Perceptron([body, head]) for head in heads]
    # the same alternation with layers that never share memory: values are carried by hand
    bodies = [Layer(2, 4, "tanh", rng=0) for _ in range(2)]
    apart = [Perceptron([bodies[i], Layer(4, 1, "sigmoid", rng=i + 1)]) for i in range(2)]
    for turn in range(4):
        i = turn % 2
        train(nets[i], seed=turn)
        train(apart[i], seed=turn)
        bodies[1 - i].theta[:] = bodies[i].theta
        for net, other in zip(nets, apart, strict=True):
            np.testing.assert_array_equal(values(net), values(other))
            np.testing.assert_array_equal(net.theta, other.theta)
        assert body is nets[0].layers[0] is nets[1].layers[0]


def test_reversed_and_regrouped_layers_keep_their_values():
    a, b, c = (Layer(2, 2, "tanh", rng=seed) for seed in range(3))
    groups = [Perceptron(list(group)) for group in ((a, b, c), (c, a), (b,), (c, b, a))]
    expected = [values(net) for net in groups]
    for net, numbers in zip(groups * 2, expected * 2, strict=True):
        np.testing.assert_array_equal(net.theta, numbers)
    for first, second in ((a, b), (a, c), (b, c)):
        assert not np.shares_memory(first.theta, second.theta)


def test_a_callback_that_regroups_the_layers_does_not_hide_them_from_the_run():
    net, expected = network(), network()
    expected.fit(X, Y, 3, 0.5, rng=0, verbose=False)
    seen = []

    def regroup(run):
        _ = Perceptron([net.layers[0], Layer(4, 1, "relu", rng=0)]).theta
        seen.append((run.theta == values(net)).all())
        if run.epoch == 3:
            raise KeyboardInterrupt

    net.fit(X, Y, 9, 0.5, rng=0, callbacks=[regroup], verbose=False)
    assert seen == [True, True, True]
    np.testing.assert_array_equal(values(net), expected.theta)
