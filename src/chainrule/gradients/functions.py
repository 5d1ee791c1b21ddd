"""Any function beside its derivative: what it makes of an array says what its derivative is.

    as many numbers, each of its own input alone    elementwise: f′, a number for each
    one number of all                               a gradient ∂f, an entry for each input
    other numbers                                   a matrix ∂f: a row for each, a column per input

An elementwise function is never assumed. While one input is moved, all outputs are watched.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from chainrule.arrays import Array
from chainrule.gradients.calls import numbers_of, steady, told
from chainrule.gradients.differences import Compared, Differences, derivative_at, differences
from chainrule.gradients.factors import factor_notes
from chainrule.gradients.learners import floats

_Z = np.linspace(-6.0, 6.0, 49)  # with 0, where kinks are
_STILL = 1e-12  # an output that moves less, as a share, has not moved


class _Called(NamedTuple):
    """A function of arrays; `one_by_one` where it takes single numbers alone."""

    of: Callable[[Array], Array]
    one_by_one: bool


def of_function(
    f: Callable[[Any], Any],
    derivative: Callable[[Any], Any],
    x: ArrayLike | None,
    tolerance: float,
) -> tuple[list[Compared], list[str]]:
    """Compare a function's derivative with differences, as the function's kind asks.

    Raises
    ------
    TypeError, ValueError
        If f or its derivative cannot be called, gives no numbers, other numbers at every call, or
        numbers of a shape that fits no kind of function.
    """
    z = floats("x", _Z if x is None else x)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of an array of one number for it
        called = _called("f", f, z)
        values = steady("f", lambda: called.of(z))
        if not np.isfinite(values).any():
            raise ValueError("f is not finite at any number of x: give others")
        slopes = _called("derivative", derivative, z, called.one_by_one or values.shape == z.shape)
        formula = steady("derivative", lambda: slopes.of(z))
        kind = _kind(z, values, formula)
        if kind is not _elementwise:
            (one,) = compared = [_whole(called, z, values, formula)]
            return compared, factor_notes(compared, tolerance)
        values = values.reshape(z.shape)
        found = _elementwise(called, z, values)
        one = Compared("f′(z)" if x is None else "f′", _for_each(formula, z), found)
        return [one], [*_remarks(called, values, formula), *_causes(one, slopes, values, tolerance)]


def _called(name: str, function: Any, z: Array, elementwise: bool = True) -> _Called:
    """Return a function as one of arrays: called once, or number by number where that fails."""
    try:
        numbers_of(name, function(z.copy()[()]))
        return _Called(lambda z: numbers_of(name, function(z.copy()[()])), False)
    except Exception as error:
        if not elementwise or not z.ndim or _is_said(error, name):
            _refuse(name, f"on an array of shape {z.shape}: {told(error)}", error)
        try:
            _one_by_one(name, function, z)
        except Exception as second:
            why = f"on an array of shape {z.shape} ({told(error)}) and number by number"
            _refuse(name, f"{why} ({told(second)})", error)
        return _Called(lambda z: _one_by_one(name, function, z), True)


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


def _kind(z: Array, values: Array, formula: Array) -> Callable[..., Any]:
    """Return how to take the differences, once the shapes fit.

    Raises
    ------
    ValueError
        If they fit no kind.
    """
    as_matrix = values.size > 1 and formula.shape == (values.size, z.size) != z.shape
    if values.size == 1 != z.size or as_matrix:
        wanted = (values.size, z.size) if as_matrix else z.shape
        if formula.size == 1 != z.size:
            raise ValueError(f"the derivative is one number for {z.size}; ∂f has one for each")
        _require_shape(formula, wanted, z)
        return _whole
    if values.shape != z.shape and values.size != 1:
        raise ValueError(
            f"f makes {values.shape} of {z.shape}: give an f that makes one number of each, or one "
            f"of all, or a derivative of shape ({values.size}, {z.size}), a row for each output"
        )
    if formula.size != 1:
        _require_shape(formula, z.shape, z)
    return _elementwise


def _require_shape(formula: Array, wanted: tuple[int, ...], z: Array) -> None:
    if formula.shape != wanted:
        raise ValueError(
            f"the derivative of {z.shape} numbers has the shape {formula.shape}; it must be "
            f"{wanted}"
        )


def _for_each(formula: Array, z: Array) -> Array:
    return formula.reshape(z.shape) if z.size == 1 else np.broadcast_to(formula, z.shape)


def _whole(called: _Called, z: Array, values: Array, formula: Array) -> Compared:
    """Compare the derivatives of every output by every input, moved in the whole x."""
    found = [
        differences(lambda output=output: float(called.of(z).ravel()[output]), z)  # type: ignore[misc]
        for output in range(values.size)
    ]
    shape = z.shape if values.size == 1 else formula.shape
    return Compared("∂f", formula, Differences(*_stacked(found, shape)))


def _stacked(found: list[Differences], shape: tuple[int, ...]) -> list[Any]:
    return [np.array(part).reshape(shape) for part in zip(*found, strict=True)]


def _elementwise(called: _Called, z: Array, values: Array) -> Differences:
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


def _remarks(called: _Called, values: Array, formula: Array) -> list[str]:
    """Say what of the function is not as usual."""
    notes = []
    if called.one_by_one and values.size > 1:
        notes.append("f takes no arrays: it got number by number")
    if formula.size == 1 < values.size:
        notes.append(f"the derivative is one number for {values.size}: it is taken for each")
    if not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        notes.append(f"f is not finite at {count} of {values.size} numbers, which are skipped")
    return notes


def _causes(one: Compared, slopes: _Called, values: Array, tolerance: float) -> list[str]:
    """Say what explains an f′ that is wrong."""
    if one.worst[0] <= tolerance:
        return []
    if _agrees_at_a(one, slopes, values, tolerance):
        return ["it agrees if it is given a = f(z): f′ is asked for z"]
    return factor_notes([one], tolerance, causes=False)


def _agrees_at_a(one: Compared, slopes: _Called, values: Array, tolerance: float) -> bool:
    try:
        formula = _for_each(slopes.of(values), values)
    except Exception:  # it is not made for a, then
        return False
    found = Differences(one.differences, np.zeros_like(values), one.skipped, one.unseen)
    at_a = Compared("", formula, found)
    return not at_a.skipped.all() and at_a.worst[0] <= tolerance
