"""The training loop: what it records, and the orderly ways to end."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss
from training.runs import (
    X_TEST,
    Y_TEST,
    Room,
    X,
    Y,
    fit,
    network,
    plan_of,
    task_of,
)

from chainrule.engines import reference
from chainrule.training import RunState, train

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


def test_a_run_goes_on_exactly_with_its_state_and_history():
    whole, parts = network(), network()
    expected = train(whole.layers, task_of(), plan_of(5), RunState(0))
    task, state = task_of(), RunState(0)
    history = train(parts.layers, task, plan_of(5, [lambda run: run.epoch == 2]), state)
    assert (len(history), history.weights_epoch, state.state.t) == (2, 2, 6)
    assert train(parts.layers, task, plan_of(5), state) is history is state.history
    np.testing.assert_array_equal(parts.theta, whole.theta)
    assert state.state.t == 15
    for column in ("epoch", "loss", "learning_rate", "gradient_norm"):
        assert history[column] == expected[column]
    assert (history.stopped, history.weights_epoch) == ("all 5 epochs are over", 5)
