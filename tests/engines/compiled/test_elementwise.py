"""Kernels of formulas against the formulas themselves in NumPy, at every width of vectors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from oracles.guarded import Guards, call, call_at, made

from chainrule.activations import ACTIVATIONS, Activation
from chainrule.engines.compiled import elementwise
from chainrule.engines.compiled.machine import host
from chainrule.engines.compiled.nodes import TraceError
from chainrule.engines.compiled.simd import Kernel
from chainrule.losses import LOSSES, Loss, huber, quantile, softmax_cross_entropy
from chainrule.optimizers import SGD, Adam, AdamW, Momentum, NAdam, Nesterov, RMSProp
from chainrule.penalties import Penalty

TOLERANCE = {4: 3e-6, 8: 1e-13}  # the elementary functions differ by a few units in the last place
EXTREMES = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1e-9, -1e-9, 40, -40, 90, -90, 800, -800, np.inf)

every_width = pytest.mark.parametrize(
    "vector_bytes", [*(pytest.param(width, marks=pytest.mark.slow) for width in (16, 32)), None]
)
both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def sample(shape, dtype, seed=0):
    """Return normal numbers of several sizes."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=shape) * 10.0 ** rng.integers(-2, 2, shape)).astype(dtype)


def with_extremes(count, dtype):
    z = sample(count, dtype)
    z[: len(EXTREMES) + 2] = [*EXTREMES, -np.inf, np.nan]
    return z


def assert_same(got, wanted, *, terms=0.0):
    """Compare within the tolerance of the type, relative to the result or what it is the sum of."""
    tolerance = TOLERANCE[got.itemsize]
    least = 4 * np.finfo(got.dtype).tiny
    wanted = wanted.astype(got.dtype)  # NumPy may have met a float64 on its way
    same = np.isnan(got) & np.isnan(wanted) | (got == wanted)
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(got - wanted) <= least + tolerance * (np.abs(wanted) + terms)
    bad = ~(same | near & np.isfinite(got))
    assert not bad.any(), (got[bad], wanted[bad])


def quietly(formula, *arguments):
    with np.errstate(all="ignore"):
        return formula(*(argument.copy() for argument in arguments))


# Activations --------------------------------------------------------------------------------


class Cubic:
    """A learner's own object."""

    def __call__(self, z):
        return z * z * z

    def derivative(self, z):
        return 3 * z**2


def hard_tanh(z):
    a = z.copy()
    a[a < -1] = -1
    a[a > 1] = 1
    return a


def stepwise(z):
    a = np.zeros_like(z)
    a += np.exp(np.minimum(z, 1))
    np.multiply(a, 0.5, out=a)
    a -= 0.25
    return a


def newton(z):
    """Return an expression that doubles in every round if it is written out as a tree."""
    for _ in range(30):
        z = 0.5 * z + 0.1 * z * z / (1 + z * z)
    return z


def own(f):
    return Activation("own", f, lambda z, a: np.where(a > 0, f(z) + a, -z))


OWN = {
    "object": Cubic(),
    "product": own(lambda z: z * np.tanh(z)),
    "where": own(lambda z: np.where((z > 0) & ~(z > 2) | (z == -1), z, 0.1 * z)),
    "mask": own(lambda z: (z > 0) * z + (z <= 0).astype(z.dtype) / 4),
    "assigned": own(hard_tanh),
    "stepwise": own(stepwise),
    "clip": own(lambda z: np.clip(z, a_min=-0.5, a_max=None)),
    "power": own(lambda z: np.maximum(z, 0) ** 2 + np.abs(z) ** 1.5 - (1 + z * z) ** -0.5),
    "logaddexp": own(lambda z: np.logaddexp(0, z)),
    "sign": own(lambda z: np.sign(z) * np.log1p(np.sqrt(np.square(z)))),
    "counted masks": own(lambda z: z * ((z > 0) + (z > 1)) + np.logical_xor(z > 1, True)),
    "constant": own(lambda z: np.ones_like(z).astype(z.dtype) * 2 + 0.5),
    "chosen": own(lambda z: np.where(True, 1.0, z) + np.where(z > 0, 2.0, -1.0)),
    "not finite": own(lambda z: np.where(np.isfinite(z), z, 7) + np.isnan(z) + 2 * np.isinf(z)),
    "signed zero": own(lambda z: np.copysign(1, 0.0) / np.where(z > 0, 0.0, -0.0)),
    "rounds": own(newton),
}
ALL_ACTIVATIONS = {**ACTIVATIONS, **OWN}


def f_of(activation):
    return activation.f if isinstance(activation, Activation) else activation


def df_of(activation):
    if isinstance(activation, Activation):
        return activation.df
    return lambda z, a: activation.derivative(z)


@every_width
@both_types
@pytest.mark.parametrize("name", ALL_ACTIVATIONS)
def test_activations(name, dtype, vector_bytes):
    activation, machine, guards = ALL_ACTIVATIONS[name], host(vector_bytes), Guards()
    z = guards.array(with_extremes(64, dtype))
    a = guards.array(np.full_like(z, 7))
    call(elementwise.activation_forward(activation, machine, dtype), z, a, z.size)
    assert_same(a, quietly(f_of(activation), z))

    before = sample(z.shape, dtype, seed=1)
    da = guards.array(before)
    a[...] = quietly(f_of(activation), z)
    call(elementwise.activation_backward(activation, machine, dtype), z, a, da, z.size)
    with np.errstate(all="ignore"):
        # gelu' and its like are sums that cross 0
        assert_same(da, before * quietly(df_of(activation), z, a), terms=np.abs(before))
    guards.check()


@both_types
def test_the_tails_of_an_activation_keep_their_digits(dtype):
    z = np.linspace(-80, -1, 64).astype(dtype)
    a = np.empty_like(z)
    for name in ("sigmoid", "softplus", "silu", "mish"):
        call(elementwise.activation_forward(ACTIVATIONS[name], host(), dtype), z, a, z.size)
        assert_same(a, quietly(ACTIVATIONS[name].f, z))


@pytest.mark.parametrize("name", ["relu", "tanh", "gelu"])
def test_forward_in_place(name):
    z = sample(32, float)
    a = z.copy()
    call(elementwise.activation_forward(ACTIVATIONS[name], host(), float), a, a, a.size)
    assert_same(a, ACTIVATIONS[name].f(z))


def test_whether_a_derivative_needs_z():
    without = {name for name, f in ALL_ACTIVATIONS.items() if not elementwise.needs_z(f)}
    assert without == {"identity", "sigmoid", "tanh", "ramp"}


REFUSED = {
    "if": lambda z: z if (z > 0).all() else -z,
    "matmul": lambda z: z @ z,
    "unknown": np.arctanh,
    "exponent": lambda z: 2.0**z,
    "sum": lambda z: np.exp(z) / np.exp(z).sum(axis=0),
    "numpy": lambda z: np.maximum(0, np.asarray(z)),
}


@pytest.mark.parametrize("f", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compiled(f):
    with pytest.raises(TraceError):
        elementwise.activation_forward(Activation("own", f, lambda z, a: a), host(), float)


# Losses -------------------------------------------------------------------------------------


def relative_error(z, y):
    """Divide by a sample's own size: reductions of reductions."""
    size = np.sqrt((y * y).mean(axis=0)) + 0.5
    return ((z - y.max(axis=0)) ** 2).sum(axis=0) / size + z.min(axis=0)


def relative_error_dz(z, y):
    centred = z - np.mean(z, axis=0, keepdims=True)
    return np.exp(-np.abs(centred)) / np.exp(-np.abs(centred)).sum(axis=0) * (z <= z.min(axis=0))


def after(loss, activation):
    return LOSSES[loss].after(ALL_ACTIVATIONS[activation])


ALL_LOSSES = {
    **LOSSES,
    "smoothed": softmax_cross_entropy(0.1),
    "huber 0.3": huber(0.3),
    "quantile 0.9": quantile(0.9),
    "squared after tanh": after("squared_error", "tanh"),
    "huber after relu": after("huber", "relu"),
    "absolute after object": after("absolute_error", "object"),
    "mean fourth": Loss(
        "own", lambda z, y: ((z - y) ** 4).mean(axis=0), lambda z, y: (z - y) ** 3 * 4 / len(z), abs
    ),
    "relative": Loss("own", relative_error, relative_error_dz, np.tanh),
    "nothing": Loss(
        "own", lambda z, y: 0.0 * z[...].sum(axis=0), lambda z, y: z * 0, np.zeros_like
    ),
    "constant": Loss("own", lambda z, y: np.zeros_like(z), lambda z, y: np.ones_like(z), np.copy),
}


def labels(loss, shape, dtype):
    rng = np.random.default_rng(2)
    if "softmax" in loss.name:
        return rng.dirichlet(np.full(shape[0], 0.3), shape[1]).T.astype(dtype)
    if "binary" in loss.name:
        return rng.integers(0, 2, shape).astype(dtype)
    return rng.poisson(2.0, shape).astype(dtype)


def outputs(shape, dtype):
    z = sample(shape, dtype)
    z[:, :8] = np.resize([0, 40, -40, 800, -800, 0.5, 1, -0.0], (shape[0], 8))
    return z


def sizes(z, y):
    """Return how large the terms of a sample's loss may be, but for exp z."""
    return (1 + np.abs(z) + np.abs(y) + np.abs(y * z)).sum(axis=0)


@every_width
@both_types
@pytest.mark.parametrize("n_outputs", [1, 5])
@pytest.mark.parametrize("name", ALL_LOSSES)
@pytest.mark.parametrize("in_place", [False, True])
def test_losses(name, n_outputs, dtype, vector_bytes, in_place):
    loss, guards, count = ALL_LOSSES[name], Guards(), 32
    before = outputs((n_outputs, count), dtype)
    z = guards.array(before)
    y = guards.array(labels(loss, before.shape, dtype))
    share = guards.array(np.linspace(0.1, 2, count), dtype)
    value = guards.array(np.full(count, 7), dtype)
    dz = z if in_place else guards.array(np.full_like(z, 7))
    with np.errstate(all="ignore"):
        wanted = share * quietly(loss.value, z, y)
        wanted_dz = share * quietly(loss.dz, z, y)
        if name == "constant":
            wanted = wanted[0]
    kernel = made(elementwise.loss_and_dz, loss, n_outputs, host(vector_bytes), dtype)
    call_at(kernel, z, y, share, value, dz, count)
    assert_same(value, wanted, terms=sizes(before, y))
    assert_same(dz, wanted_dz, terms=1.0)
    if not in_place:
        np.testing.assert_array_equal(z, before)
    guards.check()


@every_width
@pytest.mark.parametrize("name", LOSSES)
def test_a_sample_without_weight_leaves_nothing_behind(name, vector_bytes):
    count = 16
    z, y = np.full((3, count), np.nan), np.full((3, count), np.inf)
    share = np.zeros(count)
    share[3] = 1.0
    value, dz = np.full(count, 7.0), np.full_like(z, 7.0)
    kernel = elementwise.loss_and_dz(LOSSES[name], 3, host(vector_bytes), float)
    call(kernel, z, y, share, value, dz, count)
    assert np.isnan(value[3])
    others = np.arange(count) != 3
    np.testing.assert_array_equal(value[others], 0)
    np.testing.assert_array_equal(dz[:, others], 0)


@pytest.mark.parametrize("name", LOSSES)
def test_nan_is_not_hidden(name):
    loss = LOSSES[name]
    z = outputs((3, 16), float)
    y = labels(loss, z.shape, float)
    z[1, 4] = np.nan
    share, value, dz = np.ones(16), np.empty(16), np.empty_like(z)
    call(elementwise.loss_and_dz(loss, 3, host(), float), z, y, share, value, dz, 16)
    assert np.isnan(value[4])
    assert np.isnan(dz[1, 4])
    assert np.isfinite(np.delete(value, 4)).all()


def by_output(n_outputs):
    """Return a loss with a number of its own for each output."""
    numbers = np.linspace(-2.0, 3.0, n_outputs).reshape(-1, 1)
    return Loss(
        "own",
        lambda z, y: (np.where(z > y, numbers, 2.5) * z).sum(axis=0),
        lambda z, y: np.clip(z, numbers.astype(z.dtype), None) + 7 * numbers.astype(z.dtype),
        lambda z: numbers.astype(z.dtype) * z,
    )


@both_types
@every_width
@pytest.mark.parametrize("n_outputs", [1, 3, 7])
@pytest.mark.parametrize("make", [by_output, lambda n: quantile(np.linspace(0.1, 0.9, n))])
def test_each_output_may_have_its_number(make, n_outputs, dtype, vector_bytes):
    loss, guards, machine = make(n_outputs), Guards(), host(vector_bytes)
    z = guards.array(np.random.default_rng(0).normal(size=(n_outputs, 32)), dtype)
    y = guards.array(np.random.default_rng(1).normal(size=(n_outputs, 32)), dtype)
    share, value = guards.array(np.ones(32), dtype), guards.array(np.zeros(32), dtype)
    dz = guards.array(np.zeros_like(z))
    call(elementwise.loss_and_dz(loss, n_outputs, machine, dtype), z, y, share, value, dz, 32)
    assert_same(value, loss.value(z, y).astype(dtype), terms=4 * sizes(z, y))
    assert_same(dz, loss.dz(z, y), terms=20.0)
    y_hat = guards.array(z)
    call(elementwise.link(loss, n_outputs, machine, dtype), y_hat, 32)
    assert_same(y_hat, loss.link(z), terms=1.0)

    kernel = Kernel("one_sample", machine, dtype)
    *places, result = kernel.arguments(4)
    kernel.store(elementwise.emit_loss(kernel, loss, n_outputs, *places), result)
    one, its_y, its_dz = (guards.array(np.ascontiguousarray(a[:, 3])) for a in (z, y, dz))
    its_value = guards.array(np.zeros(1), dtype)
    call(kernel, one, its_y, its_dz, its_value)
    assert_same(its_value, value[3:4], terms=4 * sizes(z, y)[3:4])
    assert_same(its_dz, dz[:, 3], terms=20.0)
    guards.check()


@pytest.mark.parametrize("n_outputs", [2, 100])
def test_numbers_for_other_outputs_or_too_many_are_refused(n_outputs):
    with pytest.raises(TraceError, match=r"ndarray|own number"):
        elementwise.loss_and_dz(by_output(100), n_outputs, host(), float)


def test_a_loss_must_give_a_number_for_each_sample():
    by_outputs = Loss("own", lambda z, y: (z - y) ** 2, lambda z, y: 2 * (z - y), lambda z: z)
    with pytest.raises(TraceError, match="for each output"):
        elementwise.loss_and_dz(by_outputs, 2, host(), float)


@both_types
@pytest.mark.parametrize("n_outputs", [1, 3, 4, 7])
@pytest.mark.parametrize("name", ALL_LOSSES)
def test_the_loss_of_one_sample(name, n_outputs, dtype):
    loss, guards = ALL_LOSSES[name], Guards()
    kernel = Kernel("one_sample", host(), dtype)
    *places, result = kernel.arguments(4)
    kernel.store(elementwise.emit_loss(kernel, loss, n_outputs, *places), result)
    z = guards.array(outputs((n_outputs, 9), dtype)[:, 8])
    y = guards.array(labels(loss, (n_outputs, 1), dtype)[:, 0])
    dz, value = guards.array(np.full_like(z, 7)), guards.array(np.full(1, 7), dtype)
    call(kernel, z, y, dz, value)
    with np.errstate(all="ignore"):
        wanted = np.resize(loss.value(z[:, None], y[:, None]), 1)
    assert_same(value, wanted.astype(dtype), terms=sizes(z, y))
    assert_same(dz, loss.dz(z[:, None], y[:, None])[:, 0], terms=1.0)
    guards.check()


# Optimizers ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Own:
    """A user's optimizer with everything that an array and a number can be asked."""

    slots: int = 2

    def step(self, theta, grad, state, t, learning_rate):
        full_rate = learning_rate
        learning_rate *= np.minimum(1, t / 10)
        m, v = state
        state[0] = 0.9 * m + grad
        v[:] = np.where(t > 2, np.maximum(v, np.abs(m)), m)
        theta[...] -= np.where(grad > 0, learning_rate, -full_rate) + learning_rate * np.sign(v)
        theta *= 1 - np.exp(-t) * np.where(np.logical_and(t > 1, grad < 0), 0.5, 0.0)


class ByRows:
    """Another: no slot has a name."""

    slots = 3

    def __str__(self):
        return "ByRows()"

    def step(self, theta, grad, state, t, learning_rate):
        for number, _ in enumerate(state):
            state[number] += grad
        theta -= learning_rate * np.sqrt(1 / t) * state[-1] * (t > 3)


ALL_OPTIMIZERS = (
    SGD(),
    Momentum(0.7),
    Nesterov(0.8),
    RMSProp(rho=0.8, epsilon=1e-3),
    Adam(),
    Adam(beta_1=0.7, beta_2=0.95, epsilon=1e-4),
    AdamW(weight_decay=0.1, beta_1=0.5),
    NAdam(beta_1=0.8, epsilon=1e-6),
    Own(),
    ByRows(),
)


@every_width
@both_types
@pytest.mark.parametrize("optimizer", ALL_OPTIMIZERS, ids=str)
def test_optimizers(optimizer, dtype, vector_bytes):
    kernel = made(elementwise.optimizer_step, optimizer, host(vector_bytes), dtype)
    for count in (0, 1, 3, 16, 37):
        guards = Guards()
        row = count + 5  # the slots need not lie side by side, nor at a vector's address
        theta = guards.array(sample(count + 1, dtype))[1:]
        state = guards.array(np.full((max(1, optimizer.slots), row), 7), dtype)
        state[:, :count] = 0
        expected, slots = theta.copy(), state[: optimizer.slots, :count].copy()
        scalars = guards.array(np.zeros(2))
        for t in range(1, 6):
            grad = guards.array(sample(count + 3, dtype, seed=t))[3:]
            scalars[:] = 0.1 / t, t
            call_at(kernel, theta, grad, state, state.strides[0], count, scalars)
            optimizer.step(expected, grad.copy(), slots, t, 0.1 / t)
            rounding = 4 * np.finfo(dtype).eps
            np.testing.assert_allclose(theta, expected, rtol=rounding, atol=rounding)
            np.testing.assert_allclose(state[: optimizer.slots, :count], slots, rounding, rounding)
        assert (state[:, count:] == 7).all()
        guards.check()


@both_types
@pytest.mark.parametrize("optimizer", ALL_OPTIMIZERS, ids=str)
def test_a_step_on_a_single_number(optimizer, dtype):
    kernel = Kernel("one_number", host(), dtype)
    theta_at, grad_at, state_at, scalars_at = kernel.arguments(4)
    slots = [kernel.load_scalar(state_at + kernel.size * i) for i in range(optimizer.slots)]
    rate, t = kernel.load_double(scalars_at), kernel.load_double(scalars_at + 8)
    old, gradient = kernel.load_scalar(theta_at), kernel.load_scalar(grad_at)
    new, memory = elementwise.emit_step(optimizer, old, gradient, slots, rate, t)
    kernel.store(new, theta_at)
    for i, slot in enumerate(memory):
        kernel.store(slot, state_at + kernel.size * i)
    theta, grad = np.full(1, 0.7, dtype), np.full(1, -0.3, dtype)
    state = np.full((3, 1), 0.2, dtype)
    expected, slots = theta.copy(), state[: optimizer.slots].copy()
    call(kernel, theta, grad, state, np.array([0.1, 4.0]))
    optimizer.step(expected, grad.copy(), slots, 4, 0.1)
    np.testing.assert_allclose(theta, expected, rtol=4 * np.finfo(dtype).eps)
    np.testing.assert_allclose(state[: optimizer.slots], slots, rtol=4 * np.finfo(dtype).eps)


def test_the_numbers_of_a_step_are_computed_before_its_loop():
    text = elementwise.optimizer_step(Adam(), host(), float).text()
    head = text.index("\nloop0:")
    assert "call double" not in text[head:]
    assert text.count('@"llvm.pow.f64"(') == 4  # three calls and the declaration


def test_a_step_that_looks_at_its_values_is_refused():
    class Early(SGD):
        def step(self, theta, grad, state, t, learning_rate):
            if t == 1:
                theta -= learning_rate * grad

    with pytest.raises(TraceError, match="`if`"):
        elementwise.optimizer_step(Early(), host(), float)


# Blocks of θ --------------------------------------------------------------------------------


@every_width
@both_types
@pytest.mark.parametrize("penalty", [Penalty(l1=0.1), Penalty(l2=0.3), Penalty(l1=0.2, l2=0.5)])
def test_penalties(penalty, dtype, vector_bytes):
    kernel = made(elementwise.penalty_gradient, penalty, host(vector_bytes), dtype)
    for count in (0, 1, 16, 37, 100):
        guards = Guards()
        weights = guards.array(sample(count + 1, dtype))[1:]
        weights[: count // 4] = 0
        grad = guards.array(sample(count, dtype, seed=1))
        expected = grad + dtype(0.25) * penalty.gradient(weights)
        total = guards.array(np.full(1, 7.0))
        call_at(kernel, weights, grad, count, guards.array(np.full(1, 0.25)), total)
        np.testing.assert_allclose(grad, expected, rtol=4 * np.finfo(dtype).eps)
        np.testing.assert_allclose(total[0], penalty.value(weights.astype(float)), rtol=1e-13)
        guards.check()


@every_width
@both_types
def test_sums_of_squares(dtype, vector_bytes):
    kernel = made(elementwise.sum_of_squares, host(vector_bytes), dtype)
    for count in (0, 1, 7, 64, 65, 300):
        guards = Guards()
        x = guards.array(sample(count + 1, dtype))[1:]
        total = guards.array(np.full(1, 7.0))
        call_at(kernel, x, count, total)
        np.testing.assert_allclose(total[0], math.fsum(float(v) ** 2 for v in x), rtol=1e-14)
        guards.check()


@every_width
@both_types
def test_scaling(dtype, vector_bytes):
    kernel = made(elementwise.scale, host(vector_bytes), dtype)
    for count in (0, 1, 16, 37):
        guards = Guards()
        x = guards.array(sample(count + 1, dtype))[1:]
        expected = x * dtype(0.3)
        call_at(kernel, x, count, guards.array(np.full(1, 0.3)))
        np.testing.assert_array_equal(x, expected)
        guards.check()
