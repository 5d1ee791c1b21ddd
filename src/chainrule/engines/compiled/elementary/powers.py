"""Powers and roots."""

from __future__ import annotations

import math

import numpy as np

from chainrule.engines.compiled.elementary.exponentials import (
    exp,
    exp_near_0,
    exponent_and_rest,
    power_of_two,
    scaled,
)
from chainrule.engines.compiled.elementary.formats import (
    INFINITY,
    at_least,
    at_most,
    format_of,
    polynomial,
    with_sign_of,
)
from chainrule.engines.compiled.elementary.logarithms import ARTANH, log, log_at_ends, parts_of_log
from chainrule.engines.compiled.elementary.plain import absolute, floor, sqrt
from chainrule.engines.compiled.values import Value

_MOST_PRODUCTS = 5  # greater whole exponents go by way of the logarithm: fewer roundings


def power(x: Value, exponent: float) -> Value:
    """Return x to the power of a constant.

    Whole exponents up to 5 are products (within 4 ulp), 0.5 is `sqrt`, others are exp(p·log x)
    with a logarithm that has more digits than the type: within 1 ulp in float32; in float64
    within 2 ulp for |exponent| <= 32 and about |exponent|/64 ulp more beyond.
    """
    exponent = float(np.float32(exponent) if x.size == 4 else exponent)
    if exponent == 0.5:
        return sqrt(x)
    if exponent.is_integer() and abs(exponent) <= _MOST_PRODUCTS:
        product = _whole_power(x, abs(int(exponent)))
        return product if exponent >= 0 else 1.0 / product
    return _signed_power(x, exponent, _power_of_positive(absolute(x), exponent))


def _whole_power(x: Value, exponent: int) -> Value:
    """Return x·x·…; the squares x², x⁴ are shared."""
    result, squared = x.like(1.0), x
    while exponent:
        if exponent % 2:
            result = squared * result
        exponent //= 2
        if exponent:
            squared = squared * squared
    return result


def _signed_power(x: Value, exponent: float, size: Value) -> Value:
    """Return x^exponent from |x|^exponent."""
    kernel = x.kernel
    if math.isnan(exponent):
        return kernel.where(x == 1.0, x, math.nan)
    if math.isinf(exponent):
        return kernel.where(absolute(x) == 1.0, x.like(1.0), size)
    if not exponent.is_integer():
        return kernel.where((x < 0.0) & (x > -INFINITY), x.like(math.nan), size)
    return with_sign_of(x, size) if exponent % 2 else size


def _power_of_positive(x: Value, exponent: float) -> Value:
    """Return e^(exponent·log x) for x >= 0."""
    if x.size == 4:
        return exp(exponent * log(x.rounded_to(8))).rounded_to(4)
    fma = x.kernel.fma
    high, low = _long_log(x)
    product = exponent * high
    rest = fma(high, x.like(exponent), -product) + exponent * low
    rest = x.kernel.where(absolute(product) < 1e4, rest, 0.0)  # not inf - inf
    product = at_least(at_most(product, format_of(x).exp_above), format_of(x).exp_below)
    bits, r = exponent_and_rest(product, 2 * format_of(x).bias)
    return scaled(exp_near_0(r + rest), bits)


def _long_log(x: Value) -> tuple[Value, Value]:
    """Return log x as a sum of two numbers, the second beyond the digits of the first.

    log(1 + f) = 2s + 2s³/3 + …, s = f/(2 + f); only s needs more digits than it has.
    """
    fma, ln2 = x.kernel.fma, format_of(x).ln2
    n, f, _ = parts_of_log(x)
    d = 2.0 + f
    s = f / d
    s_rest = (fma(-s, d, f) - s * (f - (d - 2.0))) / d
    z = s * s
    high = fma(n, x.like(ln2[0]), 2.0 * s)
    low = fma(n, x.like(ln2[0]), -high) + 2.0 * s
    low = low + fma(n, x.like(ln2[1]), fma(s * z, polynomial(z, ARTANH), 2.0 * s_rest))
    total = high + low
    return log_at_ends(x, total), low - (total - high)


# m^(-1/3) for 1 <= m <= 8; relative error 2^-8.4
_CUBE_ROOT = (1.424916, -0.59669834, 0.20383972, -0.038614154, 0.003696357, -0.0001394166)


def cbrt(x: Value) -> Value:
    """Return the cube root, within 1 ulp.

    x = 8^k·m with 1 <= m < 8; a polynomial starts an iteration for r = m^(-1/3).
    """
    form, kernel, fma = format_of(x), x.kernel, x.kernel.fma
    y = absolute(x)
    tiny, step = y < form.least, 3 * form.bias // 12 // 3 * 3
    y = y * kernel.where(tiny, x.like(2.0**step), 1.0)
    ruler = x.like(2.0**form.digits)
    n = (y.bits().logical_shift(form.digits) | ruler.bits()).as_float() - (ruler + form.bias)
    k = floor(fma(n, x.like(1 / 3), x.like(1 / 6)))
    shift = x.like(1.5 * 2.0**form.digits)
    m = (y.bits() - ((3.0 * k + shift).bits() << form.digits)).as_float()
    r = polynomial(m, _CUBE_ROOT)
    for _ in range(2):
        left = 1.0 - m * r * r * r
        r = fma(r * left, fma(left, x.like(2 / 9), x.like(1 / 3)), r)
    root = m * r * r
    root = fma(fma(-(root * root), root, m), r * r * (1 / 3), root)
    k = k - kernel.where(tiny, x.like(step / 3), 0.0)
    result = root * power_of_two((k + shift + form.bias).bits(), form)
    ordinary = (y > 0.0) & (y < INFINITY)
    return with_sign_of(x, kernel.where(ordinary, result, x))
