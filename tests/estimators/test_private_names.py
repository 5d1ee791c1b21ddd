"""scikit-learn's private names: programs get what they read, or a sentence says what there is."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
import sklearn.neural_network as scikit_learn
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.neural_network._multilayer_perceptron import _pack

import chainrule
from chainrule import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
OPTIONS = {"hidden_layer_sizes": (6, 4), "max_iter": 10, "random_state": 0}
PROBLEMS = [
    (MLPClassifier(**OPTIONS), y),
    (MLPClassifier(**OPTIONS, standardize=True), y > 0),
    (MLPClassifier(**OPTIONS), np.c_[y > 0, y > 1].astype(int)),
    (MLPRegressor(**OPTIONS, standardize=True), np.c_[X[:, 0], 1e3 + X[:, 1]]),
    (MLPRegressor(**OPTIONS | {"hidden_layer_sizes": ()}, loss="poisson"), X[:, 0]),
]


@pytest.fixture(scope="module")
def fitted():
    with warnings.catch_warnings(action="ignore"):
        return MLPClassifier(**OPTIONS).fit(X, y)


@pytest.mark.parametrize(("model", "targets"), PROBLEMS)
def test_passes_through_the_network(model, targets):
    model = clone(model).fit(X, targets)
    for check_input in (True, False):
        np.testing.assert_array_equal(model._predict(X, check_input), model.predict(X))
    activations = model._forward_pass([X] + [None] * (model.n_layers_ - 1))
    np.testing.assert_array_equal(activations[-1], model._forward_pass_fast(X, check_input=False))
    if model.n_layers_ > 2:
        np.testing.assert_allclose(activations[1], model.transform(X, layer=0), rtol=1e-12)
        np.testing.assert_allclose(activations[-2], model.transform(X), rtol=1e-12)


def test_passes_are_scikit_learn_s(fitted):
    theirs = scikit_learn.MLPClassifier(**OPTIONS).fit(X, y)
    for a, b in zip(
        fitted._forward_pass([X, None, None, None]),
        theirs._forward_pass([X, None, None, None]),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-12)
    assert fitted._label_binarizer.y_type_ == theirs._label_binarizer.y_type_


@pytest.mark.parametrize("make", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("standardize", [False, True])
def test_parameters_in_a_row(make, standardize):
    model = make(**OPTIONS, standardize=standardize).fit(X, y)
    theirs = getattr(scikit_learn, make.__name__)(**OPTIONS | {"solver": "lbfgs"}).fit(X, y)
    assert model._coef_indptr == theirs._coef_indptr
    assert model._intercept_indptr == theirs._intercept_indptr
    packed, before = _pack(model.coefs_, model.intercepts_), model._forward_pass_fast(X)
    model._unpack(0 * packed)
    assert np.ptp(model._forward_pass_fast(X), axis=0).max() == 0
    model._unpack(packed)
    np.testing.assert_allclose(model._forward_pass_fast(X), before, rtol=1e-9)


def test_a_fit_by_its_private_name(fitted):
    model = MLPClassifier(**OPTIONS)._fit(X, y)
    np.testing.assert_array_equal(model.coefs_[0], fitted.coefs_[0])
    model._fit(X, y, incremental=True)
    assert model.t_ == 11 * len(X)


def test_what_a_fit_goes_on_with():
    model = MLPClassifier(**OPTIONS | {"max_iter": 30, "tol": 1.0}).fit(X, y)
    assert model._no_improvement_count > 10
    model._no_improvement_count = 0
    assert model._no_improvement_count == 0
    assert isinstance(model._random_state, np.random.RandomState)
    with pytest.raises(ValueError, match="'alpha' parameter"):
        model.set_params(alpha=-1)._validate_params()


@pytest.mark.parametrize("make", ["MLPClassifier", "MLPRegressor"])
def test_every_private_name_is_there_or_says_what_is(make):
    theirs = getattr(scikit_learn, make)(**OPTIONS).fit(X, y)
    ours = getattr(chainrule, make)(**OPTIONS).fit(X, y)
    private = {name for name in dir(theirs) if re.match("_[a-z]", name)} - {"_abc_impl"}
    lacking = sorted(name for name in private if not hasattr(ours, name))
    assert "_optimizer" in lacking
    for name in lacking:
        with pytest.raises(AttributeError, match=f"has no '{name}', a private name of .*: "):
            getattr(ours, name)
        with pytest.raises(AttributeError, match="private name"):
            setattr(ours, name, None)
        assert not hasattr(type(ours), name)
