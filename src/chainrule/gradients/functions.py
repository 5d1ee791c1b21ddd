"""Any function beside its derivative: the outputs for an array decide the derivative's kind.

    as many numbers, each of its own input alone    elementwise: f′, a number for each
    one number of all                               a gradient ∂f, an entry for each input
    other numbers                                   a matrix ∂f: a row for each, a column per input

An elementwise function is never assumed. While one input is moved, all outputs are watched.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainrule.arrays import Array
from chainrule.gradients.calls import steady
from chainrule.gradients.differences import Compared, Differences, differences
from chainrule.gradients.elementwise import Called, called_on, elementwise_slopes
from chainrule.gradients.factors import factor_notes
from chainrule.gradients.learners import floats

_Z = np.linspace(-6.0, 6.0, 49)  # with 0, where kinks are


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
        called = called_on("f", f, z)
        values = steady("f", lambda: called.of(z))
        if not np.isfinite(values).any():
            raise ValueError("f is not finite at any number of x: give others")
        slopes = called_on(
            "derivative", derivative, z, called.one_by_one or values.shape == z.shape
        )
        formula = steady("derivative", lambda: slopes.of(z))
        kind = _kind(z, values, formula)
        if kind is not elementwise_slopes:
            (one,) = compared = [_whole(called, z, values, formula)]
            return compared, factor_notes(compared, tolerance)
        values = values.reshape(z.shape)
        found = elementwise_slopes(called, z, values)
        one = Compared("f′(z)" if x is None else "f′", _for_each(formula, z), found)
        return [one], [*_remarks(called, values, formula), *_causes(one, slopes, values, tolerance)]


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
    return elementwise_slopes


def _require_shape(formula: Array, wanted: tuple[int, ...], z: Array) -> None:
    if formula.shape != wanted:
        raise ValueError(
            f"the derivative of {z.shape} numbers has the shape {formula.shape}; it must be "
            f"{wanted}"
        )


def _for_each(formula: Array, z: Array) -> Array:
    return formula.reshape(z.shape) if z.size == 1 else np.broadcast_to(formula, z.shape)


def _whole(called: Called, z: Array, values: Array, formula: Array) -> Compared:
    """Compare the derivatives of every output by every input, moved in the whole x."""
    found = [
        differences(lambda output=output: float(called.of(z).ravel()[output]), z)  # type: ignore[misc]
        for output in range(values.size)
    ]
    shape = z.shape if values.size == 1 else formula.shape
    return Compared("∂f", formula, Differences(*_stacked(found, shape)))


def _stacked(found: list[Differences], shape: tuple[int, ...]) -> list[Any]:
    return [np.array(part).reshape(shape) for part in zip(*found, strict=True)]


def _remarks(called: Called, values: Array, formula: Array) -> list[str]:
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


def _causes(one: Compared, slopes: Called, values: Array, tolerance: float) -> list[str]:
    """Say what explains an f′ that is wrong."""
    if one.worst[0] <= tolerance:
        return []
    if _agrees_at_a(one, slopes, values, tolerance):
        return ["it agrees if it is given a = f(z): f′ is asked for z"]
    return factor_notes([one], tolerance, causes=False)


def _agrees_at_a(one: Compared, slopes: Called, values: Array, tolerance: float) -> bool:
    try:
        formula = _for_each(slopes.of(values), values)
    except Exception:  # it is not made for a, then
        return False
    found = Differences(one.differences, np.zeros_like(values), one.skipped, one.unseen)
    at_a = Compared("", formula, found)
    return not at_a.skipped.all() and at_a.worst[0] <= tolerance
