"""Rows of one float type and a network of the other: the rows are brought to the network's."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_diabetes, load_iris
from sklearn.preprocessing import StandardScaler

from chainrule import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
X_NUMBERS, y_numbers = load_diabetes(return_X_y=True)
y_numbers = (y_numbers - y_numbers.mean()) / y_numbers.std()
TRAIN, HELD = slice(None, None, 2), slice(1, None, 2)
WEIGHTS = np.random.default_rng(0).uniform(0.5, 2, len(y))
KINDS = "f4", "f8"
PAIRS = list(product(KINDS, KINDS))
OTHER = {"f4": "f8", "f8": "f4"}


def classifier(**options):
    return MLPClassifier(
        **({"hidden_layer_sizes": (8,), "max_iter": 5, "random_state": 0} | options)
    )


def regressor(**options):
    return MLPRegressor(
        **({"hidden_layer_sizes": (8,), "max_iter": 5, "random_state": 0} | options)
    )


def bits(model):
    arrays = [*model.coefs_, *model.intercepts_]
    assert len({array.dtype for array in arrays}) == 1
    return arrays[0].dtype, b"".join(array.tobytes() for array in arrays)


def as_kind(values, kind):
    """Return the numbers in the network's type, though they were in the other one before."""
    return values.astype(OTHER[kind]).astype(kind)


# Rows to validate on -------------------------------------------------------------------------


@pytest.mark.parametrize("make", [np.asarray, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("options", [
    {}, {"standardize": True}, {"early_stopping": True, "scoring": "neg_log_loss"},
], ids=str)  # fmt: skip
@pytest.mark.parametrize(("kind", "held"), PAIRS)
def test_rows_to_validate_on_may_be_of_either_type(kind, held, options, make):
    model, same = classifier(**options), classifier(**options)
    rows, given = make(X[TRAIN].astype(kind)), X[HELD].astype(held)
    more = {"y_val": y[HELD], "sample_weight_val": WEIGHTS[HELD]}
    model.fit(rows, y[TRAIN], X_val=make(given), **more)
    same.fit(rows, y[TRAIN], X_val=make(given.astype(kind)), **more)
    assert bits(model) == bits(same)
    assert model.validation_loss_curve_ == same.validation_loss_curve_
    assert model.validation_scores_ == same.validation_scores_
    assert model.validation_loss_curve_[-1] < 2  # ln 3 of a network that knows nothing: 1.1


@pytest.mark.parametrize(("kind", "held"), PAIRS)
def test_numbers_to_validate_on_may_be_of_either_type(kind, held):
    rows, targets = X_NUMBERS[TRAIN].astype(kind), y_numbers[TRAIN].astype(held)
    given = X_NUMBERS[HELD].astype(held), y_numbers[HELD].astype(held)
    model = regressor().fit(rows, targets, X_val=given[0], y_val=given[1])
    same = regressor().fit(
        rows, targets.astype(kind), X_val=given[0].astype(kind), y_val=given[1].astype(kind)
    )
    assert bits(model) == bits(same)
    assert model.validation_loss_curve_ == same.validation_loss_curve_
    error = 0.5 * np.mean((model.predict(given[0]) - given[1]) ** 2)
    assert model.validation_loss_curve_[-1] == pytest.approx(error, rel=1e-5)


def test_whole_numbers_to_validate_on_are_floats():
    whole = (10 * X).round().astype(int)
    model, same = (
        classifier().fit(X.astype("f4"), y, X_val=rows, y_val=y)
        for rows in (whole, whole.astype("f4"))
    )
    assert model.validation_loss_curve_ == same.validation_loss_curve_


# Going on ------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [
    {}, {"solver": "sgd", "batch_size": 7}, {"class_weight": {0: 3.0}}, {"standardize": True},
    {"label_smoothing": 0.1, "dropout": 0.2},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("kind", KINDS)
def test_partial_fit_keeps_the_type_of_its_first_call(kind, options):
    model, same = classifier(**options), classifier(**options)
    for each in (model, same):
        each.partial_fit(X.astype(kind), y, WEIGHTS, classes=[0, 1, 2])
    model.partial_fit(X.astype(OTHER[kind]), y, WEIGHTS.astype(OTHER[kind]))
    same.partial_fit(as_kind(X, kind), y, as_kind(WEIGHTS, kind))
    assert bits(model) == bits(same)
    assert bits(model)[0] == kind
    assert model.loss_ == same.loss_ < 2


@pytest.mark.parametrize("warm_start", [True, "exact"])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_warm_start_keeps_the_type_of_the_first_fit(kind, solver, warm_start):
    model, same = (regressor(solver=solver, warm_start=warm_start) for _ in range(2))
    for each in (model, same):
        each.fit(X_NUMBERS.astype(kind), y_numbers)
    model.fit(X_NUMBERS.astype(OTHER[kind]), y_numbers.astype(OTHER[kind]))
    same.fit(as_kind(X_NUMBERS, kind), as_kind(y_numbers, kind))
    assert bits(model) == bits(same)
    assert bits(model)[0] == kind
    assert model.loss_ == same.loss_ < 1


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_another_type_make_a_network_of_that_type(kind, solver):
    options = {"solver": solver, "warm_start": "exact", "shuffle": False}
    model = classifier(**options).fit(X.astype(OTHER[kind]), y, WEIGHTS)
    model.coefs_ = [coef.astype(kind) for coef in model.coefs_]
    model.intercepts_ = [intercept.astype(kind) for intercept in model.intercepts_]
    before = model.loss_
    model.fit(X.astype(OTHER[kind]), y, WEIGHTS.astype(OTHER[kind]))
    assert bits(model)[0] == kind
    assert model.loss_ < before
    if solver == "adam":  # whose memory goes on too, in the new type
        assert model._continuation.state.slots.dtype == kind
        assert model._continuation.state.t == 10
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    assert p.dtype == kind


@pytest.mark.parametrize("kind", KINDS)
def test_initial_weights_are_brought_to_the_type_of_the_rows(kind):
    first = classifier().fit(X.astype(OTHER[kind]), y)
    given = first.coefs_, first.intercepts_
    brought = [[array.astype(kind) for array in arrays] for arrays in given]
    model, same = (
        classifier(initial_weights=weights).fit(X.astype(kind), y) for weights in (given, brought)
    )
    assert bits(model) == bits(same)
    assert bits(model)[0] == kind


# Predicting ----------------------------------------------------------------------------------


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_does_not_depend_on_the_type_of_the_rows(kind, standardize):
    rows = X.astype("f4")  # so that both types can say them
    model = classifier(standardize=standardize).fit(rows.astype(kind), y)
    for ask in (model.predict_proba, model.transform, model.input_gradients):
        mine, other = ask(rows.astype(kind)), ask(rows.astype(OTHER[kind]))
        np.testing.assert_array_equal(mine, other)
        assert mine.dtype == other.dtype == kind


# What the network's type cannot say ----------------------------------------------------------


def but(values, place, value):
    copy = np.array(values)
    copy[place] = value
    return copy


def test_what_overflows_the_type_of_the_network_is_named():
    far, words = but(X, (7, 2), 1e39), "value too large for dtype.'float32'. in row 7, column 2"
    model = classifier(warm_start=True).fit(X.astype("f4"), y)
    for ask in (
        lambda: model.predict(far),
        lambda: model.predict(csr_array(far)),
        lambda: model.fit(far, y),
        lambda: model.partial_fit(far, y),
        lambda: model.fit(X, y, X_val=far, y_val=y),
    ):
        with pytest.raises(ValueError, match=words):
            ask()
    with pytest.raises(ValueError, match=r"Input y contains infinity or a value .* in row 3 \("):
        regressor().fit(X_NUMBERS.astype("f4"), but(y_numbers, 3, 1e39))
    with pytest.raises(ValueError, match="sample_weight contains infinity or a value too large"):
        model.fit(X, y, but(WEIGHTS, 3, 1e39))
    beyond = [but(model.coefs_[0].astype("f8"), (0, 0), 1e39), model.coefs_[1]]
    with pytest.raises(ValueError, match="weights of layer 1 are not finite"):
        classifier(initial_weights=(beyond, model.intercepts_)).fit(X.astype("f4"), y)
