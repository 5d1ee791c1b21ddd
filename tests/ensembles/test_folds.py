import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chainrule.ensembles.folds import folds_of


@given(n=st.integers(1, 60), k=st.integers(1, 9), seed=st.integers(0, 99))
def test_folds_have_about_one_size(n, k, seed):
    x = np.random.default_rng(seed).normal(size=(n, 2))
    sizes = np.bincount(folds_of(x, k, np.random.default_rng(seed)), minlength=k)
    assert sizes.sum() == n
    assert sizes.max() - sizes.min() <= 1


@given(shares=st.lists(st.integers(1, 20), min_size=2, max_size=4), k=st.integers(2, 6))
def test_every_class_is_spread_over_the_folds(shares, k):
    classes = np.repeat(np.arange(len(shares)), shares)
    x = np.random.default_rng(0).normal(size=(len(classes), 1))
    folds = folds_of(x, k, np.random.default_rng(1), classes)
    for number in range(len(shares)):
        sizes = np.bincount(folds[classes == number], minlength=k)
        assert sizes.max() - sizes.min() <= 1


def test_copies_stay_together_where_most_rows_are_copies():
    rng = np.random.default_rng(0)
    different = rng.normal(size=(40, 3)).astype(np.float32)
    which = rng.integers(40, size=300)
    folds = folds_of(different[which], 5, rng)
    for number in range(40):
        assert len(set(folds[which == number])) <= 1
    assert set(folds) == set(range(5))


def test_a_minus_zero_is_a_zero():
    x = np.repeat(np.arange(30.0), 3)[:, np.newaxis]
    x[1] = -0.0
    assert len(set(folds_of(x, 4, np.random.default_rng(0))[:3])) == 1


def test_few_copies_are_dealt_out_as_all_rows():
    x = np.random.default_rng(0).normal(size=(100, 2))
    x[50:60] = x[:10]
    folds = folds_of(x, 5, np.random.default_rng(0))
    assert (folds[50:60] != folds[:10]).any()


def test_ratings_are_equal_by_chance():
    x = np.random.default_rng(0).integers(1, 6, size=(200, 1)).astype(float)
    assert np.bincount(folds_of(x, 4, np.random.default_rng(0))).tolist() == [50] * 4


def test_rows_of_few_categories_are_equal_by_chance():
    x = np.eye(3)[np.random.default_rng(0).integers(3, size=200)]
    folds = folds_of(x, 4, np.random.default_rng(0))
    assert np.bincount(folds).tolist() == [50] * 4
