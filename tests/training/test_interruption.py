"""Ctrl-C: whenever it comes, the weights and the state are those of the last whole epoch."""

import os
from dataclasses import replace

import numpy as np
import pytest
from oracles.ctrl_c import after_ctrl_c
from training.runs import Thetas, X, Y, fit, interrupt_at, network, plan_of, task_of

from chainrule import EarlyStopping
from chainrule.engines import reference
from chainrule.losses import get_loss, squared_error
from chainrule.training import RunState, loop, train


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


def test_ctrl_c_takes_the_state_back_with_the_weights():
    strike = interrupt_at(2 * 3 + 2)  # in the second step of the third epoch
    loss = get_loss("binary_cross_entropy")
    struck = replace(loss, value=lambda z, y: loss.value(z, y) + strike())
    runs = (struck, ()), (loss, [lambda run: run.epoch == 2])
    nets, states = [network(), network()], []
    for net, (each, called) in zip(nets, runs, strict=True):
        task = replace(task_of(), loss=each)
        states.append(RunState(0))
        train(net.layers, task, plan_of(4, called), states[-1])
    assert states[0].rng.bit_generator.state == states[1].rng.bit_generator.state
    ours, theirs = (state.state for state in states)
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
    output, code = after_ctrl_c(SIGNALLED)
    assert output == "True True True True True\n"
    assert code == 0
