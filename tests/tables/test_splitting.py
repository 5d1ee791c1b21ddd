import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.tables import TableError, split_rows


@settings(max_examples=60, deadline=None)
@given(
    n_rows=st.integers(10, 300),
    test_size=st.sampled_from([0.0, 0.1, 0.2, 0.4]),
    validation_size=st.sampled_from([0.0, 0.1, 0.15, 0.4]),
    n_classes=st.none() | st.integers(1, 12),
    seed=st.integers(0, 2**32 - 1),
)
def test_disjoint_covering_and_repeatable(n_rows, test_size, validation_size, n_classes, seed):
    labels = n_classes and np.random.default_rng(seed).integers(0, n_classes, n_rows)
    options = {"test_size": test_size, "validation_size": validation_size, "seed": seed}
    split, again = (split_rows(n_rows, labels, **options) for _ in range(2))
    parts = [split.train, split.validation, split.test]
    assert sorted(np.concatenate(parts)) == list(range(n_rows))
    assert all((np.diff(part) > 0).all() for part in parts)
    assert len(split.test) == pytest.approx(test_size * n_rows, abs=1)
    assert len(split.validation) == pytest.approx(validation_size * n_rows, abs=1)
    for part, same in zip(parts, [again.train, again.validation, again.test], strict=True):
        assert (part == same).all()
    if labels is not None and not split.notes:
        assert all(set(labels[part]) == set(labels) for part in parts if len(part))


def test_each_part_has_its_share_of_each_class():
    labels = np.repeat([0, 1, 2], [100, 60, 40])
    split = split_rows(200, labels, test_size=0.2, validation_size=0.1, seed=3)
    assert split.notes == ()
    assert np.bincount(labels[split.test]).tolist() == [20, 12, 8]
    assert np.bincount(labels[split.validation]).tolist() == [10, 6, 4]
    assert np.bincount(labels[split.train]).tolist() == [70, 42, 28]


def test_another_seed_another_split():
    splits = [split_rows(50, test_size=0.2, validation_size=0, seed=seed).test for seed in (0, 1)]
    assert splits[0].tolist() != splits[1].tolist()


def test_too_rare_a_class():
    labels = np.repeat([0, 1], [99, 1])
    split = split_rows(100, labels, test_size=0.2, validation_size=0.1, seed=0)
    assert split.notes == (
        "a class has too few rows to share out, so rows are dealt out regardless of class",
    )
    assert len(split.test) == 20


@pytest.mark.parametrize("n_rows", [0, 1, 9])
def test_too_few_rows(n_rows):
    with pytest.raises(TableError, match=f"{n_rows} rows? cannot be shared out; give 10"):
        split_rows(n_rows, test_size=0.2, validation_size=0.1, seed=0)


@pytest.mark.parametrize(
    ("test_size", "validation_size", "message"),
    [
        (-0.1, 0.1, r"test_size must be in \[0, 1\), got -0.1"),
        (1.0, 0.1, "test_size must be in .* got 1.0"),
        (0.1, float("nan"), "validation_size must be in .* got nan"),
        (0.5, 0.5, "leave no rows to train on; give fractions that sum to less than 1"),
    ],
)
def test_sizes_out_of_range(test_size, validation_size, message):
    with pytest.raises(ValueError, match=message):
        split_rows(100, test_size=test_size, validation_size=validation_size, seed=0)


def test_too_few_rows_left_for_training():
    with pytest.raises(TableError, match="leave too few for training; give smaller fractions"):
        split_rows(10, test_size=0.5, validation_size=0.49, seed=0)
