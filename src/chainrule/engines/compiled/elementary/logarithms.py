"""The logarithms, softplus and logaddexp.

log x = n·ln 2 + log(1 + f),   x = 2^n · (1 + f),   √½ <= 1 + f < √2
"""

from __future__ import annotations

import math
from typing import NamedTuple

from chainrule.engines.compiled.elementary.exponentials import exp_of_negative, power_of_two
from chainrule.engines.compiled.elementary.formats import (
    INFINITY,
    at_least,
    format_of,
    polynomial,
    with_sign_of,
)
from chainrule.engines.compiled.elementary.plain import absolute, maximum
from chainrule.engines.compiled.values import Value

# (log(1 + f) - f + f²/2)/f³ for √½ <= 1 + f <= √2; error relative to log(1 + f): 2^-27.3
_LOG = (0.33333316, -0.25000808, 0.2000229, -0.16624615, 0.14181207, -0.13128391, 0.12881544,
        -0.078604065)  # fmt: skip

# (2·artanh(√z)/√z - 2)/z for √z = f/(2 + f), z <= 0.0295; error relative to the artanh: 2^-58.4
ARTANH = (
    0.6666666666666731,
    0.39999999999433317,
    0.2857142873905145,
    0.22222198858189715,
    0.1818355175145637,
    0.1531432684329378,
    0.1479356045330679,
)


def _log_tail(f: Value) -> Value:
    """Return log(1 + f) - f for √½ <= 1 + f <= √2."""
    fma = f.kernel.fma
    if f.size == 4:
        return f * f * fma(f, polynomial(f, _LOG), f.like(-0.5))
    half_square = 0.5 * f * f
    s = f / (2.0 + f)
    z = s * s
    return fma(s, fma(z, polynomial(z, ARTANH), half_square), -half_square)


class _Split(NamedTuple):
    """x = 2^n · m with √½ <= m < √2; `exponent` is n + bias as a whole number."""

    exponent: Value
    n: Value
    m: Value


def _split(x: Value) -> _Split:
    """Take a positive number with all its digits apart."""
    form, bits = format_of(x), x.bits()
    root = math.sqrt(0.5)
    root_bits = (x.like(root)).bits()
    # Seen as whole numbers, floats are in order; less the root's bits, a new exponent starts at √½.
    moved = bits - root_bits + (form.bias << form.digits)
    exponent = moved.logical_shift(form.digits)
    ruler = 2.0**form.digits  # the bits of ruler + k are the ruler's or k
    n = (exponent | x.like(ruler).bits()).as_float() - (ruler + form.bias)
    m = ((moved & ((1 << form.digits) - 1)) + root_bits).as_float()
    return _Split(exponent, n, m)


def parts_of_log(x: Value) -> tuple[Value, Value, Value]:
    """Return (n, f, log(1 + f) - f) for a positive x."""
    form, kernel = format_of(x), x.kernel
    tiny = x < form.least
    split = _split(x * kernel.where(tiny, x.like(2.0**form.digits), 1.0))
    n = split.n - kernel.where(tiny, x.like(form.digits), 0.0)
    f = split.m - 1.0
    return n, f, _log_tail(f)


def log_at_ends(x: Value, inside: Value) -> Value:
    """Return `inside`, but what a logarithm gives at 0, below it, at infinity and for NaN."""
    kernel = x.kernel
    outside = kernel.where(x == 0.0, x.like(-INFINITY), math.nan)
    return kernel.where(x <= 0.0, outside, kernel.where(x < INFINITY, inside, x))


def log(x: Value) -> Value:
    """Return the natural logarithm, within 1 ulp."""
    ln2, fma = format_of(x).ln2, x.kernel.fma
    n, f, tail = parts_of_log(x)
    inside = fma(n, x.like(ln2[0]), f + fma(n, x.like(ln2[1]), tail))
    return log_at_ends(x, inside)


# 1/ln 2 and 1/ln 10, each as a number of the type and what is left of it.
_LOG2_E = {
    4: (1.4426950216293335, 1.9259629911266175e-08),
    8: (1.4426950408889634, 2.0355273740931033e-17),
}
_LOG10_E = {
    4: (0.4342944920063019, -1.0103050052231683e-08),
    8: (0.4342944819032518, 1.098319650216765e-17),
}


def _times(f: Value, tail: Value, factor: float, rest: float) -> Value:
    """Return (f + tail)·(factor + rest), rounded about once."""
    fma = f.kernel.fma
    return fma(f, f.like(factor), fma(f, f.like(rest), tail * factor))


def log2(x: Value) -> Value:
    """Return the logarithm to base 2, within 1.5 ulp."""
    n, f, tail = parts_of_log(x)
    return log_at_ends(x, n + _times(f, tail, *_LOG2_E[x.size]))


def log10(x: Value) -> Value:
    """Return the logarithm to base 10, within 1.5 ulp."""
    log10_2, fma = format_of(x).log10_2, x.kernel.fma
    n, f, tail = parts_of_log(x)
    small = _times(f, fma(n, x.like(log10_2[1] * math.log(10)), tail), *_LOG10_E[x.size])
    return log_at_ends(x, fma(n, x.like(log10_2[0]), small))


def log1p(x: Value) -> Value:
    """Return log(1 + x), within 2 ulp also near 0."""
    form, kernel = format_of(x), x.kernel
    u = 1.0 + x
    lost = x - (u - 1.0)  # what rounding took from u
    split = _split(u)
    twice = power_of_two(
        (2 * form.bias + 1) - split.exponent, form
    )  # 2 / 2^n; 1 / 2^n may be too small
    f = kernel.fma(lost * twice, x.like(0.5), split.m - 1.0)
    n, ln2 = split.n, form.ln2
    inside = f + kernel.fma(n, x.like(ln2[1]), _log_tail(f))
    inside = kernel.fma(n, x.like(ln2[0]), inside)
    return with_sign_of(x, log_at_ends(u, kernel.where(x < INFINITY, inside, x)))


def log1p_of_share(e: Value) -> Value:
    """Return log(1 + e) for 0 <= e <= 1, within 2 ulp."""
    kernel = e.kernel
    above = e > math.sqrt(2) - 1
    f = kernel.where(above, 0.5 * e - 0.5, e)  # 1 + e = 2·(1 + f), or 1 + f
    return kernel.where(above, e.like(math.log(2)), 0.0) + (f + _log_tail(f))


def softplus(x: Value) -> Value:
    """Return log(1 + e^x), within 2.5 ulp."""
    e = exp_of_negative(-absolute(x))  # e^x would overflow
    return at_least(x, 0.0) + log1p_of_share(e)


def logaddexp(a: Value, b: Value) -> Value:
    """Return log(e^a + e^b), within 3 ulp of the greater of the result and max(a, b)."""
    kernel = a.kernel
    distance = kernel.where(a == b, a.like(0.0), absolute(a - b))  # not inf - inf
    return maximum(a, b) + log1p_of_share(exp_of_negative(-distance))
