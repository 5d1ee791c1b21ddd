import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import Perceptron, check_gradients
from chainrule.ensembles import BinnedNumber, FeatureRoles, Recipe, learn_inputs
from chainrule.ensembles.members import new_network

ROOT3 = np.sqrt(3.0)


def test_a_ramp_is_the_piecewise_linear_encoding():
    x = np.array([[0.0, -ROOT3], [1.0, ROOT3], [0.5, 0.0]])
    roles = FeatureRoles((BinnedNumber(0, 1, n_bins=4),))
    inputs = learn_inputs(x, roles)
    embedding = inputs.embedding(np.random.default_rng(0), Recipe(), np.float64)
    positions = np.array([0.0, 0.5, 1.0, 2.25, 4.0])  # in bins
    rows = np.stack([positions, (positions - 2) / 4 * 2 * ROOT3], axis=1)
    encoded = embedding.forward(inputs.of_rows(rows).T).T[:, :4]
    by_hand = np.clip(positions[:, np.newaxis] - np.arange(4), 0, 1)
    np.testing.assert_allclose(encoded, by_hand, atol=1e-12)


def test_a_number_goes_in_twice_and_what_has_no_bins_once():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 4))
    x[:, 1] = np.linspace(-ROOT3, ROOT3, 50)
    roles = FeatureRoles((BinnedNumber(0, 1, 8), BinnedNumber(2)))
    inputs = learn_inputs(x, roles)
    assert inputs.features.tolist() == [1, 0, 2, 3]
    assert inputs.bins == (8,)
    embedding = inputs.embedding(rng, Recipe(), np.float64)
    assert (embedding.n_inputs, embedding.n_neurons) == (4, 8 + 3)


def test_of_heavy_tails_the_position_goes_in_twice():
    n = 400
    value = np.exp(5 * np.random.default_rng(2).normal(size=n))
    value = (value - value.mean()) / value.std()
    position = np.linspace(-ROOT3, ROOT3, n)
    inputs = learn_inputs(
        np.stack([value, position], axis=1), FeatureRoles((BinnedNumber(0, 1, 8),))
    )
    assert inputs.features.tolist() == [1, 1]


def test_a_number_that_is_zero_for_most_rows_has_no_heavy_tails():
    rng = np.random.default_rng(3)
    value = np.where(rng.random(1000) < 0.9, 0.0, rng.uniform(1, 2, 1000))
    x = np.stack([(value - value.mean()) / value.std(), np.zeros(1000)], axis=1)
    inputs = learn_inputs(x, FeatureRoles((BinnedNumber(0, 1, 8),)))
    assert inputs.features.tolist() == [1, 0]


def test_what_lies_far_out_counts_as_if_it_lay_at_the_edge():
    x = np.linspace(-1, 1, 20)[:, np.newaxis]
    inputs = learn_inputs(x, FeatureRoles((BinnedNumber(0),)))
    assert inputs.of_rows(np.array([[-50.0], [0.5], [1e6]])).ravel().tolist() == [-1.0, 0.5, 1.0]
    wide = learn_inputs(np.array([[-9.0], [0.0], [9.0]]), FeatureRoles((BinnedNumber(0),)))
    assert wide.of_rows(np.array([[9.0]])).item() == 4.0


def test_categories_of_many_levels_have_embeddings():
    x = np.eye(12, dtype=np.float32)
    inputs = learn_inputs(x, FeatureRoles(categories=((2, 12),)))
    assert inputs.features.tolist() == [*range(2, 12), 0, 1]
    embedding = inputs.embedding(np.random.default_rng(0), Recipe(n_embedded=3), np.float32)
    shapes = [(group.n_inputs, group.n_neurons) for group in embedding.groups]
    assert shapes == [(10, 3), (2, 2)]
    of_a_level = embedding.forward(inputs.of_rows(x[4:5]).T)[:3]
    np.testing.assert_array_equal(of_a_level, embedding.groups[0].weights[:, 2:3])


def test_flags_alone_need_no_embedding():
    inputs = learn_inputs(np.eye(3), FeatureRoles())
    assert inputs.embedding(np.random.default_rng(0), Recipe(), np.float64) is None


@given(
    n_numbers=st.integers(0, 3),
    n_bins=st.integers(1, 6),
    n_levels=st.sampled_from([0, 9, 11]),
    n_outputs=st.integers(1, 3),
)
def test_a_network_of_the_recipe_has_right_gradients(n_numbers, n_bins, n_levels, n_outputs):
    rng = np.random.default_rng(n_numbers + 10 * n_bins)
    m = 5
    values = rng.normal(size=(m, n_numbers))
    positions = rng.uniform(-ROOT3, ROOT3, size=(m, n_numbers))
    levels = np.eye(n_levels)[rng.integers(n_levels, size=m)] if n_levels else np.empty((m, 0))
    flag = rng.integers(2, size=(m, 1))
    x = np.hstack([values, positions, levels, flag])
    roles = FeatureRoles(
        tuple(BinnedNumber(i, n_numbers + i, n_bins) for i in range(n_numbers)),
        ((2 * n_numbers, 2 * n_numbers + n_levels),) if n_levels else (),
    )
    recipe = Recipe(hidden=(4, 3), activation="silu")
    inputs = learn_inputs(x, roles)
    network = new_network(inputs, n_outputs, recipe, rng, np.float64)
    assert isinstance(network, Perceptron)
    rows = inputs.of_rows(x)
    y = rng.normal(size=(m, n_outputs))
    report = check_gradients(network, rows, y, loss="squared_error")
    assert report.ok, report


@pytest.mark.parametrize(
    ("n_numbers", "bins"), [(1, 20), (20, 20), (40, 10), (200, 4), (256, 4), (257, 0), (0, 20)]
)
def test_wide_tables_have_fewer_bins(n_numbers, bins):
    recipe = Recipe(n_bins=20, most_bins=400, most_numbers=256)
    assert recipe.bins_of_a_number(n_numbers) == bins


def test_small_tables_have_smaller_batches():
    recipe = Recipe(epochs=64, batch_size=256, least_steps=1000)
    assert recipe.rows_of_a_batch(100_000) == 256
    assert recipe.rows_of_a_batch(700) == 32
    assert recipe.rows_of_a_batch(20) == 20
