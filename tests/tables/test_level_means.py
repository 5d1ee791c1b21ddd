"""Means of the target at the levels of a category."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.tables import Table, infer, learn
from chainrule.tables.level_features import add_level_means, use_means_of_other_folds
from chainrule.tables.level_means import at_levels, level_means, out_of_fold


def test_a_level_of_many_rows_has_its_mean_and_one_of_few_is_drawn_to_that_of_all():
    rng = np.random.default_rng(0)
    codes = np.concatenate([np.repeat([0, 1], 500), [2]])
    y = np.where(codes == 0, -1.0, 1.0)[:, np.newaxis] + rng.normal(size=(1001, 1))
    means = level_means(codes, y, 3).ravel()
    overall = y.mean()
    assert means[0] == pytest.approx(y[codes == 0].mean() - overall, rel=0.01)
    assert means[1] == pytest.approx(y[codes == 1].mean() - overall, rel=0.01)
    alone = y[-1, 0] - overall
    assert 0.3 < means[2] / alone < 0.7  # the variance within the levels is that between them


def test_levels_that_say_nothing_have_hardly_any_means():
    rng = np.random.default_rng(1)
    means = level_means(rng.integers(0, 50, 1000), rng.normal(size=(1000, 1)), 50)
    assert np.abs(means).max() < 0.12


def test_levels_that_say_all_have_theirs():
    codes = np.repeat(np.arange(5), 3)
    means = level_means(codes, codes[:, np.newaxis].astype(float), 5)
    np.testing.assert_allclose(means.ravel(), np.arange(5) - 2.0, atol=1e-9)


@given(
    n=st.integers(1, 30), n_levels=st.integers(1, 6), outputs=st.integers(1, 3),
    seed=st.integers(0, 50),
)  # fmt: skip
def test_a_row_never_sees_its_own_fold(n, n_levels, outputs, seed):
    rng = np.random.default_rng(seed)
    codes, folds = rng.integers(-1, n_levels, n), rng.integers(0, 4, n)
    y = rng.normal(size=(n, outputs))
    found = out_of_fold(codes, y, folds, n_levels)
    changed = y + 1e3 * (folds == folds[0])[:, np.newaxis] * rng.normal(size=(n, outputs))
    again = out_of_fold(codes, changed, folds, n_levels)
    np.testing.assert_array_equal(found[folds == folds[0]], again[folds == folds[0]])
    assert (found[codes < 0] == 0).all()
    assert np.isfinite(found).all()


def test_what_has_no_level_has_the_mean_of_all():
    means = np.array([[1.0], [2.0]])
    assert at_levels(means, np.array([1, -1, 0])).ravel().tolist() == [2.0, 0.0, 1.0]
    assert at_levels(np.empty((0, 1)), np.array([-1, -1])).shape == (2, 1)


def many_levels(n=600):
    rng = np.random.default_rng(0)
    level = rng.integers(0, 80, n)
    names = [None if i % 50 == 0 else f"L{v}" for i, v in enumerate(level)]
    table = Table("t", pl.DataFrame({"name": names}), np.arange(n), "row")
    return infer(table, target=None), (level - 40.0)[:, np.newaxis] / 20, rng.integers(0, 5, n)


def test_columns_with_means():
    typed, y, folds = many_levels()
    columns = learn(typed, np.arange(len(y)))
    with_means, training = add_level_means(columns, typed.table, y, folds)
    assert with_means.feature_names == [
        *columns.feature_names, "name: mean of the target, 1"
    ]  # fmt: skip
    later = with_means.encode_typed(typed.table).values
    assert (later[:, :-1] == columns.encode_typed(typed.table).values).all()
    known = typed.table.frame["name"].is_not_null().to_numpy()
    assert np.corrcoef(later[known, -1], y[known, 0])[0, 1] > 0.99
    assert (later[~known, -1] == 0).all()
    x = later.copy()
    use_means_of_other_folds(with_means, x, training)
    np.testing.assert_array_equal(x[:, -1:], training["name"])
    assert x[:, -1].std() == pytest.approx(1.0)
    assert (x[:, :-1] == later[:, :-1]).all()


def test_few_levels_and_many_outputs_have_none():
    typed, y, folds = many_levels()
    columns = learn(typed, np.arange(len(y)))
    assert add_level_means(columns, typed.table, np.repeat(y, 17, axis=1), folds) == (columns, {})
    few = infer(
        Table("t", pl.DataFrame({"name": ["a", "b"] * 300}), np.arange(600), "row"), target=None
    )
    columns = learn(few, np.arange(600))
    assert add_level_means(columns, few.table, y, folds)[1] == {}
