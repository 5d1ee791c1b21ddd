"""Derivatives by central differences, with how much they can be trusted.

    ∂f/∂θ ≈ (8 (f(θ+h) − f(θ−h)) − (f(θ+2h) − f(θ−2h))) / 12h          (error of the order h⁴)

is taken with smaller and smaller h, until two agree. The rounding of f, divided by h, is what no
difference can see. At a kink (relu at 0) the slopes to the left and to the right do not draw nearer
as h shrinks; there a formula cannot be held to either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array

_STEPS = (1e-3, 1e-4, 1e-5, 1e-6)  # h, times the size of what is moved where that is above 1
_OPERATIONS = 100  # so many roundings of f may add up; their sum grows with the root of the number
_AGREEING = 1e-7  # as a share: two steps that agree so far need no third
_FAINT = 1e-2  # a rounding that is a larger share of the derivative hides it


class Differences(NamedTuple):
    """What central differences say of f's derivatives.

    Attributes
    ----------
    slopes : array
    rounding : array
        How far each may be off by rounding.
    kinks : array of bool
        Where f has no derivative, or none that any step can see.
    """

    slopes: Array
    rounding: Array
    kinks: NDArray[np.bool_]


def differences(f: Callable[[], float], numbers: Array) -> Differences:
    """Return ∂f/∂numbers.

    Parameters
    ----------
    f : callable
        Reads `numbers`, which are moved and moved back.
    numbers : array of float64
    """
    found = Differences(
        np.empty(numbers.shape), np.empty(numbers.shape), np.zeros(numbers.shape, bool)
    )
    here = f()
    for at in np.ndindex(numbers.shape):
        kept = float(numbers[at])

        def along(step: float, at: tuple[int, ...] = at, kept: float = kept) -> float:
            numbers[at] = kept + step
            return f()

        one = _derivative(along, here, max(1.0, abs(kept)))
        numbers[at] = kept
        for array, value in zip(found, one, strict=True):
            array[at] = value
    return found


class _Slope(NamedTuple):
    """A derivative by one step: its rounding, and how far its left and right slopes differ."""

    value: float
    rounding: float
    bend: float


def _derivative(f: Callable[[float], float], here: float, size: float) -> tuple[float, float, bool]:
    """Return ∂f/∂θ at 0, its rounding, and whether there is a kink."""
    before = _slope(f, here, 10 * _STEPS[0] * size)
    for step in _STEPS:
        now = _slope(f, here, step * size)
        rounding = before.rounding + now.rounding
        agree = abs(now.value - before.value) <= rounding + _AGREEING * abs(now.value)
        straight = now.bend <= max(now.rounding, 0.5 * before.bend)  # it shrinks as h does: to 1/10
        if agree and straight:
            apart = abs(now.value - before.value)  # about the error of the larger step
            best = now if now.rounding < apart else before
            return best.value, best.rounding, False
        before = now
    return now.value, now.rounding, bool(np.isfinite(now.value))


def _slope(f: Callable[[float], float], here: float, h: float) -> _Slope:
    right, left, far_right, far_left = f(h), f(-h), f(2 * h), f(-2 * h)
    value = (8 * (right - left) - (far_right - far_left)) / (12 * h)
    size = max(abs(here), abs(right), abs(left), abs(far_right), abs(far_left))
    rounding = _OPERATIONS * np.finfo(float).eps * size / h
    return _Slope(value, rounding, abs(right - 2 * here + left) / h)


class Compared:
    """One quantity's derivatives by formula and by differences.

    Parameters
    ----------
    name : str
    formula : array
    found : Differences
    rounding : float
        How far the formula itself may be off by rounding, as where it comes out in float32.

    Attributes
    ----------
    name, formula
    differences : array
    kinks, faint : array of bool
        Entries that are skipped: there is a kink, or the entry is so small that it is lost in the
        rounding of the differences.
    errors : array
        |formula − differences|, without what rounding may explain, as a share of the larger one;
        NaN where skipped.
    """

    def __init__(
        self, name: str, formula: Array, found: Differences, rounding: float = 0.0
    ) -> None:
        self.name, self.formula, self.differences = name, formula, found.slopes
        self.kinks = found.kinks
        rounded = found.rounding + rounding
        size = np.maximum(np.abs(formula), np.abs(found.slopes))
        with np.errstate(invalid="ignore"):
            apart = np.abs(formula - found.slopes)
            self.faint = (apart <= rounded) & (apart > 0) & (rounded > _FAINT * size) & ~self.kinks
            errors = np.maximum(0.0, apart - rounded) / np.where(size > 0, size, 1.0)
        errors = np.where(np.isfinite(errors), errors, np.inf)  # a NaN is wrong
        self.errors: Array = np.where(self.skipped, np.nan, errors)

    @property
    def skipped(self) -> NDArray[np.bool_]:
        """Which entries could not be compared."""
        return self.kinks | self.faint

    @property
    def worst(self) -> tuple[float, tuple[int, ...]]:
        """The largest error and the entry that has it."""
        errors = np.where(self.skipped, -1.0, self.errors)
        if errors.size == 0 or errors.max() < 0:
            return 0.0, ()
        at = np.unravel_index(int(np.argmax(errors)), errors.shape)
        return float(errors[at]), tuple(int(i) for i in at)
