"""`Perceptron.fit(resume=state)`: a run in two parts gives the bits of one in a single part."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from chainrule import EarlyStopping, Layer, Perceptron
from chainrule.engines import get_engine
from chainrule.engines.compiled import Compiled
from chainrule.optimizers import OPTIMIZERS
from chainrule.schedules import SCHEDULES
from chainrule.training import RunState

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(41, 5)), RNG.integers(0, 2, (41, 2)).astype(float)
ENGINES = {"1": Compiled(1), "2": Compiled(2), "reference": get_engine("reference")}


def network():
    sizes = [(5, 33, "tanh"), (33, 20, "relu"), (20, 2, "sigmoid")]
    return Perceptron([Layer(*each, rng=number) for number, each in enumerate(sizes)])


def fit(net, epochs, **options):
    fixed = {"learning_rate": 0.01, "batch_size": 8, "rng": 3, "verbose": False}
    return net.fit(X, Y, epochs, **fixed | options)


def at(epoch):
    return [lambda run: run.epoch == epoch]


def carried(*things):
    """Return what another process reads of them."""
    return pickle.loads(pickle.dumps(things))


def figures(history):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history.rows]


def assert_same(parts, whole, histories):
    np.testing.assert_array_equal(parts.theta, whole.theta)
    of_parts, of_whole = histories
    assert figures(of_parts) == figures(of_whole)
    assert (of_parts.stopped, of_parts.weights_epoch) == (of_whole.stopped, of_whole.weights_epoch)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_two_parts_are_one_run(optimizer, engine):
    options = {"optimizer": optimizer, "engine": engine, "dropout": 0.3, "schedule": "cosine"}
    whole, parts, state = network(), network(), RunState()
    expected = fit(whole, 10, **options)
    fit(parts, 10, **options, callbacks=at(4), resume=state)
    assert len(state.history) == 4
    parts, state = carried(parts, state)
    found = fit(parts, 10, **options | {"rng": 99}, resume=state)
    assert found is state.history
    assert_same(parts, whole, (found, expected))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_goes_on(schedule):
    whole, parts, state = network(), network(), RunState()
    expected = fit(whole, 10, schedule=schedule, clip_norm=0.5)
    fit(parts, 10, schedule=schedule, clip_norm=0.5, callbacks=at(4), resume=state)
    found = fit(parts, 10, schedule=schedule, clip_norm=0.5, resume=state)
    assert_same(parts, whole, (found, expected))


@pytest.mark.parametrize("rng", [None, 5, np.random.RandomState(5)])
@pytest.mark.parametrize("shuffle", [True, False])
def test_more_epochs_go_on(shuffle, rng):
    whole, parts, state = network(), network(), RunState()
    options = {"shuffle": shuffle, "optimizer": "adam", "dropout": [0.1, 0.2, 0.0]}
    np.random.seed(8)
    expected = fit(whole, 10, **options, rng=carried(rng)[0])
    np.random.seed(8)
    fit(parts, 4, **options, rng=carried(rng)[0], resume=state)
    parts, state = carried(parts, state)
    np.random.seed(9)
    found = fit(parts, 10, **options, resume=state)
    assert_same(parts, whole, (found, expected))


def test_an_interrupted_run_goes_on_from_its_last_whole_epoch():
    def struck(y, prediction):
        strikes.append(None)
        if len(strikes) == 5:
            raise KeyboardInterrupt
        return 0.0

    whole, parts, state, strikes = network(), network(), RunState(), []
    options = {"optimizer": "rmsprop", "dropout": 0.2, "validation_data": (X, Y)}
    expected = fit(whole, 10, **options, metrics={"m": lambda y, p: 0.0})
    assert fit(parts, 10, **options, metrics={"m": struck}, resume=state).interrupted
    assert len(state.history) == 4
    found = fit(parts, 10, **options, metrics={"m": struck}, resume=state)
    assert not found.interrupted
    assert_same(parts, whole, (found, expected))


STOPPERS = {
    "one": lambda: [EarlyStopping("loss", patience=3, min_delta=0.02)],
    "one more patient": lambda: [EarlyStopping("loss", 3, 0.02), EarlyStopping("loss", 5, 0.02)],
    "two": lambda: [EarlyStopping("validation_loss", patience=5), EarlyStopping("loss")],
}


@pytest.mark.parametrize("stop", [1, 4, 6, 8])
@pytest.mark.parametrize("stoppers", ["one", "one more patient"])
def test_early_stopping_goes_on(stoppers, stop):
    whole, parts, state = network(), network(), RunState()
    options = {"optimizer": "adam", "learning_rate": 0.05, "validation_data": (X, Y)}
    expected = fit(whole, 30, **options, callbacks=STOPPERS[stoppers]())
    assert 8 < len(expected) < 30
    fit(parts, 30, **options, callbacks=[*STOPPERS[stoppers](), *at(stop)], resume=state)
    parts, state = carried(parts, state)
    found = fit(parts, 30, **options, callbacks=STOPPERS[stoppers](), resume=state)
    assert_same(parts, whole, (found, expected))


def test_the_last_weights_come_back_after_two_sorts_of_best_ones():
    whole, parts, state = network(), network(), RunState()
    options = {"learning_rate": 3.0, "validation_data": (X, Y)}
    expected = fit(whole, 12, **options)
    fit(parts, 5, **options, callbacks=STOPPERS["two"](), resume=state)
    assert state.replaced is not None
    found = fit(parts, 12, **options, resume=state)
    assert_same(parts, whole, (found, expected))


def test_weights_of_the_users_are_gone_on_with():
    net, state = network(), RunState()
    fit(net, 5, learning_rate=3.0, callbacks=[EarlyStopping("loss")], resume=state)
    net.theta[:] = 0.1
    other = network()
    other.theta[:] = 0.1
    found = fit(net, 6, resume=state)
    expected = fit(other, 1, shuffle=False)
    assert found["loss"][5] == pytest.approx(expected["loss"][0], rel=0.1)


def test_a_run_that_is_over_is_left_alone():
    net, state = network(), RunState()
    fit(net, 3, resume=state)
    theta = net.theta.copy()
    assert len(fit(net, 3, resume=state)) == 3
    np.testing.assert_array_equal(net.theta, theta)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"optimizer": "adam"}, r"an optimizer SGD, but this one has Adam"),
        ({"training_data": X[:9], "labels": Y[:9]}, "a number of rows 41, but this one has 9"),
    ],
)
def test_another_run_is_refused(other, message):
    net, state = network(), RunState()
    fit(net, 2, resume=state)
    before = net.theta.copy()
    given = {"training_data": X, "labels": Y} | other
    with pytest.raises(ValueError, match=message):
        net.fit(**given, epochs=4, learning_rate=0.1, resume=state)
    np.testing.assert_array_equal(net.theta, before)
    assert len(state.history) == 2


def test_another_network_is_refused():
    net, state = network(), RunState()
    fit(net, 2, optimizer="adam", resume=state)
    small = Perceptron([Layer(5, 2, "sigmoid", rng=0)])
    with pytest.raises(ValueError, match=r"memory of shape \(2, 9\d\d\), .* has \(2, 12\)"):
        fit(small, 4, optimizer="adam", resume=state)
    sizes = [(5, 33, "tanh"), (33, 20, "relu"), (20, 2, "sigmoid")]
    single = Perceptron([Layer(*each, rng=0, dtype="f4") for each in sizes])
    with pytest.raises(ValueError, match="dtype float64, but this one has float32"):
        fit(single, 4, optimizer="adam", resume=state)


def test_a_state_is_a_run_state():
    with pytest.raises(TypeError, match=r"is a chainrule.training.RunState or True, got \{\}"):
        fit(network(), 2, resume={})
