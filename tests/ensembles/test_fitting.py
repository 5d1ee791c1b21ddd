from dataclasses import replace

import numpy as np
import pytest

from chainrule.ensembles import BinnedNumber, FeatureRoles, Recipe, fit_ensemble
from chainrule.losses import get_loss

SMALL = Recipe(hidden=(8,), members=3, epochs=15, batch_size=32, least_steps=0, learning_rate=0.03)
SQUARED, CROSS = get_loss("squared_error"), get_loss("binary_cross_entropy")
ROLES = FeatureRoles((BinnedNumber(0), BinnedNumber(1)))


def rows(n=90, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2)).astype(np.float32)
    return x, (x[:, :1] + x[:, 1:] ** 2 - 1).astype(np.float32)


def fit(x, y, loss=SQUARED, recipe=SMALL, **options):
    return fit_ensemble(x, y, loss, ROLES, recipe, **{"seed": 0, **options})


def test_every_row_is_answered_by_the_member_that_did_not_see_it():
    x, y = rows()
    found = fit(x, y)
    by_member = found.ensemble.raw_outputs(x)
    of_which = (by_member == found.held_out).all(axis=2)
    assert of_which.any(axis=0).all()
    assert of_which.sum(axis=1).tolist() == [30, 30, 30]


def test_each_member_has_the_weights_of_its_best_epoch():
    x, y = rows()
    found = fit(x, y)
    for number, history in enumerate(found.histories):
        losses = history["validation_loss"]
        assert history.weights_epoch == 1 + int(np.argmin(losses))
        z = found.ensemble.raw_outputs(x)[number]
        mine = (z == found.held_out).all(axis=1)
        mean = SQUARED.value(z[mine].T, y[mine].T).mean()
        assert mean == pytest.approx(min(losses), rel=1e-5)


def test_the_ensemble_answers_with_the_mean_of_its_members_answers():
    x, y = rows()
    found = fit(x, (y > 0).astype(float), CROSS)
    z = found.ensemble.raw_outputs(x).astype(float)
    by_hand = (1 / (1 + np.exp(-z))).mean(axis=0)
    np.testing.assert_allclose(found.ensemble.predict(x), by_hand, rtol=1e-12)


@pytest.mark.parametrize("n_threads", [1, 2, 3, 5])
def test_the_bits_do_not_depend_on_the_threads(n_threads):
    x, y = rows()
    found, again = fit(x, y, n_threads=n_threads), fit(x, y)
    np.testing.assert_array_equal(found.ensemble.predict(x), again.ensemble.predict(x))


def test_another_seed_is_another_ensemble():
    x, y = rows()
    assert (fit(x, y).held_out != fit(x, y, seed=1).held_out).any()


def test_a_row_has_the_same_answer_whatever_rows_stand_beside_it():
    x, y = rows()
    found = fit(x, y).ensemble
    whole = found.predict(x)
    for part in (slice(0, 1), slice(3, 20), slice(70, 90)):
        np.testing.assert_array_equal(found.predict(x[part]), whole[part])


def test_where_nothing_is_to_be_learnt_the_baseline_answers():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2)).astype(np.float32)
    y = (rng.random((60, 1)) < 0.3).astype(float)
    found = fit(x, y, CROSS, replace(SMALL, learning_rate=0.05))
    assert found.is_baseline
    assert found.loss >= found.baseline_loss
    np.testing.assert_allclose(found.ensemble.predict(x[:5]), y.mean(), rtol=1e-6)


def test_weights_count_in_training_and_on_held_out_rows():
    x, y = rows()
    weights = np.where(x[:, 0] > 0, 1.0, 0.01).astype(np.float32)
    found = fit(x, y, sample_weight=weights)
    losses = SQUARED.value(found.held_out.T.astype(float), y.T)
    assert found.loss == pytest.approx(np.average(losses, weights=weights), rel=1e-6)
    plain = SQUARED.value(fit(x, y).held_out.T.astype(float), y.T)
    seen = weights == 1.0
    assert losses[~seen].mean() / losses[seen].mean() > plain[~seen].mean() / plain[seen].mean()


def test_equal_rows_are_learnt_from_too():
    x, y = np.ones((5, 2), np.float32), np.arange(5.0)[:, np.newaxis]
    found = fit(x, y)
    assert np.isfinite(found.ensemble.predict(x)).all()


def test_fewer_rows_than_members():
    x, y = rows(2)
    found = fit(x, y, recipe=replace(SMALL, members=8))
    assert len(found.histories) == 2
    assert np.isfinite(found.ensemble.predict(x)).all()
