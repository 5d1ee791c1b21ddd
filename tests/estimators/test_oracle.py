"""With scikit-learn's parameters and a seed, a fit is scikit-learn's own: scikit-learn judges."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn import neural_network as scikit_learn
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    make_multilabel_classification,
)
from sklearn.exceptions import ConvergenceWarning

import chainrule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_BINARY, y_binary = load_breast_cancer(return_X_y=True)
X_BINARY = ((X_BINARY - X_BINARY.mean(0)) / X_BINARY.std(0))[:250]
y_binary = np.array(["benign", "malignant"])[y_binary[:250]]
X_CLASSES, y_classes = (array[:400] for array in load_digits(return_X_y=True))
X_CLASSES = X_CLASSES / 16
X_LABELS, y_labels = make_multilabel_classification(200, random_state=0)
X_NUMBERS, y_numbers = load_diabetes(return_X_y=True)
y_numbers = (y_numbers - y_numbers.mean()) / y_numbers.std()
COUNTS = np.random.default_rng(0).poisson(2.0, len(y_numbers)).astype(float)
PROBLEMS = {
    "binary": ("MLPClassifier", X_BINARY, y_binary, {}),
    "classes": ("MLPClassifier", X_CLASSES, y_classes, {}),
    "labels": ("MLPClassifier", X_LABELS, y_labels, {}),
    "numbers": ("MLPRegressor", X_NUMBERS, y_numbers, {}),
    "counts": ("MLPRegressor", X_NUMBERS, COUNTS, {"loss": "poisson"}),
}
TWO_NUMBERS = np.c_[y_numbers, 3 * y_numbers + X_NUMBERS[:, 0]]
TWO_COUNTS = np.c_[COUNTS, COUNTS[::-1]]
SOLVERS = {
    "adam": {"solver": "adam"},
    "sgd": {"solver": "sgd", "momentum": 0},
    "momentum": {"solver": "sgd", "nesterovs_momentum": False},
    "nesterov": {"solver": "sgd", "learning_rate_init": 0.01},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.1},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 2},
    "lbfgs": {"solver": "lbfgs"},
}
OPTIONS = {
    "two hidden layers": {"hidden_layer_sizes": (20, 10)},
    "no hidden layer": {"hidden_layer_sizes": ()},
    "one number": {"hidden_layer_sizes": 7},
    "in order": {"shuffle": False},
    "batches": {"batch_size": 32},
    "alpha": {"alpha": 3.0},
    "betas": {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-4},
    "early stopping": {"early_stopping": True, "validation_fraction": 0.3},
    "undamped": {"solver": "sgd", "momentum": 1.0, "max_iter": 5},
    "undamped, plain": {"solver": "sgd", "momentum": 1, "nesterovs_momentum": False, "max_iter": 5},
    "impatient": {"early_stopping": True, "n_iter_no_change": 1, "tol": 0.01},
}


ENDINGS = {
    "loss": {},
    "score": {"early_stopping": True, "validation_fraction": 0.3},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 0.1},
}


def both(kind, **options):
    options = {"hidden_layer_sizes": (15,), "max_iter": 10, "random_state": 1} | options
    return [getattr(home, kind)(**options) for home in (scikit_learn, chainrule)]


def assert_same(theirs, ours, X):
    for name in ("coefs_", "intercepts_"):
        for a, b in zip(getattr(theirs, name), getattr(ours, name), strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-8, atol=1e-8)
    for name in ("n_iter_", "n_layers_", "n_outputs_", "out_activation_", "t_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("loss_", "best_loss_", "best_validation_score_"):
        if hasattr(theirs, name):
            expected, actual = getattr(theirs, name), getattr(ours, name)
            assert actual == (expected if expected is None else pytest.approx(expected, rel=1e-8))
    for name in ("loss_curve_", "validation_scores_"):
        if getattr(theirs, name, None) is not None:
            np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-8)
    assert hasattr(ours, "loss_curve_") == hasattr(theirs, "loss_curve_")
    if hasattr(theirs, "classes_"):
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
        np.testing.assert_allclose(
            ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-7, atol=1e-12
        )
    else:
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_every_solver_and_activation(problem, solver, activation):
    kind, X, y, more = problem
    theirs, ours = both(kind, activation=activation, **solver, **more)
    assert_same(theirs.fit(X, y), ours.fit(X, y), X)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)
def test_several_counts(solver, activation):
    theirs, ours = both("MLPRegressor", activation=activation, loss="poisson", **solver)
    assert_same(theirs.fit(X_NUMBERS, TWO_COUNTS), ours.fit(X_NUMBERS, TWO_COUNTS), X_NUMBERS)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("solver", [name for name in SOLVERS if name != "lbfgs"])
def test_several_numbers(solver, activation):
    """The weights are theirs; the loss is the one that the gradient is of (test_differences)."""
    patient = {"n_iter_no_change": 100, "alpha": 0}
    theirs, ours = both("MLPRegressor", activation=activation, **(SOLVERS[solver] | patient))
    theirs.fit(X_NUMBERS, TWO_NUMBERS)
    ours.fit(X_NUMBERS, TWO_NUMBERS)
    for name in ("coefs_", "intercepts_"):
        for a, b in zip(getattr(theirs, name), getattr(ours, name), strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ours.loss_curve_, 2 * np.array(theirs.loss_curve_), rtol=1e-8)
    np.testing.assert_allclose(ours.predict(X_NUMBERS), theirs.predict(X_NUMBERS), rtol=1e-7)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_every_option(problem, options):
    kind, X, y, more = problem
    theirs, ours = both(kind, **({"max_iter": 30} | options | more))
    assert_same(theirs.fit(X, y), ours.fit(X, y), X)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_sample_weights(problem, solver, early_stopping):
    kind, X, y, more = problem
    weights = np.random.default_rng(3).uniform(0.1, 3, len(X))
    theirs, ours = both(kind, solver=solver, early_stopping=early_stopping, **more)
    assert_same(theirs.fit(X, y, weights), ours.fit(X, y, weights), X)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("kind", ["csr_array", "csc_matrix"])
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_sparse_rows(problem, kind, solver):
    estimator, X, y, more = problem
    X = getattr(scipy.sparse, kind)(X * (np.abs(X) > 0.02))
    theirs, ours = both(estimator, solver=solver, **more)
    assert_same(theirs.fit(X, y), ours.fit(X, y), X)


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_until_nothing_improves(problem, ending):
    kind, X, y, more = problem
    options = {"max_iter": 400, "learning_rate_init": 0.02, "tol": 5e-3} | ending | more
    theirs, ours = both(kind, **options)
    theirs.fit(X, y)
    assert theirs.n_iter_ < 400
    ours.fit(X, y)
    assert ours.n_iter_ == theirs.n_iter_
    if kind == "MLPClassifier":
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_warm_starts(problem, solver):
    kind, X, y, more = problem
    theirs, ours = both(kind, solver=solver, warm_start=True, **more)
    for max_iter in (3, 5, 2):
        for model in (theirs, ours):
            model.set_params(max_iter=max_iter).fit(X, y)
        assert_same(theirs, ours, X)


@pytest.mark.parametrize("rule", ["invscaling", "adaptive"])
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_warm_starts_with_a_falling_learning_rate(problem, rule):
    kind, X, y, more = problem
    falling = {"solver": "sgd", "learning_rate": rule, "learning_rate_init": 0.1}
    theirs, ours = both(kind, warm_start=True, max_iter=4, **falling, **more)
    for _ in range(3):
        for model in (theirs, ours):
            model.fit(X, y)
        assert_same(theirs, ours, X)


@pytest.mark.parametrize("activation", ["logistic", "relu"])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_linear_models(problem, solver, activation):
    """Without a hidden layer the activation still decides how large the first weights are."""
    kind, X, y, more = problem
    options = {"hidden_layer_sizes": (), "activation": activation, "max_iter": 5}
    theirs, ours = both(kind, solver=solver, **options, **more)
    assert_same(theirs.fit(X, y), ours.fit(X, y), X)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_partial_fits(problem, solver):
    """One generator for all calls: with an int scikit-learn's later calls all shuffle alike."""
    kind, X, y, more = problem
    theirs, ours = both(kind, solver=solver, **more)
    for model in (theirs, ours):
        model.set_params(random_state=np.random.RandomState(5))
    labels = np.arange(y.shape[1]) if y.ndim == 2 else np.unique(y)
    more = {"classes": labels} if kind == "MLPClassifier" else {}
    for part in (slice(0, 150), slice(50, 200), slice(0, 30)):
        for model in (theirs, ours):
            model.partial_fit(X[part], y[part], **more)
        assert_same(theirs, ours, X)


def test_float32_trains_close_to_scikit_learn():
    theirs, ours = both("MLPClassifier")
    X = X_CLASSES.astype(np.float32)
    theirs.fit(X, y_classes)
    ours.fit(X, y_classes)
    assert {coef.dtype for coef in ours.coefs_} == {np.dtype(np.float32)}
    for a, b in zip(theirs.coefs_, ours.coefs_, strict=True):
        np.testing.assert_allclose(b, a, atol=2e-4)


def said_by(model, X, y, capsys):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    return capsys.readouterr().out, [(w.category.__name__, str(w.message)) for w in caught]


SPEAKING = {
    "all epochs": {"max_iter": 3},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 2, "tol": 0.1},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "tol": 1.0, "max_iter": 200},
    "too large a batch": {"batch_size": 100_000, "max_iter": 2},
}


@pytest.mark.parametrize("options", SPEAKING.values(), ids=SPEAKING)
def test_what_it_says(options, capsys):
    theirs, ours = both("MLPClassifier", verbose=True, **options)
    expected = said_by(theirs, X_BINARY, y_binary, capsys)
    assert said_by(ours, X_BINARY, y_binary, capsys) == expected


@pytest.mark.parametrize("limit", ["max_iter", "max_fun"])
def test_what_it_says_where_lbfgs_does_not_converge(limit):
    said = []
    for model in both("MLPClassifier", solver="lbfgs", **{"max_iter": 50, limit: 3}):
        with pytest.warns(ConvergenceWarning) as caught:
            model.fit(X_CLASSES, y_classes)
        said.append(str(caught[0].message).partition("\nYou might also want to scale")[0])
    assert said[0] == said[1]
