"""The training loop: what it records, and the orderly ways to end."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from chainrule import EarlyStopping, Layer, Perceptron
from chainrule.engines import Task, TrainingState, get_engine, reference
from chainrule.losses import get_loss, squared_error
from chainrule.optimizers import Adam
from chainrule.schedules import get_schedule
from chainrule.training import History, Plan, loop, train

source = np.random.default_rng(2)
X, X_TEST = source.normal(0, 1, (9, 2)), source.normal(0, 1, (5, 2))
Y, Y_TEST = ((x[:, :1] > x[:, 1:]).astype(float) for x in (X, X_TEST))


def network(output="sigmoid"):
    rng = np.random.default_rng(0)
    return Perceptron([Layer(2, 4, "tanh", rng=rng), Layer(4, 1, output, rng=rng)])


def fit(net, epochs=4, rate=0.3, x=X, y=Y, **options):
    return net.fit(
        x, y, epochs, rate, **{"rng": 0, "verbose": False, "engine": "reference"} | options
    )


class Thetas(list):
    """A callback that keeps θ at the start, which it is made with, and after every epoch."""

    def __init__(self, net):
        super().__init__([net.theta.copy()])

    def __call__(self, run):
        self.append(run.theta.copy())


# What is recorded --------------------------------------------------------------------------


def test_every_epoch_has_a_row():
    history = fit(network())
    assert history.columns == ["epoch", "loss", "learning_rate", "gradient_norm", "seconds"]
    assert history["epoch"] == [1, 2, 3, 4]
    assert history["learning_rate"] == [0.3] * 4
    assert all(seconds >= 0 for seconds in history["seconds"])
    assert history.stopped == "all 4 epochs are over"
    assert history.weights_epoch == 4
    assert not history.interrupted


def test_the_loss_is_taken_just_before_the_step():
    net = network()
    before = log_loss(Y, net.forward(X.T).T)
    history = fit(net, epochs=1, batch_size=9)
    assert history["loss"] == [pytest.approx(before, rel=1e-12)]


def test_the_gradient_norm_of_one_step_is_that_of_the_slopes():
    net, h = network(), 1e-6
    slopes = []
    for i in range(net.theta.size):
        losses = []
        for step in (h, -2 * h):
            net.theta[i] += step
            losses.append(log_loss(Y, net.forward(X.T).T))
        net.theta[i] += h
        slopes.append((losses[0] - losses[1]) / (2 * h))
    history = fit(net, epochs=1, batch_size=9)
    assert history["gradient_norm"] == [pytest.approx(np.linalg.norm(slopes), rel=1e-7)]


def test_the_gradient_norm_of_an_epoch_is_the_root_mean_square_over_its_steps():
    net, thetas = network(), []

    class Watched:
        slots = 0

        def step(self, theta, grad, state, t, learning_rate):
            thetas.append(theta.copy())
            theta -= learning_rate * grad

    history = fit(net, epochs=2, rate=0.5, batch_size=4, optimizer=Watched())
    moves = np.diff([*thetas, net.theta], axis=0) / 0.5
    expected = np.sqrt((moves**2).sum(axis=1).reshape(2, 3).mean(axis=1))
    np.testing.assert_allclose(history["gradient_norm"], expected, rtol=1e-10)


def test_validation_is_taken_at_the_end_of_the_epoch():
    net, other = network(), network()
    metrics = {
        "accuracy": lambda y, p: accuracy_score(y, p.round()),
        "shapes": lambda y, p: float(y.shape == p.shape == (5, 1)),
    }
    history = fit(net, validation_data=(X_TEST, Y_TEST), metrics=metrics)
    assert history.columns == [
        "epoch",
        "loss",
        "validation_loss",
        "validation_accuracy",
        "validation_shapes",
        "learning_rate",
        "gradient_norm",
        "seconds",
    ]
    expected = []

    def look(run):
        p = other.forward(X_TEST.T).T
        expected.append((log_loss(Y_TEST, p), np.mean((p > 0.5) == Y_TEST), 1.0))

    fit(other, callbacks=[look])
    for row, numbers in zip(history.rows, expected, strict=True):
        scores = [row[f"validation_{name}"] for name in ("loss", "accuracy", "shapes")]
        np.testing.assert_allclose(scores, numbers, rtol=1e-12)


def test_validation_changes_nothing():
    net, other = network(), network()
    fit(net, validation_data=(X_TEST, Y_TEST), metrics={"zero": lambda y, p: 0})
    fit(other)
    np.testing.assert_array_equal(net.theta, other.theta)


def test_a_metric_scores_predictions_behind_the_link():
    net, seen = network("identity"), []
    fit(
        net,
        epochs=1,
        y=Y + 2,
        loss="poisson",
        validation_data=(X_TEST, Y_TEST),
        metrics={"seen": lambda y, p: seen.append(p) or 0},
    )
    np.testing.assert_allclose(seen[0], np.exp(net.forward(X_TEST.T)).T)


# Callbacks ---------------------------------------------------------------------------------


def test_callbacks_see_the_run_after_every_epoch():
    net, seen = network(), []
    history = fit(
        net,
        callbacks=[lambda run: seen.append((run.epoch, run.epochs, run.history, *run.theta))],
    )
    assert [numbers[:2] for numbers in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert all(numbers[2] is history for numbers in seen)
    np.testing.assert_array_equal(seen[-1][3:], net.theta)


def test_a_callback_that_returns_true_ends_the_run_and_the_others_are_still_called():
    calls = []

    def named(name):
        return lambda run: calls.append(name) or (name == "stop" and run.epoch == 2)

    net, other = network(), network()
    history = fit(net, callbacks=[named("before"), named("stop"), named("after")])
    assert calls == ["before", "stop", "after"] * 2
    assert (len(history), history.weights_epoch) == (2, 2)
    assert history.stopped == "a callback asked to stop"
    fit(other, epochs=2)
    np.testing.assert_array_equal(net.theta, other.theta)


@pytest.mark.parametrize("answer", [None, False, 1, "yes", [0], 0])
def test_any_other_answer_does_not(answer):
    assert len(fit(network(), callbacks=[lambda run: answer])) == 4


def test_the_reason_of_a_callback_is_kept():
    def stop(run):
        run.history.stopped = "enough"
        return True

    assert fit(network(), callbacks=[stop]).stopped == "enough"


class Room:
    """A callback that is a context manager and keeps what happens to it."""

    def __init__(self, name, events, error=None):
        self.name, self.events, self.error = name, events, error

    def __enter__(self):
        self.events.append(f"enter {self.name}")

    def __exit__(self, *exception):
        self.events.append(f"leave {self.name}")

    def __call__(self, run):
        self.events.append(f"call {self.name}")
        if self.error:
            raise self.error


@pytest.mark.parametrize("error", [None, KeyboardInterrupt(), RuntimeError("boom")], ids=repr)
def test_callbacks_that_are_context_managers_are_left_however_the_run_ends(error):
    events = []
    rooms = [Room("a", events), Room("b", events, error)]
    if isinstance(error, RuntimeError):
        with pytest.raises(RuntimeError, match="boom"):
            fit(network(), epochs=1, callbacks=rooms)
    else:
        fit(network(), epochs=1, callbacks=rooms)
    assert events == ["enter a", "enter b", "call a", "call b", "leave b", "leave a"]


def test_they_are_left_after_a_divergence_too():
    events = []
    with pytest.raises(ValueError, match="training diverged in epoch 1"):
        fit(network("identity"), rate=1e300, loss="squared_error", callbacks=[Room("a", events)])
    assert events == ["enter a", "leave a"]


# Ctrl-C ------------------------------------------------------------------------------------


def interrupt_at(count):
    """Return a function that raises KeyboardInterrupt when it is called for the n-th time."""
    calls = []

    def call(*arguments):
        calls.append(None)
        if len(calls) == count:
            raise KeyboardInterrupt
        return 0.0

    return call


def from_a_callback(monkeypatch):
    return {"callbacks": [interrupt_at(2)]}


def from_a_metric(monkeypatch):
    return {"validation_data": (X, Y), "metrics": {"m": interrupt_at(3)}}


def from_the_loss(monkeypatch):
    strike = interrupt_at(2 * 9 + 5)  # in the fifth step of the third epoch
    return {
        "loss": replace(squared_error, value=lambda z, y: squared_error.value(z, y) + strike()),
    }


def from_the_engine(monkeypatch):
    strike = interrupt_at(3)

    class Engine:
        def start(self, layers, task, state):
            return Struck(layers, task, state)

        def predict(self, layers, x):
            raise AssertionError("nothing is to be predicted")

        output = predict

    class Struck(reference.Training):
        def run_epoch(self, order, learning_rates):
            result = super().run_epoch(order, learning_rates)
            strike()
            return result

    return {"engine": Engine()}


def from_the_bookkeeping(monkeypatch):
    """Between the row of the third epoch and the copy of its weights."""
    strike, take = interrupt_at(3), loop._Snapshot.take
    monkeypatch.setattr(loop._Snapshot, "take", lambda self: (strike(), take(self))[1])
    return {}


@pytest.mark.parametrize(
    "struck",
    [from_a_callback, from_a_metric, from_the_loss, from_the_engine, from_the_bookkeeping],
)
def test_ctrl_c_keeps_the_weights_of_the_last_whole_epoch(struck, monkeypatch):
    net, other = network("identity"), network("identity")
    history = fit(net, **{"loss": "squared_error"} | struck(monkeypatch))
    expected = fit(other, epochs=2, loss="squared_error")
    np.testing.assert_array_equal(net.theta, other.theta)
    assert history["loss"] == expected["loss"]
    assert history.interrupted
    assert history.weights_epoch == len(history) == 2
    assert history.stopped == "interrupted when 2 of 4 epochs were over"


@pytest.mark.parametrize("at", range(1, 7))
def test_ctrl_c_while_the_weights_are_copied_keeps_those_of_one_epoch(at, monkeypatch):
    net, other = network("identity"), network("identity")
    strike, copy = interrupt_at(at), np.copyto

    def struck(*arguments, **options):
        copy(*arguments, **options)
        strike()

    with monkeypatch.context() as patch:
        patch.setattr(np, "copyto", struck)
        history = fit(net, loss="squared_error")
    assert history.interrupted
    fit(other, epochs=history.weights_epoch, loss="squared_error")
    np.testing.assert_array_equal(net.theta, other.theta)


@pytest.mark.parametrize("writable", [True, False])
def test_ctrl_c_after_a_callback_has_put_its_own_arrays_in_leaves_those_alone(writable):
    own = []

    def put(run):
        if run.epoch == 1:
            own.extend(layer.theta.copy() for layer in run.layers)
        if run.epoch == 3:
            for layer, theta in zip(run.layers, own, strict=True):
                layer.theta = theta
                theta.flags.writeable = writable
            raise KeyboardInterrupt

    net, one, three = network(), network(), network()
    assert fit(net, callbacks=[put]).interrupted
    fit(one, epochs=1)
    fit(three, epochs=3)
    np.testing.assert_array_equal(np.concatenate(own), one.theta)
    np.testing.assert_array_equal(net.theta, three.theta)


def test_ctrl_c_in_the_first_epoch_keeps_the_initial_weights():
    net = network("identity")
    before = net.theta.copy()
    loss = replace(squared_error, dz=interrupt_at(1))
    history = fit(net, loss=loss)
    np.testing.assert_array_equal(net.theta, before)
    assert (len(history), history.weights_epoch, history.interrupted) == (0, 0, True)


def test_ctrl_c_between_an_early_stop_and_the_end_restores_the_best_weights():
    net = network()
    thetas = Thetas(net)
    scores = iter([1.0, 3.0, 2.0, 2.0])
    history = fit(
        net,
        validation_data=(X, Y),
        metrics={"m": lambda y, p: next(scores)},
        callbacks=[thetas, EarlyStopping("validation_m", mode="max"), interrupt_at(4)],
    )
    np.testing.assert_array_equal(net.theta, thetas[2])
    assert (len(history), history.weights_epoch, history.interrupted) == (4, 2, True)


def test_training_goes_on_after_an_interruption():
    net, other = network(), network()
    fit(net, callbacks=[interrupt_at(2)])
    fit(other, epochs=2)
    for both in (net, other):
        fit(both, epochs=2, rng=1)
    np.testing.assert_array_equal(net.theta, other.theta)


# Engines and states ------------------------------------------------------------------------


class Closing:
    """An engine that keeps what happens to it."""

    def __init__(self, events):
        self.events = events

    def start(self, layers, task, state):
        events = self.events

        class Training(reference.Training):
            def run_epoch(self, order, learning_rates):
                events.append("epoch")
                return super().run_epoch(order, learning_rates)

            def close(self):
                events.append("close")

        return Training(layers, task, state)

    def predict(self, layers, x):
        self.events.append("predict")
        return reference.predict(layers, x)

    output = staticmethod(reference.output)


@pytest.mark.parametrize("error", [None, KeyboardInterrupt(), RuntimeError("boom")], ids=repr)
def test_a_training_is_closed_however_the_run_ends(error):
    events = []
    options = {"epochs": 2, "engine": Closing(events), "validation_data": (X, Y)}
    rooms = [Room("a", events, error)]
    if isinstance(error, RuntimeError):
        with pytest.raises(RuntimeError, match="boom"):
            fit(network(), callbacks=rooms, **options)
    else:
        fit(network(), callbacks=rooms, **options)
    epochs = ["epoch", "predict", "call a"] * (1 if error else 2)
    assert events == ["enter a", *epochs, "close", "leave a"]


def test_a_training_is_closed_after_a_divergence():
    events = []
    with pytest.raises(ValueError, match="training diverged in epoch 1"):
        fit(network("identity"), rate=1e300, loss="squared_error", engine=Closing(events))
    assert events == ["epoch", "close"]


WEIGHTS = np.random.default_rng(4).uniform(0, 2, 9)


def task_of():
    loss = get_loss("binary_cross_entropy")
    return Task(X, Y, loss, Adam(), 4, sample_weight=WEIGHTS, dropout=(0.0, 0.3), seed=5)


def plan_of(rng, epochs, callbacks=()):
    schedule = get_schedule("cosine")
    return Plan(epochs, 0.1, schedule, get_engine("reference"), rng, callbacks=callbacks)


def test_a_run_goes_on_exactly_with_its_state_and_history():
    whole, parts = network(), network()
    expected = train(whole.layers, task_of(), plan_of(np.random.default_rng(0), 5))
    rng, task, history = np.random.default_rng(0), task_of(), History()
    state = TrainingState.fresh(task, parts.theta)
    stop = [lambda run: run.epoch == 2]
    train(parts.layers, task, plan_of(rng, 5, stop), state=state, history=history)
    assert (len(history), history.weights_epoch, state.t) == (2, 2, 6)
    train(parts.layers, task, plan_of(rng, 5), state=state, history=history)
    np.testing.assert_array_equal(parts.theta, whole.theta)
    assert state.t == 15
    for column in ("epoch", "loss", "learning_rate", "gradient_norm"):
        assert history[column] == expected[column]
    assert (history.stopped, history.weights_epoch) == ("all 5 epochs are over", 5)


def test_ctrl_c_takes_the_state_back_with_the_weights():
    strike = interrupt_at(2 * 3 + 2)  # in the second step of the third epoch
    loss = get_loss("binary_cross_entropy")
    struck = replace(loss, value=lambda z, y: loss.value(z, y) + strike())
    runs = (struck, ()), (loss, [lambda run: run.epoch == 2])
    nets, states = [network(), network()], []
    for net, (each, called) in zip(nets, runs, strict=True):
        task = replace(task_of(), loss=each)
        states.append(TrainingState.fresh(task, net.theta))
        plan = plan_of(np.random.default_rng(0), 4, called)
        train(net.layers, task, plan, state=states[-1])
    ours, theirs = states
    np.testing.assert_array_equal(nets[0].theta, nets[1].theta)
    np.testing.assert_array_equal(ours.slots, theirs.slots)
    np.testing.assert_array_equal(ours.order, theirs.order)
    assert ours.t == theirs.t == 6


SIGNALLED = """
import signal
import numpy as np
from chainrule import Layer, Perceptron

def fit(epochs, callbacks=()):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(0, 1, (500, 2)), rng.integers(0, 2, (500, 1))
    net = Perceptron([Layer(2, 8, "tanh", rng=rng), Layer(8, 1, "sigmoid", rng=rng)])
    return net, net.fit(X, Y, epochs, 0.1, rng=1, callbacks=callbacks, verbose=False)

def say(run):
    if run.epoch == 3:
        print("ready", flush=True)

signal.signal(signal.SIGINT, signal.default_int_handler)
net, history = fit(10**9, [say])
whole = history.weights_epoch
uninterrupted, _ = fit(whole)
print(
    whole >= 3,
    len(history) == whole,
    np.array_equal(net.theta, uninterrupted.theta),
    history.interrupted,
    history.stopped == f"interrupted when {whole} of 1000000000 epochs were over",
)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_a_real_ctrl_c_in_mid_training_keeps_the_last_whole_epoch():
    with subprocess.Popen(
        [sys.executable, "-c", SIGNALLED], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert output == "True True True True True\n"
    assert process.returncode == 0
