"""The elementary functions against wider arithmetic, and at their ends against NumPy."""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

import numpy as np
import pytest

from chainrule.engines.compiled import elementary
from chainrule.engines.compiled.code import address_of, function_at
from chainrule.engines.compiled.machine import host
from chainrule.engines.compiled.simd import Kernel

WIDE = np.longdouble
IS_WIDER = np.finfo(WIDE).nmant > np.finfo(np.float64).nmant
DTYPES = (np.float32, np.float64)


def mapped(f, dtype, *, vector_bytes=None, scalar=False, inputs=1):
    """Return the function of arrays that applies f to every number, by vectors or one by one."""
    kernel = Kernel("mapped", host(vector_bytes), dtype)
    *sources, target, count = kernel.arguments(inputs + 2)
    with kernel.loop(0, count, 1 if scalar else kernel.lanes) as i:
        if scalar:
            values = [kernel.load_scalar(source + i * kernel.size) for source in sources]
            kernel.store(f(*values), target + i * kernel.size)
        else:
            mask = kernel.first_lanes(count - i)
            values = [kernel.load_masked(source + i * kernel.size, mask) for source in sources]
            kernel.store_masked(f(*values), target + i * kernel.size, mask)
    run = function_at(address_of(kernel))

    def of_arrays(*arrays):
        arrays = [np.ascontiguousarray(array, dtype) for array in arrays]
        result = np.full_like(arrays[0], 7)
        addresses = [array.ctypes.data for array in (*arrays, result)]
        slots = np.array([*addresses, result.size], np.int64)
        run(slots.ctypes.data)
        return result

    return of_arrays


def ulps(got, wanted):
    """Return how far apart they are, in the spacing of got's type at the wanted number."""
    with np.errstate(over="ignore"):
        rounded = wanted.astype(got.dtype)
    top = np.finfo(got.dtype).max / 2  # half the spacing there: spacing(max) overflows
    size = np.abs(rounded)
    spacing = np.where(size > top, 2, 1) * np.spacing(np.minimum(size, top)).astype(WIDE)
    ends = ~np.isfinite(rounded) | ~np.isfinite(got)
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    difference = np.subtract(got, wanted, out=np.zeros_like(wanted), where=~ends)
    return np.where(ends, np.where(same, 0, np.inf), np.abs(difference) / spacing)


# What is right ------------------------------------------------------------------------------


def _pi():
    return WIDE(math.pi) + WIDE(1.2246467991473532e-16)


def _exp_of_minus_square(y):
    """Return e^(-y²) of an exact y: a float32's square has room in a wide number."""
    high = y.astype(np.float32).astype(WIDE)
    return np.exp(-high * high) * np.exp(-(y - high) * (y + high))


def _erf_series(y):
    """Return erf of 0 <= y <= 1, the sum of e^(-y²)·2^k·y^(2k+1)/(2k+1)!!·2/√π."""
    term = total = y
    for k in range(1, 40):
        term = term * 2 * y * y / (2 * k + 1)
        total = total + term
    return total * 2 / np.sqrt(_pi()) * _exp_of_minus_square(y)


def _erfcx(y):
    """Return e^(y²)·erfc y of y >= 1, Laplace's continued fraction from its end."""
    fraction = y
    for k in range(300, 0, -1):
        fraction = y + WIDE(k) / 2 / fraction
    return 1 / (fraction * np.sqrt(_pi()))


def _erf(x):
    y = np.minimum(np.abs(x), 100)
    tail = 1 - _exp_of_minus_square(y) * _erfcx(np.maximum(y, 1))
    return np.copysign(np.where(y < 1, _erf_series(np.minimum(y, 1)), tail), x)


def _ndtr(x):
    x = np.clip(x, -100, 100)
    y = np.abs(x) / np.sqrt(WIDE(2))
    high = x.astype(np.float32).astype(WIDE)
    gauss = np.exp(-high * high / 2) * np.exp(-(x - high) * (x + high) / 2)
    near = (1 - _erf_series(np.minimum(y, 1))) / 2
    left = np.where(y < 1, near, gauss * _erfcx(np.maximum(y, 1)) / 2)
    return np.where(x > 0, 1 - left, left)


def _expit(x):
    return 1 / (1 + np.exp(-x))


def _softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


# Where --------------------------------------------------------------------------------------

POINTS = 20_000


def _between(low, high):
    return lambda dtype: np.linspace(low, high, POINTS)


def _sizes(dtype, least=None):
    """Return numbers of all sizes of the type, subnormal ones among them."""
    info = np.finfo(dtype)
    least = math.log(info.smallest_subnormal) if least is None else least
    return np.exp(np.linspace(least, math.log(info.max), POINTS))


def _near_0(dtype):
    return np.exp(np.linspace(math.log(np.finfo(dtype).smallest_subnormal), 0, POINTS))


def _exponents(dtype):
    """Return arguments that take exp from 0 to infinity, many of them near 0."""
    end = 110 if dtype == np.float32 else 760
    small = _near_0(dtype)
    far = np.linspace(-end, end, 4 * POINTS)
    worst = [-5.848582, 15.65448, -4.505438670940418, -4.4532372490078345]  # for exp, of billions
    return np.concatenate([far, np.linspace(-3, 3, 3 * POINTS), small, -small, worst])


def _positive(dtype):
    return np.concatenate([_sizes(dtype), np.linspace(0.3, 3, 3 * POINTS)])


def _above_minus_1(dtype):
    small = _near_0(dtype)
    return np.concatenate([_positive(dtype), np.linspace(-1, 1, POINTS), -small, small - 1])


def _all(dtype):
    size = _positive(dtype)
    return np.concatenate([size, -size])


def _angles(dtype):
    zeros = np.arange(-60_000, 60_000, 7) * (math.pi / 2)
    small = _near_0(dtype)
    return np.concatenate([np.linspace(-10, 10, POINTS), zeros, 3.7 * zeros / 4, small, -small])


def _erf_arguments(dtype):
    small = _near_0(dtype)
    return np.concatenate([np.linspace(-7, 7, 2 * POINTS), small, -small])


def _ndtr_arguments(dtype):
    end = 14.5 if dtype == np.float32 else 38.6
    return np.concatenate([np.linspace(-end, 9, 2 * POINTS), np.linspace(-2, 2, POINTS)])


class Case(NamedTuple):
    """A function, what it should be, where, and how many ulp it may be off."""

    wanted: Callable[[Any], Any]
    arguments: Callable[[Any], Any]
    bound: float


CASES = {
    "exp": Case(np.exp, _exponents, 1.1),
    "exp2": Case(np.exp2, lambda dtype: 1.6 * _exponents(dtype), 1),
    "expm1": Case(np.expm1, _exponents, 2),
    "tanh": Case(np.tanh, _exponents, 2.5),
    "sinh": Case(np.sinh, _exponents, 2.5),
    "cosh": Case(np.cosh, _exponents, 2),
    "expit": Case(_expit, _exponents, 2.5),
    "softplus": Case(_softplus, _exponents, 2.5),
    "log": Case(np.log, _positive, 1),
    "log2": Case(np.log2, _positive, 1.5),
    "log10": Case(np.log10, _positive, 1.5),
    "log1p": Case(np.log1p, _above_minus_1, 2),
    "erf": Case(_erf, _erf_arguments, 2),
    "ndtr": Case(_ndtr, _ndtr_arguments, 4),
    "sin": Case(np.sin, _angles, 2),
    "cos": Case(np.cos, _angles, 2),
    "arctan": Case(np.arctan, _all, 2),
    "cbrt": Case(np.cbrt, _all, 1),
    "sqrt": Case(np.sqrt, _positive, 0.5),
    "absolute": Case(np.abs, _all, 0),
    "sign": Case(np.sign, _all, 0),
    "square": Case(np.square, _exponents, 0.5),
    "reciprocal": Case(np.reciprocal, _all, 0.5),
    "floor": Case(np.floor, _exponents, 0),
    "ceil": Case(np.ceil, _exponents, 0),
    "rint": Case(np.rint, _exponents, 0),
    "exp of -|x|": Case(lambda x: np.exp(-np.abs(x)), _exponents, 1.1),
    "log1p of e^-|x|": Case(lambda x: np.log1p(np.exp(-np.abs(x))), _exponents, 2.5),
}


def written(name):
    """Return what is judged: a function, or one for some arguments alone after what gives those."""
    if name == "exp of -|x|":
        return lambda x: elementary.exp_of_negative(-elementary.absolute(x))
    if name == "log1p of e^-|x|":
        return lambda x: elementary.log1p_of_share(written("exp of -|x|")(x))
    return getattr(elementary, name)


each_function = pytest.mark.parametrize("name", CASES)
each_dtype = pytest.mark.parametrize("dtype", DTYPES)


def _wider(dtype):
    if dtype == np.float32:
        return np.float64 if not IS_WIDER else WIDE
    if not IS_WIDER:
        pytest.skip("no wider type here to judge float64 by")
    return WIDE


@each_dtype
@each_function
def test_every_function_is_accurate(name, dtype):
    case, wider = CASES[name], _wider(dtype)
    x = case.arguments(np.dtype(dtype)).astype(dtype)
    with np.errstate(all="ignore"):
        wanted = case.wanted(x.astype(wider))
    error = ulps(mapped(written(name), dtype)(x), wanted)
    worst = int(np.argmax(error))
    assert error[worst] <= case.bound + 1e-3, (x[worst], wanted[worst])


@each_dtype
@pytest.mark.parametrize("way", [{"vector_bytes": 32}, {"vector_bytes": 16}, {"scalar": True}])
@each_function
def test_every_width_gives_the_same_bits(name, way, dtype):
    f = written(name)
    x = np.concatenate([CASES[name].arguments(np.dtype(dtype))[::31].astype(dtype), ends(dtype)])
    np.testing.assert_array_equal(mapped(f, dtype, **way)(x), mapped(f, dtype)(x))


# The ends -----------------------------------------------------------------------------------


def ends(dtype):
    info = np.finfo(dtype)
    sizes = [0, info.smallest_subnormal, info.tiny / 3, info.tiny, 0.5, 1, 2, 800, 1e5, info.max]
    sizes = np.array([*sizes, np.inf, np.nan], dtype)
    return np.concatenate([sizes, -sizes])


@each_dtype
@each_function
def test_ends_are_numpys(name, dtype):
    case, x = CASES[name], ends(dtype)
    if name in {"sin", "cos"}:
        x = x[~np.isfinite(x) | (np.abs(x) < 1e5)]
    got = mapped(written(name), dtype)(x)
    with np.errstate(all="ignore"):
        wanted = case.wanted(x.astype(WIDE))
    assert ulps(got, wanted).max() <= case.bound + (0.01 if IS_WIDER else 1)
    ordinary = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(got)[ordinary], np.signbit(wanted)[ordinary])


@each_dtype
def test_nan_stays_nan(dtype):
    x = np.array([np.nan, -np.nan], dtype)
    for name in CASES:
        assert np.isnan(mapped(written(name), dtype)(x)).all(), name


def test_known_values_are_exact():
    for name, x, wanted in [
        ("exp", 0, 1),
        ("expm1", 0, 0),
        ("log", 1, 0),
        ("log2", 1024, 10),
        ("tanh", 30, 1),
        ("expit", 0, 0.5),
        ("ndtr", 0, 0.5),
        ("cbrt", 27, 3),
        ("cos", 0, 1),
        ("exp2", -1074, 2.0**-1074),
    ]:
        assert mapped(written(name), np.float64)([x]) == wanted, name


# Decimal judges where no wider type is at hand --------------------------------------------------

DECIMAL = {
    "exp": lambda x: x.exp(),
    "expm1": lambda x: x.exp() - 1,
    "tanh": lambda x: ((2 * x).exp() - 1) / ((2 * x).exp() + 1),
    "expit": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: (1 + x.exp()).ln(),
    "log": lambda x: abs(x).ln(),
    "log1p": lambda x: (1 + abs(x)).ln(),
    "log10": lambda x: abs(x).log10(),
}


@pytest.mark.parametrize("name", DECIMAL)
def test_float64_is_what_decimal_says(name):
    sizes = np.exp(np.random.default_rng(7).uniform(-40, 4.5, 200))
    x = sizes if name.startswith("log") else np.concatenate([sizes, -sizes])
    got = mapped(written(name), np.float64)(x)
    with localcontext() as context:
        context.prec = 100
        for argument, result in zip(x.tolist(), got.tolist(), strict=True):
            wanted = DECIMAL[name](Decimal(argument))
            spacing = Decimal(math.ulp(float(wanted)))
            assert abs(Decimal(result) - wanted) <= Decimal(CASES[name].bound) * spacing, argument


# Two arguments, and constants ------------------------------------------------------------------


def _pairs(dtype):
    x = np.concatenate([ends(dtype), np.linspace(-30, 30, 41).astype(dtype)])
    return np.repeat(x, x.size), np.tile(x, x.size)


@each_dtype
@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_the_greater_and_the_lesser_are_numpys(name, scalar, dtype):
    a, b = _pairs(dtype)
    got = mapped(written(name), dtype, scalar=scalar, inputs=2)(a, b)
    np.testing.assert_array_equal(got, getattr(np, name)(a, b))


@each_dtype
@pytest.mark.parametrize("scalar", [False, True])
def test_logaddexp_is_numpys(scalar, dtype):
    a, b = _pairs(dtype)
    got = mapped(elementary.logaddexp, dtype, scalar=scalar, inputs=2)(a, b)
    with np.errstate(all="ignore"):
        wanted = np.logaddexp(a.astype(WIDE), b.astype(WIDE)).astype(dtype)
    eps = np.finfo(dtype).eps
    wanted = np.where(np.isinf(got) & (np.abs(wanted) == np.finfo(dtype).max), got, wanted)
    np.testing.assert_allclose(got, wanted, rtol=2 * eps, atol=2 * eps)


EXPONENTS = (0, 1, 2, 3, 4, 5, 6, 9, 31, -1, -2, -3, -5, -8, 0.5, -0.5, 1.5, 2.3, 1 / 3, -0.7, 20.5)


@each_dtype
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_powers_are_accurate(exponent, dtype):
    wider = _wider(dtype)
    end = 0.9 * math.log(np.finfo(dtype).max) / max(abs(exponent), 1)
    x = np.concatenate([np.exp(np.linspace(-end, end, POINTS)), np.linspace(0.8, 1.2, POINTS)])
    if float(exponent).is_integer():
        x = np.concatenate([x, -x])
    x = x.astype(dtype)
    wanted = np.power(x.astype(wider), wider(dtype(exponent)))
    error = ulps(mapped(lambda x: elementary.power(x, exponent), dtype)(x), wanted)
    assert error.max() <= (4 if abs(exponent) <= 5 and float(exponent).is_integer() else 1.5)


@each_dtype
@pytest.mark.parametrize("exponent", [*EXPONENTS, 64, 101, 1e300, np.inf, -np.inf, np.nan])
def test_ends_of_powers_are_numpys(exponent, dtype):
    x = ends(dtype)
    if exponent == 0.5:  # as x**0.5 of an array: the root, which keeps -0.0 and knows no -inf
        x = x[(x >= 0) & ~np.signbit(x)]
    with np.errstate(all="ignore"):
        wanted = np.power(x, dtype(exponent))
        got = mapped(lambda x: elementary.power(x, exponent), dtype)(x)
    np.testing.assert_allclose(got, wanted, rtol=8 * np.finfo(dtype).eps, atol=0)
    ordinary = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(got)[ordinary], np.signbit(wanted)[ordinary])
