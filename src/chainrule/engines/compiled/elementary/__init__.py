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

from chainrule.engines.compiled.elementary.circular import (
    arctan,
    cos,
    sin,
)
from chainrule.engines.compiled.elementary.exponentials import (
    cosh,
    exp,
    exp2,
    exp_of_negative,
    expit,
    expm1,
    sinh,
    tanh,
)
from chainrule.engines.compiled.elementary.logarithms import (
    log,
    log1p,
    log1p_of_share,
    log2,
    log10,
    logaddexp,
    softplus,
)
from chainrule.engines.compiled.elementary.normal import (
    erf,
    ndtr,
)
from chainrule.engines.compiled.elementary.plain import (
    absolute,
    ceil,
    floor,
    maximum,
    minimum,
    reciprocal,
    rint,
    sign,
    sqrt,
    square,
)
from chainrule.engines.compiled.elementary.powers import (
    cbrt,
    power,
)

__all__ = [
    "absolute",
    "arctan",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "erf",
    "exp",
    "exp2",
    "exp_of_negative",
    "expit",
    "expm1",
    "floor",
    "log",
    "log1p",
    "log1p_of_share",
    "log2",
    "log10",
    "logaddexp",
    "maximum",
    "minimum",
    "ndtr",
    "power",
    "reciprocal",
    "rint",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "square",
    "tanh",
]
