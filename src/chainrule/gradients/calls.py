"""Requirements on any function's results, checked before a difference of two is trusted.

The results must be numbers, in float64, and the same ones for the same input.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.arrays import Array

_CALLS = 8  # dropout of half of the time of one neuron shows itself but for 1 time in 128
_SAME = 1e-10  # as a share: below it are sums of another order alone


def numbers_of(name: str, value: Any) -> Array:
    """Return what a function gave, as a new array in float64.

    Raises
    ------
    TypeError
        If it is no numbers, or is in float32, whose rounding hides differences.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(0, object)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must return numbers, got {value!r:.80}")
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        raise TypeError(
            f"{name} computes in {array.dtype}, too coarse for differences: let it compute in "
            "float64"
        )
    return np.array(array, np.float64)


def same(one: Array, other: Array) -> bool:
    """Say whether two results are the same but for the order of a sum."""
    return one.shape == other.shape and np.allclose(
        one, other, rtol=_SAME, atol=_SAME * _size(one), equal_nan=True
    )


def _size(numbers: Array) -> float:
    finite = np.abs(numbers[np.isfinite(numbers)])
    return float(finite.max(initial=0.0)) * 1e-3


def steady(name: str, function: Callable[[], Array]) -> Array:
    """Return a function's result.

    Raises
    ------
    ValueError
        If it gives another one when it is called again.
    """
    first = function()
    if not all(same(first, function()) for _ in range(_CALLS - 1)):
        raise ValueError(
            f"{name} gives two results for the same input (dropout? noise? a random batch?): "
            "switch it off, or fix its seed"
        )
    return first


def told(error: Exception) -> str:
    """Return an error's type and the first line of the message, shortened."""
    return ": ".join([type(error).__name__, *str(error).splitlines()[:1]])[:200]
