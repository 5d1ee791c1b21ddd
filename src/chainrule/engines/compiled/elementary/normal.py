"""The normal distribution: erf and ndtr.

    erfc y = e^(-y²) · P(t)/(y + 3),   t = (y - 3)/(y + 3)

and likewise the normal's tail: what is left beside e^(-y²) is smooth in t.
"""

from __future__ import annotations

from chainrule.engines.compiled.elementary.exponentials import (
    exp_near_0,
    expm1_near_0,
    exponent_and_rest,
    power_of_two,
    scaled,
)
from chainrule.engines.compiled.elementary.formats import (
    at_most,
    format_of,
    polynomial,
    with_sign_of,
)
from chainrule.engines.compiled.elementary.plain import absolute
from chainrule.engines.compiled.values import Value

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
    return w * polynomial(y.kernel.fma(y.like(-2 * centre), w, y.like(1.0)), coefficients)


def erf(x: Value) -> Value:
    """Return the error function, within 2 ulp."""
    form, kernel, size = format_of(x), x.kernel, x.size
    y = at_most(absolute(x), form.erf_above)
    small = kernel.fma(y, polynomial(y * y, _ERF[size]), y)
    bits, r = exponent_and_rest(-(y * y), form.bias)
    power = exp_near_0(r) * power_of_two(bits, form)
    large = 1.0 - power * _tail(y, 3.0, _ERFC[size])
    return with_sign_of(x, kernel.where(y > 1.0, large, small))


def ndtr(x: Value) -> Value:
    """Return the area under the normal curve on the left of x, within 4 ulp in both tails."""
    form, kernel, fma = format_of(x), x.kernel, x.kernel.fma
    centre, coefficients = _NDTR_CENTRE[x.size], _NDTR[x.size]
    y = at_most(absolute(x), -form.ndtr_below)
    squared = y * y
    lost = fma(y, y, -squared)  # by rounding: a relative error of e^(-y²/2)
    bits, r = exponent_and_rest(-0.5 * squared, 2 * form.bias)
    w = 1.0 / (y + centre)
    off = fma(-w, y, fma(-w, x.like(centre), x.like(1.0)))  # w·(1 + off) is nearer to it, and t
    t = fma(w * off, x.like(-2 * centre), fma(w, x.like(-2 * centre), x.like(1.0)))
    tail = w * polynomial(t, coefficients)
    left = scaled(fma(tail, expm1_near_0(r - 0.5 * lost) + off, tail), bits)
    near = fma(x, polynomial(squared, _NDTR_NEAR_0[x.size]), x.like(0.5))
    return kernel.where(y < 0.7, near, kernel.where(x > 0.0, 1.0 - left, left))
