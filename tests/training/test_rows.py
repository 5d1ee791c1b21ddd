"""A task on some rows of a table has the bits of a task on a copy of these rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from chainrule import Layer
from chainrule.divergence import DivergenceError
from chainrule.engines import Task, TrainingState, get_engine
from chainrule.engines.compiled import Compiled
from chainrule.layers import joined
from chainrule.losses import get_loss
from chainrule.optimizers import SGD, Adam
from chainrule.schedules import get_schedule
from chainrule.training import Plan, RunState, train
from chainrule.training.quasi_newton import minimise

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(60, 3)), RNG.normal(size=(60, 2))
X[::5] = 0.0
WEIGHTS = RNG.uniform(0, 2, 60)
ROWS = RNG.permutation(60)[:37]
ENGINES = {"1": Compiled(1), "2": Compiled(2), "reference": get_engine("reference")}
LOSS = get_loss("squared_error")

engines = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)


def network():
    rng = np.random.default_rng(0)
    return [Layer(3, 7, "tanh", rng=rng), Layer(7, 2, "identity", rng=rng)]


def on_rows(batch_size=8, rows=ROWS, x=X, **options):
    return Task(x, Y, LOSS, Adam(), batch_size, rows=rows, **options)


def on_a_copy(task):
    rows, weights = task.rows, task.sample_weight
    weights = None if weights is None else weights[rows]
    return replace(task, x=task.x[rows], y=task.y[rows], sample_weight=weights, rows=None)


def trained(task, engine, epochs=5, state=None, layers=None, **options):
    layers, state = layers or network(), state or RunState(1)
    plan = Plan(epochs, 0.05, get_schedule("cosine"), engine, **options)
    history = train(layers, task, plan, state)
    return joined(layers), [history[name] for name in ("loss", "gradient_norm")], state


@engines
@pytest.mark.parametrize("batch_size", [1, 8, 37])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_matrix])
def test_the_bits_are_those_of_a_copy(kind, shuffle, batch_size, engine):
    task = on_rows(batch_size, x=kind(X), sample_weight=WEIGHTS, dropout=(0.1, 0.2), seed=4)
    (theta, figures, _), (expected, known, _) = (
        trained(each, engine, shuffle=shuffle) for each in (task, on_a_copy(task))
    )
    np.testing.assert_array_equal(theta, expected)
    assert figures == known


@given(st.lists(st.integers(0, 59), min_size=1, max_size=80), st.integers(1, 30))
def test_any_rows_even_twice(rows, batch_size):
    task = on_rows(min(batch_size, len(rows)), np.array(rows))
    theta, _, _ = trained(task, Compiled(1), epochs=2)
    np.testing.assert_array_equal(theta, trained(on_a_copy(task), Compiled(1), epochs=2)[0])
    reference = trained(task, ENGINES["reference"], epochs=2)[0]
    np.testing.assert_allclose(theta, reference, rtol=1e-9, atol=1e-11)


def test_a_step_of_plain_descent_worked_by_hand():
    """θ = (w, b) = 0: the gradient of the mean of ½ (w x + b − y)² is −mean(x y), −mean(y)."""
    x, y = np.array([[9.0], [1.0], [3.0], [9.0]]), np.array([[9.0], [2.0], [4.0], [9.0]])
    for engine in ENGINES.values():
        layer = Layer(1, 1, "identity")
        layer.theta[:] = 0.0
        task = Task(x, y, get_loss("squared_error"), SGD(), 2, rows=np.array([2, 1]))
        train([layer], task, Plan(1, 0.5, get_schedule("constant"), engine), RunState(0))
        mean = (task.loss.value(np.zeros((1, 1)), np.array([[2.0]]))[0]) / 2.0**2  # ½, or 1
        np.testing.assert_allclose(layer.theta, 2 * mean * 0.5 * np.array([7.0, 3.0]))


@engines
def test_a_run_on_rows_goes_on(engine):
    whole, _, _ = trained(on_rows(), engine, epochs=6)
    layers, state = network(), RunState(1)
    trained(on_rows(), engine, 6, state, layers, callbacks=[lambda run: run.epoch == 2])
    parts, _, _ = trained(on_rows(), engine, 6, state, layers)
    np.testing.assert_array_equal(parts, whole)
    assert sorted(state.state.order) == sorted(ROWS)


def test_the_rows_are_left_alone():
    before = ROWS.copy()
    trained(on_rows(), Compiled(1))
    np.testing.assert_array_equal(ROWS, before)


def test_other_rows_are_another_run():
    _, _, state = trained(on_rows(), Compiled(1))
    state.require_of(on_rows(rows=ROWS[::-1]), joined(network()))
    with pytest.raises(ValueError, match="a run on other rows of the table"):
        state.require_of(on_rows(rows=(ROWS + 1) % 60), joined(network()))
    with pytest.raises(ValueError, match="a number of rows 37, but this one has 60"):
        state.require_of(on_rows(rows=None), joined(network()))


@engines
def test_l_bfgs_takes_the_rows_too(engine):
    found = []
    for task in (on_rows(), on_a_copy(on_rows())):
        layers = network()
        minimise(layers, task, engine, max_iter=9, max_fun=99, tol=0, watch=lambda i, loss: False)
        found.append(joined(layers).copy())
    np.testing.assert_array_equal(*found)


@engines
def test_what_diverges_in_a_row_that_is_not_visited_is_not_seen(engine):
    x = X.copy()
    x[np.setdiff1d(np.arange(60), ROWS)] = np.nan
    theta, _, _ = trained(on_rows(x=x), engine)
    np.testing.assert_array_equal(theta, trained(on_rows(), engine)[0])
    with pytest.raises(DivergenceError):
        trained(on_rows(x=x, rows=None), engine)


def test_the_first_order_is_that_of_the_rows():
    state = TrainingState.fresh(on_rows(), joined(network()))
    np.testing.assert_array_equal(state.order, ROWS)
    assert on_rows().n_rows == 37
    assert on_rows(rows=None).n_rows == 60
