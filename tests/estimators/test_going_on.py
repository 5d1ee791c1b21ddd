"""Fits that go on from another one: exact and plain warm starts, `partial_fit`, ends on the way."""

from __future__ import annotations

import pickle
from copy import deepcopy

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn import neural_network as scikit_learn
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler

from chainrule import DivergenceError, MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
X_NUMBERS, y_numbers = load_diabetes(return_X_y=True)
y_numbers = (y_numbers - y_numbers.mean()) / y_numbers.std()


def classifier(**options):
    return MLPClassifier(
        **({"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0} | options)
    )


def bits(model):
    return b"".join(array.tobytes() for array in [*model.coefs_, *model.intercepts_])


# Exact warm starts ---------------------------------------------------------------------------

EXACT = [
    {"dropout": 0.3},
    {"dropout": [0.1, 0.2], "solver": "sgd"},
    {"early_stopping": True, "n_iter_no_change": 100},
    {"early_stopping": True, "scoring": "loss", "validation_fraction": 0.3},
    {"restore_best": True, "learning_rate_init": 0.5},
    {"warm_up": 8.0},
    {"learning_rate": "exponential"},
    {"learning_rate": "plateau", "tol": 0.1, "n_iter_no_change": 2},
    {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 2},
    {"standardize": True, "class_weight": "balanced"},
]


@pytest.mark.parametrize("options", EXACT, ids=str)
def test_an_exact_warm_start_is_one_long_fit(options):
    whole = classifier(max_iter=12, **options).fit(X, y)
    parts = classifier(warm_start="exact", max_iter=5, **options).fit(X, y)
    parts = pickle.loads(pickle.dumps(parts))
    parts.set_params(max_iter=7).fit(X, y)
    assert bits(parts) == bits(whole)
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.validation_scores_ == whole.validation_scores_
    assert (parts.n_iter_, whole.n_iter_) == (7, 12)
    assert parts.history_.weights_epoch == whole.history_.weights_epoch


def test_an_exact_warm_start_goes_on_from_weights_that_the_user_gives():
    model = classifier(warm_start="exact", early_stopping=True, max_iter=3).fit(X, y)
    twin = deepcopy(model)
    model.coefs_[0][...] = 0.0
    for each in (model, twin):
        each.set_params(max_iter=1).fit(X, y)
    assert model.loss_curve_[:3] == twin.loss_curve_[:3]
    assert model.loss_curve_[3] != twin.loss_curve_[3]


def test_a_schedule_reckons_with_max_iter_calls_of_partial_fit():
    model = classifier(learning_rate="cosine", max_iter=10)
    rates = []
    for _ in range(12):
        rates += model.partial_fit(X, y, classes=[0, 1, 2]).history_["learning_rate"]
    wanted = 0.5 * (1 + np.cos(np.pi * np.arange(10) / 10)) * 0.001
    np.testing.assert_allclose(rates[:10], wanted)


# Parameters that have changed ----------------------------------------------------------------


@pytest.mark.parametrize("again", ["fit", "partial_fit"])
def test_other_hidden_layers_need_a_new_network(again):
    model = classifier(warm_start=True).fit(X, y).set_params(hidden_layer_sizes=(5, 2))
    with pytest.raises(ValueError, match=r"have \[8\] neurons.* asks for \[5, 2\]"):
        getattr(model, again)(X, y)


def test_other_activations_are_those_of_the_next_fit():
    model = classifier().fit(X, y)
    before = model.predict_proba(X)
    model.set_params(activation="tanh")
    np.testing.assert_array_equal(model.predict_proba(X), before)
    np.testing.assert_array_equal(deepcopy(model).predict_proba(X), before)
    theirs = scikit_learn.MLPClassifier((8,), max_iter=20, random_state=0, warm_start=True)
    theirs.fit(X, y).set_params(activation="tanh", max_iter=5).fit(X, y)
    model.set_params(warm_start=True, max_iter=5).fit(X, y)
    np.testing.assert_allclose(model.coefs_[0], theirs.coefs_[0], rtol=1e-8, atol=1e-10)
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(model)).predict_proba(X), model.predict_proba(X)
    )


def test_another_solver_begins_with_an_empty_memory():
    first = classifier(solver="sgd").partial_fit(X, y, classes=[0, 1, 2])
    other = classifier(initial_weights=(first.coefs_, first.intercepts_), shuffle=False)
    other.partial_fit(X, y, classes=[0, 1, 2])
    first.set_params(solver="adam", shuffle=False).partial_fit(X, y)
    assert bits(first) == bits(other)


COUNTS = np.random.default_rng(0).poisson(np.exp(1 + 2 * X_NUMBERS[:, 2]))


def regressor(**options):
    fixed = {"hidden_layer_sizes": (20,), "random_state": 0, "learning_rate_init": 0.01}
    return MLPRegressor(**(fixed | options))


@pytest.mark.parametrize(("first", "then"), [("squared_error", "poisson"), ("poisson", "huber")])
@pytest.mark.parametrize("again", ["fit", "partial_fit"])
def test_predictions_follow_the_link_of_another_loss(first, then, again):
    model = regressor(loss=first, warm_start=True, max_iter=100).fit(X_NUMBERS, COUNTS)
    getattr(model.set_params(loss=then), again)(X_NUMBERS, COUNTS)
    z = model.perceptron_.predict(X_NUMBERS).ravel()
    np.testing.assert_allclose(
        model.predict(X_NUMBERS), np.exp(z) if then == "poisson" else z, rtol=1e-12
    )
    assert model.out_activation_ == ("exp" if then == "poisson" else "identity")


@pytest.mark.parametrize("then", [True, False])
def test_a_loss_of_other_units_needs_a_new_network(then):
    model = regressor(warm_start=True, standardize=True, max_iter=5).fit(X_NUMBERS, COUNTS)
    before = model.predict(X_NUMBERS)
    with pytest.raises(ValueError, match=r"standardize.*loss.*warm_start=False"):
        model.set_params(loss="poisson", standardize=then).fit(X_NUMBERS, COUNTS)
    model.set_params(loss="squared_error")
    np.testing.assert_array_equal(model.predict(X_NUMBERS), before)


def test_standardize_changes_nothing_of_a_network_that_goes_on():
    models = [regressor(warm_start=True, max_iter=5).fit(X_NUMBERS, COUNTS) for _ in range(2)]
    for model, standardize in zip(models, (False, True), strict=True):
        model.set_params(standardize=standardize).fit(X_NUMBERS, COUNTS)
    assert bits(models[0]) == bits(models[1])


def test_the_best_score_is_of_the_scores_there_are_now():
    model = classifier(warm_start=True).fit(X, y, X_val=X, y_val=y)
    model.set_params(scoring="loss").fit(X, y, X_val=X, y_val=y)
    assert model.best_validation_score_ == max(model.validation_scores_[20:]) < 0


def test_the_loss_on_validation_rows_is_that_of_now():
    stopping = {"early_stopping": True, "scoring": "loss", "n_iter_no_change": 1000}
    model = regressor(loss="poisson", warm_start=True, max_iter=20, **stopping)
    before = bits(model.fit(X_NUMBERS, COUNTS))
    assert (
        bits(model.set_params(loss="squared_error", max_iter=200).fit(X_NUMBERS, COUNTS)) != before
    )
    assert model.score(X_NUMBERS, COUNTS) > 0


def test_a_scorer_of_before_is_not_kept():
    model = classifier(early_stopping=True, scoring=lambda e, X, y: e.score(X, y)).fit(X, y)
    assert pickle.loads(pickle.dumps(model.set_params(scoring=None))).n_iter_ == model.n_iter_


def test_the_best_accuracy_is_no_measure_of_another_score():
    model = classifier(
        warm_start=True, early_stopping=True, validation_fraction=0.3, n_iter_no_change=100
    ).fit(X, y)
    before = bits(model)
    model.set_params(scoring="loss", max_iter=40).fit(X, y)
    assert bits(model) != before
    assert model.best_validation_score_ == max(model.validation_scores_[20:]) < 0


def test_losses_of_other_quantiles_are_not_compared():
    model = regressor(
        loss="quantile", quantile=np.array([0.1, 0.9]), restore_best=True, warm_start=True
    )
    model.set_params(max_iter=30).fit(X_NUMBERS, y_numbers)
    before = bits(model)
    model.set_params(quantile=np.array([0.4, 0.6])).fit(X_NUMBERS, y_numbers)
    assert bits(model) != before


def test_the_best_weights_are_those_of_the_loss_that_is_asked_for_now():
    model = classifier(warm_start=True, restore_best=True, learning_rate_init=0.05).fit(X, y)
    before = np.abs(model.coefs_[0]).sum()
    model.set_params(alpha=100.0, max_iter=50).fit(X, y)
    assert np.abs(model.coefs_[0]).sum() < 0.5 * before


def test_the_best_loss_is_no_measure_of_a_score():
    model = classifier(warm_start=True, learning_rate_init=0.05).fit(X, y)
    model.set_params(early_stopping=True, validation_fraction=0.3, n_iter_no_change=3)
    model.set_params(max_iter=100).fit(X, y)
    assert model.best_validation_score_ == max(model.validation_scores_) > 0.5
    best = len(model.loss_curve_) - len(model.validation_scores_)
    best += 1 + int(np.argmax(model.validation_scores_))
    assert model.history_.weights_epoch == best - 20
    model.set_params(early_stopping=False, max_iter=5).fit(X, y)
    assert model.best_loss_ == min(model.loss_curve_[-5:])


def test_as_many_outputs_as_before():
    model = MLPRegressor(hidden_layer_sizes=(8,)).partial_fit(X_NUMBERS, y_numbers)
    two = np.c_[y_numbers, y_numbers]
    with pytest.raises(ValueError, match="y has 2 outputs, but MLPRegressor learns 1"):
        model.partial_fit(X_NUMBERS, two)
    with pytest.raises(ValueError, match="y has 2 outputs"):
        model.set_params(warm_start=True).fit(X_NUMBERS, two)


# Classes -------------------------------------------------------------------------------------


def test_a_warm_start_knows_the_classes_that_were_named():
    model = classifier(warm_start=True).fit(X[50:], y[50:], classes=[0, 1, 2])
    model.fit(X[50:], y[50:], classes=[0, 1, 2])
    assert model.predict_proba(X).shape == (150, 3)
    with pytest.raises(ValueError, match="same classes as in the previous"):
        model.fit(X[50:], y[50:], classes=[0, 1, 2, 3])


def test_a_fit_that_failed_has_said_nothing_of_the_classes():
    model = classifier(warm_start=True)
    with pytest.raises(ValueError, match="Negative values"):
        model.fit(X, y, np.full(150, -1.0))
    assert list(model.fit(X[:100], y[:100]).classes_) == [0, 1]


# Going on in parts ---------------------------------------------------------------------------


def test_partial_fit_goes_on_with_the_optimizer_of_fit():
    theirs, ours = (
        home.MLPClassifier((8,), random_state=np.random.RandomState(0), max_iter=5).fit(X, y)
        for home in (scikit_learn, __import__("chainrule"))
    )
    for model in (theirs, ours):
        model.partial_fit(X, y).partial_fit(X, y)
    for a, b in zip(theirs.coefs_, ours.coefs_, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-8, atol=1e-12)


def test_a_model_in_a_read_only_file_goes_on(tmp_path):
    model = classifier().partial_fit(X, y, classes=[0, 1, 2])
    joblib.dump(model, tmp_path / "model")
    mapped = joblib.load(tmp_path / "model", mmap_mode="r")
    assert not mapped.coefs_[0].flags.writeable
    assert bits(mapped.partial_fit(X, y)) == bits(model.partial_fit(X, y))


def test_best_weights_are_for_fits_not_for_parts():
    plain, best = classifier(), classifier(restore_best=True)
    for rows in (slice(0, 100), slice(50, 150), slice(None)):
        for model in (plain, best):
            model.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    assert bits(plain) == bits(best)


# Ends on the way -----------------------------------------------------------------------------


def test_a_fit_that_diverged_tells_of_the_epochs_before():
    model = MLPRegressor(
        hidden_layer_sizes=(8,), solver="sgd", learning_rate_init=1e3, random_state=0
    )
    with pytest.raises(DivergenceError) as caught:
        model.fit(10 * X_NUMBERS, y_numbers)
    assert model.n_iter_ == len(model.loss_curve_) == caught.value.epoch - 1
    assert len(model.history_) == model.n_iter_


def test_lbfgs_names_the_iteration_where_it_diverged():
    model = MLPRegressor(hidden_layer_sizes=(8,), solver="lbfgs", random_state=0)
    with pytest.raises(DivergenceError, match=r"diverged in epoch 1: .* the initial ones"):
        model.fit(1e200 * X_NUMBERS, 1e200 * y_numbers)
    first = MLPRegressor(
        hidden_layer_sizes=(8,), max_iter=1, learning_rate_init=1e-12, random_state=0
    )
    first.fit(X_NUMBERS, y_numbers)
    for a, b in zip(model.coefs_, first.coefs_, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)


# Fits that are refused or break off ----------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "more"), [(MLPClassifier(), {"classes": [0, 1, 2]}), (MLPRegressor(), {})]
)
@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_a_first_fit_that_is_refused_leaves_nothing(model, more, call):
    wrong = X.copy()
    wrong[3, 2] = np.nan
    with pytest.raises(ValueError, match="row 3, column 2"):
        getattr(model, call)(wrong, y, **more)
    assert not [name for name in vars(model) if name.endswith("_")]
    assert "_label_binarizer" not in vars(model)
    with pytest.raises(NotFittedError):
        model.predict(X)


LATE = {
    "dropout": ({"dropout": [0.1, 0.1, 0.1]}, {}),
    "sparse validation rows": ({"standardize": True}, {"X_val": csr_array(X), "y_val": y}),
    "a scorer without weights": (
        {"early_stopping": True, "scoring": lambda e, X, y: e.score(X, y)},
        {"sample_weight": np.ones(len(y))},
    ),
}


@pytest.mark.parametrize(("options", "given"), LATE.values(), ids=LATE)
def test_a_fit_that_is_refused_late_leaves_the_last_one_too(options, given):
    model = classifier(max_iter=50).fit(X, y)
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match=r"dropout|sparse|sample_weight"):
        model.set_params(**options).fit(X, y, **given)
    np.testing.assert_array_equal(model.set_params(standardize=False).predict_proba(X), before)


def test_a_fit_that_is_refused_leaves_the_generator_where_it_was():
    one, other = (classifier(warm_start=True, batch_size=20) for _ in range(2))
    for call in range(4):
        for model in (one, other):
            model.partial_fit(X, y, classes=[0, 1, 2])
        if call == 1:
            other.set_params(class_weight={0: 0.0, 1: 0.0, 2: 0.0})
            with pytest.raises(ValueError, match="weight 0"):
                other.fit(X, y)
            other.set_params(class_weight=None)
    assert bits(one) == bits(other)


def test_a_fit_that_is_refused_leaves_the_last_one():
    model = classifier().fit(X, y)
    before = model.predict_proba(X)
    wrong = X[:, :3].copy()
    wrong[3, 2] = np.nan
    with pytest.raises(ValueError, match="row 3, column 2"):
        model.fit(wrong, y == 1)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    assert model.n_features_in_ == 4


def test_the_first_call_of_partial_fit_may_be_made_again_with_other_classes():
    model = classifier()
    wrong = np.where(np.arange(X.size).reshape(X.shape) == 5, np.inf, X)
    with pytest.raises(ValueError, match="row 1, column 1"):
        model.partial_fit(wrong, y, classes=[0, 1, 2])
    model.partial_fit(X, y, classes=[0, 1, 2, 3])
    assert len(model.classes_) == 4


def test_a_fit_that_diverges_keeps_the_best_weights_of_early_stopping():
    options = {"solver": "sgd", "learning_rate_init": 0.3, "n_iter_no_change": 99}
    held = {"early_stopping": True, "validation_fraction": 0.3}

    def leap(epoch, epochs):
        return np.where(np.asarray(epoch) < 12, 1.0, 1e300)

    whole = classifier(**options, **held, max_iter=12).fit(X, y)
    model = classifier(**options, **held, learning_rate=leap, max_iter=30)
    with pytest.raises(DivergenceError) as caught:
        model.fit(X, y)
    assert bits(model) == bits(whole)
    assert caught.value.weights_epoch == model.history_.weights_epoch < 12


@pytest.mark.parametrize("threads", [np.int64(2), np.int32(1)])
def test_threads_may_be_counted_in_numpys_numbers(threads):
    wide = {"hidden_layer_sizes": (200,), "max_iter": 2}
    one = classifier(**wide, n_threads=threads).fit(X, y)
    other = classifier(**wide).fit(X, y)
    assert bits(one) == bits(other)
