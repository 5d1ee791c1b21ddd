"""exp, log, tanh and their kin as arithmetic alone, so that a vector of numbers takes one path.

The processor has no exp. A call of the system's would leave the vector registers, give other
bits on other systems and cost ten times as much. So every function here is written out: bring the
argument to a short interval, put a polynomial there, undo the first step. There are no branches:
where two formulas are needed, both are computed and `where` picks.

The polynomials are minimax fits (Remez) whose coefficients were then rounded to the type; beside
each stand its interval and the error that is left. Bounds of the functions are in units in the
last place (ulp) and hold for processors with a fused multiply-add.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from chainrule.engines.compiled.simd import Value

_INFINITY = math.inf


class _Format(NamedTuple):
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
    4: _Format(
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
    8: _Format(
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


def _format(x: Value) -> _Format:
    return _FORMATS[x.size]


def _polynomial(x: Value, coefficients: tuple[float, ...]) -> Value:
    """Return c0 + c1·x + c2·x² + …, by Horner's rule."""
    *lower, highest = coefficients
    total = x.like(highest)
    for coefficient in reversed(lower):
        total = x.kernel.fma(total, x, x.like(coefficient))
    return total


def _polynomial_at_once(x: Value, coefficients: tuple[float, ...]) -> Value:
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


def _at_most(x: Value, bound: float) -> Value:
    """Return min(x, bound); NaN stays."""
    return x.kernel.where(x > bound, bound, x)


def _at_least(x: Value, bound: float) -> Value:
    """Return max(x, bound); NaN stays."""
    return x.kernel.where(x < bound, bound, x)


def _with_sign_of(x: Value, size: Value) -> Value:
    return x.kernel.intrinsic("copysign", size, x)


# Plain arithmetic ---------------------------------------------------------------------------


def sqrt(x: Value) -> Value:
    """Return √x, correctly rounded."""
    return x.kernel.intrinsic("sqrt", x)


def absolute(x: Value) -> Value:
    """Return |x|."""
    return x.kernel.intrinsic("fabs", x)


def sign(x: Value) -> Value:
    """Return -1, 0 or 1; NaN stays NaN."""
    one = _with_sign_of(x, x.like(1.0))
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


# The exponential family ---------------------------------------------------------------------
#
#     e^x = 2^n · e^r,   n = the whole number nearest to x / ln 2,   |r| <= ln(2)/2
#
# n comes from adding 1.5·2^digits, where numbers have no room for a fraction: the sum's last bits
# are n. With a bias added to it they are the exponent of a power of two, ready to be shifted.

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


def _exponent(x: Value, bias: int) -> tuple[Value, Value]:
    """Return (bits whose last ones are n + bias, r)."""
    form, fma = _format(x), x.kernel.fma
    shift = x.like(1.5 * 2.0**form.digits + bias)
    shifted = fma(x, x.like(1 / math.log(2)), shift)
    n = shifted - shift
    r = fma(n, x.like(-form.ln2[0]), x)
    return shifted.bits(), fma(n, x.like(-form.ln2[1]), r)


def _factor(bits: Value, form: _Format) -> Value:
    """Return the power of two whose biased exponent the last bits are."""
    return (bits << form.digits).as_float()


def _scaled(p: Value, bits: Value) -> Value:
    """Return p·2^n; `bits` hold n + 2·bias. In two steps: 2^n may be out of range."""
    form, half = _format(p), bits.logical_shift(1)
    return p * _factor(half, form) * _factor(bits - half, form)


def _exp_near_0(r: Value) -> Value:
    """Return e^r for |r| <= 0.347."""
    return 1.0 + _expm1_near_0(r)


def _expm1_near_0(r: Value) -> Value:
    """Return e^r - 1 for |r| <= 0.347."""
    return r.kernel.fma(r * r, _polynomial_at_once(r, _EXPM1[r.size]), r)


def _exp_in_range(x: Value) -> Value:
    """Return e^x for exp_below <= x <= exp_above."""
    bits, r = _exponent(x, 2 * _format(x).bias)
    return _scaled(_exp_near_0(r), bits)


def _exp_of_negative(x: Value) -> Value:
    """Return e^x for x <= 0."""
    return _exp_in_range(_at_least(x, _format(x).exp_below))


def exp(x: Value) -> Value:
    """Return e^x, within 1 ulp."""
    return _exp_of_negative(_at_most(x, _format(x).exp_above))


def exp2(x: Value) -> Value:
    """Return 2^x, within 1 ulp."""
    form = _format(x)
    x = _at_least(_at_most(x, 1.0 + form.bias), -1.0 - form.bias - form.digits)
    shift = x.like(1.5 * 2.0**form.digits + 2 * form.bias)
    shifted = x + shift
    r = (x - (shifted - shift)) * math.log(2)
    return _scaled(_polynomial(r, (1.0, 1.0, *_EXPM1[x.size])), shifted.bits())


def expm1(x: Value) -> Value:
    """Return e^x - 1, within 2 ulp also near 0."""
    form, fma = _format(x), x.kernel.fma
    bits, r = _exponent(_at_least(_at_most(x, form.exp_above), form.expm1_below), form.bias - 1)
    half = _factor(bits, form)  # 2^n / 2, for 2^n may overflow where the result does not
    return _with_sign_of(x, 2.0 * fma(half, _expm1_near_0(r), half - 0.5))


def tanh(x: Value) -> Value:
    """Return (1 - e^-2|x|)/(1 + e^-2|x|) with the sign of x, within 2.5 ulp."""
    form, fma = _format(x), x.kernel.fma
    y = _at_most(absolute(x), form.tanh_above)
    bits, r = _exponent(-2.0 * y, form.bias)
    power, q = _factor(bits, form), _expm1_near_0(r)
    return _with_sign_of(x, fma(power, q, power - 1.0) / fma(power, q, power + 1.0))


def _quarter_exp(y: Value) -> tuple[Value, Value]:
    """Return (2^n / 4, e^r - 1) for 0 <= y, up to where sinh is infinite."""
    form = _format(y)
    bits, r = _exponent(_at_most(y, form.sinh_above), form.bias - 2)
    return _factor(bits, form), _expm1_near_0(r)


def sinh(x: Value) -> Value:
    """Return (e^x - e^-x)/2, within 2.5 ulp."""
    quarter, q = _quarter_exp(absolute(x))
    half = 2.0 * x.kernel.fma(quarter, q, quarter - 0.25)  # (e^|x| - 1)/2
    small = half / (2.0 * half + 1.0)  # (1 - e^-|x|)/2
    return _with_sign_of(x, half + x.kernel.where(half < _INFINITY, small, half))


def cosh(x: Value) -> Value:
    """Return (e^x + e^-x)/2, within 2 ulp."""
    quarter, q = _quarter_exp(absolute(x))
    half = 2.0 * x.kernel.fma(quarter, q, quarter)  # e^|x| / 2
    return half + 0.25 / half


def expit(x: Value) -> Value:
    """Return 1/(1 + e^-x), within 2.5 ulp."""
    e = _exp_of_negative(-absolute(x))  # e^-x would overflow for large negative x
    return x.kernel.where(x >= 0.0, x.like(1.0), e) / (1.0 + e)


# The logarithms -----------------------------------------------------------------------------
#
#     log x = n·ln 2 + log(1 + f),   x = 2^n · (1 + f),   √½ <= 1 + f < √2

# (log(1 + f) - f + f²/2)/f³ for √½ <= 1 + f <= √2; error relative to log(1 + f): 2^-27.3
_LOG = (0.33333316, -0.25000808, 0.2000229, -0.16624615, 0.14181207, -0.13128391, 0.12881544,
        -0.078604065)  # fmt: skip

# (2·artanh(√z)/√z - 2)/z for √z = f/(2 + f), z <= 0.0295; error relative to the artanh: 2^-58.4
_ARTANH = (
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
        return f * f * fma(f, _polynomial(f, _LOG), f.like(-0.5))
    half_square = 0.5 * f * f
    s = f / (2.0 + f)
    z = s * s
    return fma(s, fma(z, _polynomial(z, _ARTANH), half_square), -half_square)


class _Split(NamedTuple):
    """x = 2^n · m with √½ <= m < √2; `exponent` is n + bias as a whole number."""

    exponent: Value
    n: Value
    m: Value


def _split(x: Value) -> _Split:
    """Take a positive number with all its digits apart."""
    form, bits = _format(x), x.bits()
    root = math.sqrt(0.5)
    root_bits = (x.like(root)).bits()
    # Seen as whole numbers, floats are in order; less the root's bits, a new exponent starts at √½.
    moved = bits - root_bits + (form.bias << form.digits)
    exponent = moved.logical_shift(form.digits)
    ruler = 2.0**form.digits  # the bits of ruler + k are the ruler's or k
    n = (exponent | x.like(ruler).bits()).as_float() - (ruler + form.bias)
    m = ((moved & ((1 << form.digits) - 1)) + root_bits).as_float()
    return _Split(exponent, n, m)


def _parts_of_log(x: Value) -> tuple[Value, Value, Value]:
    """Return (n, f, log(1 + f) - f) for a positive x."""
    form, kernel = _format(x), x.kernel
    tiny = x < form.least
    split = _split(x * kernel.where(tiny, x.like(2.0**form.digits), 1.0))
    n = split.n - kernel.where(tiny, x.like(form.digits), 0.0)
    f = split.m - 1.0
    return n, f, _log_tail(f)


def _log_at_ends(x: Value, inside: Value) -> Value:
    """Return `inside`, but what a logarithm gives at 0, below it, at infinity and for NaN."""
    kernel = x.kernel
    outside = kernel.where(x == 0.0, x.like(-_INFINITY), math.nan)
    return kernel.where(x <= 0.0, outside, kernel.where(x < _INFINITY, inside, x))


def log(x: Value) -> Value:
    """Return the natural logarithm, within 1 ulp."""
    ln2, fma = _format(x).ln2, x.kernel.fma
    n, f, tail = _parts_of_log(x)
    inside = fma(n, x.like(ln2[0]), f + fma(n, x.like(ln2[1]), tail))
    return _log_at_ends(x, inside)


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
    n, f, tail = _parts_of_log(x)
    return _log_at_ends(x, n + _times(f, tail, *_LOG2_E[x.size]))


def log10(x: Value) -> Value:
    """Return the logarithm to base 10, within 1.5 ulp."""
    log10_2, fma = _format(x).log10_2, x.kernel.fma
    n, f, tail = _parts_of_log(x)
    small = _times(f, fma(n, x.like(log10_2[1] * math.log(10)), tail), *_LOG10_E[x.size])
    return _log_at_ends(x, fma(n, x.like(log10_2[0]), small))


def log1p(x: Value) -> Value:
    """Return log(1 + x), within 2 ulp also near 0."""
    form, kernel = _format(x), x.kernel
    u = 1.0 + x
    lost = x - (u - 1.0)  # what rounding took from u
    split = _split(u)
    twice = _factor((2 * form.bias + 1) - split.exponent, form)  # 2 / 2^n; 1 / 2^n may be too small
    f = kernel.fma(lost * twice, x.like(0.5), split.m - 1.0)
    n, ln2 = split.n, form.ln2
    inside = f + kernel.fma(n, x.like(ln2[1]), _log_tail(f))
    inside = kernel.fma(n, x.like(ln2[0]), inside)
    return _with_sign_of(x, _log_at_ends(u, kernel.where(x < _INFINITY, inside, x)))


def _log1p_of_unit(e: Value) -> Value:
    """Return log(1 + e) for 0 <= e <= 1."""
    kernel = e.kernel
    above = e > math.sqrt(2) - 1
    f = kernel.where(above, 0.5 * e - 0.5, e)  # 1 + e = 2·(1 + f), or 1 + f
    return kernel.where(above, e.like(math.log(2)), 0.0) + (f + _log_tail(f))


def softplus(x: Value) -> Value:
    """Return log(1 + e^x), within 2.5 ulp."""
    e = _exp_of_negative(-absolute(x))  # e^x would overflow
    return _at_least(x, 0.0) + _log1p_of_unit(e)


def logaddexp(a: Value, b: Value) -> Value:
    """Return log(e^a + e^b), within 3 ulp of the greater of the result and max(a, b)."""
    kernel = a.kernel
    distance = kernel.where(a == b, a.like(0.0), absolute(a - b))  # not inf - inf
    return maximum(a, b) + _log1p_of_unit(_exp_of_negative(-distance))


# The normal distribution --------------------------------------------------------------------
#
#     erfc y = e^(-y²) · P(t)/(y + 3),   t = (y - 3)/(y + 3)
#
# and likewise the normal's tail: what is left beside e^(-y²) is smooth in t.

# (erf(√z)/√z - 1) for z <= 1; error relative to erf: 2^-29.4 and 2^-56.3
_ERF = {
    4: (
        0.12837917,
        -0.37612626,
        0.11283579,
        -0.026853347,
        0.005187162,
        -0.0007997853,
        7.806903e-05,
    ),
    8: (
        0.1283791670955126,
        -0.3761263890318375,
        0.11283791670954857,
        -0.026866170645072893,
        0.005223977624780855,
        -0.0008548326978741569,
        0.00012055331036877235,
        -1.492559350636722e-05,
        1.646097280885965e-06,
        -1.6350025138570435e-07,
        1.4657879294527195e-08,
        -1.1365663917944587e-09,
        5.945258420111022e-11,
    ),
}

# (y + 3)·e^(y²)·erfc y for 1 <= y <= 4 and 1 <= y <= 6; error in erfc: 2^-27.6 and 2^-58
_ERFC = {
    4: (1.0740068, -0.8833539, 0.5908279, -0.30716226, 0.12797445, -0.017597213),
    8: (
        1.0740069070883396,
        -0.8833944531698646,
        0.5902283571042959,
        -0.3104672619037451,
        0.11952776125995708,
        -0.02682723450226993,
        -0.0012124153527441276,
        0.0030340613004273607,
        -0.0005483341216703028,
        -0.0002768105184604054,
        0.00010774317754890802,
        3.0919005575649846e-05,
        -1.7589604076338878e-05,
        -6.807115065908407e-06,
    ),
}

# (ndtr(√z) - ½)/√z for z <= ½; error relative to ndtr: 2^-28.9 and 2^-56.6
_NDTR_NEAR_0 = {
    4: (0.3989423, -0.06649062, 0.00997472, -0.0011877236, 0.000108776054),
    8: (
        0.39894228040143265,
        -0.0664903800669037,
        0.00997355700997555,
        -0.0011873282145124372,
        0.00011543467919308744,
        -9.444613163595508e-06,
        6.658358222036402e-07,
        -4.097978842442244e-08,
        2.021291293823326e-09,
    ),
}

# (y + c)·e^(y²/2)·ndtr(-y) in t = (y - c)/(y + c), for 0.69 <= y <= 14.5 with c = 4 and for
# 0.69 <= y <= 38.6 with c = 5; relative error 2^-25.2 and 2^-55.2
_NDTR_CENTRE = {4: 4.0, 8: 5.0}
_NDTR = {
    4: (0.75528514, -0.6078965, 0.3871368, -0.18652692, 0.060406838, -0.007492472, -0.0035331238,
        0.00145691, 0.00021619012),
    8: (
        0.769193049750063,
        -0.665382502890057,
        0.49530561596997624,
        -0.3135331566712786,
        0.16502036617038848,
        -0.0691186387072237,
        0.020795066799847897,
        -0.0029933767556249236,
        -0.0007978693984698358,
        0.0005448989307935698,
        -5.9375725676103545e-05,
        -4.9762085608628865e-05,
        1.6681193565780858e-05,
        3.9784065495071625e-06,
        -2.76917523883252e-06,
        -3.3119545648656615e-07,
        4.3288573014707497e-07,
        3.50312718132005e-08,
        -6.551168532160775e-08,
        -3.8777380612883544e-09,
        7.26098594278538e-09,
    ),
}  # fmt: skip


def _tail(y: Value, centre: float, coefficients: tuple[float, ...]) -> Value:
    """Return P(t)/(y + centre), t = (y - centre)/(y + centre)."""
    w = 1.0 / (y + centre)
    return w * _polynomial(y.kernel.fma(y.like(-2 * centre), w, y.like(1.0)), coefficients)


def erf(x: Value) -> Value:
    """Return the error function, within 2 ulp."""
    form, kernel, size = _format(x), x.kernel, x.size
    y = _at_most(absolute(x), form.erf_above)
    small = kernel.fma(y, _polynomial(y * y, _ERF[size]), y)
    bits, r = _exponent(-(y * y), form.bias)
    power = _exp_near_0(r) * _factor(bits, form)
    large = 1.0 - power * _tail(y, 3.0, _ERFC[size])
    return _with_sign_of(x, kernel.where(y > 1.0, large, small))


def ndtr(x: Value) -> Value:
    """Return the area under the normal curve on the left of x, within 4 ulp in both tails."""
    form, kernel, fma = _format(x), x.kernel, x.kernel.fma
    centre, coefficients = _NDTR_CENTRE[x.size], _NDTR[x.size]
    y = _at_most(absolute(x), -form.ndtr_below)
    squared = y * y
    lost = fma(y, y, -squared)  # by rounding: a relative error of e^(-y²/2)
    bits, r = _exponent(-0.5 * squared, 2 * form.bias)
    w = 1.0 / (y + centre)
    off = fma(-w, y, fma(-w, x.like(centre), x.like(1.0)))  # w·(1 + off) is nearer to it, and t
    t = fma(w * off, x.like(-2 * centre), fma(w, x.like(-2 * centre), x.like(1.0)))
    tail = w * _polynomial(t, coefficients)
    left = _scaled(fma(tail, _expm1_near_0(r - 0.5 * lost) + off, tail), bits)
    near = fma(x, _polynomial(squared, _NDTR_NEAR_0[x.size]), x.like(0.5))
    return kernel.where(y < 0.7, near, kernel.where(x > 0.0, 1.0 - left, left))


# The circular functions ---------------------------------------------------------------------
#
#     x = n·π/2 + r,   |r| <= π/4

# (sin(√z)/√z - 1)/z for z <= (π/4)²; error relative to the sine: 2^-28 and 2^-58
_SIN = {
    4: (-0.16666655, 0.008332192, -0.00019518785),
    8: (
        -0.16666666666666632,
        0.008333333333322463,
        -0.00019841269829823434,
        2.7557313691610713e-06,
        -2.5050757398496714e-08,
        1.5896723428899335e-10,
    ),
}

# (cos(√z) - 1 + z/2)/z² for z <= (π/4)²; error of the cosine: 2^-33 and 2^-64
_COS = {
    4: (0.041666646, -0.0013887299, 2.443024e-05),
    8: (
        0.041666666666666616,
        -0.0013888888888876506,
        2.4801587290780205e-05,
        -2.755731468722023e-07,
        2.087576460886809e-09,
        -1.1361615723904567e-11,
    ),
}

# (arctan(√z)/√z - 1)/z for √z <= tan(π/8); relative error 2^-30.4 and 2^-59.3
_ARCTAN = {
    4: (-0.33333316, 0.19998534, -0.14244547, 0.1060046, -0.060934562),
    8: (
        -0.3333333333333323,
        0.199999999999612,
        -0.14285714280829442,
        0.11111110810598675,
        -0.09090898443723747,
        0.07692071126115146,
        -0.06663216343600971,
        0.058486361239426125,
        -0.050424033834699386,
        0.03813749529894932,
        -0.017981571507144214,
    ),
}


def _sin_of_quadrant(x: Value, quadrants: int) -> Value:
    """Return sin(x + quadrants·π/2)."""
    form, kernel = _format(x), x.kernel
    fma = kernel.fma
    shift = x.like(1.5 * 2.0**form.digits)
    shifted = fma(x, x.like(2 / math.pi), shift)
    n, r = shifted - shift, x
    for part in form.half_pi:
        r = fma(n, x.like(-part), r)
    z = r * r
    sine = fma(r * z, _polynomial(z, _SIN[x.size]), r)
    cosine = fma(z * z, _polynomial(z, _COS[x.size]), fma(z, x.like(-0.5), x.like(1.0)))
    quarter = shifted.bits() + quadrants
    result = kernel.where((quarter & 1) != 0, cosine, sine)
    sign_bit = (quarter & 2) << (8 * x.size - 2)
    result = (result.bits() ^ sign_bit).as_float()
    return kernel.where(absolute(x) < 2.0 ** (form.digits - 1), result, math.nan)


def sin(x: Value) -> Value:
    """Return the sine, within 2 ulp for |x| <= 1e5.

    Beyond 4e6 in float32 and 2e15 in float64 no digit of it would be right: NaN.
    """
    return x.kernel.where(x.compare("!=", 0.0, unordered=True), _sin_of_quadrant(x, 0), x)  # -0.0


def cos(x: Value) -> Value:
    """Return the cosine, within 2 ulp for |x| <= 1e5.

    Beyond 4e6 in float32 and 2e15 in float64 no digit of it would be right: NaN.
    """
    return _sin_of_quadrant(x, 1)


def arctan(x: Value) -> Value:
    """Return the angle whose tangent is x, within 2 ulp."""
    form, where = _format(x), x.kernel.where
    y = absolute(x)
    steep, flat = y > math.tan(3 * math.pi / 8), y <= math.tan(math.pi / 8)
    # arctan y = π/2 + arctan(-1/y) = π/4 + arctan((y - 1)/(y + 1))
    above = where(steep, y.like(-1.0), where(flat, y, y - 1.0))
    below = where(steep, y, where(flat, y.like(1.0), y + 1.0))
    t = above / below
    z = t * t
    quarters = where(steep, y.like(2.0), where(flat, y.like(0.0), 1.0))
    rest = x.kernel.fma(
        quarters, y.like(form.half_pi[1] / 2), t * z * _polynomial(z, _ARCTAN[x.size])
    )
    return _with_sign_of(x, x.kernel.fma(quarters, y.like(form.half_pi[0] / 2), t + rest))


# Powers and roots ---------------------------------------------------------------------------

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
        return kernel.where((x < 0.0) & (x > -_INFINITY), x.like(math.nan), size)
    return _with_sign_of(x, size) if exponent % 2 else size


def _power_of_positive(x: Value, exponent: float) -> Value:
    """Return e^(exponent·log x) for x >= 0."""
    if x.size == 4:
        return exp(exponent * log(x.rounded_to(8))).rounded_to(4)
    fma = x.kernel.fma
    high, low = _long_log(x)
    product = exponent * high
    rest = fma(high, x.like(exponent), -product) + exponent * low
    rest = x.kernel.where(absolute(product) < 1e4, rest, 0.0)  # not inf - inf
    product = _at_least(_at_most(product, _format(x).exp_above), _format(x).exp_below)
    bits, r = _exponent(product, 2 * _format(x).bias)
    return _scaled(_exp_near_0(r + rest), bits)


def _long_log(x: Value) -> tuple[Value, Value]:
    """Return log x as a sum of two numbers, the second beyond the digits of the first.

    log(1 + f) = 2s + 2s³/3 + …, s = f/(2 + f); only s needs more digits than it has.
    """
    fma, ln2 = x.kernel.fma, _format(x).ln2
    n, f, _ = _parts_of_log(x)
    d = 2.0 + f
    s = f / d
    s_rest = (fma(-s, d, f) - s * (f - (d - 2.0))) / d
    z = s * s
    high = fma(n, x.like(ln2[0]), 2.0 * s)
    low = fma(n, x.like(ln2[0]), -high) + 2.0 * s
    low = low + fma(n, x.like(ln2[1]), fma(s * z, _polynomial(z, _ARTANH), 2.0 * s_rest))
    total = high + low
    return _log_at_ends(x, total), low - (total - high)


# m^(-1/3) for 1 <= m <= 8; relative error 2^-8.4
_CUBE_ROOT = (1.424916, -0.59669834, 0.20383972, -0.038614154, 0.003696357, -0.0001394166)


def cbrt(x: Value) -> Value:
    """Return the cube root, within 1 ulp.

    x = 8^k·m with 1 <= m < 8; a polynomial starts an iteration for r = m^(-1/3).
    """
    form, kernel, fma = _format(x), x.kernel, x.kernel.fma
    y = absolute(x)
    tiny, step = y < form.least, 3 * form.bias // 12 // 3 * 3
    y = y * kernel.where(tiny, x.like(2.0**step), 1.0)
    ruler = x.like(2.0**form.digits)
    n = (y.bits().logical_shift(form.digits) | ruler.bits()).as_float() - (ruler + form.bias)
    k = floor(fma(n, x.like(1 / 3), x.like(1 / 6)))
    shift = x.like(1.5 * 2.0**form.digits)
    m = (y.bits() - ((3.0 * k + shift).bits() << form.digits)).as_float()
    r = _polynomial(m, _CUBE_ROOT)
    for _ in range(2):
        left = 1.0 - m * r * r * r
        r = fma(r * left, fma(left, x.like(2 / 9), x.like(1 / 3)), r)
    root = m * r * r
    root = fma(fma(-(root * root), root, m), r * r * (1 / 3), root)
    k = k - kernel.where(tiny, x.like(step / 3), 0.0)
    result = root * _factor((k + shift + form.bias).bits(), form)
    ordinary = (y > 0.0) & (y < _INFINITY)
    return _with_sign_of(x, kernel.where(ordinary, result, x))
