"""Functions that are an instruction or two of the processor."""

from __future__ import annotations

from chainrule.engines.compiled.elementary.formats import with_sign_of
from chainrule.engines.compiled.values import Value


def sqrt(x: Value) -> Value:
    """Return √x, correctly rounded."""
    return x.kernel.intrinsic("sqrt", x)


def absolute(x: Value) -> Value:
    """Return |x|."""
    return x.kernel.intrinsic("fabs", x)


def sign(x: Value) -> Value:
    """Return -1, 0 or 1; NaN stays NaN."""
    one = with_sign_of(x, x.like(1.0))
    return x.kernel.where((x < 0.0) | (x > 0.0), one, x + 0.0)  # + 0.0 makes a zero of -0.0


def square(x: Value) -> Value:
    """Return x²."""
    return x * x


def reciprocal(x: Value) -> Value:
    """Return 1/x."""
    return 1.0 / x


def floor(x: Value) -> Value:
    """Return the greatest whole number that is not above x."""
    return x.kernel.intrinsic("floor", x)


def ceil(x: Value) -> Value:
    """Return the least whole number that is not below x."""
    return x.kernel.intrinsic("ceil", x)


def rint(x: Value) -> Value:
    """Return the nearest whole number, the even one of two."""
    return x.kernel.intrinsic("rint", x)


def maximum(a: Value, b: Value) -> Value:
    """Return the greater one; NaN if one of them is."""
    return a.kernel.where(a.compare("!=", a, unordered=True), a, a.kernel.where(a > b, a, b))


def minimum(a: Value, b: Value) -> Value:
    """Return the lesser one; NaN if one of them is."""
    return a.kernel.where(a.compare("!=", a, unordered=True), a, a.kernel.where(a < b, a, b))
