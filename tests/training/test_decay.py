"""Weight decay by a schedule: worked by hand, in both engines, over a resumption."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from chainrule import Layer, Perceptron
from chainrule.optimizers import OPTIMIZERS, SGD, Adam, AdamW
from chainrule.schedules import SCHEDULES, Constant, FlatThenCosine
from chainrule.training import RunState, ScheduledDecay

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 2))
STEPS, EPOCHS = 5, 4


def decaying(schedule, optimizer=None, weight_decay=3.0):
    return ScheduledDecay(optimizer or Adam(), weight_decay, schedule, EPOCHS, STEPS)


def fit(optimizer, engine="compiled", dtype=np.float64, epochs=EPOCHS, net=None, **options):
    if net is None:
        sizes = [(3, 7, "tanh"), (7, 2, "identity")]
        net = Perceptron([Layer(*size, rng=1, dtype=dtype) for size in sizes])
    net.fit(
        *(X, Y, epochs, 0.05),
        **{"loss": "squared_error", "batch_size": 8, "rng": 2, "verbose": False} | options,
        optimizer=optimizer,
        engine=engine,
    )
    return net


@pytest.mark.parametrize("t", [1, 5, 10, 11, 14, 16, 20])
def test_a_step_worked_by_hand(t):
    """At step t, (t − 1)/5 of 4 epochs are over; half are flat, then half a cosine falls."""
    share = 0.5 * (1 + math.cos(math.pi * (max(1, 2 * (t - 1) / 20) - 1)))
    theta, grad = np.array([2.0, -4.0]), np.array([1.0, 1.0])
    decaying(FlatThenCosine(), SGD()).step(theta, grad, np.empty((0, 2)), t, 0.1)
    expected = np.array([2.0, -4.0]) * (1 - 0.1 * 3.0 * share) - 0.1
    np.testing.assert_allclose(theta, expected, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", SCHEDULES)
def test_both_engines_agree(name, dtype):
    ours, theirs = (
        fit(decaying(SCHEDULES[name]()), engine, dtype).theta
        for engine in ("compiled", "reference")
    )
    tolerance = 1e-10 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_around_any_optimizer(name):
    ours, theirs = (
        fit(decaying(FlatThenCosine(), OPTIMIZERS[name]()), engine, batch_size=size).theta
        for engine, size in (("compiled", 8), ("reference", 8))
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)


def test_a_constant_schedule_is_that_of_adamw():
    ours, theirs = fit(decaying(Constant(), weight_decay=0.3)), fit(AdamW(weight_decay=0.3))
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=1e-12)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_batches_of_one(engine):
    one = ScheduledDecay(SGD(), 0.1, FlatThenCosine(), EPOCHS, 40)
    ours = fit(one, engine, batch_size=1, shuffle=False)
    theta, net = ours.theta, fit(SGD(), epochs=1, batch_size=1, shuffle=False)
    assert np.isfinite(theta).all()
    assert not np.array_equal(theta, net.theta)
    np.testing.assert_allclose(theta, fit(one, "reference", batch_size=1, shuffle=False).theta)


def test_a_run_in_two_parts_is_one_run():
    optimizer, state = decaying(FlatThenCosine()), RunState(2)
    whole = fit(optimizer)
    net = fit(optimizer, callbacks=[lambda run: run.epoch == 3], resume=state)
    net, state, optimizer = pickle.loads(pickle.dumps((net, state, optimizer)))
    np.testing.assert_array_equal(fit(optimizer, net=net, resume=state).theta, whole.theta)


def test_a_run_goes_on_from_its_checkpoint(tmp_path):
    optimizer = decaying(FlatThenCosine())
    whole = fit(optimizer)
    stop = [lambda run: run.epoch == 3]
    net = fit(optimizer, callbacks=stop, checkpoint=tmp_path)
    net = fit(optimizer, checkpoint=tmp_path, resume=True)
    np.testing.assert_array_equal(net.theta, whole.theta)
    with pytest.raises(ValueError, match="optimizer"):
        fit(decaying(FlatThenCosine(0.25)), checkpoint=tmp_path, resume=True)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [("weight_decay", -1, "at least 0"), ("epochs", 0, "above 0"), ("steps_per_epoch", 0, "above")],
)
def test_numbers_out_of_range_are_refused(name, value, allowed):
    given = {"weight_decay": 0.1, "epochs": 2, "steps_per_epoch": 3} | {name: value}
    with pytest.raises(ValueError, match=f"{name} must be {allowed}"):
        ScheduledDecay(Adam(), schedule=Constant(), **given)
