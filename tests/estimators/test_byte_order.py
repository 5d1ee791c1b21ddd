"""Numbers in the other byte order, as in FITS files, give the same bits everywhere."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from chainrule import Layer, MLPClassifier, MLPRegressor, Perceptron

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
ROWS = rng.normal(size=(120, 4))
CODES = (ROWS[:, 0] > 0) + (ROWS[:, 1] > 0).astype(np.int64)
WEIGHTS = rng.uniform(0.5, 1, 120)
LABELS = [
    CODES,
    CODES.astype("i2"),
    CODES.astype("f4"),
    np.array(["abc", "b", "c"])[CODES],
    np.c_[CODES > 0, CODES > 1].astype(int),
]
OPTIONS = {"hidden_layer_sizes": (6,), "max_iter": 10, "random_state": 0}


def swapped(values):
    return values.astype(values.dtype.newbyteorder(">"))


def bits(model):
    arrays = [*model.coefs_, *model.intercepts_]
    return [array.dtype.str for array in arrays], [array.tobytes() for array in arrays]


@pytest.mark.parametrize("kind", ["f8", "f4", "f2", "i4"])
@pytest.mark.parametrize("y", LABELS)
@pytest.mark.parametrize("options", [{}, {"standardize": True, "early_stopping": True}])
def test_rows_labels_and_weights(y, kind, options):
    x, w = (10 * ROWS).astype(kind), WEIGHTS.astype("f4")
    model = MLPClassifier(**OPTIONS, **options).fit(x, y, w, X_val=x, y_val=y, sample_weight_val=w)
    other = MLPClassifier(**OPTIONS, **options).fit(
        *map(swapped, (x, y, w)), X_val=swapped(x), y_val=swapped(y), sample_weight_val=swapped(w)
    )
    assert bits(model) == bits(other)
    assert model.validation_scores_ == other.validation_scores_
    for ask in ("predict", "predict_proba", "decision_function", "transform", "input_gradients"):
        np.testing.assert_array_equal(getattr(other, ask)(swapped(x)), getattr(model, ask)(x))
    if y.ndim == 1:  # scikit-learn's score of several labels refuses them
        assert other.score(swapped(x), swapped(y), swapped(w)) == model.score(x, y, w)


@pytest.mark.parametrize("kind", ["f8", "f4"])
def test_a_frame_s_columns(kind):
    pd = pytest.importorskip("pandas", reason="frames of pandas need it")
    frame = pd.DataFrame(dict(zip("abcd", ROWS.T.astype(kind), strict=True)))
    other = pd.DataFrame({name: swapped(frame[name].to_numpy()) for name in frame})
    assert bits(MLPClassifier(**OPTIONS).fit(frame, CODES)) == bits(
        MLPClassifier(**OPTIONS).fit(other, CODES)
    )


@pytest.mark.parametrize("y", LABELS[:4])
def test_parts(y):
    first, other = MLPClassifier(**OPTIONS), MLPClassifier(**OPTIONS)
    first.partial_fit(ROWS, y, classes=np.unique(y))
    other.partial_fit(swapped(ROWS), swapped(y), classes=swapped(np.unique(y)))
    assert bits(first.partial_fit(ROWS, swapped(y))) == bits(other.partial_fit(swapped(ROWS), y))


@pytest.mark.parametrize("kind", ["f8", "f4"])
@pytest.mark.parametrize("standardize", [False, True])
def test_weights_given_and_assigned(kind, standardize):
    x, y = ROWS.astype(kind), WEIGHTS.astype(kind)
    options = OPTIONS | {"standardize": standardize}
    first = MLPRegressor(**options).fit(x, y)
    given = [[array.copy() for array in arrays] for arrays in (first.coefs_, first.intercepts_)]
    other = [list(map(swapped, arrays)) for arrays in given]
    assert bits(MLPRegressor(**options, initial_weights=given).fit(x, y)) == bits(
        MLPRegressor(**options, initial_weights=other).fit(swapped(x), swapped(y))
    )
    again = MLPRegressor(**options).fit(x, y)
    first.coefs_, first.intercepts_ = given
    again.coefs_, again.intercepts_ = other
    np.testing.assert_array_equal(again.predict(x), first.predict(x))
    assert bits(again.partial_fit(x, y)) == bits(first.partial_fit(x, y))


def test_a_pickle_from_a_machine_of_the_other_byte_order():
    for standardize in (False, True):
        model = MLPClassifier(**OPTIONS, standardize=standardize).fit(ROWS, CODES)
        state = model.__getstate__()
        for name in ("coefs_", "intercepts_"):
            state[name] = list(map(swapped, state[name]))
        foreign = MLPClassifier.__new__(MLPClassifier)
        foreign.__setstate__(state)
        np.testing.assert_array_equal(foreign.predict_proba(ROWS), model.predict_proba(ROWS))


# The network itself --------------------------------------------------------------------------


def network(kind):
    return Perceptron(
        [Layer(4, 3, "tanh", rng=0, dtype=kind), Layer(3, 1, "sigmoid", rng=1, dtype=kind)]
    )


@pytest.mark.parametrize("kind", ["f8", "f4"])
def test_layers_and_their_theta(kind):
    x, y = ROWS.astype(kind), (CODES > 0).astype(kind)
    first, other = network(kind), network(f">{kind}")
    p = first.predict(x)
    np.testing.assert_array_equal(other.predict(swapped(x)), p)
    for layer in other.layers:
        layer.theta = swapped(layer.theta)
        layer.weights, layer.biases = swapped(layer.weights), swapped(layer.biases)
    other.theta = swapped(other.theta)
    assert other.theta.dtype == kind
    np.testing.assert_array_equal(other.predict(x), p)
    w = WEIGHTS.astype(kind)
    options = {"verbose": False, "rng": 0, "batch_size": 8}
    first.fit(x, y, 3, 0.1, sample_weight=w, validation_data=(x, y), **options)
    x, y, w = map(swapped, (x, y, w))
    other.fit(x, y, 3, 0.1, sample_weight=w, validation_data=(x, y), **options)
    assert first.theta.tobytes() == other.theta.tobytes()
    last = other.layers[-1]
    np.testing.assert_array_equal(
        other.forward(x[0]), first.forward(swapped(x[:1])[0])
    )  # fmt: skip
    assert last.backward(swapped(np.ones((1, 1), kind)), 0.1).dtype == kind


def test_a_pickled_network_of_the_other_byte_order():
    first = network("f8")
    foreign = pickle.loads(pickle.dumps(first))
    for layer in foreign.layers:
        layer.__dict__["theta"] = swapped(layer.theta)  # as it was on that machine
    foreign = pickle.loads(pickle.dumps(foreign))
    np.testing.assert_array_equal(foreign.predict(ROWS), first.predict(ROWS))


def test_a_theta_that_is_none():
    layer = Layer(4, 3, "tanh")
    for wrong, words in ((np.ones(3), "has 15 numbers"), (np.ones(15, int), "float32 or float64")):
        with pytest.raises(ValueError, match=words):
            layer.theta = wrong
    with pytest.raises(ValueError, match="has 19 numbers"):
        network("f8").theta = np.ones(3)
