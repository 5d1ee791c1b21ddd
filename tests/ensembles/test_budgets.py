"""A time and a memory that are kept: which epochs, members and rows there is room for."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import TabularClassifier, TabularRegressor
from chainrule.ensembles import BinnedNumber, FeatureRoles, Recipe, budgets, fit_ensemble
from chainrule.ensembles.budgets import Deadline, affordable
from chainrule.losses import get_loss
from chainrule.training import History, Run

SMALL = Recipe(hidden=(8,), members=4, epochs=15, batch_size=16, least_steps=0, learning_rate=0.03)
ROLES = FeatureRoles((BinnedNumber(0), BinnedNumber(1)))


def rows(n=90):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 2)).astype(np.float32)
    return x, (x[:, :1] + x[:, 1:] ** 2 - 1).astype(np.float32)


def fit(n=90, recipe=SMALL, **options):
    return fit_ensemble(*rows(n), get_loss("squared_error"), ROLES, recipe, seed=0, **options)


@given(st.floats(0, 1e6), st.integers(1, 64), st.integers(1, 32), st.integers(1, 100))
def test_what_is_affordable_takes_no_longer_and_is_never_nothing(time_for, cores, members, epochs):
    found = affordable(time_for, cores, Recipe(epochs=epochs), members)
    assert min(8, epochs) <= found.epochs <= epochs
    assert 1 <= found.members <= members
    assert 0 <= found.share <= 1
    rounds = -(-found.members // min(cores, members))
    assert rounds * found.epochs * found.share <= time_for + 1e-9
    if found.members < members:
        assert found.epochs == min(8, epochs)  # members go last


@given(st.floats(0, 1e4), st.floats(0, 1e4))
def test_more_time_is_never_less_training(one, other):
    less, more = (affordable(x, 2, Recipe(), 8) for x in sorted((one, other)))
    assert less.epochs * less.members * less.share <= more.epochs * more.members * more.share


def test_enough_time_gives_the_bits_of_no_limit():
    found, free = fit(max_time=1e6), fit()
    np.testing.assert_array_equal(found.held_out, free.held_out)


@pytest.mark.parametrize(("seconds", "members"), [(0.3, 4), (8.0, 2)])
def test_too_little_time_takes_epochs_then_members(monkeypatch, seconds, members):
    # at 0.3 s an epoch 40 s are 2 rounds of 60 epochs, at 8 s 36 of the 40 s are 4 epochs of one
    monkeypatch.setattr(budgets, "_seconds_of_an_epoch", lambda *_: seconds)
    recipe = replace(SMALL, epochs=100)
    found = fit(max_time=40.0, recipe=recipe, n_threads=2)
    assert len(found.histories) == members
    assert max(map(len, found.histories)) <= (60 if members == 4 else 8)
    assert np.isnan(found.held_out).any() == (members < 4)
    assert np.isfinite(found.loss)


def test_a_deadline_that_is_over_leaves_an_answer_all_the_same():
    found = fit(n=30, max_time=1e-9)
    assert np.isfinite(found.ensemble.predict(rows()[0])).all()


def test_a_deadline_ends_a_run_and_says_so():
    run = Run([], History([{"epoch": 1, "loss": 0.5}]), epochs=5)
    assert not Deadline(time.monotonic() + 1e6)(run)
    assert Deadline(time.monotonic())(run)
    assert run.history.stopped == "the time was over after 1 of 5 epochs"


@pytest.mark.parametrize("n_threads", [1, 2])
def test_less_memory_gives_the_same_bits(monkeypatch, n_threads):
    groups = []
    train = budgets.train_side_by_side
    from chainrule.ensembles import fitting

    def watched(runs, n_threads):
        groups.append(len(runs))
        return train(runs, n_threads)

    monkeypatch.setattr(fitting, "train_side_by_side", watched)
    free = fit(n=2000, n_threads=n_threads)
    found = fit(n=2000, max_memory=75_000, n_threads=n_threads)
    assert groups[0] == 4
    assert sum(groups[1:]) == 4
    assert max(groups[1:]) < 4
    np.testing.assert_array_equal(found.held_out, free.held_out)
    np.testing.assert_array_equal(*(each.ensemble.predict(rows()[0]) for each in (found, free)))


def test_too_little_memory_is_said():
    with pytest.raises(MemoryError, match=r"the ensemble needs about .* MB beside the table, but"):
        fit(max_memory=10)


def test_budgets_out_of_range_are_refused():
    for name in ("max_time", "max_memory"):
        with pytest.raises(ValueError, match=f"{name} must be above 0"):
            fit(**{name: 0.0})
        for kind in (TabularClassifier, TabularRegressor):
            with pytest.raises(ValueError, match=f"{name} must be above 0"):
                kind(**{name: -1.0}).fit(rows()[0], rows()[1][:, 0] > 0)
