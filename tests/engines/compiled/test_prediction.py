"""Prediction in machine code: any number of rows, however they lie, from any thread."""

from __future__ import annotations

import gc
import itertools
import weakref
from functools import partial

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.at_once import at_once

from chainrule import Layer, Perceptron
from chainrule.activations import Activation
from chainrule.engines import reference
from chainrule.engines.compiled import Compiled, prediction
from chainrule.losses import huber, softmax_cross_entropy

TOLERANCE = {np.float64: 1e-12, np.float32: 2e-5}


def network(widths, activation="tanh", output="identity", dtype=np.float64):
    pairs = list(itertools.pairwise(widths))
    names = [activation] * (len(pairs) - 1) + [output]
    return Perceptron(
        [
            Layer(n_in, n_out, name, initializer="glorot_uniform", rng=seed, dtype=dtype)
            for seed, ((n_in, n_out), name) in enumerate(zip(pairs, names, strict=True))
        ]
    )


def rows(n, n_inputs, dtype=np.float64):
    return np.random.default_rng(n).normal(size=(n, n_inputs)).astype(dtype)


@settings(max_examples=80, deadline=None)
@given(
    widths=st.lists(st.sampled_from([1, 3, 16, 17, 130]), min_size=2, max_size=5),
    n=st.sampled_from([1, 2, 3, 4, 7, 9, 12, 16, 64, 65, 100, 131, 700]),
    loss=st.sampled_from([None, "softmax_cross_entropy", "squared_error", "poisson"]),
    dtype=st.sampled_from([np.float64, np.float32]),
    threads=st.sampled_from([None, 1, 3]),
    vector_bytes=st.sampled_from([None, 16, 32]),
)
def test_it_is_the_references(widths, n, loss, dtype, threads, vector_bytes):
    net, x = network(widths, dtype=dtype), rows(n, widths[0], dtype)
    engine = Compiled(threads, vector_bytes)
    expected = net.predict(x, loss=loss, engine="reference")
    actual = net.predict(x, loss=loss, engine=engine)
    assert actual.dtype == dtype
    scale = max(1, float(abs(expected).max()))
    np.testing.assert_allclose(
        actual, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * scale
    )
    z = engine.predict(net.layers, x)
    np.testing.assert_allclose(
        z, reference.predict(net.layers, x), rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * scale
    )


@pytest.mark.parametrize("output", ["sigmoid", "softplus", "relu"])
@pytest.mark.parametrize("n", [1, 70])
def test_the_output_layers_activation_is_applied(output, n):
    net, x = network([5, 8, 3], output=output), rows(n, 5)
    np.testing.assert_allclose(net.predict(x), net.forward(x.T).T, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("lay", [np.asarray, scipy.sparse.csr_array], ids=["dense", "CSR"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [40, 90, 100, 107, 3600, 3602])
def test_the_bits_do_not_depend_on_the_threads(n, dtype, lay):
    net, x = network([30, 400, 130, 4], dtype=dtype), lay(rows(n, 30, dtype))
    bits = {net.predict(x, engine=Compiled(threads)).tobytes() for threads in (1, 2, 3, 8)}
    assert len(bits) == 1


def test_a_sparse_table_is_shared_by_the_threads(monkeypatch):
    shared, require = [], prediction.lent
    monkeypatch.setattr(
        prediction, "lent", lambda *asked: (shared.append(asked[0]), require(*asked))[1]
    )
    net, x = network([30, 400, 130, 4]), rows(3600, 30)
    np.testing.assert_array_equal(
        net.predict(scipy.sparse.csr_array(x), engine=Compiled(2)),
        net.predict(x, engine=Compiled(1)),
    )
    assert shared == [2]


FORMS = {
    "Fortran order": np.asfortranarray,
    "reversed": lambda x: x[::-1][::-1],
    "backwards": lambda x: np.flip(np.flip(x, 0).copy(), 0),
    "every second column": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "some of more rows": lambda x: np.repeat(x, 2, axis=0)[::2],
    "float32": lambda x: x.astype(np.float32),
    "a list": lambda x: x.tolist(),
    "CSR": scipy.sparse.csr_array,
    "COO": scipy.sparse.coo_matrix,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("n", [1, 2, 70])
def test_the_form_of_the_rows_makes_no_difference(form, n):
    net, x = network([5, 8, 3]), rows(n, 5)
    np.testing.assert_allclose(net.predict(form(x)), net.predict(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n", [1, 3, 65, 70])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_named(n, wrong):
    net, x = network([5, 8, 3]), rows(n, 5)
    before = net.predict(x)
    x[n - 1, 2] = wrong
    with pytest.raises(ValueError, match=rf"x must be finite, got {wrong} in row {n - 1}, col"):
        net.predict(x)
    x[n - 1, 2] = rows(n, 5)[n - 1, 2]
    np.testing.assert_array_equal(net.predict(x), before)


@pytest.mark.parametrize("n", [2, 3, 65, 66])
def test_what_an_activation_says_of_zero_stays_out_of_the_numbers(n):
    """Beyond a layer's last neuron there is room, in which z is 0; 1/0 does no harm there."""
    inverse = Activation("inverse", lambda z: 1 / z, lambda z, a: -a * a)
    net, x = network([5, 3, 2]), rows(n, 5)
    net.layers[0].activation = inverse
    np.testing.assert_allclose(net.predict(x), net.forward(x.T).T, rtol=1e-12)


def test_the_rows_are_left_as_they_are_and_the_answer_is_the_callers():
    net, x = network([5, 8, 3], output="sigmoid"), rows(1, 5)
    before = x.copy()
    first, second = net.predict(x), net.predict(2 * x)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(first, net.predict(x))
    assert not np.shares_memory(first, second)


@pytest.mark.parametrize("n", [1, 9])
def test_it_follows_the_weights(n):
    net, x = network([5, 8, 3]), rows(n, 5)
    before = net.predict(x)
    net.layers[0].weights *= 2
    changed = net.predict(x)
    assert (changed != before).any()
    np.testing.assert_allclose(changed, net.forward(x.T).T, rtol=1e-12)
    _ = Perceptron([net.layers[1]]).theta  # moves nothing; the other way round does
    _ = Perceptron([net.layers[1], Layer(3, 2, "relu", rng=1)]).theta
    net.layers[1].biases += 1
    np.testing.assert_allclose(net.predict(x), changed + 1, rtol=1e-12)
    net.layers[0] = Layer(5, 8, "relu", rng=9)
    np.testing.assert_allclose(net.predict(x), net.forward(x.T).T, rtol=1e-12)
    net.layers[0].activation = net.layers[1].activation
    np.testing.assert_allclose(net.predict(x), net.forward(x.T).T, rtol=1e-12)


def test_an_activation_of_ones_own_may_change_between_two_calls():
    class Scaled:
        slope = 1.0

        def __call__(self, z):
            return self.slope * z

        def derivative(self, z):
            return self.slope * np.ones_like(z)

    net, x = network([2, 3, 1]), rows(1, 2)
    own = net.layers[0].activation = Scaled()
    before = net.predict(x)
    own.slope = 3.0
    np.testing.assert_allclose(net.predict(x), net.forward(x.T).T, rtol=1e-12)
    assert (net.predict(x) != before).any()


def test_what_cannot_be_traced_is_predicted_in_numpy():
    sorted_ = Activation("sorted", lambda z: np.sort(z, axis=0), lambda z, a: np.ones_like(z))
    net, x = network([2, 3, 1]), rows(4, 2)
    net.layers[0].activation = sorted_
    np.testing.assert_array_equal(net.predict(x), net.predict(x, engine="reference"))
    net.layers[0].activation, net.layers[1].activation = net.layers[1].activation, sorted_
    np.testing.assert_allclose(net.predict(x), net.predict(x, engine="reference"), rtol=1e-12)


def test_many_threads_predict_with_one_network():
    net = network([20, 64, 3])
    tables = [rows(n, 20) for n in (1, 2, 50, 300)]
    expected = [net.predict(x) for x in tables]
    wrong = []

    def work():
        for _ in range(30):
            for x, answer in zip(tables, expected, strict=True):
                if (net.predict(x) != answer).any():
                    wrong.append(x.shape)

    at_once(work)
    assert not wrong


@pytest.mark.parametrize("n", [1, 20])
def test_the_first_predictions_of_a_network_may_be_made_at_once(n):
    x = rows(n, 300)
    for seed in range(6):
        net = Perceptron([Layer(300, 300, "tanh", rng=seed), Layer(300, 3, "identity", rng=1)])
        expected = reference.predict(net.layers, x)
        answers = at_once(partial(net.predict, x))
        assert len(answers) == 4
        for answer in answers:
            np.testing.assert_allclose(answer, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("loss", ["squared_error", huber(2.0), softmax_cross_entropy(0.1)])
def test_a_loss_that_is_no_row_of_the_table_finds_its_predictor_again(loss, monkeypatch):
    output = "identity" if loss != "squared_error" else "sigmoid"
    net, x = network([5, 8, 3], output=output), rows(2, 5)
    expected = net.predict(x, loss=loss, engine="reference")
    net.predict(x, loss=loss)
    monkeypatch.setattr("chainrule.engines.compiled.Predictor", None)  # none is made any more
    np.testing.assert_allclose(net.predict(x, loss=loss), expected, rtol=1e-12)


def test_what_is_no_layer_any_more_is_named():
    net, x = network([5, 8, 3]), rows(2, 5)
    net.predict(x)
    net.layers[1] = "x"
    with pytest.raises(TypeError, match="made of at least one Layer"):
        net.predict(x)


@pytest.mark.parametrize("n", [1, 7, 3000])
@pytest.mark.parametrize(("own", "given"), [(np.float64, np.float32), (np.float32, np.float64)])
def test_rows_of_another_type_are_brought_to_the_networks(own, given, n):
    net, x = network([9, 16, 2], dtype=own), rows(n, 9, given)
    expected = reference.predict(net.layers, x.astype(own))
    for _ in range(3):  # the second call of a size goes another way
        actual = Compiled().predict(net.layers, x)
        assert actual.dtype == own
        np.testing.assert_allclose(actual, expected, rtol=TOLERANCE[own], atol=TOLERANCE[own])


def test_no_predictor_keeps_a_network_alive():
    net = network([3, 4, 2])
    for n in (1, 7, 7):
        net.predict(rows(n, 3))
    layer = weakref.ref(net.layers[0])
    del net
    gc.collect()
    assert layer() is None
