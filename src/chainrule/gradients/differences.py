"""Derivatives by central differences, with how much they can be trusted.

    ∂f/∂θ ≈ (8 (f(θ+h) − f(θ−h)) − (f(θ+2h) − f(θ−2h))) / 12h          (error of the order h⁴)

is taken with smaller and smaller h, until two agree. The rounding of f, divided by h, is what no
difference can see. At a kink (relu at 0) the slopes to the left and to the right do not draw nearer
as h shrinks; there a formula cannot be held to either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    unseen : array of bool
        Where nobody looked.
    """

    slopes: Array
    rounding: Array
    kinks: NDArray[np.bool_]
    unseen: NDArray[np.bool_]


def differences(
    f: Callable[[], float], numbers: Array, entries: Iterable[tuple[int, ...]] | None = None
) -> Differences:
    """Return ∂f/∂numbers.

    Parameters
    ----------
    f : callable
        Reads `numbers`, which are moved and moved back.
    numbers : array of float64
    entries : iterable of tuple of int, optional
        The entries to look at; of the others nothing is known, and `unseen` says so.
    """
    shape = numbers.shape
    unseen = np.full(shape, entries is not None)
    here = f()
    found = Differences(np.zeros(shape), np.zeros(shape), np.zeros(shape, bool), unseen)
    for at in np.ndindex(shape) if entries is None else entries:
        one = derivative_at(f, numbers, at, here)
        for array, value in zip(found, (*one, False), strict=True):
            array[at] = value
    return found


def derivative_at(
    f: Callable[[], float], numbers: Array, at: tuple[int, ...], here: float
) -> tuple[float, float, bool]:
    """Return one entry's ∂f/∂numbers, its rounding, and if there is a kink; f is `here` now."""
    kept = float(numbers[at])

    def along(step: float) -> float:
        numbers[at] = kept + step
        return f()

    try:
        return _derivative(along, here, max(1.0, abs(kept)))
    finally:
        numbers[at] = kept


class _Slope(NamedTuple):
    """A derivative by one step size, the rounding error, and the gap of the one-sided slopes."""

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
            if now.rounding < apart:
                return now.value, now.rounding, False
            return before.value, apart + now.rounding, False  # nobody has seen it nearer
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
    kinks, faint, unseen : array of bool
        Entries that are skipped: there is a kink, or the entry is so small that it is lost in the
        rounding of the differences, or nobody looked at it.
    errors : array
        |formula − differences|, without what rounding may explain, as a share of the larger one;
        NaN where skipped.
    """

    def __init__(
        self, name: str, formula: Array, found: Differences, rounding: float = 0.0
    ) -> None:
        self.name, self.formula, self.differences = name, formula, found.slopes
        self.kinks, self.unseen = found.kinks, found.unseen
        rounded = found.rounding + rounding
        size = np.maximum(np.abs(formula), np.abs(found.slopes))
        with np.errstate(invalid="ignore"):
            apart = np.abs(formula - found.slopes)
            self.faint = (apart <= rounded) & (apart > 0) & (rounded > _FAINT * size)
            self.faint &= ~(self.kinks | self.unseen)
            errors = np.maximum(0.0, apart - rounded) / np.where(size > 0, size, 1.0)
        errors = np.where(np.isfinite(errors), errors, np.inf)  # a NaN is wrong
        self.errors: Array = np.where(self.skipped, np.nan, errors)

    @property
    def skipped(self) -> NDArray[np.bool_]:
        """Which entries could not be compared."""
        return self.kinks | self.faint | self.unseen

    @property
    def worst(self) -> tuple[float, tuple[int, ...]]:
        """The largest error and the entry that has it."""
        errors = np.where(self.skipped, -1.0, self.errors)
        if errors.size == 0 or errors.max() < 0:
            return 0.0, ()
        at = np.unravel_index(int(np.argmax(errors)), errors.shape)
        return float(errors[at]), tuple(int(i) for i in at)


def compare(name: str, formula: ArrayLike, found: Differences, rounding: float = 0.0) -> Compared:
    """Return what both say of a quantity.

    Raises
    ------
    ValueError
        If the formula gives an array of another shape.
    """
    formula = np.asarray(formula, float)
    if formula.shape != found.slopes.shape:
        raise ValueError(f"{name} has the shape {formula.shape}; it must be {found.slopes.shape}")
    return Compared(name, formula, found, rounding)
