"""What cannot be used gets one clear line before anything is trained."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from chainrule import MLPClassifier, MLPRegressor
from chainrule.activations import identity
from chainrule.losses import Loss, binary_cross_entropy

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
X_NUMBERS, y_numbers = load_diabetes(return_X_y=True)
ONES = np.ones(len(y))
OPTIONS = {"hidden_layer_sizes": (8,), "max_iter": 3, "random_state": 0}
NAMES = np.array(["a", "b", "c"], dtype=object)[y]


def but(values, row, value):
    """Return a copy with another value in a row."""
    copy = np.array(values)
    copy[row] = value
    return copy


PARAMETERS = [
    ({"hidden_layer_sizes": (10.0,)}, r"whole numbers, one for each hidden layer, got \[10.0\]"),
    ({"hidden_layer_sizes": (3, True)}, "whole numbers"),
    ({"scoring": "acuracy"}, "'scoring' .* did you mean 'accuracy'"),
    ({"activation": ["rellu"]}, "did you mean 'relu'"),
    ({"activation": [3]}, "an activation is a name or an object"),
    ({"dropout": [0.1]}, "1 rates for 2 layers"),
    ({"dropout": [0.1, 1.0]}, r"in \[0, 1\), got 1.0"),
    ({"class_weight": {0: -1.0}}, "number of at least 0 for each class, got -1.0 for 0"),
    ({"class_weight": {0: "high"}}, "got 'high' for 0"),
    ({"class_weight": dict.fromkeys(range(3), 0)}, "all rows to train on have the weight 0"),
    ({"early_stopping": True, "validation_fraction": 0.999}, "validation_fraction=0.999 of 150"),
    ({"early_stopping": True, "validation_fraction": 0.0}, "validation_fraction=0 of 150"),
    ({"early_stopping": True, "validation_fraction": 0.001}, "validation set is too small"),
    (
        {"initial_weights": ([np.full((4, 8), np.nan), np.zeros((8, 3))], [np.zeros(8)] * 2)},
        "have the shapes",
    ),
    (
        {
            "initial_weights": (
                [np.full((4, 8), np.inf), np.zeros((8, 3))],
                [np.zeros(8), np.zeros(3)],
            )
        },
        "the weights of layer 1 are not finite",
    ),
]


@pytest.mark.parametrize(("options", "words"), PARAMETERS, ids=lambda value: str(value)[:40])
def test_parameters(options, words):
    with pytest.raises((ValueError, TypeError), match=words):
        MLPClassifier(**(OPTIONS | options)).fit(X, y)


ROWS = [
    ({"y": but(y.astype(float), 3, np.nan)}, "Input y contains NaN in row 3"),
    ({"y": but(NAMES, 3, None)}, "Input y contains NaN in row 3"),
    ({"y": but(NAMES, 3, np.nan)}, "Input y contains NaN in row 3"),
    ({"sample_weight": but(ONES, 7, np.inf)}, "Input sample_weight contains infinity .* in row 7"),
    ({"X_val": but(X, (5, 1), np.nan), "y_val": y}, "Input X_val contains NaN in row 5, column 1"),
    ({"X_val": X, "y_val": but(y.astype(float), 2, np.nan)}, "Input y_val contains NaN in row 2"),
    ({"X_val": X, "y_val": y + 1}, r"`y_val` has classes not in `self.classes_`"),
    ({"sample_weight_val": ONES}, "sample_weight_val goes with X_val and y_val"),
    ({"y_val": y}, "go together"),
]


@pytest.mark.parametrize(("given", "words"), ROWS, ids=lambda value: str(value)[:40])
def test_rows(given, words):
    model = MLPClassifier(**OPTIONS)
    with pytest.raises(ValueError, match=words):
        model.fit(**({"X": X, "y": y} | given))
    assert not hasattr(model, "coefs_")


def test_validation_targets_are_held_to_what_is_learnt():
    with pytest.raises(ValueError, match="y_val has 2 outputs, but MLPRegressor learns 1"):
        MLPRegressor(**OPTIONS).fit(
            X_NUMBERS, y_numbers, X_val=X_NUMBERS, y_val=np.c_[y_numbers, y_numbers]
        )
    with pytest.raises(ValueError, match="Some values of y_val are out of the valid range"):
        MLPRegressor("poisson", **OPTIONS).fit(
            X_NUMBERS, y_numbers, X_val=X_NUMBERS, y_val=-y_numbers
        )


def test_validation_rows_set_apart_need_some_weight():
    model = MLPClassifier(**OPTIONS, early_stopping=True)
    with pytest.raises(ValueError, match="all rows to validate on have the weight 0"):
        model.fit(X, y, np.r_[ONES[:3], np.zeros(147)])


def test_lbfgs_has_no_epochs_to_validate_after():
    with pytest.raises(ValueError, match="not for 'lbfgs'"):
        MLPClassifier(**OPTIONS, solver="lbfgs").fit(X, y, X_val=X, y_val=y)


def test_what_overflows_cannot_be_standardized():
    with pytest.raises(ValueError, match=r"numbers of X in column 0 .* too large"):
        MLPClassifier(**OPTIONS, standardize=True).fit(1e200 * X, y)


def test_there_is_nothing_to_transform_without_a_hidden_layer():
    model = MLPClassifier((), max_iter=3).fit(X, y)
    for method in ("transform", "fit_transform", "get_feature_names_out"):
        with pytest.raises(AttributeError, match=f"no attribute '{method}'") as caught:
            getattr(model, method)
        assert "without a hidden layer" in str(caught.value.__cause__)


def test_a_link_of_ones_own_has_no_slope():
    own = Loss(
        "own",
        lambda z, y: ((z**3 - y) ** 2).sum(axis=0),
        lambda z, y: 6 * z**2 * (z**3 - y),
        lambda z: z**3,
    )
    model = MLPRegressor(own, **OPTIONS).fit(X_NUMBERS, y_numbers / 300)
    with pytest.raises(ValueError, match="link of the loss 'own' is not known"):
        model.input_gradients(X_NUMBERS)


def test_a_raw_output_of_ones_own_loss_is_scaled_and_has_a_slope():
    value, dz = lambda z, y: ((z - y) ** 2 / 2).sum(axis=0), lambda z, y: z - y
    own = Loss("own", value, dz, identity.f)
    far = 1e4 + 1000 * y_numbers
    models = [
        MLPRegressor(loss, **OPTIONS, standardize=True).fit(X_NUMBERS, far)
        for loss in ("squared_error", own)
    ]
    usual, mine = (model.predict(X_NUMBERS) for model in models)
    np.testing.assert_allclose(mine, usual, rtol=1e-9)
    usual, mine = (model.input_gradients(X_NUMBERS) for model in models)
    np.testing.assert_allclose(mine, usual, rtol=1e-6)


def test_a_link_of_ones_own_is_asked_whatever_it_looks_like():
    value, dz = lambda z, y: ((z - y) ** 2 / 2).sum(axis=0), lambda z, y: z - y
    capped = Loss("capped", value, dz, lambda z: np.minimum(z, 50.0))
    model = MLPRegressor(capped, **OPTIONS | {"max_iter": 300}, learning_rate_init=0.01)
    assert model.fit(X_NUMBERS, y_numbers).predict(X_NUMBERS).max() == 50.0
    mixed = Loss("mixed", value, dz, lambda z: np.stack([z[0], z[1], np.exp(z[2])]))
    several = np.column_stack([y_numbers, y_numbers, y_numbers]) / 300
    model = MLPRegressor(mixed, **OPTIONS).fit(X_NUMBERS, several)
    z = model.perceptron_.predict(X_NUMBERS)
    np.testing.assert_allclose(model.predict(X_NUMBERS)[:, 2], np.exp(z[:, 2]))


def test_sparse_rows_cannot_be_shifted():
    model = MLPClassifier(**OPTIONS, standardize=True).fit(X, y)
    with pytest.raises(ValueError, match=r"sparse rows cannot be shifted.*toarray"):
        model.predict(csr_array(X))
    with pytest.raises(ValueError, match=r"sparse rows cannot be shifted"):
        model.partial_fit(csr_array(X), y)


def test_a_score_that_takes_no_weights():
    model = MLPClassifier(
        **OPTIONS, early_stopping=True, scoring=lambda estimator, X, y: estimator.score(X, y)
    )
    model.fit(X, y)
    with pytest.raises(ValueError, match=r"takes no sample_weight.*make_scorer"):
        model.fit(X, y, np.ones(len(y)))


def test_a_list_of_class_weights_is_for_several_labels():
    with pytest.raises(ValueError, match=r"may have several labels; here it has one"):
        MLPClassifier(**OPTIONS, class_weight=[{0: 1.0}]).fit(X, y)


def test_several_labels_and_classes_by_name():
    several = np.column_stack([y == 0, y == 1]).astype(int)
    model = MLPClassifier(**OPTIONS).fit(X, several, classes=[0, 1])
    assert model.predict(X).shape == (150, 2)


def test_a_known_link_has_one():
    share = (y_numbers > 150).astype(float)
    model = MLPRegressor(binary_cross_entropy, **OPTIONS, standardize=True).fit(X_NUMBERS, share)
    predicted = model.predict(X_NUMBERS)
    assert 0 < predicted.min() < predicted.max() < 1
    step = 1e-6 * np.eye(10)[4]
    slope = (model.predict(X_NUMBERS + step) - model.predict(X_NUMBERS - step)) / 2e-6
    np.testing.assert_allclose(model.input_gradients(X_NUMBERS)[:, 4], slope, rtol=1e-5, atol=1e-8)


# Scales --------------------------------------------------------------------------------------


def remedies(model, X, y):
    """Return what is said of `standardize` while fitting."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    assert all(warning.filename == __file__ for warning in caught)
    said = [w for w in caught if "standardize=True" in str(w.message)]
    assert all(warning.category is ConvergenceWarning for warning in said)
    return [str(warning.message) for warning in said]


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
def test_targets_far_from_0_are_named_once_where_training_went_badly(loss):
    far = 1e4 + 5 * y_numbers
    (said,) = remedies(MLPRegressor(loss, **OPTIONS), X_NUMBERS, far)
    assert re.search(r"targets are far from 0 \(mean 1.08e\+04, spread 385\)", said)
    assert not remedies(MLPRegressor(loss, **OPTIONS, standardize=True), X_NUMBERS, far)


@pytest.mark.parametrize("options", [{"class_weight": {0: 9.0}}, {"label_smoothing": 0.2}])
def test_losses_of_another_size_are_no_bad_training(options):
    wide = X * [1, 1, 1, 0.005]
    model = MLPClassifier((8,), max_iter=200, learning_rate_init=0.05, random_state=0, **options)
    assert not remedies(model, wide, y)


def test_a_penalty_is_no_bad_training():
    rng = np.random.default_rng(0)
    wide = rng.normal(size=(200, 3)) * [1, 1, 0.005]
    target = wide[:, 0] + wide[:, 1]
    target /= target.std()
    model = MLPRegressor(alpha=40.0, max_iter=30, random_state=0)
    assert not remedies(model, wide, target)
    assert model.score(wide, target) > 0.4
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.set_params(alpha=0.4).fit(wide, target, np.full(200, 0.01))
    assert not [w for w in caught if "standardize=True" in str(w.message)]


def test_one_epoch_says_nothing_of_scales():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MLPRegressor(**OPTIONS).partial_fit(X_NUMBERS, 1e4 + y_numbers)
