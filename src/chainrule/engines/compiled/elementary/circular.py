"""The circular functions.

x = n·π/2 + r,   |r| <= π/4
"""

from __future__ import annotations

import math

from chainrule.engines.compiled.elementary.formats import format_of, polynomial, with_sign_of
from chainrule.engines.compiled.elementary.plain import absolute
from chainrule.engines.compiled.values import Value

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
    form, kernel = format_of(x), x.kernel
    fma = kernel.fma
    shift = x.like(1.5 * 2.0**form.digits)
    shifted = fma(x, x.like(2 / math.pi), shift)
    n, r = shifted - shift, x
    for part in form.half_pi:
        r = fma(n, x.like(-part), r)
    z = r * r
    sine = fma(r * z, polynomial(z, _SIN[x.size]), r)
    cosine = fma(z * z, polynomial(z, _COS[x.size]), fma(z, x.like(-0.5), x.like(1.0)))
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
    form, where = format_of(x), x.kernel.where
    y = absolute(x)
    steep, flat = y > math.tan(3 * math.pi / 8), y <= math.tan(math.pi / 8)
    # arctan y = π/2 + arctan(-1/y) = π/4 + arctan((y - 1)/(y + 1))
    above = where(steep, y.like(-1.0), where(flat, y, y - 1.0))
    below = where(steep, y, where(flat, y.like(1.0), y + 1.0))
    t = above / below
    z = t * t
    quarters = where(steep, y.like(2.0), where(flat, y.like(0.0), 1.0))
    rest = x.kernel.fma(
        quarters, y.like(form.half_pi[1] / 2), t * z * polynomial(z, _ARCTAN[x.size])
    )
    return with_sign_of(x, x.kernel.fma(quarters, y.like(form.half_pi[0] / 2), t + rest))
