import copy
import math
import pickle

import numpy as np
import pytest
from oracles.symbol import Symbol
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from chainrule.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    AdamW,
    Momentum,
    NAdam,
    Nesterov,
    RMSProp,
    fresh_state,
    get_optimizer,
)

ROWS = pytest.mark.parametrize("name", OPTIMIZERS)
SLOTS = {"sgd": 0, "momentum": 1, "nesterov": 1, "rmsprop": 1, "adam": 2, "adamw": 2, "nadam": 2}


def walk(optimizer, theta, grads, rates):
    """Return θ after each of the steps."""
    theta, state = theta.copy(), fresh_state(optimizer, theta)
    path = []
    for t, (grad, rate) in enumerate(zip(grads, rates, strict=True), start=1):
        optimizer.step(theta, grad, state, t, rate)
        path.append(theta.copy())
    return np.array(path)


def random_steps(n_steps=20, n=7):
    rng = np.random.default_rng(0)
    return rng.normal(size=n), rng.normal(size=(n_steps, n)), rng.uniform(0.01, 0.1, n_steps)


# Against another library ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimizer", "peer"),
    [
        (SGD(), lambda p, lr: SGDOptimizer(p, lr, momentum=0, nesterov=False)),
        (Momentum(0.8), lambda p, lr: SGDOptimizer(p, lr, momentum=0.8, nesterov=False)),
        (Momentum(), lambda p, lr: SGDOptimizer(p, lr, nesterov=False)),
        (Nesterov(0.8), lambda p, lr: SGDOptimizer(p, lr, momentum=0.8)),
        (Nesterov(), SGDOptimizer),
        (Adam(), AdamOptimizer),
        (Adam(0.7, 0.95, 1e-2), lambda p, lr: AdamOptimizer(p, lr, 0.7, 0.95, 1e-2)),
    ],
    ids=lambda value: None if callable(value) else repr(value),
)
def test_steps_are_those_of_scikit_learn(optimizer, peer):
    theta, grads, _ = random_steps()
    params = [theta.copy()]
    other = peer(params, 0.05)
    path = walk(optimizer, theta, grads, [0.05] * len(grads))
    for ours, grad in zip(path, grads, strict=True):
        other.update_params(params, [grad])
        np.testing.assert_allclose(ours, params[0], rtol=0, atol=1e-12)


# Against the papers' formulas, one number at a time ------------------------------------------


def sgd(theta, grads, rates):
    for g, rate in zip(grads, rates, strict=True):
        theta = theta - rate * g
        yield theta


def momentum(theta, grads, rates, mu=0.7):
    v = 0.0
    for g, rate in zip(grads, rates, strict=True):
        v = mu * v - rate * g
        theta = theta + v
        yield theta


def nesterov(theta, grads, rates, mu=0.7):
    """Sutskever et al. 2013, eq. 3 and 4: `at` is where their gradient is taken, θ + μv."""
    at, v = theta, 0.0
    for g, rate in zip(grads, rates, strict=True):
        before = at - mu * v
        v = mu * v - rate * g
        at = before + v + mu * v
        yield at


def rmsprop(theta, grads, rates, rho=0.8, epsilon=0.1):
    mean_square = 0.0
    for g, rate in zip(grads, rates, strict=True):
        mean_square = rho * mean_square + (1 - rho) * g**2
        theta = theta - rate * g / (math.sqrt(mean_square) + epsilon)
        yield theta


def adam(theta, grads, rates, *, b1=0.8, b2=0.95, epsilon=0.1, decay=0.0):
    """Kingma & Ba 2015, end of section 2; `decay` as in Loshchilov & Hutter 2019, algorithm 2."""
    m = v = 0.0
    for t, (g, rate) in enumerate(zip(grads, rates, strict=True), start=1):
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        alpha = math.sqrt(1 - b2**t) / (1 - b1**t)
        theta = theta - rate * (alpha * m / (math.sqrt(v) + epsilon) + decay * theta)
        yield theta


def adamw(theta, grads, rates):
    return adam(theta, grads, rates, decay=0.3)


def nadam(theta, grads, rates, *, mu=0.8, nu=0.95, epsilon=0.1):
    """Dozat 2016, algorithm 2, with products of μ in place of its powers."""
    m = n = 0.0
    for t, (g, rate) in enumerate(zip(grads, rates, strict=True), start=1):
        g_hat = g / (1 - math.prod([mu] * t))
        m = mu * m + (1 - mu) * g
        m_hat = m / (1 - math.prod([mu] * (t + 1)))
        n = nu * n + (1 - nu) * g**2
        n_hat = n / (1 - nu**t)
        m_bar = (1 - mu) * g_hat + mu * m_hat
        theta = theta - rate * m_bar / (math.sqrt(n_hat) + epsilon)
        yield theta


FORMULAS = [
    (SGD(), sgd),
    (Momentum(0.7), momentum),
    (Nesterov(0.7), nesterov),
    (RMSProp(rho=0.8, epsilon=0.1), rmsprop),
    (Adam(0.8, 0.95, 0.1), adam),
    (AdamW(0.3, 0.8, 0.95, 0.1), adamw),
    (NAdam(0.8, 0.95, 0.1), nadam),
]


@pytest.mark.parametrize(("optimizer", "formula"), FORMULAS)
def test_steps_are_those_of_the_papers(optimizer, formula):
    theta, grads, rates = random_steps()
    path = walk(optimizer, theta, grads, rates)
    for k, start in enumerate(theta.tolist()):
        expected = list(formula(start, grads[:, k].tolist(), rates.tolist()))
        np.testing.assert_allclose(path[:, k], expected, rtol=0, atol=1e-12)


def test_every_row_is_held_to_its_paper():
    assert {type(optimizer) for optimizer, _ in FORMULAS} == set(OPTIMIZERS.values())


@pytest.mark.parametrize(
    ("optimizer", "first", "second"),
    [
        # θ = 2, g = 4, η = 0.1, twice
        (SGD(), 1.6, 1.2),
        (Momentum(0.5), 1.6, 1.0),  # v = −0.4, then −0.2 − 0.4
        (Nesterov(0.5), 1.4, 0.7),  # −0.2 − 0.4, then ½·(−0.6) − 0.4
        (RMSProp(rho=0.75, epsilon=1e-30), 1.8, 1.8 - 0.1 / math.sqrt(7 / 16)),  # s = 4, then 7
        (Adam(0.5, 0.75, 1e-30), 1.9, 1.8),  # a steady gradient: η each
        (AdamW(0.5, 0.5, 0.75, 1e-30), 1.8, 1.61),  # 2·0.95 − 0.1, then 1.8·0.95 − 0.1
        # m̄/g = ½·½/(1−¼) + ½/½ = 4/3, then ½·¾/(1−⅛) + ½/(1−¼) = 3/7 + 2/3
        (NAdam(0.5, 0.75, 1e-30), 2 - 0.4 / 3, 2 - 0.4 / 3 - 0.1 * 23 / 21),
    ],
)
def test_two_steps_worked_by_hand(optimizer, first, second):
    path = walk(optimizer, np.array([2.0]), np.array([[4.0], [4.0]]), [0.1, 0.1])
    assert path[:, 0].tolist() == pytest.approx([first, second], rel=1e-14)


def test_the_defaults():
    assert Momentum().momentum == Nesterov().momentum == 0.9
    assert (RMSProp().rho, RMSProp().epsilon) == (0.9, 1e-8)
    for adaptive in (Adam(), AdamW(), NAdam()):
        assert (adaptive.beta_1, adaptive.beta_2, adaptive.epsilon) == (0.9, 0.999, 1e-8)
    assert AdamW().weight_decay == 0.01


# What every row promises ---------------------------------------------------------------------


@ROWS
def test_a_convex_quadratic_is_lowered(name):
    rng = np.random.default_rng(1)
    root = rng.normal(size=(5, 5))
    hessian = root @ root.T / 5 + 0.5 * np.eye(5)
    theta, optimizer = rng.normal(size=5), get_optimizer(name)
    state = fresh_state(optimizer, theta)
    start = theta @ hessian @ theta
    for t in range(1, 301):
        optimizer.step(theta, hessian @ theta, state, t, 0.02)
    assert theta @ hessian @ theta < 0.01 * start


@ROWS
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_slots_is_the_number_of_vectors_it_keeps(name, dtype):
    optimizer, theta = get_optimizer(name), np.ones(3, dtype)
    state = fresh_state(optimizer, theta)
    assert optimizer.slots == SLOTS[name]
    assert state.shape == (SLOTS[name], 3)
    assert state.dtype == dtype
    assert not state.any()
    optimizer.step(theta, np.full(3, 2, dtype), state, 1, 0.1)
    assert state.all()  # all of it is used


@ROWS
def test_steps_are_in_place_and_leave_the_gradient_alone(name):
    optimizer, memory = get_optimizer(name), np.ones(8)
    theta, grad = memory[2:6], np.arange(1.0, 5.0)
    state = fresh_state(optimizer, theta)
    assert optimizer.step(theta, grad, state, 1, 0.1) is None
    assert (memory[2:6] < 1).all()
    assert memory[[0, 1, 6, 7]].tolist() == [1, 1, 1, 1]
    assert grad.tolist() == [1, 2, 3, 4]


@ROWS
@pytest.mark.parametrize("number", [float, np.float64])
def test_float32_stays_float32(name, number):
    theta, grads, rates = random_steps()
    expected = walk(get_optimizer(name), theta, grads, rates)
    path = walk(
        get_optimizer(name),
        theta.astype(np.float32),
        grads.astype(np.float32),
        [number(rate) for rate in rates],
    )
    assert path.dtype == np.float32
    np.testing.assert_allclose(path, expected, atol=1e-4)


@ROWS
def test_a_gradient_of_0_moves_nothing_and_divides_by_nothing(name):
    theta = np.zeros(2)
    assert not walk(get_optimizer(name), theta, np.zeros((3, 2)), [0.1] * 3).any()


@ROWS
def test_an_interrupted_walk_goes_on_with_its_state_and_t(name):
    theta, grads, rates = random_steps()
    whole = walk(get_optimizer(name), theta, grads, rates)[-1]
    state = fresh_state(get_optimizer(name), theta)
    for t, (grad, rate) in enumerate(zip(grads, rates, strict=True), start=1):
        get_optimizer(name).step(theta, grad, state, t, rate)  # a new object at every step
        state = state.copy()
    np.testing.assert_array_equal(theta, whole)


@ROWS
def test_a_row_is_its_hyper_parameters(name):
    optimizer = get_optimizer(name)
    assert optimizer == OPTIMIZERS[name]() == copy.deepcopy(optimizer)
    assert pickle.loads(pickle.dumps(optimizer)) == optimizer
    assert type(optimizer).__name__.lower() == name


@pytest.mark.parametrize(
    ("make", "message"),
    [
        *(
            (lambda cls=cls, key=key, v=v: cls(**{key: v}), rf"{key} must be in \[0, 1\), got {v}")
            for cls, key in [
                (Momentum, "momentum"),
                (Nesterov, "momentum"),
                (RMSProp, "rho"),
                *((cls, f"beta_{k}") for cls in (Adam, AdamW, NAdam) for k in (1, 2)),
            ]
            for v in (-0.1, 1, 1.5, math.nan)
        ),
        *(
            (lambda cls=cls, v=v: cls(epsilon=v), "epsilon must be above 0 and finite, got")
            for cls in (RMSProp, Adam, AdamW, NAdam)
            for v in (0, -1e-8, math.inf, math.nan)
        ),
        *(
            (lambda v=v: AdamW(weight_decay=v), "weight_decay must be at least 0 and finite, got")
            for v in (-0.1, math.inf, math.nan)
        ),
    ],
)
def test_hyper_parameters_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_rates_of_0_are_allowed_and_forget_at_once():
    theta, grads, rates = random_steps(5)
    plain = walk(SGD(), theta, grads, rates)
    for optimizer in (Momentum(0), Nesterov(0)):
        np.testing.assert_allclose(walk(optimizer, theta, grads, rates), plain, rtol=1e-14)
    signs = theta - np.cumsum(rates[:, np.newaxis] * np.sign(grads), axis=0)
    for optimizer in (RMSProp(0, 1e-30), Adam(0, 0, 1e-30), AdamW(0, 0, 0, 1e-30)):
        np.testing.assert_allclose(walk(optimizer, theta, grads, rates), signs, rtol=1e-12)


def test_an_optimizer_is_returned_as_it_is():
    mine = Adam(beta_1=0.5)
    assert get_optimizer(mine) is mine


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(
        ValueError,
        match=r"unknown optimizer 'Admw'; did you mean 'adamw'\? known: sgd, momentum, nesterov",
    ):
        get_optimizer("Admw")


@pytest.mark.parametrize("thing", [Adam, None, 0.1])
def test_what_is_not_an_optimizer_is_refused(thing):
    with pytest.raises(TypeError, match=r"such as Adam\(beta_1=0.8\), got .*; known names: sgd, m"):
        get_optimizer(thing)


# For an engine that compiles formulas ------------------------------------------------------


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_step_looks_at_no_number(make):
    rng, optimizer = np.random.default_rng(7), make()
    theta, grad, slots = rng.normal(0, 1, 5), rng.normal(0, 1, 5), rng.uniform(0, 1, (2, 5))
    symbols = [Symbol(array.copy()) for array in (theta, grad, slots[0], slots[1])]
    optimizer.step(theta, grad, slots, 3, 0.1)
    step, rate = Symbol(np.array(3.0)), Symbol(np.array(0.1))
    optimizer.step(*symbols[:2], symbols[2:], step, rate)
    np.testing.assert_allclose(symbols[0].numbers, theta, rtol=1e-14)
    np.testing.assert_allclose([row.numbers for row in symbols[2:]], slots, rtol=1e-14)
