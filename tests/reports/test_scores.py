"""Scores against figures worked by hand and against another library's."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from chainrule.reports.baselines import majority_baseline, mean_baseline
from chainrule.reports.scores import classification_scores, regression_scores
from chainrule.reports.words import finite

# true 0 0 1 1 1, answers 0 1 1 1 0
TRUE = np.array([0, 0, 1, 1, 1])
SECOND = np.array([0.2, 0.6, 0.8, 0.9, 0.4])


@pytest.fixture
def scores():
    return classification_scores(TRUE, np.column_stack([1 - SECOND, SECOND]), ["no", "yes"])


def test_two_classes_by_hand(scores):
    assert scores.accuracy == pytest.approx(3 / 5)
    assert scores.confusion.tolist() == [[1, 1], [1, 2]]
    assert scores.balanced_accuracy == pytest.approx((1 / 2 + 2 / 3) / 2)
    # of the 6 pairs (no, yes), only (0.6, 0.4) is in the wrong order
    assert scores.roc_auc == pytest.approx(5 / 6)
    right = [0.8, 0.4, 0.8, 0.9, 0.4]
    assert scores.log_loss == pytest.approx(-sum(map(math.log, right)) / 5)
    assert scores.n_rows == 5
    assert scores.classes == ("no", "yes")


def test_each_class_by_hand(scores):
    no, yes = scores.by_class
    assert (no.precision, no.recall, no.f1, no.support) == (0.5, 0.5, 0.5, 2)
    assert (yes.precision, yes.recall) == pytest.approx((2 / 3, 2 / 3))
    assert yes.support == 3


def test_several_classes_against_sklearn():
    rng = np.random.default_rng(3)
    true = rng.integers(0, 4, 200)
    shares = rng.dirichlet(np.ones(4), 200)
    answers = shares.argmax(axis=1)
    scores = classification_scores(true, shares, list("abcd"))
    assert scores.accuracy == metrics.accuracy_score(true, answers)
    assert scores.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(true, answers))
    assert scores.roc_auc == pytest.approx(metrics.roc_auc_score(true, shares, multi_class="ovr"))
    of_classes = [(one.precision, one.recall, one.f1, one.support) for one in scores.by_class]
    np.testing.assert_allclose(
        np.transpose(of_classes), metrics.precision_recall_fscore_support(true, answers)
    )


def test_what_no_row_defines_is_none():
    shares = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1]])
    scores = classification_scores(np.array([0, 0]), shares, list("abc"))
    assert scores.roc_auc is None
    _, b, c = scores.by_class
    assert (b.precision, b.recall, b.f1) == (0.0, None, 0.0)
    assert (c.precision, c.recall, c.f1) == (None, None, None)
    assert scores.balanced_accuracy == 0.5


def test_certainty_that_is_wrong_has_a_finite_loss():
    scores = classification_scores(np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]]), "ab")
    assert math.isfinite(scores.log_loss)
    assert scores.log_loss > 10


def test_float32_probabilities_count_as_they_are():
    shares = np.full((3, 3), 1 / 3, np.float32)
    scores = classification_scores(np.array([0, 1, 2]), shares, "abc")
    assert scores.log_loss == pytest.approx(math.log(3))


@given(
    st.integers(2, 5).flatmap(
        lambda k: st.lists(
            st.tuples(
                st.integers(0, k - 1),
                st.lists(st.floats(0.01, 1), min_size=k, max_size=k),
            ),
            min_size=1,
            max_size=12,
        )
    )
)
def test_accuracy_is_the_share_on_the_diagonal(rows):
    true = np.array([code for code, _ in rows])
    shares = np.array([weights for _, weights in rows])
    k = shares.shape[1]
    scores = classification_scores(true, shares, [str(place) for place in range(k)])
    assert scores.accuracy == pytest.approx(np.trace(scores.confusion) / scores.confusion.sum())
    assert scores.confusion.sum(axis=1).tolist() == np.bincount(true, minlength=k).tolist()
    assert json.loads(json.dumps(scores.as_json(), allow_nan=False)) == scores.as_json()


def test_numbers_by_hand():
    scores = regression_scores(np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 5.0]))
    assert scores.mae == pytest.approx(1.0)
    assert scores.rmse == pytest.approx(math.sqrt(5 / 3))
    assert scores.r2 == pytest.approx(1 - 5 / 14)
    assert scores.n_rows == 3


@pytest.mark.parametrize("true", [[2.0], [2.0, 2.0, 2.0]])
def test_r2_needs_a_truth_that_varies(true):
    scores = regression_scores(np.array(true), np.array(true) + 1)
    assert scores.r2 is None
    assert scores.as_json() == {"rmse": 1.0, "mae": 1.0, "r2": None}


@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2), min_size=1, max_size=10))
def test_scores_of_numbers_are_json(pairs):
    true, predicted = np.transpose(pairs)
    scores = regression_scores(true, predicted)
    assert json.loads(json.dumps(scores.as_json(), allow_nan=False)) == scores.as_json()
    assert scores.mae <= scores.rmse * (1 + 1e-9) + 1e-150  # a tiny error's square is 0


def test_json_has_no_infinity():
    assert [finite(value) for value in (1.5, math.inf, -math.inf, math.nan)] == [
        1.5, None, None, None,
    ]  # fmt: skip


def test_majority_baseline_by_hand():
    baseline = majority_baseline(np.array([1, 1, 1, 0]), np.array([0, 1, 0]), ["no", "yes"])
    assert baseline.accuracy == pytest.approx(1 / 3)
    assert baseline.roc_auc == 0.5
    assert baseline.confusion.tolist() == [[0, 2], [0, 1]]
    expected = -(2 * math.log(0.25) + math.log(0.75)) / 3
    assert baseline.log_loss == pytest.approx(expected)


def test_majority_baseline_with_a_class_that_training_lacks():
    baseline = majority_baseline(np.array([0, 0]), np.array([0, 1, 2]), "abc")
    assert baseline.accuracy == pytest.approx(1 / 3)
    assert baseline.roc_auc == 0.5


def test_mean_baseline_by_hand():
    baseline = mean_baseline(np.array([1.0, 3.0]), np.array([2.0, 4.0]))
    assert (baseline.mae, baseline.rmse) == pytest.approx((1.0, math.sqrt(2)))
    assert baseline.r2 == pytest.approx(-1.0)


@pytest.mark.parametrize("size", [5e-324, 1e-200, 1.0, 1e200, 1.7e308])
def test_numbers_of_any_size_are_scored(size):
    truth, guess = size * np.array([-1.0, 1.0, 1.0]), size * np.array([-1.0, 1.0, -0.0])
    scores = regression_scores(truth, guess)
    assert scores.mae == pytest.approx(size / 3, rel=1e-9, abs=5e-324)
    assert scores.rmse == pytest.approx(size / np.sqrt(3), rel=1e-9, abs=5e-324)
    assert scores.r2 == pytest.approx(1 - 1 / (8 / 3))
    baseline = mean_baseline(truth, truth)
    assert baseline.r2 == pytest.approx(0.0, abs=0.2)
    assert np.isfinite(baseline.rmse)
