"""The two floating-point types, and what all functions are made of."""

from __future__ import annotations

import math
from typing import NamedTuple

from chainrule.engines.compiled.values import Value

INFINITY = math.inf


class Format(NamedTuple):
    """A floating-point type: ``digits`` bits of fraction, exponents that start at ``-bias``."""

    digits: int
    bias: int
    ln2: tuple[float, float]  # ln 2 in two parts; whole numbers times the first are exact
    log10_2: tuple[float, float]  # log10 2, likewise
    half_pi: tuple[float, float, float]  # π/2 in three parts
    exp_below: float  # exp is 0 here and below, and its parts still have exponents
    exp_above: float  # exp is infinite here and above
    expm1_below: float  # expm1 is -1 here and below
    tanh_above: float  # tanh is 1 here and above
    sinh_above: float  # sinh is infinite here and above
    erf_above: float  # erf is 1 here and above
    ndtr_below: float  # ndtr is 0 here and below

    @property
    def least(self) -> float:
        """The least number with all its digits."""
        return 2.0 ** (1 - self.bias)


_FORMATS = {
    4: Format(
        digits=23,
        bias=127,
        ln2=(0.693115234375, 3.194618329871446e-05),
        log10_2=(0.301025390625, 4.605039066518657e-06),
        half_pi=(1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15),
        exp_below=-104.0,
        exp_above=89.0,
        expm1_below=-25.0,
        tanh_above=10.0,
        sinh_above=89.5,
        erf_above=4.0,
        ndtr_below=-14.5,
    ),
    8: Format(
        digits=52,
        bias=1023,
        ln2=(0.6931471805601177, -1.7239444525614835e-13),
        log10_2=(0.3010299956640665, -8.532344317057107e-14),
        half_pi=(1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33),
        exp_below=-746.0,
        exp_above=710.0,
        expm1_below=-40.0,
        tanh_above=20.0,
        sinh_above=710.5,
        erf_above=6.0,
        ndtr_below=-38.6,
    ),
}


def format_of(x: Value) -> Format:
    """Return what is known of the number's type."""
    return _FORMATS[x.size]


def polynomial(x: Value, coefficients: tuple[float, ...]) -> Value:
    """Return c0 + c1·x + c2·x² + …, by Horner's rule."""
    *lower, highest = coefficients
    total = x.like(highest)
    for coefficient in reversed(lower):
        total = x.kernel.fma(total, x, x.like(coefficient))
    return total


def polynomial_at_once(x: Value, coefficients: tuple[float, ...]) -> Value:
    """Return c0 + c1·x + c2·x² + …, by Estrin's scheme: a tree, where Horner's rule is a chain.

    One sample alone waits for every link of a chain. The tree rounds once more near its root, so
    what follows must make the sum small beside its own result.
    """
    terms = [x.like(coefficient) for coefficient in coefficients]
    power = x
    while len(terms) > 1:
        pairs = zip(terms[::2], terms[1::2], strict=False)
        odd = terms[len(terms) // 2 * 2 :]
        terms = [*(x.kernel.fma(high, power, low) for low, high in pairs), *odd]
        power = power * power
    return terms[0]


def at_most(x: Value, bound: float) -> Value:
    """Return min(x, bound); NaN stays."""
    return x.kernel.where(x > bound, bound, x)


def at_least(x: Value, bound: float) -> Value:
    """Return max(x, bound); NaN stays."""
    return x.kernel.where(x < bound, bound, x)


def with_sign_of(x: Value, size: Value) -> Value:
    """Return the size with the sign of x."""
    return x.kernel.intrinsic("copysign", size, x)
