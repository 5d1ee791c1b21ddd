"""A constant factor between formulas and differences: often the whole mistake."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from chainrule.gradients.differences import Compared
from chainrule.numerals import number

_CONSTANT = 1e-6  # so far may a factor vary, as a share
_TOLD = 5e-4  # what is nearer to 1 reads as 1
_LARGEST = 1000  # denominator that is told as a fraction


def factor_notes(compared: Sequence[Compared], tolerance: float, causes: bool = True) -> list[str]:
    """Report formulas off by a constant factor, with the likely causes if asked."""
    factors = {
        one.name: factor for one in compared if (factor := _factor(one, tolerance)) is not None
    }
    wrong = {name: factor for name, factor in factors.items() if abs(factor - 1) > _TOLD}
    if len(wrong) == len(factors) and len(wrong) > 1 and _one(list(wrong.values())):
        return [f"all gradients are the differences times {_shown(next(iter(wrong.values())))}"]
    entries = {one.name: int((~one.skipped).sum()) for one in compared}
    told: dict[str, list[str]] = {}
    for name, factor in wrong.items():
        if entries[name] > 1 or abs(factor + 1) <= _CONSTANT:  # one entry has some factor anyhow
            told.setdefault(_shown(factor, causes), []).append(name)
    return [
        f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} the differences times {what}"
        for what, names in told.items()
    ]


def _factor(one: Compared, tolerance: float) -> float | None:
    """Return the factor of all entries; NaN if there is none, None if all entries are 0."""
    seen = ~one.skipped
    formula, differences = one.formula[seen], one.differences[seen]
    if not seen.any() or (not differences.any() and not formula.any()):
        return None
    if one.worst[0] <= tolerance:
        return 1.0
    at = int(np.argmax(np.abs(differences)))
    if not differences[at] or not np.isfinite(formula).all():
        return np.nan
    factor = float(formula[at] / differences[at])
    apart = np.abs(formula - factor * differences).max()
    return factor if apart <= _CONSTANT * np.abs(formula).max() else np.nan


def _one(factors: Sequence[float]) -> bool:
    return bool(np.ptp(factors) <= 2 * _CONSTANT * abs(factors[0]))


def _shown(factor: float, causes: bool = True) -> str:
    if factor == 0:
        return "0"
    fraction = Fraction(factor).limit_denominator(_LARGEST)
    if abs(float(fraction) - factor) > _CONSTANT * abs(factor):
        return number(factor)
    told = str(fraction).replace("-", "−")
    return told + _cause(abs(fraction), fraction < 0) if causes or fraction == -1 else told


def _cause(size: Fraction, negative: bool) -> str:
    sign = "the sign is turned"
    if size == 1:
        return f": {sign}"
    if size in (2, Fraction(1, 2)):
        cause = "the 2 of a square, a sum in place of a mean?"
    elif size.denominator == 1:
        cause = "a sum in place of a mean?"
    elif size.numerator == 1:
        cause = "a mean in place of a sum, or divided twice?"
    else:
        cause = "a count of samples or outputs, or the 2 of a square?"
    return f": {cause}" + (f" and {sign}" if negative else "")
