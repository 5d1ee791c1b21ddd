"""A learner's function as one of arrays, and f′ of every number if it is elementwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.gradients.calls import numbers_of, told
from chainrule.gradients.differences import Differences, derivative_at

_STILL = 1e-12  # an output that moves less, as a share, has not moved


class Called(NamedTuple):
    """A function of arrays; `one_by_one` where it takes single numbers alone."""

    of: Callable[[Array], Array]
    one_by_one: bool


def called_on(name: str, function: Any, z: Array, elementwise: bool = True) -> Called:
    """Return a function as one of arrays: called once, or number by number where that fails."""
    try:
        numbers_of(name, function(z.copy()[()]))
        return Called(lambda z: numbers_of(name, function(z.copy()[()])), False)
    except Exception as error:
        if not elementwise or not z.ndim or _is_said(error, name):
            _refuse(name, f"on an array of shape {z.shape}: {told(error)}", error)
        try:
            _one_by_one(name, function, z)
        except Exception as second:
            alone = "" if told(second) == told(error) else f": {told(second)}"
            why = f"on an array of shape {z.shape}: {told(error)}; and number by number"
            _refuse(name, why + alone, error)
        return Called(lambda z: _one_by_one(name, function, z), True)


def _is_said(error: Exception, name: str) -> bool:
    return isinstance(error, TypeError) and str(error).startswith((f"{name} must", f"{name} comp"))


def _refuse(name: str, why: str, error: Exception) -> None:
    if _is_said(error, name):
        raise error
    raise TypeError(f"{name} fails {why}") from error


def _one_by_one(name: str, function: Callable[[Any], Any], z: Array) -> Array:
    """Call a function with each number; where it raises, as math.log(0.0) does, it is NaN."""
    results, errors = np.full(z.shape, np.nan), []
    for at in np.ndindex(z.shape):
        try:
            result = function(z[at])
        except (ArithmeticError, ValueError) as error:
            errors.append(error)
        else:
            results[at] = numbers_of(name, result).reshape(())
    if len(errors) == max(z.size, 2):  # all of several
        raise errors[0]
    return results


def elementwise_slopes(called: Called, z: Array, values: Array) -> Differences:
    """Return f′ of every number, watching that no output moves but its own.

    Raises
    ------
    ValueError
        If another one does: f is not elementwise.
    """
    slopes, rounding = np.zeros(z.shape), np.zeros(z.shape)
    nowhere = np.array(~np.isfinite(values))
    still = _STILL * np.maximum(np.abs(values), np.abs(values[~nowhere]).max() * 1e-3)

    def own(at: tuple[int, ...]) -> float:
        if called.one_by_one:
            return float(called.of(z[at]))
        now = called.of(z).reshape(z.shape)
        moved = np.array(~(np.abs(now - values) <= still) & ~nowhere)
        moved[at] = False
        if moved.any():
            raise ValueError(_not_elementwise(np.argwhere(moved)[0], at, z.size))
        return float(now[at])

    for at in np.ndindex(z.shape):
        slopes[at], rounding[at], kink = derivative_at(
            lambda at=at: own(at), z, at, float(values[at])  # type: ignore[misc]
        )  # fmt: skip
        nowhere[at] |= kink or not np.isfinite(slopes[at])
    return Differences(slopes, rounding, nowhere, np.zeros(z.shape, bool))


def _not_elementwise(output: Any, at: tuple[int, ...], size: int) -> str:
    row, column = (", ".join(map(str, place)) for place in (output, at))
    return (
        f"output {row} (counted from 0) depends on input {column}: f is no elementwise function, "
        f"so that one f′ for each number says too little; give the ({size}, {size}) matrix of "
        "derivatives, or a loss that is one number, as lambda z: np.sum(c * f(z)) with its gradient"
    )
