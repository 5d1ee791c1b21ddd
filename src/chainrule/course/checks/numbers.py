"""Compare a learner's numbers with right numbers, and name the first difference.

Only values count: a float, an array of one entry, float32 and a list of lists are all accepted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.numerals import number

BETWEEN_0_AND_1 = np.nan
"""A right value that stands for any number from 0 to 1, as for a slope at a kink."""


def matches(got: Any, want: Any, tolerance: float = 1e-6, *, free: bool = True) -> bool:
    """Return True if numbers equal the wanted numbers, whatever their type.

    A single number may be a float or an array of one entry; several numbers need the wanted shape.
    A wanted NaN stands for any number from 0 to 1, or, if not `free`, for NaN.

    Examples
    --------
    >>> matches(np.array([[0.5]]), 0.5), matches([1, 2], np.array([1.0, 2.0])), matches(None, 0.5)
    (True, True, False)
    """
    numbers, wanted = numbers_in(got), np.asarray(want, float)
    if numbers is None or numbers.size != wanted.size:
        return False
    if wanted.size == 1:
        numbers, wanted = numbers.reshape(1), wanted.reshape(1)
    if numbers.shape != wanted.shape:
        return False
    any_number = np.isnan(wanted) if free else np.zeros(wanted.shape, bool)
    if np.asarray(got).dtype in (np.float32, np.float16):
        tolerance = max(tolerance, 1e-3 if np.asarray(got).dtype == np.float16 else 1e-5)
    near = np.isclose(
        numbers, wanted, rtol=tolerance, atol=1e-9 + tolerance * 1e-3, equal_nan=not free
    )
    return bool(np.where(any_number, (numbers >= 0) & (numbers <= 1), near).all())


def numbers_in(value: Any) -> Any:
    """Return a value as a float64 array; None if it is not numeric."""
    if value is None:
        return None
    try:
        return np.asarray(value, float)
    except (TypeError, ValueError, OverflowError):
        return None


def abbreviated(value: Any) -> str:
    """Return a value on one line, shortened.

    Examples
    --------
    >>> abbreviated(-0.5), abbreviated(np.array([[1.0], [2.0]])), abbreviated([1, 2, 3, 4, 5, 6])
    ('−0.5', '[[1], [2]]', '[1, 2, 3, 4, …]')
    """
    try:
        return _abbreviated(value)
    except Exception:  # a value may be anything, and its repr may fail
        return f"a {type(value).__name__}"


def _abbreviated(value: Any) -> str:
    if isinstance(value, int | float | np.number | np.bool_):
        return number(float(value))
    if isinstance(value, list | tuple) or np.ndim(value):
        shown = ", ".join(abbreviated(entry) for entry in value[:4])
        return f"[{shown}{', …' if len(value) > 4 else ''}]"
    return " ".join(repr(value).split())[:60]


def difference(name: str, got: Any, want: Any, tolerance: float = 1e-6) -> str:
    """Describe the first differing entry: its value and the right value."""
    wanted = np.asarray(want, float)
    shape = f"of shape {wanted.shape}" if wanted.size > 1 else ""
    numbers = numbers_in(got)
    if got is None:
        return f"{name} is None; right is {f'an array {shape}' if shape else _right_number(wanted)}"
    if numbers is None:
        return (
            f"{name} is {abbreviated(got)}, not a number; right is {shape or _right_number(wanted)}"
        )
    if numbers.size != wanted.size or (wanted.size > 1 and numbers.shape != wanted.shape):
        right = f"{wanted.shape}" if wanted.size > 1 else "one number"
        return f"{name} has the shape {numbers.shape}; right is {right}"
    for at in np.ndindex(wanted.shape):
        one = numbers[at] if numbers.shape == wanted.shape else numbers.ravel()[0]
        if not matches(one, wanted[at], tolerance):
            place = f"[{', '.join(map(str, at))}]" if wanted.size > 1 else ""
            return f"{name}{place} is {number(one)}; right is {_right_number(wanted[at])}"
    return f"{name} differs"


def _right_number(value: Any) -> str:
    value = float(np.asarray(value).reshape(-1)[0])
    return "any number from 0 to 1" if np.isnan(value) else number(value)
