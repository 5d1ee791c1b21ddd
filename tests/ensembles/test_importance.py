"""Importance and losses of members: only on rows that they did not see, and as worked by hand."""

import numpy as np
import pytest

from chainrule import Layer, Perceptron
from chainrule.ensembles import (
    Ensemble,
    FeatureRoles,
    FittedEnsemble,
    held_out_losses,
    learn_inputs,
    losses_on,
    permutation_importance,
)
from chainrule.losses import get_loss


def linear(weights, bias=0.0):
    layer = Layer(len(weights), 1, "identity", rng=0)
    layer.weights, layer.biases = np.array([weights]), np.array([[bias]])
    return Perceptron([layer])


def fitted_by_hand(x, networks, held_out_by, loss="squared_error"):
    """Return an ensemble of given networks, with their z of the rows that each held out."""
    inputs = learn_inputs(x, FeatureRoles())
    held_out = np.empty((len(x), 1))
    for place, network in enumerate(networks):
        held_out[held_out_by == place] = network.predict(x[held_out_by == place])
    return FittedEnsemble(
        Ensemble(inputs, networks, get_loss(loss), np.zeros(1)),
        held_out,
        held_out_by,
        histories=(),
        loss=0.0,
        baseline_loss=1.0,
        temperature=1.0,
    )


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 4))
    return x, (2 * x[:, :1] - x[:, 2:3]), np.arange(600) % 3


def test_importance_of_a_linear_answer_is_its_squared_weight_times_the_variance(rows):
    # ½ E (w·(x − x'))² = w² Var x, where the answer was right before
    x, y, by = rows
    fitted = fitted_by_hand(x, [linear([2.0, 0.0, -1.0, 0.0])] * 3, by)
    blocks = [slice(0, 1), slice(1, 2), slice(2, 3), slice(3, 4)]
    found = permutation_importance(fitted, x, y, blocks, repeats=40)
    assert found.shape == (4, 120)
    np.testing.assert_allclose(
        found.mean(axis=1)[[0, 2]], [4 * x[:, 0].var(), x[:, 2].var()], rtol=0.03
    )
    np.testing.assert_allclose(found[[1, 3]], 0, atol=1e-12)


def test_features_of_one_column_are_permuted_together(rows):
    x, _, by = rows
    x[:, 1] = -x[:, 0]
    fitted = fitted_by_hand(x, [linear([1.0, 1.0, 0.0, 0.0])] * 3, by)
    y = np.zeros((600, 1))
    together = permutation_importance(fitted, x, y, [slice(0, 2)])
    apart = permutation_importance(fitted, x, y, [slice(0, 1)])
    np.testing.assert_allclose(together, 0, atol=1e-12)
    assert apart.mean() > 0.5


def test_a_network_is_asked_for_the_rows_alone_that_it_held_out(rows):
    x, y, by = rows
    networks = [linear([2.0, 0.0, -1.0, 0.0]), linear([0.0, 5.0, 0.0, 0.0]), linear([0.0] * 4)]
    seen = []
    for network in networks:
        predict = network.predict
        network.predict = lambda rows, predict=predict: seen.append(rows) or predict(rows)
    fitted = fitted_by_hand(x, networks, by)
    seen.clear()
    found = permutation_importance(fitted, x, y, [slice(3, 4)], repeats=1)
    of_members = seen[1:]  # the first is asked whether these are the rows of the fit
    own = [{tuple(row) for row in x[by == place][:, :3]} for place in range(3)]
    asked = [{tuple(row) for row in rows[:, :3] if row.any()} for rows in of_members]
    assert all(any(some <= rows for rows in own) for some in asked)
    assert asked[0] <= own[0]
    assert asked[-1] <= own[2]
    np.testing.assert_allclose(found, 0, atol=1e-12)


def test_the_seed_decides_and_many_rows_are_drawn_from(rows):
    x, y, by = rows
    fitted = fitted_by_hand(x, [linear([1.0] * 4)] * 3, by)

    def found(**options):
        return permutation_importance(fitted, x, y, [slice(0, 1)], **options)

    np.testing.assert_array_equal(found(seed=1), found(seed=1))
    assert (found(seed=1) != found(seed=2)).any()
    assert (found(most_rows=60) != found()).any()


def test_rows_that_are_not_those_of_the_fit_are_refused(rows):
    x, y, by = rows
    fitted = fitted_by_hand(x, [linear([1.0] * 4)] * 3, by)
    with pytest.raises(ValueError, match=r"fitted to 600 rows, and these are 10; give the rows"):
        permutation_importance(fitted, x[:10], y[:10], [slice(0, 1)])
    with pytest.raises(ValueError, match=r"another order; give the rows of the fit"):
        permutation_importance(fitted, x[::-1], y[::-1], [slice(0, 1)])


def test_one_answer_for_all_relies_on_no_column(rows):
    x, y, by = rows
    fitted = fitted_by_hand(x, [], by)
    np.testing.assert_array_equal(
        permutation_importance(fitted, x, y, [slice(0, 1)] * 2), [[0], [0]]
    )


def test_losses_of_members_and_of_their_mean_by_hand():
    x, y = np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [4.0]])
    fitted = fitted_by_hand(x, [linear([1.0]), linear([0.0], 2.0)], np.array([0, 1, 1]))
    np.testing.assert_allclose(held_out_losses(fitted, y), [0.0, (0.0 + 2.0) / 2])
    alone, together = losses_on(fitted.ensemble, x, y)
    np.testing.assert_allclose(alone, [(0 + 0 + 0.5) / 3, (0.5 + 0 + 2) / 3])
    np.testing.assert_allclose(together, (0.125 + 0 + 1.125) / 3)


def test_the_mean_of_probabilities_is_scored_as_scikit_learn_does():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 2))
    y = (rng.random((50, 1)) < 0.5).astype(float)
    networks = [linear([3.0, 0.0]), linear([0.0, -2.0], 1.0)]
    fitted = fitted_by_hand(x, networks, np.arange(50) % 2, "binary_cross_entropy")
    alone, together = losses_on(fitted.ensemble, x, y)
    z = np.array([3 * x[:, 0], 1 - 2 * x[:, 1]])
    p = 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(alone, [metrics.log_loss(y, one) for one in p])
    np.testing.assert_allclose(together, metrics.log_loss(y, p.mean(axis=0)))
