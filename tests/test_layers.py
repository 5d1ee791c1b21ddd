import re
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles.at_once import at_once

from chainrule import Activation, Gradients, Layer, relu
from chainrule.activations import ACTIVATIONS
from chainrule.layers import joined, random_source

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def worked_layer():
    """Return a layer with three neurons on two inputs whose numbers are easy to check by hand."""
    layer = Layer(2, 3, "relu")
    layer.weights = [[1, 2], [3, 4], [-5, -6]]
    layer.biases = [[0.5], [-1], [0]]
    return layer


# Forward -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2,), (2, 1), (1, 2), (1, 2, 1)])
def test_one_sample_may_come_in_any_shape(shape):
    layer = worked_layer()
    a = layer.forward(np.array([10, 1]).reshape(shape))
    np.testing.assert_array_equal(a, [[12.5], [33], [0]])
    np.testing.assert_array_equal(layer.outputs, [[12.5], [33], [-56]])
    np.testing.assert_array_equal(layer.inputs, [[10], [1]])


def test_samples_are_columns():
    layer = worked_layer()
    a = layer.forward([[10, 0, 1, -1], [1, 0, 1, -1]])
    np.testing.assert_array_equal(a, [[12.5, 0.5, 3.5, 0], [33, 0, 6, 0], [0, 0, 0, 11]])
    assert layer.inputs.shape == (2, 4)
    assert layer.outputs.shape == (3, 4)


def test_a_square_block_is_taken_as_columns():
    layer = Layer(2, 1, "identity")
    layer.weights, layer.biases = [[1, 10]], [[0]]
    np.testing.assert_array_equal(layer.forward([[1, 2], [3, 4]]), [[31, 42]])


@pytest.mark.parametrize(
    ("shape", "hint"),
    [((3,), ""), ((5, 2), "; transpose it"), ((3, 3), ""), ((), ""), ((2, 2, 2), "")],
)
def test_inputs_of_another_size_are_refused(shape, hint):
    message = (
        "Layer(2, 3, relu) takes 2 inputs per sample, one sample per column, "
        f"got an array of shape {shape}{hint}"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        worked_layer().forward(np.ones(shape))


def test_refused_inputs_leave_the_last_ones_in_place():
    layer = worked_layer()
    layer.forward([10, 1])
    with pytest.raises(ValueError, match="takes 2 inputs"):
        layer.forward([1, 2, 3])
    np.testing.assert_array_equal(layer.inputs, [[10], [1]])
    np.testing.assert_array_equal(layer.outputs, [[12.5], [33], [-56]])


# Gradients ---------------------------------------------------------------------------------

KINKED_AT_ZERO = ("relu", "leaky_relu", "selu", "ramp")


def slope(f, at, h=1e-6):
    """Return ∂f/∂at by central differences, moving one number of `at` in place at a time."""
    result = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        kept = at[index]
        at[index] = kept + h
        above = f()
        at[index] = kept - h
        result[index] = (above - f()) / (2 * h)
        at[index] = kept
    return result


@pytest.mark.parametrize("name", ACTIVATIONS)
@settings(deadline=None)
@given(
    sizes=st.permutations([1, 2, 3, 4, 5]).map(lambda sizes: sizes[:3]),
    seed=st.integers(0, 2**32 - 1),
)
def test_gradients_are_the_slopes_of_the_loss(name, sizes, seed):
    n_in, n_out, m = sizes
    rng = np.random.default_rng(seed)
    layer = Layer(n_in, n_out, name, rng=rng)
    a_prev, da = rng.normal(0, 1, (n_in, m)), rng.normal(0, 1, (n_out, m))

    def loss():
        return float((da * layer.forward(a_prev)).sum())

    loss()
    z = layer.outputs
    assume(name not in KINKED_AT_ZERO or np.abs(z).min() > 1e-3)
    gradients = layer.gradients(da)
    close = {"rtol": 1e-6, "atol": 1e-8}
    np.testing.assert_allclose(gradients.d_weights, slope(loss, layer.weights), **close)
    np.testing.assert_allclose(gradients.d_biases, slope(loss, layer.biases), **close)
    np.testing.assert_allclose(gradients.da_prev, slope(loss, a_prev), **close)
    by_z = slope(lambda: float((da * layer.activation(z)).sum()), z)
    np.testing.assert_allclose(gradients.dz, by_z, **close)
    for gradient, like in zip(gradients, (z, layer.weights, layer.biases, a_prev), strict=True):
        assert gradient.shape == like.shape


def test_gradients_of_a_worked_example():
    layer = worked_layer()
    layer.forward([10, 1])
    dz, d_weights, d_biases, da_prev = layer.gradients(np.array([[1.0], [2], [7]]))
    np.testing.assert_array_equal(dz, [[1], [2], [0]])  # the third neuron is off
    np.testing.assert_array_equal(d_weights, [[10, 1], [20, 2], [0, 0]])
    np.testing.assert_array_equal(d_biases, [[1], [2], [0]])
    np.testing.assert_array_equal(da_prev, [[7], [10]])


def test_gradients_change_nothing():
    layer = worked_layer()
    layer.forward([10, 1])
    before = layer.theta.copy()
    assert isinstance(layer.gradients(np.ones((3, 1))), Gradients)
    np.testing.assert_array_equal(layer.theta, before)


def test_gradients_from_dz_skip_the_activation():
    layer = worked_layer()
    layer.forward([10, 1])
    dz, d_weights, _, da_prev = layer.gradients_from_dz(np.array([[1.0], [2], [7]]))
    np.testing.assert_array_equal(dz, [[1], [2], [7]])
    np.testing.assert_array_equal(d_weights, [[10, 1], [20, 2], [70, 7]])
    np.testing.assert_array_equal(da_prev, [[1 + 6 - 35], [2 + 8 - 42]])


# Backward ----------------------------------------------------------------------------------


def test_backward_updates_and_returns_da_prev_of_the_old_weights():
    layer = worked_layer()
    layer.forward([10, 1])
    theta, weights, biases = layer.theta, layer.weights, layer.biases
    da_prev = layer.backward([[1], [2], [7]], learning_rate=0.5)
    np.testing.assert_array_equal(da_prev, [[7], [10]])
    np.testing.assert_array_equal(weights, [[-4, 1.5], [-7, 3], [-5, -6]])
    np.testing.assert_array_equal(biases, [[0], [-2], [0]])
    assert layer.theta is theta


def test_backward_sums_over_the_samples():
    a_prev, da = np.array([[10.0, 2], [1, 3]]), np.array([[1.0, 0], [2, 1], [7, 3]])
    layer = worked_layer()
    before = layer.theta.copy()
    layer.forward(a_prev)
    layer.backward(da, 0.25)
    together, apart = layer.theta - before, np.zeros_like(before)
    for column in range(2):
        layer.theta[:] = before
        layer.forward(a_prev[:, column])
        layer.backward(da[:, [column]], 0.25)
        apart += layer.theta - before
    np.testing.assert_allclose(together, apart, rtol=1e-14)


@pytest.mark.parametrize("shape", [(3,), (2, 1), (3, 2), (1, 3)])
def test_backward_refuses_another_shape_and_changes_nothing(shape):
    layer = worked_layer()
    layer.forward([10, 1])
    before = layer.theta.copy()
    message = f"da has the shape of the layer's last output, (3, 1), got {shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        layer.backward(np.ones(shape), 0.1)
    np.testing.assert_array_equal(layer.theta, before)


def test_backward_before_forward_says_so():
    with pytest.raises(ValueError, match=r"\(3, 0\), got \(3, 1\); call forward first$"):
        worked_layer().backward(np.ones((3, 1)), 0.1)


# Parameters --------------------------------------------------------------------------------


def test_weights_and_biases_are_views_of_theta():
    layer = worked_layer()
    np.testing.assert_array_equal(layer.theta, [1, 2, 3, 4, -5, -6, 0.5, -1, 0])
    layer.theta[:] = np.arange(9)
    np.testing.assert_array_equal(layer.weights, [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(layer.biases, [[6], [7], [8]])
    layer.weights[2, 1] = 50
    layer.biases[0, 0] = 60
    np.testing.assert_array_equal(layer.theta, [0, 1, 2, 3, 4, 50, 60, 7, 8])


def test_assigning_copies_the_values_in():
    layer = worked_layer()
    theta, values = layer.theta, np.ones((3, 2))
    layer.weights = values
    values[:] = 5
    np.testing.assert_array_equal(layer.weights, np.ones((3, 2)))
    assert layer.theta is theta


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        (
            "weights",
            np.ones((2, 3)),
            "weights of Layer(2, 3, relu) have the shape (3, 2), got (2, 3)",
        ),
        ("weights", 1.0, "weights of Layer(2, 3, relu) have the shape (3, 2), got ()"),
        ("biases", np.ones(3), "biases of Layer(2, 3, relu) have the shape (3, 1), got (3,)"),
        ("biases", [[1.0]], "biases of Layer(2, 3, relu) have the shape (3, 1), got (1, 1)"),
    ],
)
def test_assigning_another_shape_is_refused(name, values, message):
    layer = worked_layer()
    before = layer.theta.copy()
    with pytest.raises(ValueError, match=re.escape(message)):
        setattr(layer, name, values)
    np.testing.assert_array_equal(layer.theta, before)


@DTYPES
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_dtype_is_kept_throughout(name, dtype):
    layer = Layer(2, 3, name, dtype=dtype)
    a = layer.forward(np.ones((2, 4), dtype=np.float64))
    assert layer.dtype == dtype
    da_prev = layer.backward(np.ones((3, 4), dtype=np.float64), np.float64(0.1))
    layer.weights = np.ones((3, 2), dtype=np.float64)
    everything = (
        a,
        da_prev,
        layer.theta,
        layer.weights,
        layer.biases,
        layer.inputs,
        layer.outputs,
        *layer.gradients(np.ones((3, 4), dtype=dtype)),
    )
    assert {array.dtype for array in everything} == {np.dtype(dtype)}


# Making one --------------------------------------------------------------------------------


def test_an_activation_is_a_name_or_an_object():
    assert Layer(1, 1, "relu").activation is relu
    assert Layer(1, 1, relu).activation is relu
    assert Layer(1, 1, activation_function="relu").activation is relu
    square = Activation("square", lambda z: z * z, lambda z, a: 2 * z)
    layer = Layer(1, 1, square)
    layer.weights, layer.biases = [[3]], [[0]]
    assert layer.forward([2.0]) == 36
    assert layer.backward([[1.0]], 0.0) == 2 * 6 * 3


def test_repr_says_how_to_make_it():
    assert repr(Layer(2, 6, relu)) == "Layer(2, 6, relu)"


def test_weights_are_drawn_before_biases_from_minus_one_to_one():
    layer = Layer(2, 3, "relu", rng=7)
    rng = np.random.default_rng(7)
    np.testing.assert_array_equal(layer.weights, rng.uniform(-1, 1, (3, 2)))
    np.testing.assert_array_equal(layer.biases, rng.uniform(-1, 1, (3, 1)))


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState, int, np.int64])
def test_every_kind_of_rng_repeats_itself(make):
    first, second = (Layer(4, 3, "relu", rng=make(5)) for _ in range(2))
    np.testing.assert_array_equal(first.theta, second.theta)
    assert (first.theta != Layer(4, 3, "relu", rng=make(6)).theta).any()


def test_an_rng_given_leaves_the_global_one_alone():
    before = np.random.get_state()
    Layer(4, 3, "relu", rng=1)
    np.testing.assert_equal(np.random.get_state(), before)


def test_an_initializer_may_be_a_function():
    layer = Layer(2, 3, "relu", initializer=lambda rng, n, k: (np.full((k, n), 2), np.ones((k, 1))))
    np.testing.assert_array_equal(layer.theta, [2] * 6 + [1] * 3)


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "message"),
    [
        ((0, 3, "relu"), {}, ValueError, "n_inputs must be at least 1, got 0"),
        ((2, -1, "relu"), {}, ValueError, "n_neurons must be at least 1, got -1"),
        ((2.0, 3, "relu"), {}, TypeError, "n_inputs is a whole number, got 2.0"),
        ((2, "3", "relu"), {}, TypeError, "n_neurons is a whole number, got '3'"),
        ((2, 3, "rellu"), {}, ValueError, "unknown activation 'rellu'; did you mean 'relu'?"),
        ((2, 3, np.tanh), {}, TypeError, "an object with f(z) and derivative(z)"),
        ((2, 3, None), {}, TypeError, "an object with f(z) and derivative(z)"),
        ((2, 3, "relu"), {"dtype": int}, ValueError, "dtype must be float32 or float64"),
        ((2, 3, "relu"), {"dtype": np.float16}, ValueError, "dtype must be float32 or float64"),
        ((2, 3, "relu"), {"initializer": "he"}, ValueError, "unknown initializer 'he'"),
        ((2, 3, "relu"), {"initializer": 3}, TypeError, "an initializer is a name or a function"),
        ((2, 3, "relu"), {"rng": "seed"}, TypeError, "rng is a seed"),
        (
            (2, 3, "relu"),
            {"initializer": lambda rng, n, k: (np.ones((n, k)), np.ones((k, 1)))},
            ValueError,
            "weights of Layer(2, 3, relu) have the shape (3, 2), got (2, 3)",
        ),
    ],
)
def test_arguments_that_cannot_be_used_are_named(arguments, keywords, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Layer(*arguments, **keywords)


def test_numpy_integers_are_sizes():
    layer = Layer(np.int64(2), np.uint8(3), "relu")
    assert layer.weights.shape == (3, 2)
    assert type(layer.n_neurons) is int


def test_the_source_of_random_numbers_is_the_global_one_unless_given():
    generator = np.random.default_rng(0)
    assert random_source(None) is np.random
    assert random_source(generator) is generator


# Joining -----------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    lists=st.lists(
        st.permutations(range(4)).flatmap(lambda order: st.integers(1, 4).map(lambda n: order[:n])),
        min_size=1,
        max_size=6,
    )
)
def test_joining_any_lists_of_layers_keeps_every_value_and_never_overlaps(lists):
    layers = [Layer(2, 2, "tanh", rng=seed) for seed in range(4)]
    expected = [layer.theta.copy() for layer in layers]
    for step, chosen in enumerate(lists):
        theta = joined([layers[i] for i in chosen])
        np.testing.assert_array_equal(theta, np.concatenate([expected[i] for i in chosen]))
        theta += step + 1
        for i in chosen:
            expected[i] += step + 1
        for layer, values in zip(layers, expected, strict=True):
            np.testing.assert_array_equal(layer.theta, values)
            assert layer.theta.flags.c_contiguous
        assert theta.flags.c_contiguous


def test_neighbours_in_memory_that_are_no_parts_of_one_array_are_moved_together():
    """So lie the layers of a network that was unpickled from one block of bytes."""
    layers = [Layer(2, 2, "tanh", rng=seed) for seed in range(2)]
    expected = np.concatenate([layer.theta for layer in layers])
    block = bytearray(expected.tobytes())
    for i, layer in enumerate(layers):
        layer.theta = np.frombuffer(block, count=6, offset=i * 6 * expected.itemsize)
    theta = joined(layers)
    np.testing.assert_array_equal(theta, expected)
    theta += 1
    np.testing.assert_array_equal(np.concatenate([x.theta for x in layers]), expected + 1)


ELSEWHERE = {
    "a row of a table": lambda numbers: np.tile(numbers, (3, 1))[1],
    "the last row of a table": lambda numbers: np.tile(numbers, (2, 1))[1],
    "a column of a table": lambda numbers: np.repeat(numbers, 3).reshape(-1, 3)[:, 1],
    "backwards": lambda numbers: numbers[::-1].copy()[::-1],
    "a part of bytes": lambda numbers: np.frombuffer(b"12345678" + numbers.tobytes())[1:],
    "memory of another type": lambda numbers: numbers.view(np.int64).copy().view(np.float64),
}


@pytest.mark.parametrize("lay", ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize("count", [1, 2])
def test_layers_are_joined_wherever_the_user_laid_them(lay, count):
    layers = [Layer(2, 2, "tanh", rng=seed) for seed in range(count)]
    expected = np.concatenate([layer.theta for layer in layers])
    whole = lay(expected)
    for i, layer in enumerate(layers):
        layer.theta = whole[6 * i : 6 * i + 6]
    theta = joined(layers)
    np.testing.assert_array_equal(theta, expected)
    assert theta.flags.c_contiguous
    for i, layer in enumerate(layers):
        assert np.shares_memory(layer.theta, theta)
        np.testing.assert_array_equal(layer.theta, expected[6 * i : 6 * i + 6])


def test_threads_that_join_the_same_layers_get_the_same_vector():
    for seed in range(20):
        layers = [Layer(60, 60, "tanh", rng=seed) for _ in range(3)]
        found = at_once(partial(joined, layers))
        assert len({theta.ctypes.data for theta in found}) == 1


def test_joining_what_lies_together_moves_nothing():
    layers = [Layer(2, 3, "relu"), Layer(3, 4, "relu"), Layer(4, 1, "relu")]
    theta = joined(layers)
    for part in (layers, layers[:2], layers[1:], layers[1:2]):
        assert np.shares_memory(joined(part), theta)
    np.testing.assert_array_equal(joined(layers[1:2]), theta[9:25])
