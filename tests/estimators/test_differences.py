"""Where scikit-learn has a defect, we are right instead: docs/differences-from-scikit-learn.md."""

from __future__ import annotations

import re
import warnings
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from sklearn import neural_network as scikit_learn
from sklearn.datasets import load_diabetes, load_iris
from sklearn.preprocessing import StandardScaler

from chainrule import DivergenceError, MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_IRIS, y_iris = load_iris(return_X_y=True)
X_IRIS = StandardScaler().fit_transform(X_IRIS)
X_NUMBERS, y_numbers = load_diabetes(return_X_y=True)
y_numbers = (y_numbers - y_numbers.mean()) / y_numbers.std()
TWO = np.c_[y_numbers, 2 * y_numbers + X_NUMBERS[:, 0]]
OPTIONS = {"hidden_layer_sizes": (8,), "random_state": 0, "max_iter": 10}


def weights(model):
    return np.concatenate([array.ravel() for array in [*model.coefs_, *model.intercepts_]])


def squared_error(model, X, y):
    """Return ½ the squared error of a row, summed over the outputs, and the penalty of alpha."""
    error = 0.5 * ((model.predict(X) - y) ** 2).sum(axis=1).mean()
    return error + 0.5 * model.alpha * sum((coef**2).sum() for coef in model.coefs_) / len(X)


def test_the_page_names_every_test_here():
    page = Path(__file__).parents[2] / "docs" / "differences-from-scikit-learn.md"
    named = set(re.findall(r"`(test_\w+)`", page.read_text(encoding="utf-8")))
    here = {name for name in globals() if name.startswith("test_")}
    assert named == here - {"test_the_page_names_every_test_here"}


def test_the_loss_of_several_outputs_is_what_the_gradient_is_of():
    theirs = scikit_learn.MLPRegressor(**OPTIONS, alpha=0).fit(X_NUMBERS, TWO)
    ours = MLPRegressor(**OPTIONS, alpha=0).fit(X_NUMBERS, TWO)
    np.testing.assert_allclose(weights(ours), weights(theirs), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.loss_curve_, 2 * np.array(theirs.loss_curve_))


def test_lbfgs_finds_the_minimum_of_several_outputs():
    options = OPTIONS | {"solver": "lbfgs", "max_iter": 2000, "max_fun": 10**6, "tol": 1e-6}
    options |= {"hidden_layer_sizes": (), "alpha": 0.1}
    theirs = scikit_learn.MLPRegressor(**options).fit(X_NUMBERS, TWO)
    ours = MLPRegressor(**options).fit(X_NUMBERS, TWO)
    best, found, theirs_found = (
        ours.loss_, squared_error(ours, X_NUMBERS, TWO), squared_error(theirs, X_NUMBERS, TWO)
    )  # fmt: skip
    assert found == pytest.approx(best, rel=1e-9)
    assert found <= theirs_found * (1 + 1e-9)
    rng = np.random.default_rng(0)
    moved = deepcopy(ours)
    for _ in range(20):  # no way leads further down
        way = 0.1 * rng.normal(size=ours.coefs_[0].shape)
        for sign in (1, -1):
            moved.coefs_ = [ours.coefs_[0] + sign * way]
            assert squared_error(moved, X_NUMBERS, TWO) > found


def test_a_warm_start_keeps_the_best_weights_of_early_stopping():
    options = {"warm_start": True, "early_stopping": True, "learning_rate_init": 0.05}
    options |= OPTIONS | {"max_iter": 60, "n_iter_no_change": 100}
    setosa = y_iris == 0
    models = [
        home.MLPClassifier(**options).fit(X_IRIS, setosa)
        for home in (scikit_learn, MLPClassifierHome)
    ]
    best, _ = map(weights, models)
    for model in models:
        assert model.best_validation_score_ == 1.0  # so that no later epoch can be better
        model.set_params(learning_rate_init=5.0, max_iter=5).fit(X_IRIS, setosa)
    theirs, ours = map(weights, models)
    np.testing.assert_allclose(ours, best, rtol=1e-9, atol=1e-12)
    assert np.abs(theirs - best).max() > 1


def test_partial_fits_with_a_seed_do_not_all_shuffle_alike():
    models = [
        home.MLPClassifier(**(OPTIONS | {"random_state": seed}), batch_size=10)
        for home, seed in (
            (scikit_learn, np.random.RandomState(0)), (MLPClassifierHome, 0), (scikit_learn, 0)
        )
    ]  # fmt: skip
    for _ in range(3):
        for model in models:
            model.partial_fit(X_IRIS, y_iris, classes=[0, 1, 2])
    one_generator, ours, seeded_anew = map(weights, models)
    np.testing.assert_allclose(ours, one_generator, rtol=1e-9, atol=1e-12)
    assert np.abs(ours - seeded_anew).max() > 1e-4


class MLPClassifierHome:
    """Where our classifier is, as scikit-learn's module is where theirs is."""

    MLPClassifier = MLPClassifier


def test_lbfgs_has_no_partial_fit():
    assert not hasattr(MLPRegressor(solver="lbfgs"), "partial_fit")
    assert not hasattr(MLPClassifier(solver="lbfgs"), "partial_fit")
    assert hasattr(MLPRegressor(), "partial_fit")


def test_a_batch_may_have_no_weight():
    w = np.r_[np.zeros(60), np.ones(90)]
    options = {**OPTIONS, "shuffle": False, "batch_size": 30}
    with pytest.raises(ZeroDivisionError):
        scikit_learn.MLPClassifier(**options).fit(X_IRIS, y_iris, w)
    model = MLPClassifier(**options).fit(X_IRIS, y_iris, w)
    assert np.isfinite(weights(model)).all()


def test_log_probabilities_are_never_minus_infinity():
    theirs = scikit_learn.MLPClassifier(**OPTIONS).fit(X_IRIS, y_iris)
    ours = MLPClassifier(**OPTIONS).fit(X_IRIS, y_iris)
    far = 1e5 * X_IRIS
    with np.errstate(divide="ignore"):
        assert np.isinf(theirs.predict_log_proba(far)).any()
    assert np.isfinite(ours.predict_log_proba(far)).all()


def test_float32_is_float32_throughout():
    theirs, ours = (
        home(**OPTIONS).partial_fit(X_IRIS.astype("f4"), y_iris, classes=[0, 1, 2])
        for home in (scikit_learn.MLPClassifier, MLPClassifier)
    )
    for _ in range(2):
        assert {coef.dtype for coef in ours.coefs_} == {np.dtype("f4")}
        assert ours._continuation.state.slots.dtype == np.float32
        ours.partial_fit(X_IRIS, y_iris)  # float64
    assert (theirs.predict_proba(X_IRIS).dtype, ours.predict_proba(X_IRIS).dtype) == ("f8", "f4")


def test_the_loss_of_a_sure_mistake_is_not_cut_off():
    first = ([np.array([[100.0]])], [np.array([0.0])])
    options = {"hidden_layer_sizes": (), "max_iter": 1, "learning_rate_init": 1e-12, "alpha": 0}
    model = MLPClassifier(**options, initial_weights=first).fit([[1.0], [-1.0]], [0, 1])
    assert model.loss_ == pytest.approx(100.0)  # scikit-learn says at most −log(2⁻⁵²) = 36.04


def test_one_class_has_one_probability():
    options = OPTIONS | {"solver": "lbfgs"}
    theirs, ours = (
        home.fit(X_IRIS, np.zeros(150, int))
        for home in (scikit_learn.MLPClassifier(**options), MLPClassifier(**options))
    )
    assert theirs.predict_proba(X_IRIS).shape == (150, 2)  # of len(classes_) == 1
    np.testing.assert_array_equal(ours.predict_proba(X_IRIS), np.ones((150, 1)))
    np.testing.assert_array_equal(ours.predict_log_proba(X_IRIS), np.zeros((150, 1)))


def test_partial_fit_follows_the_learning_rate_that_is_set():
    theirs, ours = (
        home(**OPTIONS).partial_fit(X_IRIS, y_iris, classes=[0, 1, 2])
        for home in (scikit_learn.MLPClassifier, MLPClassifier)
    )
    moved = []
    for model in (theirs, ours):
        before = weights(model)
        model.set_params(learning_rate_init=1e-12).partial_fit(X_IRIS, y_iris)
        moved.append(np.abs(weights(model) - before).max())
    assert moved[0] > 1e-4
    assert moved[1] < 1e-10


def test_unscaled_data_earn_a_warning_with_the_remedy():
    far = 1e4 + 500 * y_numbers
    for home, warned in ((scikit_learn.MLPRegressor, 0), (MLPRegressor, 1)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model = home(**OPTIONS).fit(X_NUMBERS, far)
        assert model.score(X_NUMBERS, far) < -100
        assert sum("standardize=True" in str(w.message) for w in caught) == warned
    assert (
        MLPRegressor(**(OPTIONS | {"standardize": True, "max_iter": 200}))
        .fit(X_NUMBERS, far)
        .score(X_NUMBERS, far)
        > 0.4
    )


def test_ctrl_c_during_lbfgs_keeps_the_last_iteration():
    pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks since 1.9")

    class Interrupting:
        def setup(self, estimator, context):
            pass

        on_fit_task_begin = teardown = setup

        def on_fit_task_end(self, estimator, context):
            if context.task_name == "iteration":
                raise KeyboardInterrupt

    options = OPTIONS | {"solver": "lbfgs"}
    with pytest.warns(UserWarning, match="interrupted by user"):
        model = MLPClassifier(**options).set_callbacks(Interrupting()).fit(X_IRIS, y_iris)
    whole = MLPClassifier(**(options | {"max_iter": 1})).fit(X_IRIS, y_iris)
    np.testing.assert_array_equal(weights(model), weights(whole))


def test_divergence_ends_a_fit_at_once_with_the_last_good_weights():
    model = MLPRegressor(**(OPTIONS | {"solver": "sgd", "learning_rate_init": 1e5}))
    with pytest.raises(DivergenceError, match="epoch"):
        model.fit(100 * X_NUMBERS, y_numbers)
    assert np.isfinite(weights(model)).all()
