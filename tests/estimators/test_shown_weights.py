"""`coefs_` and `intercepts_` are of raw inputs and outputs: replayed, edited or made by hand."""

from __future__ import annotations

import pickle
import re
from copy import copy, deepcopy

import numpy as np
import pytest
import sklearn.neural_network as scikit_learn
from scipy.sparse import random_array
from sklearn.neural_network._multilayer_perceptron import _pack

from chainrule import MLPClassifier, MLPRegressor
from chainrule.losses import Link, Loss

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
X = [5.0, -3.0, 0.0, 1.0] + [3.0, 0.1, 1.0, 0.0] * rng.normal(size=(150, 4))  # one is constant
TWO = (X[:, 0] > 5).astype(int)
THREE = TWO + (X[:, 2] > 0)
LABELS = np.c_[TWO, THREE > 0, THREE > 1].astype(int)
NUMBERS = 100 + 7 * X[:, 0] * X[:, 2]
SEVERAL = np.c_[NUMBERS, X[:, 0] - 1e4]

FORMULAS = {  # scikit-learn's names, as a program that replays a model has them
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
    "exp": np.exp,
}


def replay(model, a):
    for W, b in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        a = FORMULAS[model.activation](a @ W + b)
    return FORMULAS[model.out_activation_](a @ model.coefs_[-1] + model.intercepts_[-1])


def ask(model, x):
    """Return what the model says, as `replay` does: a column for each output."""
    if isinstance(model, MLPRegressor):
        return model.predict(x).reshape(len(model.predict(x)), -1)
    return model.predict_proba(x)[:, -model.n_outputs_ :]


PROBLEMS = [
    (MLPClassifier, TWO, {}),
    (MLPClassifier, THREE, {"early_stopping": True, "label_smoothing": 0.1, "l1": 0.1}),
    (MLPClassifier, LABELS, {"dropout": 0.2, "class_weight": "balanced"}),
    (MLPRegressor, NUMBERS, {"loss": "huber", "early_stopping": True}),
    (MLPRegressor, SEVERAL, {"weight_decay": 0.01}),
    (MLPRegressor, NUMBERS, {"loss": "quantile", "quantile": [0.1, 0.9]}),
    (MLPRegressor, THREE, {"loss": "poisson"}),
]


@pytest.mark.parametrize("kind", ["f8", "f4"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize(("make", "y", "options"), PROBLEMS)
def test_a_replay_is_right_with_every_option(make, y, options, activation, kind):
    for hidden, standardize in (((6, 5), True), ((6,), False)):
        options = {"random_state": 0, "max_iter": 10} | options
        model = make(
            hidden_layer_sizes=hidden, activation=activation, standardize=standardize, **options
        ).fit(X.astype(kind), y)
        rtol = 1e-9 if kind == "f8" else 3e-3  # float32 holds 1e4 + 1 to 4 digits after the point
        np.testing.assert_allclose(replay(model, X), ask(model, X), rtol=rtol, atol=rtol)
        assert model.coefs_[0].dtype == kind


def scaled(make=MLPRegressor, y=SEVERAL, **options):
    options = {"hidden_layer_sizes": (6,), "random_state": 0, "max_iter": 10} | options
    return make(standardize=True, **options).fit(X, y)


@pytest.mark.parametrize("options", [{"hidden_layer_sizes": ()}, {"solver": "lbfgs"}])
def test_a_replay_is_right_of_linear_models_and_lbfgs(options):
    model = scaled(**options)
    np.testing.assert_allclose(replay(model, X), model.predict(X), rtol=1e-9)


def test_a_replay_is_right_of_rows_that_are_scaled_without_a_shift():
    rows = random_array((150, 4), density=0.5, rng=0, format="csr") * 7
    model = MLPRegressor(hidden_layer_sizes=(6,), standardize=True, max_iter=9).fit(rows, SEVERAL)
    np.testing.assert_allclose(replay(model, rows.toarray()), model.predict(rows), rtol=1e-9)


def test_weights_assigned_as_they_are_change_nothing():
    model, before = scaled(), scaled().predict(X)
    model.coefs_, model.intercepts_ = model.coefs_, model.intercepts_
    np.testing.assert_array_equal(model.predict(X), before)
    model.coefs_ = [coef.copy() for coef in model.coefs_]
    np.testing.assert_allclose(model.predict(X), before, rtol=1e-10)
    plain = MLPRegressor(hidden_layer_sizes=(6,))
    plain.coefs_, plain.intercepts_ = model.coefs_, model.intercepts_
    np.testing.assert_allclose(plain.predict(X), before, rtol=1e-10)


EDITS = [
    lambda model: model.coefs_[0].__setitem__(0, 0.0),
    lambda model: model.coefs_.__setitem__(1, np.full((6, 2), 0.1)),
    lambda model: model.intercepts_.__setitem__(1, model.intercepts_[1] + 5),
    lambda model: setattr(model, "coefs_", [2 * coef for coef in model.coefs_]),
    lambda model: model._unpack(_pack(model.coefs_, model.intercepts_) * 1.5),
]


@pytest.mark.parametrize("edit", EDITS)
def test_weights_that_are_edited_are_of_raw_numbers_too(edit):
    model, before = scaled(), scaled().predict(X)
    W = model.coefs_[0]
    edit(model)
    shown = [array.copy() for array in [*model.coefs_, *model.intercepts_]]
    now = model.predict(X)
    assert np.abs(now - before).max() > 1e-3
    np.testing.assert_allclose(replay(model, X), now, rtol=1e-9)
    for array, known in zip([*model.coefs_, *model.intercepts_], shown, strict=True):
        np.testing.assert_allclose(array, known, rtol=1e-12, atol=1e-12)
    for again in (pickle.loads(pickle.dumps(model)), deepcopy(model), copy(model)):
        np.testing.assert_array_equal(again.predict(X), now)
    if W is model.coefs_[0]:  # shown in place: what is written there later counts too
        W[...] = 0.0
        assert np.ptp(model.predict(X), axis=0).max() < 1e-6


def test_the_weights_that_are_shown_follow_a_fit_that_goes_on():
    model = scaled()
    W, before = model.coefs_[0], model.coefs_[0].copy()
    model.partial_fit(X, SEVERAL)
    assert W is model.coefs_[0]
    assert np.abs(W - before).max() > 0
    np.testing.assert_allclose(replay(model, X), model.predict(X), rtol=1e-9)
    W[0, 0] += 1e-9  # an edit does not bring the weights back that were shown before the fit
    model.partial_fit(X, SEVERAL)
    other = scaled()
    other.partial_fit(X, SEVERAL).partial_fit(X, SEVERAL)
    np.testing.assert_allclose(model.predict(X), other.predict(X), rtol=1e-6)


def test_the_attributes_that_programs_write_to_files_are_attributes():
    model = scaled()
    assert model.coefs_ is vars(model)["coefs_"]
    assert vars(model).keys() >= {"intercepts_", "n_layers_", "n_outputs_", "out_activation_"}
    model.coefs_ = [np.ones((4, 3)), np.ones((3, 3)), np.ones((3, 2))]
    model.intercepts_ = [np.ones(3), np.ones(3), np.ones(2)]
    assert model.n_layers_ == 4
    assert model.predict(X).shape == (150, 2)


def test_weights_of_one_model_given_to_another_stay_apart():
    first, other = scaled(), scaled(random_state=1)
    before = other.predict(X)
    first.coefs_, first.intercepts_ = other.coefs_, other.intercepts_
    np.testing.assert_allclose(first.predict(X), before, rtol=1e-9)
    first.partial_fit(X, SEVERAL)
    np.testing.assert_array_equal(other.predict(X), before)


def test_looking_at_weights_changes_no_fit():
    looked, other = scaled(warm_start="exact"), scaled(warm_start="exact")
    assert looked.coefs_[0].shape == (4, 6)
    looked = pickle.loads(pickle.dumps(looked)).fit(X, SEVERAL)
    np.testing.assert_array_equal(looked.predict(X), other.fit(X, SEVERAL).predict(X))


def test_a_pickle_of_version_0_1_is_read_as_it_was():
    model = scaled()
    state = model.__getstate__()
    for name, arrays in (("coefs_", "weights"), ("intercepts_", "biases")):
        network = [getattr(layer, arrays).T for layer in model.perceptron_.layers]
        for kept, own in zip(state[name], network, strict=True):
            np.testing.assert_array_equal(kept, own.reshape(kept.shape))  # of scaled numbers
    old = MLPRegressor.__new__(MLPRegressor)
    old.__setstate__(state | {"n_layers_": 3, "n_outputs_": 2})
    np.testing.assert_array_equal(old.predict(X), model.predict(X))
    np.testing.assert_allclose(replay(old, X), model.predict(X), rtol=1e-9)


def test_initial_weights_are_those_of_the_network():
    first = scaled(max_iter=1)
    network = [[W.weights.T for W in first.perceptron_.layers], [b.biases.ravel() for b in first.perceptron_.layers]]  # fmt: skip # noqa: E501
    again = scaled(max_iter=1, learning_rate_init=1e-12, initial_weights=network)
    np.testing.assert_allclose(again.predict(X), first.predict(X), rtol=1e-9)


# What has no name of scikit-learn's says so -----------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{"activation": "gelu"}, {"activation": "sigmoid"}, {"activation": ["tanh", "relu"]}],
)
def test_activations_that_scikit_learn_lacks_cannot_be_replayed(options):
    model = MLPClassifier((4, 3), max_iter=3, **options).fit(X, TWO)
    with pytest.raises((KeyError, TypeError)):
        replay(model, X)


def own_loss(link):
    return Loss(
        "own", lambda z, y: ((z - y) ** 2 / 2).sum(axis=0), lambda z, y: z - y, link
    )  # fmt: skip


@pytest.mark.parametrize("name", ["identity", "exp", "tanh", "logistic", "softmax", "relu"])
def test_a_link_of_ones_own_has_no_name_of_scikit_learn_s(name):
    loss = own_loss(Link(name, lambda z: z + 1.0))
    model = MLPRegressor(loss, hidden_layer_sizes=(4,), max_iter=3).fit(X, NUMBERS)
    assert model.out_activation_ == f"{name} of own"
    np.testing.assert_allclose(model.predict(X), model.perceptron_.predict(X).ravel() + 1)
    with pytest.raises(KeyError):
        replay(model, X)


def test_an_activation_that_was_set_after_the_fit_is_named():
    model = MLPClassifier((4,), max_iter=3).fit(X, TWO).set_params(activation="tanh")
    with pytest.warns(UserWarning, match=r"'tanh' is for the next fit: .* \['relu'\]"):
        replay(model, X)
    model.set_params(activation=["tanh", "relu"])
    with pytest.warns(UserWarning, match="for the next fit"):
        assert len(model.intercepts_) == 2


# Made by hand -----------------------------------------------------------------------------------


def by_hand(fitted, make, names):
    model = make(**fitted.get_params())
    for name in names:
        setattr(model, name, getattr(fitted, name))
    return model


ALL = ("coefs_", "intercepts_", "classes_", "n_layers_", "n_outputs_", "out_activation_", "t_", "n_iter_", "loss_", "n_features_in_", "_label_binarizer")  # fmt: skip # noqa: E501
WITHOUT_BINARIZER = tuple(name for name in ALL if name != "_label_binarizer")


@pytest.mark.parametrize("names", [ALL, ALL[::-1], WITHOUT_BINARIZER, ALL[:3]])
@pytest.mark.parametrize("y", [TWO, THREE, np.array(["no", "yes"])[TWO], LABELS])
def test_a_classifier_made_by_hand(y, names):
    fitted = scikit_learn.MLPClassifier((6, 4), max_iter=9, random_state=0).fit(X, y)
    if y is LABELS and "out_activation_" not in names:
        names = (*names, "out_activation_")  # several labels, or one of three classes?
    model = by_hand(fitted, MLPClassifier, names)
    np.testing.assert_allclose(model.predict_proba(X), fitted.predict_proba(X), rtol=1e-12)
    np.testing.assert_array_equal(model.predict(X), fitted.predict(X))
    assert (model.n_layers_, model.n_outputs_, model.n_features_in_) == (4, fitted.n_outputs_, 4)
    assert model.out_activation_ == fitted.out_activation_
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(model)).predict(X), fitted.predict(X)
    )  # fmt: skip
    model.partial_fit(X, y)
    assert model.set_params(warm_start=True, max_iter=2).fit(X, y).n_iter_ == 2


def test_a_regressor_made_by_hand():
    fitted = scikit_learn.MLPRegressor(hidden_layer_sizes=(6,), max_iter=9).fit(X, NUMBERS)
    model = by_hand(fitted, MLPRegressor, ["coefs_", "intercepts_"])
    np.testing.assert_allclose(model.predict(X), fitted.predict(X), rtol=1e-12)
    model.partial_fit(X, NUMBERS)


def test_the_worked_example_of_scikit_learn_s_tests():
    """`test_fit` of its test_mlp.py: weights set one by one, then a step worked out by hand."""
    model = MLPClassifier(
        2, "logistic", solver="sgd", learning_rate_init=0.1, alpha=0.1, momentum=0, max_iter=1
    )
    model.coefs_, model.intercepts_ = [0] * 2, [0] * 2
    model.n_outputs_ = 1
    model.coefs_[0] = np.array([[0.1, 0.2], [0.3, 0.1], [0.5, 0]])
    model.coefs_[1] = np.array([[0.1], [0.2]])
    model.intercepts_[0], model.intercepts_[1] = np.array([0.1, 0.1]), np.array([1.0])
    model.n_features_in_, model.n_iter_, model.n_layers_, model.t_ = 3, 0, 3, 0
    model.out_activation_, model.best_loss_, model.loss_curve_ = "logistic", np.inf, []
    model._no_improvement_count = 0
    model._coef_grads = model._intercept_grads = [0] * 2
    x = np.array([[0.6, 0.8, 0.7]])
    model.partial_fit(x, np.array([0]), classes=[0, 1])
    first = [[0.098, 0.195756], [0.2956664, 0.096008], [0.4939998, -0.002244]]
    np.testing.assert_allclose(model.coefs_[0], first, atol=2e-3)
    np.testing.assert_allclose(model.coefs_[1], [[0.04706], [0.154089]], atol=2e-3)
    np.testing.assert_allclose(model.intercepts_[0], [0.098333, 0.09626], atol=2e-3)
    np.testing.assert_allclose(model.intercepts_[1], [0.9235], atol=2e-3)
    assert model.predict_proba(x)[0, 1] == pytest.approx(0.739, abs=1e-3)


REFUSED = [
    ([0, 0], [np.ones(6), np.ones(1)], "have the shapes"),
    (None, [np.ones(6), np.ones(1)], "lists of arrays of numbers"),
    (5, [np.ones(6), np.ones(1)], "lists of arrays of numbers"),
    ([], [], "lists of arrays of numbers"),
    ([np.ones((4, 6)), np.ones((5, 1))], [np.ones(6), np.ones(1)], "have the shapes"),
    ([np.ones((4, 6))], [np.ones(6), np.ones(1)], "have the shapes"),
    ([np.full((4, 1), "x")], [np.ones(1)], "could not convert"),
]


@pytest.mark.parametrize(("coefs", "intercepts", "words"), REFUSED)
def test_what_is_no_network_is_refused_in_a_sentence(coefs, intercepts, words):
    model = MLPRegressor(hidden_layer_sizes=(6,))
    model.coefs_, model.intercepts_ = coefs, intercepts
    with pytest.raises(ValueError, match=f"coefs_ .*{words}"):
        model.predict(X)


def test_half_of_a_model_is_none():
    model = MLPClassifier((6,))
    model.coefs_ = [np.ones((4, 6)), np.ones((6, 1))]
    with pytest.raises(ValueError, match="only coefs_ is set by hand; set both, or none"):
        model.partial_fit(X, TWO, classes=[0, 1])
    model.intercepts_ = [np.ones(6), np.ones(1)]
    with pytest.raises(AttributeError, match="does not know its classes: set classes_"):
        model.predict(X)
    model.classes_ = ["a", "b", "c"]
    with pytest.raises(ValueError, match="have 1 outputs for 3 classes_"):
        model.predict(X)
    del model.coefs_
    assert not hasattr(model, "coefs_")
    with pytest.raises(ValueError, match=re.escape("not fitted yet")):
        model.predict(X)


def test_numbers_of_any_kind_are_weights():
    model = MLPClassifier((6,), max_iter=3, random_state=0).fit(X, TWO)
    before = model.predict_proba(X)
    for kind in ("f2", "g", "O"):
        model.coefs_ = [coef.astype(kind) for coef in model.coefs_]
        np.testing.assert_allclose(model.predict_proba(X), before, atol=1e-2)
    model.coefs_ = [coef.tolist() for coef in model.coefs_]
    np.testing.assert_allclose(model.predict_proba(X), before, atol=1e-2)
