"""The exponential family: exp, tanh, expit and their kin.

    e^x = 2^n · e^r,   n = the whole number nearest to x / ln 2,   |r| <= ln(2)/2

n comes from adding 1.5·2^digits, where numbers have no room for a fraction: the sum's last bits
are n. With a bias added to it they are the exponent of a power of two, ready to be shifted.
"""

from __future__ import annotations

import math

from chainrule.engines.compiled.elementary.formats import (
    INFINITY,
    Format,
    at_least,
    at_most,
    format_of,
    polynomial,
    polynomial_at_once,
    with_sign_of,
)
from chainrule.engines.compiled.elementary.plain import absolute
from chainrule.engines.compiled.values import Value

# (e^r - 1 - r)/r² for |r| <= 0.347; error relative to e^r - 1: 2^-26 and 2^-60.7
_EXPM1 = {
    4: (0.5, 0.16666543, 0.04166637, 0.0083666, 0.0013944447),
    8: (
        0.5,
        0.16666666666666677,
        0.04166666666666669,
        0.008333333333321601,
        0.0013888888888871473,
        0.00019841269886218844,
        2.4801587350240945e-05,
        2.755724410082821e-06,
        2.755725253649196e-07,
        2.5109079363620854e-08,
        2.092113306041051e-09,
    ),
}


def exponent_and_rest(x: Value, bias: int) -> tuple[Value, Value]:
    """Return (bits whose last ones are n + bias, r)."""
    form, fma = format_of(x), x.kernel.fma
    shift = x.like(1.5 * 2.0**form.digits + bias)
    shifted = fma(x, x.like(1 / math.log(2)), shift)
    n = shifted - shift
    r = fma(n, x.like(-form.ln2[0]), x)
    return shifted.bits(), fma(n, x.like(-form.ln2[1]), r)


def power_of_two(bits: Value, form: Format) -> Value:
    """Return the power of two whose biased exponent the last bits are."""
    return (bits << form.digits).as_float()


def scaled(p: Value, bits: Value) -> Value:
    """Return p·2^n; `bits` hold n + 2·bias. In two steps: 2^n may be out of range."""
    form, half = format_of(p), bits.logical_shift(1)
    return p * power_of_two(half, form) * power_of_two(bits - half, form)


def exp_near_0(r: Value) -> Value:
    """Return e^r for |r| <= 0.347."""
    return 1.0 + expm1_near_0(r)


def expm1_near_0(r: Value) -> Value:
    """Return e^r - 1 for |r| <= 0.347."""
    return r.kernel.fma(r * r, polynomial_at_once(r, _EXPM1[r.size]), r)


def exp_of_negative(x: Value) -> Value:
    """Return e^x for x <= 0, within 1.1 ulp.

    2^n is then in range, or so small that e^x has lost its digits too: it may be one number.
    """
    form = format_of(x)
    bits, r = exponent_and_rest(at_least(x, form.exp_below), 2 * form.bias)
    power = scaled(x.like(1.0), bits)
    return x.kernel.fma(power, expm1_near_0(r), power)


def exp(x: Value) -> Value:
    """Return e^x, within 1.1 ulp."""
    form = format_of(x)
    x = at_least(at_most(x, form.exp_above), form.exp_below)
    bits, r = exponent_and_rest(x, 2 * form.bias)
    return scaled(exp_near_0(r), bits)


def exp2(x: Value) -> Value:
    """Return 2^x, within 1 ulp."""
    form = format_of(x)
    x = at_least(at_most(x, 1.0 + form.bias), -1.0 - form.bias - form.digits)
    shift = x.like(1.5 * 2.0**form.digits + 2 * form.bias)
    shifted = x + shift
    r = (x - (shifted - shift)) * math.log(2)
    return scaled(polynomial(r, (1.0, 1.0, *_EXPM1[x.size])), shifted.bits())


def expm1(x: Value) -> Value:
    """Return e^x - 1, within 2 ulp also near 0."""
    form, fma = format_of(x), x.kernel.fma
    bits, r = exponent_and_rest(
        at_least(at_most(x, form.exp_above), form.expm1_below), form.bias - 1
    )
    half = power_of_two(bits, form)  # 2^n / 2, for 2^n may overflow where the result does not
    return with_sign_of(x, 2.0 * fma(half, expm1_near_0(r), half - 0.5))


def tanh(x: Value) -> Value:
    """Return (1 - e^-2|x|)/(1 + e^-2|x|) with the sign of x, within 2.5 ulp.

    r may do with one part of ln 2: what n times the rest changes is 2^-n times as much of tanh.
    """
    form, fma = format_of(x), x.kernel.fma
    y = at_most(absolute(x), form.tanh_above)
    shift = x.like(1.5 * 2.0**form.digits + form.bias)
    shifted = fma(y, x.like(-2 / math.log(2)), shift)  # the bits of n + bias, as ever
    r = fma(shifted - shift, x.like(-math.log(2)), -2.0 * y)
    power, q = power_of_two(shifted.bits(), form), expm1_near_0(r)
    return with_sign_of(x, fma(power, q, power - 1.0) / fma(power, q, power + 1.0))


def _quarter_exp(y: Value) -> tuple[Value, Value]:
    """Return (2^n / 4, e^r - 1) for 0 <= y, up to where sinh is infinite."""
    form = format_of(y)
    bits, r = exponent_and_rest(at_most(y, form.sinh_above), form.bias - 2)
    return power_of_two(bits, form), expm1_near_0(r)


def sinh(x: Value) -> Value:
    """Return (e^x - e^-x)/2, within 2.5 ulp."""
    quarter, q = _quarter_exp(absolute(x))
    half = 2.0 * x.kernel.fma(quarter, q, quarter - 0.25)  # (e^|x| - 1)/2
    small = half / (2.0 * half + 1.0)  # (1 - e^-|x|)/2
    return with_sign_of(x, half + x.kernel.where(half < INFINITY, small, half))


def cosh(x: Value) -> Value:
    """Return (e^x + e^-x)/2, within 2 ulp."""
    quarter, q = _quarter_exp(absolute(x))
    half = 2.0 * x.kernel.fma(quarter, q, quarter)  # e^|x| / 2
    return half + 0.25 / half


def expit(x: Value) -> Value:
    """Return 1/(1 + e^-x), within 2.5 ulp."""
    e = exp_of_negative(-absolute(x))  # e^-x would overflow for large negative x
    return x.kernel.where(x >= 0.0, x.like(1.0), e) / (1.0 + e)
