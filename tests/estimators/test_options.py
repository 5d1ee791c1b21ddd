"""What scikit-learn's estimators do not have, each option held to what it promises."""

from __future__ import annotations

import pickle
import re
import sys
import types
import warnings

import joblib
import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, d2_pinball_score, log_loss, r2_score
from sklearn.preprocessing import StandardScaler

from chainrule import MLPClassifier, MLPRegressor
from chainrule.activations import ACTIVATIONS, Activation
from chainrule.estimators.regressor import r_squared
from chainrule.estimators.steps import FOR_ALL
from chainrule.losses import huber
from chainrule.optimizers import Adam, RMSProp
from chainrule.schedules import Cosine

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_IRIS, y_iris = load_iris(return_X_y=True)
X_IRIS = StandardScaler().fit_transform(X_IRIS)
X_BINARY, y_binary = load_breast_cancer(return_X_y=True)
X_BINARY = StandardScaler().fit_transform(X_BINARY)
X_NUMBERS, y_numbers = load_diabetes(return_X_y=True)
y_numbers = (y_numbers - y_numbers.mean()) / y_numbers.std()


def classifier(**options):
    return MLPClassifier(
        **({"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0} | options)
    )


def regressor(**options):
    return MLPRegressor(
        **({"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0} | options)
    )


def bits(model):
    return b"".join(array.tobytes() for array in [*model.coefs_, *model.intercepts_])


# Losses, classes, weights --------------------------------------------------------------------


def test_class_weights_are_sample_weights():
    weights = {0: 1.0, 1: 2.0, 2: 0.5}
    ours = classifier(class_weight=weights).fit(X_IRIS, y_iris)
    by_row = classifier().fit(X_IRIS, y_iris, [weights[label] for label in y_iris])
    assert bits(ours) == bits(by_row)
    several = np.random.default_rng(0).uniform(0.5, 1, len(y_iris))
    both = classifier(class_weight=weights).fit(X_IRIS, y_iris, several)
    product = several * [weights[label] for label in y_iris]
    assert bits(both) == bits(classifier().fit(X_IRIS, y_iris, product))


def test_balanced_classes_raise_the_recall_of_a_rare_one():
    rare = np.flatnonzero(y_binary == 0)[::12]
    rows = np.r_[np.flatnonzero(y_binary == 1), rare]
    X, y = X_BINARY[rows][:, :3], y_binary[rows]
    plain, balanced = (
        classifier(class_weight=weight, max_iter=60, learning_rate_init=0.01).fit(X, y)
        for weight in (None, "balanced")
    )
    recall = [(model.predict(X)[y == 0] == 0).mean() for model in (plain, balanced)]
    assert recall[1] > recall[0]


def test_balanced_is_not_for_parts():
    assert not hasattr(classifier(class_weight="balanced"), "partial_fit")
    parts = classifier(class_weight={0: 2.0})  # of which one part has no such row
    parts.partial_fit(X_IRIS[50:], y_iris[50:], classes=[0, 1, 2])
    plain = classifier().partial_fit(X_IRIS[50:], y_iris[50:], classes=[0, 1, 2])
    assert bits(parts) == bits(plain)


def test_balanced_counts_a_row_by_its_weight():
    twice = np.ones(len(y_iris))
    twice[:50] = 2
    a = classifier(class_weight="balanced").fit(X_IRIS, y_iris, twice)
    b = classifier().fit(
        X_IRIS,
        y_iris,
        [{0: 2 / 3, 1: 4 / 3, 2: 4 / 3}[k] * w for k, w in zip(y_iris, twice, strict=True)],
    )
    assert bits(a) == bits(b)
    none = np.r_[np.zeros(50), np.ones(100)]
    assert np.isfinite(classifier(class_weight="balanced").fit(X_IRIS, y_iris, none).loss_)


def test_smoothed_labels_keep_probabilities_from_the_ends():
    sharp, smooth = (
        classifier(label_smoothing=s, max_iter=300, learning_rate_init=0.02).fit(X_IRIS, y_iris)
        for s in (0.0, 0.2)
    )
    sure = [model.predict_proba(X_IRIS).max(axis=1).mean() for model in (smooth, sharp)]
    assert sure[0] < 0.9 < sure[1]
    assert smooth.score(X_IRIS, y_iris) > 0.95


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "log_cosh", huber(delta=0.1)])
def test_robust_losses_leave_outliers_alone(loss):
    x = np.linspace(-1, 1, 200).reshape(-1, 1)
    y = 2 * x.ravel()
    y[::20] += 50.0
    options = {"hidden_layer_sizes": (), "max_iter": 400, "learning_rate_init": 0.02, "alpha": 0}
    robust = regressor(loss=loss, **options).fit(x, y)
    squared = regressor(**options).fit(x, y)
    clean = np.delete(np.arange(200), np.s_[::20])
    errors = [np.abs(m.predict(x) - y)[clean].mean() for m in (robust, squared)]
    assert errors[0] < 0.25 * errors[1]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_quantile_has_its_share_below(share):
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (2000, 1))
    y = x.ravel() + rng.normal(size=2000) * (1.5 + x.ravel())
    model = regressor(loss="quantile", quantile=share, max_iter=60, learning_rate_init=0.02)
    below = (y <= model.fit(x, y).predict(x)).mean()
    assert below == pytest.approx(share, abs=0.04)


@pytest.mark.parametrize("more", [{}, {"standardize": True}, {"early_stopping": True}])
def test_several_quantiles_of_one_model(more):
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (4000, 1))
    y = 10 * x.ravel() + rng.normal(size=4000) * (1.5 + x.ravel())
    shares = [0.1, 0.5, 0.9]
    model = regressor(loss="quantile", quantile=shares, learning_rate_init=0.02, max_iter=60)
    predicted = model.set_params(**more).fit(x, y).predict(x)
    assert predicted.shape == (4000, 3)
    assert (y[:, None] <= predicted).mean(axis=0) == pytest.approx(shares, abs=0.04)
    w = rng.uniform(size=4000)
    d2 = [
        d2_pinball_score(y, column, alpha=q, sample_weight=w)
        for q, column in zip(shares, predicted.T, strict=True)
    ]
    assert model.score(x, y, w) == pytest.approx(np.mean(d2))
    assert model.input_gradients(x).shape == (4000, 3, 1)
    if more == {"early_stopping": True}:
        assert 0.5 < model.best_validation_score_ < 1


def test_several_quantiles_are_of_one_target():
    model = regressor(loss="quantile", quantile=[0.1, 0.9])
    with pytest.raises(ValueError, match="one target, got 2"):
        model.fit(np.zeros((5, 2)), np.zeros((5, 2)))
    with pytest.raises(ValueError, match=r"'quantile' parameter .* a list of such floats"):
        model.set_params(quantile=[0.1, 2.0]).fit(np.zeros((5, 2)), np.zeros(5))


def test_poisson_refuses_what_is_negative():
    with pytest.raises(ValueError, match=r"out of the valid range .* got -1.0 in row 3"):
        regressor(loss="poisson").fit(np.zeros((5, 2)), [1.0, 2.0, 0.0, -1.0, 3.0])


# The network ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_of_the_table(name):
    model = classifier(activation=name, max_iter=150, learning_rate_init=0.02)
    assert model.fit(X_IRIS, y_iris).score(X_IRIS, y_iris) > 0.9


def test_an_activation_for_each_layer():
    own = Activation("bent", lambda z: z + 0.1 * z**2, lambda z, a: 1 + 0.2 * z)
    model = classifier(hidden_layer_sizes=(6, 5), activation=["tanh", own]).fit(X_IRIS, y_iris)
    a = np.tanh(X_IRIS @ model.coefs_[0] + model.intercepts_[0])
    z = a @ model.coefs_[1] + model.intercepts_[1]
    np.testing.assert_allclose(model.transform(X_IRIS), z + 0.1 * z**2, rtol=1e-12)
    with pytest.raises(ValueError, match="3 entries for 2 hidden layers"):
        clone(model).set_params(activation=["tanh"] * 3).fit(X_IRIS, y_iris)


def test_given_initial_weights_are_where_it_starts():
    first = classifier(max_iter=1, learning_rate_init=1e-12).fit(X_IRIS, y_iris)
    again = classifier(
        max_iter=1, learning_rate_init=1e-12, random_state=9,
        initial_weights=(first.coefs_, first.intercepts_),
    ).fit(X_IRIS, y_iris)  # fmt: skip
    for a, b in zip(first.coefs_, again.coefs_, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)
    with pytest.raises(ValueError, match=r"this network needs \[\(4, 8\), \(8, 3\)\]"):
        classifier(initial_weights=([np.zeros((4, 3))], [np.zeros(3)])).fit(X_IRIS, y_iris)
    with pytest.raises(ValueError, match="pair of lists"):
        classifier(initial_weights=[1]).fit(X_IRIS, y_iris)


def test_weights_that_the_user_assigns_or_edits_are_used():
    model = classifier().fit(X_IRIS, y_iris)
    model.coefs_[1][...] = 0.0
    model.intercepts_[1][...] = [0.0, 1.0, 0.0]
    assert set(model.predict(X_IRIS)) == {1}
    model.intercepts_ = [model.intercepts_[0], np.array([0.0, 0.0, 9.0])]
    assert set(model.predict(X_IRIS)) == {2}


def test_dropout_and_the_other_weights():
    plain = classifier().fit(X_IRIS, y_iris)
    for options in (
        {"dropout": 0.5}, {"dropout": [0.2, 0.0]}, {"l1": 1.0}, {"weight_decay": 0.1},
        {"clip_norm": 1e-3}, {"warm_up": 5},
    ):  # fmt: skip
        model = classifier(**options).fit(X_IRIS, y_iris)
        assert bits(model) != bits(plain), options
        assert bits(model) == bits(classifier(**options).fit(X_IRIS, y_iris))


def test_l1_makes_weights_small():
    sums = [
        np.abs(classifier(l1=l1, max_iter=200).fit(X_IRIS, y_iris).coefs_[0]).sum()
        for l1 in (0.0, 10.0)
    ]
    assert sums[1] < 0.8 * sums[0]


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_weight_decay_shrinks_what_no_gradient_moves(solver):
    X = np.c_[X_IRIS, np.zeros(len(X_IRIS))]
    options = {"solver": solver, "alpha": 0, "learning_rate_init": 0.01, "max_iter": 10}
    start = classifier(**options).fit(X, y_iris).coefs_[0][-1]
    end = classifier(weight_decay=0.5, **options).fit(X, y_iris).coefs_[0][-1]
    np.testing.assert_allclose(end, start * (1 - 0.01 * 0.5) ** 10, rtol=1e-9)


@pytest.mark.parametrize("name", ["dropout", "weight_decay", "clip_norm", "warm_up"])
def test_options_of_steps_are_not_for_lbfgs(name):
    with pytest.raises(ValueError, match=f"{name} is for the solvers"):
        classifier(solver="lbfgs", **{name: 0.5}).fit(X_IRIS, y_iris)


# Learning rates ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule", [*(name for name in FOR_ALL if name != "plateau"), Cosine(warm_up=2)]
)
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_schedules_for_both_solvers(rule, solver):
    model = classifier(learning_rate=rule, solver=solver, learning_rate_init=0.05, max_iter=60)
    assert model.fit(X_IRIS, y_iris).score(X_IRIS, y_iris) > 0.8
    assert bits(model) != bits(
        clone(model).set_params(learning_rate="constant").fit(X_IRIS, y_iris)
    )


def test_a_plateau_makes_the_steps_of_adam_smaller(capsys):
    model = classifier(
        learning_rate="plateau", tol=1.0, n_iter_no_change=2, max_iter=200, verbose=1
    )
    model.fit(X_IRIS, y_iris)
    said = capsys.readouterr().out
    assert "Setting learning rate to 0.000200" in said
    assert said.endswith("Learning rate too small. Stopping.\n")


# Validation ----------------------------------------------------------------------------------

PARTS = slice(None, None, 2), slice(1, None, 2)


def test_validation_rows_of_ones_own_are_watched():
    train, held = PARTS
    model = classifier(max_iter=15).fit(
        X_IRIS[train], y_iris[train], X_val=X_IRIS[held], y_val=y_iris[held]
    )
    assert len(model.validation_scores_) == len(model.validation_loss_curve_) == 15
    assert model.validation_scores_[-1] == model.score(X_IRIS[held], y_iris[held])
    p = model.predict_proba(X_IRIS[held])
    assert model.validation_loss_curve_[-1] == pytest.approx(log_loss(y_iris[held], p))
    alone = classifier(max_iter=15).fit(X_IRIS[train], y_iris[train])
    assert bits(alone) == bits(model)


def test_validation_weights_count():
    train, held = PARTS
    weights = np.random.default_rng(0).uniform(0, 3, 75)
    model = classifier(max_iter=5).fit(
        X_IRIS[train], y_iris[train],
        X_val=X_IRIS[held], y_val=y_iris[held], sample_weight_val=weights,
    )  # fmt: skip
    p = model.predict_proba(X_IRIS[held])
    expected = log_loss(y_iris[held], p, sample_weight=weights)
    assert model.validation_loss_curve_[-1] == pytest.approx(expected)
    assert model.validation_scores_[-1] == model.score(X_IRIS[held], y_iris[held], weights)


def test_validation_rows_come_in_pairs():
    with pytest.raises(ValueError, match="go together"):
        classifier().fit(X_IRIS, y_iris, X_val=X_IRIS)


@pytest.mark.parametrize(
    ("scoring", "score"),
    [
        ("loss", lambda m, X, y: -log_loss(y, m.predict_proba(X))),
        ("neg_log_loss", lambda m, X, y: -log_loss(y, m.predict_proba(X))),
        (lambda m, X, y: float(m.predict_proba(X)[:, 0].mean()), None),
    ],
    ids=["loss", "a scorer", "a function"],
)
def test_early_stopping_by_any_score_restores_the_best(scoring, score):
    train, held = PARTS
    score = score or scoring
    model = classifier(early_stopping=True, scoring=scoring, max_iter=60, learning_rate_init=0.05)
    model.fit(X_IRIS[train], y_iris[train], X_val=X_IRIS[held], y_val=y_iris[held])
    assert score(model, X_IRIS[held], y_iris[held]) == pytest.approx(max(model.validation_scores_))
    assert model.best_validation_score_ == max(model.validation_scores_)


def test_a_score_that_is_not_known_is_not_the_best():
    scores = iter([np.nan, 0.5, 0.9, 0.6, np.nan, 0.7, 1.0])
    model = classifier(
        early_stopping=True, scoring=lambda *rows: next(scores), n_iter_no_change=2, max_iter=7
    ).fit(X_IRIS, y_iris)
    assert (model.n_iter_, model.history_.weights_epoch) == (6, 3)
    assert model.best_validation_score_ == 0.9


def test_the_best_weights_without_early_stopping():
    options = {"learning_rate_init": 0.5, "max_iter": 30, "tol": 0, "n_iter_no_change": 100}
    options["batch_size"] = 10  # and large steps: the loss goes up and down
    best = classifier(restore_best=True, **options).fit(X_IRIS, y_iris)
    index = int(np.argmin(best.loss_curve_))
    assert 0 < index < 29
    fewer = classifier(**(options | {"max_iter": index + 1})).fit(X_IRIS, y_iris)
    assert bits(best) == bits(fewer) != bits(classifier(**options).fit(X_IRIS, y_iris))
    last = classifier(restore_best=False, early_stopping=True, **options).fit(X_IRIS, y_iris)
    assert bits(last) != bits(classifier(early_stopping=True, **options).fit(X_IRIS, y_iris))


# Going on ------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [
    {}, {"solver": "sgd"}, {"solver": "sgd", "learning_rate": "invscaling"}, {"batch_size": 7},
], ids=str)  # fmt: skip
def test_an_exact_warm_start_is_one_long_fit(options):
    whole = classifier(max_iter=12, **options).fit(X_IRIS, y_iris)
    parts = classifier(warm_start="exact", max_iter=5, **options).fit(X_IRIS, y_iris)
    parts = pickle.loads(pickle.dumps(parts))
    parts.set_params(max_iter=7).fit(X_IRIS, y_iris)
    assert bits(parts) == bits(whole)
    np.testing.assert_array_equal(parts.loss_curve_, whole.loss_curve_)


def test_partial_fit_goes_on_after_a_pickle():
    first = classifier().partial_fit(X_IRIS, y_iris, classes=[0, 1, 2])
    other = pickle.loads(pickle.dumps(first))
    assert bits(first.partial_fit(X_IRIS, y_iris)) == bits(other.partial_fit(X_IRIS, y_iris))


# Scales, threads, types ----------------------------------------------------------------------


def test_standardized_inside_as_standardized_before():
    X = X_IRIS * [1, 100, 1e4, 1e-3] + [5, -300, 1e5, 0]
    inside = classifier(standardize=True).fit(X, y_iris)
    scaler = StandardScaler().fit(X)
    outside = classifier().fit(scaler.transform(X), y_iris)
    np.testing.assert_allclose(
        inside.predict_proba(X), outside.predict_proba(scaler.transform(X)), rtol=1e-12
    )


def test_standardized_targets_come_back_in_their_units():
    y = 1e4 + 500 * y_numbers
    model = regressor(standardize=True, max_iter=200, learning_rate_init=0.01).fit(X_NUMBERS, y)
    assert model.score(X_NUMBERS, y) > 0.5
    assert regressor(max_iter=200).fit(X_NUMBERS, y).score(X_NUMBERS, y) < 0


def test_sparse_rows_are_scaled_without_a_shift():
    X = scipy.sparse.csr_array(np.abs(X_NUMBERS) * (X_NUMBERS > 0.02) * np.logspace(0, 4, 10))
    model = regressor(standardize=True).fit(X, y_numbers)
    np.testing.assert_allclose(model.predict(X), model.predict(X.toarray()), rtol=1e-9)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_type_is_kept(kind):
    options = {
        "standardize": True,
        "early_stopping": True,
        "dropout": 0.1,
        "class_weight": "balanced",
    }
    model = classifier(**options).fit(X_IRIS.astype(kind), y_iris)
    arrays = [*model.coefs_, *model.intercepts_, model.predict_proba(X_IRIS.astype(kind))]
    arrays += [model.transform(X_IRIS.astype(kind)), model.input_gradients(X_IRIS.astype(kind))]
    assert {array.dtype for array in arrays} == {np.dtype(kind)}
    numbers = regressor(standardize=True).fit(X_NUMBERS.astype(kind), y_numbers)
    assert numbers.predict(X_NUMBERS.astype(kind)).dtype == kind


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_the_same_bits_with_any_number_of_threads(n_threads):
    options = {"hidden_layer_sizes": (50, 60), "max_iter": 3, "dropout": 0.2}
    expected = bits(classifier(**options).fit(X_BINARY, y_binary))
    assert bits(classifier(n_threads=n_threads, **options).fit(X_BINARY, y_binary)) == expected


def test_two_jobs_give_what_one_gives():
    models = joblib.Parallel(n_jobs=2)(
        joblib.delayed(classifier(random_state=seed).fit)(X_IRIS, y_iris) for seed in (0, 0, 1)
    )
    assert bits(models[0]) == bits(models[1]) == bits(classifier().fit(X_IRIS, y_iris))


# Outputs -------------------------------------------------------------------------------------


def test_decisions_and_probabilities_belong_together():
    several = classifier().fit(X_IRIS, y_iris)
    z = several.decision_function(X_IRIS)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    np.testing.assert_allclose(several.predict_proba(X_IRIS), e / e.sum(axis=1, keepdims=True))
    two = classifier().fit(X_BINARY, y_binary)
    p = two.predict_proba(X_BINARY)
    np.testing.assert_allclose(p[:, 1], 1 / (1 + np.exp(-two.decision_function(X_BINARY))))
    np.testing.assert_array_equal(two.predict(X_BINARY), two.decision_function(X_BINARY) > 0)


def test_log_probabilities_stay_finite_where_probabilities_end():
    for X, y in ((X_IRIS, y_iris), (X_BINARY, y_binary)):
        model = classifier(max_iter=100).fit(X, y)
        far = 1e4 * X
        logs = model.predict_log_proba(far)
        assert np.isfinite(logs).all()
        assert logs.min() < -750  # exp of it is 0
        with np.errstate(divide="ignore"):
            here = np.log(model.predict_proba(X))
        np.testing.assert_allclose(model.predict_log_proba(X), here, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("layer", [0, 1, -1, -2])
def test_transform_is_what_a_hidden_layer_says(layer):
    model = classifier(hidden_layer_sizes=(6, 5)).fit(X_IRIS, y_iris)
    a = X_IRIS
    for coef, intercept in list(zip(model.coefs_, model.intercepts_, strict=True))[: layer % 2 + 1]:
        a = np.maximum(a @ coef + intercept, 0)
    np.testing.assert_allclose(model.transform(X_IRIS, layer=layer), a, rtol=1e-12, atol=1e-12)


def test_transform_knows_its_layers():
    model = classifier(hidden_layer_sizes=(6, 5)).fit(X_IRIS, y_iris)
    with pytest.raises(ValueError, match="layer 2 is none of the 2 hidden layers"):
        model.transform(X_IRIS, layer=2)
    assert list(model.get_feature_names_out()) == [f"mlpclassifier{i}" for i in range(5)]


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize(
    ("model", "X", "y"),
    [
        (classifier(activation="tanh"), X_IRIS, y_iris),
        (classifier(hidden_layer_sizes=(5, 4), activation="softplus"), X_BINARY, y_binary),
        (classifier(hidden_layer_sizes=()), X_IRIS, y_iris),
        (regressor(activation="gelu"), X_NUMBERS, y_numbers),
        (regressor(loss="poisson", activation="tanh"), X_NUMBERS, np.abs(y_numbers)),
        (regressor(activation="tanh"), X_NUMBERS, np.c_[y_numbers, 3 * y_numbers + 1]),
    ],
    ids=["classes", "binary", "linear", "numbers", "poisson", "two numbers"],
)
def test_input_gradients_are_slopes(model, X, y, standardize):
    model = clone(model).set_params(standardize=standardize).fit(X, y)
    outputs = getattr(model, "decision_function", model.predict)
    rows, h = X[:5], 1e-5
    actual = model.input_gradients(rows)
    for feature in (0, X.shape[1] - 1):
        step = np.zeros(X.shape[1])
        step[feature] = h
        slope = (outputs(rows + step) - outputs(rows - step)) / (2 * h)
        np.testing.assert_allclose(actual[..., feature], slope, rtol=1e-5, atol=1e-7)


# Words ---------------------------------------------------------------------------------------


def test_a_bar_needs_no_lines(capsys):
    pytest.importorskip("rich", reason="the progress bar needs rich")
    classifier(verbose="bar").fit(X_IRIS, y_iris)
    assert capsys.readouterr().out == ""


def test_a_notebook_has_a_bar(monkeypatch):
    rich = pytest.importorskip("rich.console", reason="the progress bar needs rich")
    shown = []

    class Output:
        """A cell's output, as ipywidgets has it."""

        __enter__ = __exit__ = clear_output = close = lambda *_, **__: None

    fakes = {"IPython": {}, "IPython.display": {"display": shown.append}}
    for name, content in (fakes | {"ipywidgets": {"Output": Output}}).items():
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(rich, "_is_jupyter", lambda: True)
    classifier(verbose="bar", max_iter=3).fit(X_IRIS, y_iris)
    assert "epoch 0/3" in "".join(str(getattr(each, "text", "")) for each in shown)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"solver": "adma"},
            r"'solver' .* MLPClassifier must be a str among .*did you mean 'adam'",
        ),
        ({"activation": "rellu"}, "did you mean 'relu'"),
        ({"learning_rate": "cosin"}, "did you mean 'cosine'"),
        ({"alpha": -1}, r"a float in the range \[0.0, inf\). Got -1 instead."),
        ({"batch_size": 0}, r"an int in the range \[1, inf\). Got 0"),
        ({"max_iter": 2.5}, "must be an int"),
        ({"n_threads": True}, "Got True"),
        ({"momentum": 1.5}, r"\[0.0, 1.0\]"),
        ({"hidden_layer_sizes": (3, 0)}, r"hidden_layer_sizes must be > 0, got \[3, 0\]"),
        ({"dropout": 1.0}, r"\[0.0, 1.0\)"),
        ({"random_state": "x"}, "RandomState"),
    ],
)
def test_parameters_that_cannot_be(options, words):
    with pytest.raises(ValueError, match=words):
        classifier(**options).fit(X_IRIS, y_iris)


@pytest.mark.parametrize("make", [np.asarray, scipy.sparse.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_what_is_not_finite_is_named(make, value, word):
    X = X_IRIS.copy()
    X[7, 2] = value
    message = rf"Input X contains {word}.* in row 7, column 2 \(counted from 0\)"
    with pytest.raises(ValueError, match=message):
        classifier().fit(make(X), y_iris)
    model = classifier().fit(X_IRIS, y_iris)
    with pytest.raises(ValueError, match=message):
        model.predict(make(X))
    y = y_numbers.copy()
    y[5] = value
    with pytest.raises(ValueError, match=rf"Input y contains {word}.* in row 5"):
        regressor().fit(X_NUMBERS, y)


def test_divergence_says_where_and_what_to_try():
    with pytest.raises(ValueError, match=r"diverged in epoch \d+: .* Try a smaller learning rate"):
        regressor(solver="sgd", learning_rate_init=1e6).fit(1e6 * X_NUMBERS, y_numbers)


@pytest.mark.filterwarnings("default::sklearn.exceptions.ConvergenceWarning")
def test_unscaled_features_are_named_once_where_training_went_badly():
    rng = np.random.default_rng(0)
    X = np.c_[rng.normal(size=(300, 3)), 1e6 * rng.normal(size=(300, 1))]
    y = (X[:, 0] > 0).astype(int)
    with pytest.warns(ConvergenceWarning, match="standardize=True") as caught:
        classifier(max_iter=3).fit(X, y)
    assert sum("standardize" in str(warning.message) for warning in caught) == 1
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        classifier(standardize=True, max_iter=3).fit(X, y)
        classifier(max_iter=60).fit(X_IRIS, y_iris)
    assert not [warning for warning in caught if "standardize" in str(warning.message)]


def test_weights_of_rows_that_cannot_be():
    for weights, words in (
        (np.zeros(150), "at least one non-zero number"),
        (np.r_[-1, np.ones(149)], re.escape("Negative values in data passed to `sample_weight`")),
    ):
        with pytest.raises(ValueError, match=words):
            classifier().fit(X_IRIS, y_iris, weights)


def test_the_score_is_scikit_learn_s():
    model = regressor(early_stopping=True).fit(X_NUMBERS, y_numbers)
    assert model.score(X_NUMBERS, y_numbers) == r2_score(y_numbers, model.predict(X_NUMBERS))


TWO = np.c_[y_numbers, np.where(np.arange(len(y_numbers)) < 200, 0.0, y_numbers)]
LABELS = np.c_[y_iris > 0, y_iris > 1].astype(int)


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize(("make", "X", "y", "score"), [
    (regressor, X_NUMBERS, y_numbers, r2_score),
    (regressor, X_NUMBERS, TWO, r2_score),  # of the rows to validate on, the second is always 0
    (regressor, X_NUMBERS.astype(np.float32), TWO, r2_score),
    (classifier, X_IRIS, y_iris, accuracy_score),
    (classifier, X_IRIS[:, :2], np.array(["no", "yes"])[LABELS[:, 1]], accuracy_score),
    (classifier, X_IRIS[:, :2], LABELS, accuracy_score),
], ids=["number", "numbers", "float32", "classes", "two classes", "labels"])  # fmt: skip
def test_the_score_after_an_epoch_is_scikit_learn_s(make, X, y, score, weighed):
    X_val, y_val = X[:200:2], y[:200:2]
    weights = np.random.default_rng(0).uniform(0, 2, len(y_val)) if weighed else None
    model = make(max_iter=5).fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weights)
    expected = score(y_val, model.predict(X_val), sample_weight=weights)
    assert model.validation_scores_[-1] == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_r_squared_of_what_does_not_vary():
    zero, one = np.zeros((4, 1)), np.ones((4, 1))
    for y, guess in ((zero, zero), (zero, one), (np.c_[zero, one], np.c_[one, one])):
        assert r_squared(y, guess, None) == r2_score(y, guess)
    assert np.isnan(r_squared(zero[:1], one[:1], None))


# The fit itself --------------------------------------------------------------------------------


def test_an_optimizer_may_be_the_solver():
    assert bits(classifier(solver=Adam()).fit(X_IRIS, y_iris)) == bits(
        classifier().fit(X_IRIS, y_iris)
    )
    decaying = classifier(solver=RMSProp(), weight_decay=0.1).fit(X_IRIS, y_iris)
    plain = classifier(solver=RMSProp()).fit(X_IRIS, y_iris)
    assert np.abs(decaying.coefs_[0]).sum() < np.abs(plain.coefs_[0]).sum()
    assert bits(clone(plain).fit(X_IRIS, y_iris)) == bits(plain)
    with pytest.raises(ValueError, match="'solver' parameter"):
        classifier(solver=RMSProp).fit(X_IRIS, y_iris)


def test_classes_may_be_named_that_no_row_has():
    model = classifier().fit(X_IRIS[50:], y_iris[50:], classes=[0, 1, 2])
    assert list(model.classes_) == [0, 1, 2]
    assert model.predict_proba(X_IRIS).shape == (150, 3)
    assert set(model.predict(X_IRIS[50:])) <= {1, 2}
    with pytest.raises(ValueError, match="classes not in"):
        classifier().fit(X_IRIS, y_iris, classes=[0, 1])


def test_the_history_says_how_the_fit_went():
    model = classifier(early_stopping=True, scoring="loss", n_iter_no_change=3, max_iter=300)
    model.set_params(learning_rate_init=0.05).fit(X_IRIS, y_iris)
    history, losses = model.history_, np.array(model.validation_loss_curve_)
    assert history["loss"] == model.loss_curve_
    assert history["validation_loss"] == model.validation_loss_curve_
    np.testing.assert_array_equal(-losses, model.validation_scores_)
    assert history.weights_epoch == 1 + int(losses.argmin())
    assert re.fullmatch(
        r"validation_loss has not improved by more than 0.0001 for 4 epochs since epoch \d+",
        history.stopped,
    )
    assert max(history["validation_accuracy"]) > 0.9


def test_the_network_itself_can_be_had():
    model = classifier().fit(X_IRIS, y_iris)
    y = model.perceptron_.predict(X_IRIS, loss=model.loss_function_)
    np.testing.assert_array_equal(y, model.predict_proba(X_IRIS))
    assert not hasattr(classifier(), "perceptron_")


def test_one_class_is_always_right():
    for options in ({}, {"early_stopping": True, "scoring": "loss"}):
        model = classifier(**options).fit(X_IRIS, np.full(150, "only"))
        assert set(model.predict(X_IRIS)) == {"only"}
