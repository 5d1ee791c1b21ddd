"""`Perceptron.fit`: what it passes on, what it refuses, and that it changes nothing then."""

import inspect
import re
from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.neural_network import MLPClassifier, MLPRegressor

from chainrule import Layer, Perceptron
from chainrule.engines import ENGINES, Task, TrainingState, reference
from chainrule.losses import LOSSES, huber, squared_error
from chainrule.optimizers import OPTIMIZERS, SGD, Adam
from chainrule.penalties import Penalty
from chainrule.schedules import SCHEDULES, Step

rng = np.random.default_rng(2)
X = rng.normal(0, 1, (9, 2))
Y = (X[:, :1] * X[:, 1:] > 0).astype(float)


def network(output="sigmoid", n_outputs=1, dtype=np.float64, seed=0):
    source = np.random.default_rng(seed)
    return Perceptron(
        [
            Layer(2, 4, "tanh", rng=source, dtype=dtype),
            Layer(4, n_outputs, output, rng=source, dtype=dtype),
        ]
    )


def fitted(net=None, x=X, y=Y, epochs=3, rate=0.3, **options):
    """Train quietly with fixed orders; return θ and the history."""
    net = net or network()
    history = net.fit(
        x, y, epochs, rate, **{"rng": 0, "verbose": False, "engine": "reference"} | options
    )
    return net.theta, history


class EpochSeen(NamedTuple):
    task: Task
    state: TrainingState
    t: int
    order: np.ndarray
    learning_rates: np.ndarray


@pytest.fixture
def epochs_seen(monkeypatch):
    """Add an engine "spy" that trains as the reference does and keeps what it was asked for."""
    seen = []

    class Spied(reference.Training):
        def run_epoch(self, order, learning_rates):
            seen.append(EpochSeen(self.task, self.state, self.state.t, order, learning_rates))
            return super().run_epoch(order, learning_rates)

    class Spy:
        predict = staticmethod(reference.predict)
        output = staticmethod(reference.output)
        start = staticmethod(Spied)

    monkeypatch.setitem(ENGINES, "spy", Spy)
    return seen


# scikit-learn as the judge -----------------------------------------------------------------

ONE_FULL_STEP = {
    "solver": "sgd",
    "alpha": 0,
    "batch_size": 9,
    "learning_rate_init": 0.3,
    "momentum": 0,
    "nesterovs_momentum": False,
    "shuffle": False,
    "random_state": 0,
    "hidden_layer_sizes": (4,),
    "activation": "tanh",
}


@pytest.mark.parametrize(
    ("estimator", "y", "output", "loss"),
    [
        (MLPRegressor, X[:, 0] - 2 * X[:, 1], "identity", "squared_error"),
        (MLPClassifier, Y.ravel(), "sigmoid", "binary_cross_entropy"),
    ],
)
def test_full_batch_descent_takes_scikit_learns_steps(estimator, y, output, loss):
    classes = {"classes": [0, 1]} if estimator is MLPClassifier else {}
    peer = estimator(**ONE_FULL_STEP).partial_fit(X, y, **classes)
    net = network(output)
    for layer, weights, biases in zip(net.layers, peer.coefs_, peer.intercepts_, strict=True):
        layer.weights, layer.biases = weights.T, biases[:, np.newaxis]
    _, history = fitted(net, y=y, epochs=3, loss=loss, batch_size=9, shuffle=False)
    for _ in range(3):
        peer.partial_fit(X, y)
    for layer, weights, biases in zip(net.layers, peer.coefs_, peer.intercepts_, strict=True):
        np.testing.assert_allclose(layer.weights, weights.T, rtol=1e-10)
        np.testing.assert_allclose(layer.biases[:, 0], biases, rtol=1e-10)
    np.testing.assert_allclose(history["loss"], peer.loss_curve_[1:], rtol=1e-10)


@pytest.mark.parametrize("weights", [None, rng.uniform(0, 2, 9)], ids=["no weights", "weights"])
@pytest.mark.parametrize(
    ("estimator", "y", "output", "loss"),
    [
        (MLPRegressor, X[:, 0] - 2 * X[:, 1], "identity", "squared_error"),
        (MLPClassifier, Y.ravel(), "sigmoid", "binary_cross_entropy"),
    ],
)
def test_a_divided_l2_penalty_is_scikit_learns_alpha(estimator, y, output, loss, weights):
    classes = {"classes": [0, 1]} if estimator is MLPClassifier else {}
    peer = estimator(**ONE_FULL_STEP | {"alpha": 0.7})
    peer.partial_fit(X, y, sample_weight=weights, **classes)
    net = network(output)
    for layer, W, b in zip(net.layers, peer.coefs_, peer.intercepts_, strict=True):
        layer.weights, layer.biases = W.T, b[:, np.newaxis]
    options = {"penalty": Penalty(l2=0.7, divided_by_batch=True), "sample_weight": weights}
    _, history = fitted(net, y=y, loss=loss, batch_size=9, shuffle=False, **options)
    for _ in range(3):
        peer.partial_fit(X, y, sample_weight=weights)
    for layer, W, b in zip(net.layers, peer.coefs_, peer.intercepts_, strict=True):
        np.testing.assert_allclose(layer.weights, W.T, rtol=1e-10)
        np.testing.assert_allclose(layer.biases[:, 0], b, rtol=1e-10)
    np.testing.assert_allclose(history["loss"], peer.loss_curve_[1:], rtol=1e-10)


# What is passed on -------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_falls(name):
    y = np.eye(3)[np.argmax(X @ [[1, 0, -1], [0, 1, -1]], axis=1)]
    _, history = fitted(network("identity", 3), y=y, epochs=60, rate=0.1, loss=name)
    assert history["loss"][-1] < 0.8 * history["loss"][0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_is_a_name_or_an_object(name, epochs_seen):
    theta, _ = fitted(rate=0.01, optimizer=name, engine="spy")
    assert isinstance(epochs_seen[0].task.optimizer, OPTIMIZERS[name])
    np.testing.assert_array_equal(theta, fitted(rate=0.01, optimizer=OPTIMIZERS[name]())[0])
    assert name == "sgd" or (theta != fitted(rate=0.01)[0]).any()


def test_the_parameters_of_an_optimizer_reach_the_engine(epochs_seen):
    fitted(optimizer=Adam(beta_1=0.5), engine="spy")
    assert epochs_seen[0].task.optimizer == Adam(beta_1=0.5)


def test_an_optimizer_remembers_within_a_fit_and_starts_anew_with_the_next(epochs_seen):
    net = network()
    fitted(net, optimizer="adam", engine="spy", epochs=2)
    assert epochs_seen[1].state is epochs_seen[0].state
    assert epochs_seen[0].state.slots.any()
    assert epochs_seen[0].state.slots.shape == (2, net.theta.size)
    assert [epoch.t for epoch in epochs_seen] == [0, 9]
    middle = net.theta.copy()
    twice, _ = fitted(net, optimizer="adam", epochs=1)
    fresh = network()
    fresh.theta[:] = middle
    np.testing.assert_array_equal(twice, fitted(fresh, optimizer="adam", epochs=1)[0])


def test_a_loss_may_be_an_object(epochs_seen):
    fitted(network("identity"), loss=huber(delta=0.3), engine="spy")
    assert epochs_seen[0].task.loss.value(np.array([[3.0]]), np.zeros((1, 1))) == 0.3 * (3 - 0.15)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_sets_the_learning_rates_of_the_steps(name, epochs_seen):
    _, history = fitted(epochs=2, rate=0.2, batch_size=3, schedule=name, engine="spy")
    times = np.array([[0, 1 / 3, 2 / 3], [1, 4 / 3, 5 / 3]])
    expected = 0.2 * SCHEDULES[name]()(times, 2)
    np.testing.assert_allclose([epoch.learning_rates for epoch in epochs_seen], expected)
    np.testing.assert_allclose(history["learning_rate"], expected[:, -1])


def test_a_schedule_may_be_an_object():
    _, history = fitted(epochs=5, rate=0.8, schedule=Step(every=2, factor=0.5))
    assert history["learning_rate"] == [0.8, 0.8, 0.4, 0.4, 0.2]


@pytest.mark.parametrize("batch_size", [9, 10, 10**9, np.int64(9)])
def test_a_batch_has_all_rows_at_most(batch_size, epochs_seen):
    theta, _ = fitted(batch_size=batch_size, engine="spy")
    assert epochs_seen[0].task.batch_size == 9
    np.testing.assert_array_equal(theta, fitted(batch_size=9)[0])


def test_one_row_a_step_is_the_default(epochs_seen):
    fitted(engine="spy")
    assert (epochs_seen[0].task.batch_size, epochs_seen[0].task.optimizer) == (1, SGD())


def test_weights_penalty_dropout_and_clipping_reach_the_engine(epochs_seen):
    weights, penalty = np.arange(9), Penalty(l1=0.1)
    options = {"sample_weight": weights, "penalty": penalty, "dropout": 0.5, "clip_norm": 2}
    fitted(network(dtype=np.float32), engine="spy", **options)
    task = epochs_seen[0].task
    assert task.sample_weight.dtype == np.float32
    assert task.sample_weight.tolist() == weights.tolist()
    assert (task.penalty, task.dropout, task.clip_norm) == (penalty, (0.0, 0.5), 2.0)


def test_none_of_them_is_the_default(epochs_seen):
    fitted(engine="spy")
    task = epochs_seen[0].task
    assert (task.sample_weight, task.penalty, task.dropout) == (None, Penalty(), ())
    assert (task.clip_norm, task.seed) == (np.inf, 0)


def test_an_engine_may_be_an_object(epochs_seen):
    theta, _ = fitted(engine=ENGINES["spy"]())
    assert len(epochs_seen) == 3
    np.testing.assert_array_equal(theta, fitted(engine="reference")[0])


@pytest.mark.parametrize("make", [sp.csr_array, sp.csc_matrix, sp.coo_array])
def test_sparse_rows_train_as_dense_ones(make):
    options = {"batch_size": 4, "optimizer": "adam"}
    sparse, history = fitted(x=make(X), validation_data=(make(X), Y), **options)
    dense, expected = fitted(validation_data=(X, Y), **options)
    np.testing.assert_array_equal(sparse, dense)
    assert history["validation_loss"] == expected["validation_loss"]


# Order and randomness ----------------------------------------------------------------------


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
def test_the_seed_of_the_dropout_is_drawn_before_the_orders(make, epochs_seen):
    fitted(rng=make(5), dropout=0.5, engine="spy")
    source, rows = make(5), np.arange(9)
    assert epochs_seen[0].task.seed == int.from_bytes(source.bytes(8), "little")
    for epoch in epochs_seen:
        rows = rows[source.permutation(9)]
        np.testing.assert_array_equal(epoch.order, rows)


def test_without_dropout_nothing_is_drawn_for_it():
    np.testing.assert_array_equal(fitted(dropout=[0.0, 0.0])[0], fitted()[0])


def test_dropout_follows_the_seed():
    first, second, third = (fitted(rng=seed, dropout=0.5, shuffle=False)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != third).any()


def test_shuffles_compound_as_on_the_page(epochs_seen):
    fitted(rng=np.random.RandomState(5), engine="spy")
    source, rows = np.random.RandomState(5), np.arange(9)
    for epoch in epochs_seen:
        rows = rows[source.permutation(9)]
        np.testing.assert_array_equal(epoch.order, rows)


def test_without_rng_the_global_generator_shuffles(epochs_seen):
    np.random.seed(5)
    fitted(rng=None, epochs=1, engine="spy")
    np.testing.assert_array_equal(epochs_seen[0].order, np.random.RandomState(5).permutation(9))


def test_with_rng_the_global_generator_is_left_alone():
    before = np.random.get_state()
    fitted(rng=5)
    np.testing.assert_equal(np.random.get_state(), before)


def test_without_shuffling_the_rows_keep_their_order_and_nothing_is_drawn(epochs_seen):
    source = np.random.default_rng(3)
    fitted(shuffle=False, rng=source, engine="spy")
    for epoch in epochs_seen:
        np.testing.assert_array_equal(epoch.order, np.arange(9))
    assert source.random() == np.random.default_rng(3).random()


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("batch_size", [1, 5])
@pytest.mark.parametrize("count", [1, 2])
def test_parameters_that_may_not_be_written_to_are_copied(engine, batch_size, count, tmp_path):
    """So joblib gives large ones to other processes: mapped into memory, and read-only."""
    nets = [
        Perceptron([Layer(3, 3, "tanh", rng=1), Layer(3, 3, "sigmoid", rng=2)][:count])
        for _ in range(2)
    ]
    np.save(tmp_path / "theta.npy", nets[1].theta)
    mapped = np.load(tmp_path / "theta.npy", mmap_mode="r")
    before = mapped.tobytes()
    for i, layer in enumerate(nets[1].layers):
        layer.theta = mapped[12 * i : 12 * i + 12]
    x = np.random.default_rng(0).normal(size=(20, 3))
    options = {"loss": "squared_error", "batch_size": batch_size, "engine": engine}
    for net in nets:
        net.fit(x, x, 2, 0.1, rng=0, verbose=False, **options)
    assert nets[1].theta.tobytes() == nets[0].theta.tobytes()
    assert mapped.tobytes() == before


@pytest.mark.parametrize("make", [int, np.int64, np.random.default_rng, np.random.RandomState])
def test_the_same_seed_gives_the_same_bits(make):
    (first, one), (second, two) = (fitted(rng=make(4), optimizer="adam") for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (one["loss"], one["gradient_norm"]) == (two["loss"], two["gradient_norm"])
    assert (first != fitted(rng=make(5), optimizer="adam")[0]).any()


# Data --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X.tolist(), Y.tolist()),
        (X, Y.ravel()),
        (X, Y.ravel().astype(bool)),
        (X, Y.astype(np.uint8)),
        (np.asfortranarray(X), Y),
        (np.repeat(X, 2, axis=0)[::2], np.repeat(Y, 2)[::2]),
    ],
    ids=["lists", "flat labels", "bool", "uint8", "columns", "strided"],
)
def test_data_may_come_in_many_forms(x, y):
    np.testing.assert_array_equal(fitted(x=x, y=y)[0], fitted()[0])


def test_float32_networks_train_in_float32():
    net = network(dtype=np.float32)
    theta, history = fitted(net, optimizer="adam", validation_data=(X, Y))
    assert theta.dtype == np.float32
    assert {type(number) for row in history.rows for number in row.values()} == {int, float}
    np.testing.assert_allclose(theta, fitted(optimizer="adam")[0], rtol=1e-3, atol=1e-4)


def test_several_outputs_take_as_many_label_columns():
    y = np.hstack([Y, 1 - Y, Y])
    theta, history = fitted(network(n_outputs=3), y=y)
    assert theta.size == 12 + 15
    assert len(history) == 3


# Printing ----------------------------------------------------------------------------------


def test_it_prints_the_loss_of_every_epoch_unless_told_not_to(capsys):
    _, history = fitted(verbose=True)
    assert capsys.readouterr() == (
        "".join(f"Loss at epoch {i}: {loss:.3f}\n" for i, loss in enumerate(history["loss"], 1)),
        "",
    )
    assert inspect.signature(Perceptron.fit).parameters["verbose"].default is True


def test_quiet_means_quiet(capsys):
    fitted(verbose=False, validation_data=(X, Y))
    assert capsys.readouterr() == ("", "")


# What is refused ---------------------------------------------------------------------------


def with_value(array, row, column, value):
    array = np.array(array, dtype=float)
    array[row, column] = value
    return array


VALID = {"training_data": X, "labels": Y, "epochs": 2, "learning_rate": 0.1}
REFUSED = {
    "nan": (
        {"training_data": with_value(X, 3, 1, np.nan)},
        ValueError,
        "training_data must be finite, got nan in row 3, column 1 (counted from 0)",
    ),
    "infinity": (
        {"training_data": with_value(X, 8, 0, -np.inf)},
        ValueError,
        "training_data must be finite, got -inf in row 8, column 0",
    ),
    "nan label": (
        {"labels": with_value(Y, 4, 0, np.nan).ravel()},
        ValueError,
        "labels must be finite, got nan in row 4, column 0",
    ),
    "columns": (
        {"training_data": np.ones((9, 3))},
        ValueError,
        "training_data must have the shape (n, 2) with at least one row, got (9, 3)",
    ),
    "flat data": ({"training_data": np.ones(2)}, ValueError, "shape (n, 2)"),
    "label columns": ({"labels": np.ones((9, 2))}, ValueError, "labels must have the shape (n, 1)"),
    "no rows": ({"training_data": np.ones((0, 2))}, ValueError, "at least one row, got (0, 2)"),
    "empty": ({"training_data": [], "labels": []}, ValueError, "at least one row, got (0,)"),
    "lengths": ({"labels": Y[:8]}, ValueError, "training_data has 9 rows and labels has 8"),
    "ragged": (
        {"training_data": [[1, 2], [3]]},
        ValueError,
        "training_data must have rows of one length, got [[1, 2], [3]]",
    ),
    "strings": ({"training_data": [["a", "b"]] * 9}, TypeError, "training_data must be numbers"),
    "label strings": ({"labels": ["yes"] * 9}, TypeError, "labels must be numbers"),
    "nothing": ({"training_data": None}, TypeError, "training_data must be numbers"),
    "label domain": (
        {"labels": with_value(Y, 5, 0, 2.0)},
        ValueError,
        "labels for binary_cross_entropy are numbers in [0, 1], got 2.0 in row 5, column 0",
    ),
    "negative label": ({"labels": -Y}, ValueError, "numbers in [0, 1], got -1.0 in row"),
    "epochs": ({"epochs": 0}, ValueError, "epochs must be at least 1, got 0"),
    "half an epoch": ({"epochs": 1.5}, TypeError, "epochs is a whole number, got 1.5"),
    "epochs true": ({"epochs": True}, TypeError, "epochs is a whole number, got True"),
    "rate 0": ({"learning_rate": 0}, ValueError, "learning_rate must be above 0 and finite, got 0"),
    "rate below 0": ({"learning_rate": -0.1}, ValueError, "above 0 and finite, got -0.1"),
    "rate nan": ({"learning_rate": float("nan")}, ValueError, "above 0 and finite, got nan"),
    "rate inf": ({"learning_rate": float("inf")}, ValueError, "above 0 and finite, got inf"),
    "rate text": ({"learning_rate": "0.1"}, TypeError, "learning_rate is a number, got '0.1'"),
    "rate true": ({"learning_rate": True}, TypeError, "learning_rate is a number, got True"),
    "batch 0": ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
    "batch text": ({"batch_size": "9"}, TypeError, "batch_size is a whole number, got '9'"),
    "loss": ({"loss": "binary_crossentropy"}, ValueError, "did you mean 'binary_cross_entropy'?"),
    "loss class": ({"loss": huber}, TypeError, "a loss is a name or a Loss"),
    "loss and output": (
        {"loss": "poisson"},
        ValueError,
        "the loss 'poisson' needs an output layer",
    ),
    "optimizer": (
        {"optimizer": "adm"},
        ValueError,
        "unknown optimizer 'adm'; did you mean 'adam'?",
    ),
    "optimizer class": ({"optimizer": Adam}, TypeError, "an optimizer is a name or an object"),
    "schedule": ({"schedule": "cosin"}, ValueError, "did you mean 'cosine'?"),
    "engine": ({"engine": "refrence"}, ValueError, "did you mean 'reference'?"),
    "engine object": ({"engine": 3}, TypeError, "an engine is a name or an object with start("),
    "sparse nan": (
        {"training_data": sp.csr_array(with_value(X, 3, 1, np.nan))},
        ValueError,
        "training_data must be finite, got nan in row 3, column 1 (counted from 0)",
    ),
    "sparse columns": ({"training_data": sp.csr_array((9, 3))}, ValueError, "shape (n, 2)"),
    "sparse lengths": (
        {"training_data": sp.csr_array(X[:8])},
        ValueError,
        "training_data has 8 rows and labels has 9",
    ),
    "sparse labels": ({"labels": sp.csr_array(Y)}, TypeError, "labels must be a dense array"),
    "weights": (
        {"sample_weight": np.ones(8)},
        ValueError,
        "sample_weight has 8 numbers for 9 rows",
    ),
    "negative weight": (
        {"sample_weight": -np.ones(9)},
        ValueError,
        "sample_weight must be at least 0, got -1.0 in row 0",
    ),
    "no weight": ({"sample_weight": np.zeros(9)}, ValueError, "sample_weight is 0 for all rows"),
    "penalty": ({"penalty": 0.1}, TypeError, "a penalty is a Penalty such as Penalty(l2=1e-4)"),
    "dropout": ({"dropout": 1.0}, ValueError, "dropout must be in [0, 1), got 1.0"),
    "dropout rates": ({"dropout": [0.5]}, ValueError, "dropout has 1 rates for 2 layers"),
    "dropout text": ({"dropout": "half"}, TypeError, "dropout is a rate or one rate for each"),
    "clip 0": ({"clip_norm": 0}, ValueError, "clip_norm must be above 0 and finite, got 0"),
    "clip text": ({"clip_norm": "1"}, TypeError, "clip_norm is a number, got '1'"),
    "rate after dropout": (
        {"dropout": 0.5, "clip_norm": -1.0},
        ValueError,
        "clip_norm must be above 0 and finite, got -1.0",
    ),
    "rng": ({"rng": "seed"}, TypeError, "rng is a seed"),
    "validation": ({"validation_data": X}, TypeError, "validation_data is a pair of arrays (x, y)"),
    "validation x": (
        {"validation_data": (with_value(X, 1, 0, np.nan), Y)},
        ValueError,
        "validation x must be finite, got nan in row 1, column 0",
    ),
    "validation y": (
        {"validation_data": (X, Y + 3)},
        ValueError,
        "validation y for binary_cross_entropy are numbers in [0, 1]",
    ),
    "validation lengths": (
        {"validation_data": (X, Y[1:])},
        ValueError,
        "validation x has 9 rows and validation y has 8",
    ),
    "metrics alone": (
        {"metrics": {"m": max}},
        ValueError,
        "metrics are taken on validation_data, which is missing",
    ),
    "metric called loss": (
        {"metrics": {"loss": max}, "validation_data": (X, Y)},
        ValueError,
        "no metric can be called 'loss'",
    ),
    "metric list": (
        {"metrics": [max], "validation_data": (X, Y)},
        TypeError,
        "metrics are functions metric(y, prediction) by their names",
    ),
    "metric number": (
        {"metrics": {"m": 3}, "validation_data": (X, Y)},
        TypeError,
        "metrics are functions metric(y, prediction) by their names",
    ),
    "one callback": ({"callbacks": print}, TypeError, "callbacks is a list of functions"),
    "callback number": ({"callbacks": [3]}, TypeError, "a callback is a function of the run"),
    "callback class": ({"callbacks": [Step]}, TypeError, "a callback is a function of the run"),
}


@pytest.mark.parametrize(("changed", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_named_and_nothing_is_changed(changed, error, message, capsys):
    net = network()
    theta, state = net.theta.copy(), np.random.get_state()
    with pytest.raises(error, match=re.escape(message)):
        net.fit(**VALID | changed)
    np.testing.assert_array_equal(net.theta, theta)
    np.testing.assert_equal(np.random.get_state(), state)
    assert capsys.readouterr().out == ""


def test_a_value_too_large_for_float32_is_named():
    with pytest.raises(ValueError, match=r"must be finite in float32, got 1e\+300 in row 2"):
        fitted(network(dtype=np.float32), x=with_value(X, 2, 0, 1e300))


def test_labels_of_classes_sum_to_one_in_every_row():
    y = np.eye(3)[[0, 1, 2] * 3]
    y[4] = [1, 1, 0]
    with pytest.raises(ValueError, match=r"one-hot\), got 1.0 in row 4"):
        fitted(network("identity", 3), y=y, loss="softmax_cross_entropy")


def test_every_documented_keyword_is_one_and_the_reverse():
    parameters = list(inspect.signature(Perceptron.fit).parameters)[1:]
    section = inspect.getdoc(Perceptron.fit).split("Parameters\n")[1].split("Returns\n")[0]
    assert re.findall(r"^(\w+) : ", section, re.MULTILINE) == parameters


def test_a_loss_without_link_goes_with_any_output(epochs_seen):
    theta, _ = fitted(network("softplus"), loss=squared_error, engine="spy")
    assert epochs_seen[0].task.loss.name == "squared_error after softplus"
    assert np.isfinite(theta).all()
