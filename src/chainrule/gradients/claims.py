"""What a program takes for its gradients: given, computed by a function, or seen in an update."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.gradients.bound import bound, takes_rate
from chainrule.gradients.calls import same
from chainrule.gradients.pairing import Pairs, gradient_name, paired
from chainrule.gradients.parameters import Parameter, collect
from chainrule.gradients.programs import Program

_EPS, _EPS32 = float(np.finfo(float).eps), float(np.finfo(np.float32).eps)


class Claim(NamedTuple):
    """A parameter's gradient as the program has it.

    Attributes
    ----------
    parameter : Parameter
    name : str
        The gradient's own name, for messages.
    values : array
    rounding : float
        How far the values may be off by rounding.
    """

    parameter: Parameter
    name: str
    values: Array
    rounding: float


class Claims(NamedTuple):
    """All gradients of a program.

    Attributes
    ----------
    of : list of Claim
    without : list of Parameter
        What has no gradient.
    notes : list of str
    unsteady : str
        What to say if the gradients were others at the second call; empty if they were the same.
    """

    of: list[Claim]
    without: list[Parameter]
    notes: list[str]
    unsteady: str = ""


def given(program: Program, gradients: Any) -> Claims:
    """Return the gradients of a structure like the parameters, or of a function that makes one."""
    if not callable(gradients):
        return _claims(program, collect(gradients), beside=gradients is program.container)
    call = bound("gradients", gradients, program.container)
    result = call()
    beside = result is None or result is program.container
    first = collect(program.container if beside else result)
    program.reset()
    again = call()
    second = collect(program.container if beside else again)
    program.reset()
    program.require_same_loss("gradients")
    unsteady = "" if _all_same(first, second) else (
        "gradients gives other results when it is called again (dropout? noise? sums that are not "
        "begun at 0 again?): switch it off, or fix its seed"
    )  # fmt: skip
    return _claims(program, first, beside)._replace(unsteady=unsteady)


def _all_same(first: Sequence[Parameter], second: Sequence[Parameter]) -> bool:
    later = {one.path: one.saved for one in second}
    return all(one.path in later and same(one.saved, later[one.path]) for one in first)


def _claims(program: Program, gradients: list[Parameter], beside: bool) -> Claims:
    if not gradients:
        raise TypeError("gradients hold no numbers: give the parameters' structure, or a function")
    pairs = paired(program.held, gradients, beside)
    notes = []
    named = [gradient_name(one) for one in pairs.left]
    if named and not beside and all(one.surely for one in pairs.left):
        notes.append(f"gradients of no parameter: {', '.join(named[:8])}")
    if any(_is_coarse(gradient) for _, gradient in pairs.of):
        notes.append("gradients in float32 are held to its digits alone")
    return Claims([_claim(*pair) for pair in pairs.of], pairs.without, notes)


def _is_coarse(one: Parameter) -> bool:
    return one.dtype.kind == "f" and one.dtype.itemsize < 8


def _claim(parameter: Parameter, gradient: Parameter) -> Claim:
    largest = float(np.abs(gradient.saved).max())
    rounding = 100 * _EPS32 * largest if _is_coarse(gradient) else 0.0
    return Claim(parameter, gradient_name(gradient), gradient.saved, rounding)


# Updates ------------------------------------------------------------------------------------------


def updated(program: Program, step: Any, learning_rate: float | None) -> Claims:
    """Return the gradients that an update shows: (before − after) / learning_rate.

    Raises
    ------
    TypeError
        If nobody can know the learning rate.
    ValueError
        If the step changes none of the parameters.
    """
    if learning_rate is None and not takes_rate(step, program.container):
        raise TypeError(
            "give learning_rate=, the one that step uses: a gradient is (before − after) / "
            "learning_rate"
        )
    rate = 1.0 if learning_rate is None else learning_rate
    call = bound("step", step, program.container, rate)
    first, second = _after(program, call), _after(program, call)
    program.require_same_loss("step")
    _require_change(program, first)
    unsteady = "" if all(same(a, b) for a, b in zip(first, second, strict=True)) else (
        "step makes another update when it is called again from the same parameters (momentum? "
        "a random batch? dropout?): switch it off, or fix its seed"
    )  # fmt: skip
    asked = _asked(program, first)
    claims = [_difference(one, now, rate) for one, now in zip(program.held, first, strict=True)
              if id(one) in asked]  # fmt: skip
    without = [one for one in program.held if id(one) not in asked and not one.surely]
    return Claims(claims, without, [], unsteady)


def _after(program: Program, call: Callable[[], Any]) -> list[Array]:
    """Return every parameter as it is after a step, which is undone."""
    returned = call()
    now = [one.now() for one in program.held]
    program.reset()
    changed = any(one.looks_like_one and _moved(one, then)
                  for one, then in zip(program.held, now, strict=True))  # fmt: skip
    if changed or returned is None or returned is program.container:
        return now
    found = _returned(program, returned)
    new = {id(one): value.saved for one, value in found.of} if found else {}
    return [new.get(id(one), then) for one, then in zip(program.held, now, strict=True)]


def _returned(program: Program, returned: Any) -> Pairs | None:
    """Return which new parameters a step returns, alone or beside other things as its loss."""
    found = []
    for candidate in (returned, *(returned if isinstance(returned, tuple) else ())):
        try:
            found.append(paired(program.held, collect(candidate)))
        except ValueError:  # no parameters
            continue
    fit = (pairs for pairs in found
           if all(one.saved.shape == new.saved.shape for one, new in pairs.of))  # fmt: skip
    return next(fit, found[0] if found else None)


def _moved(one: Parameter, now: Array) -> bool:
    return not np.array_equal(one.saved, now, equal_nan=True)


def _require_change(program: Program, now: Sequence[Array]) -> None:
    likely = [(one, then) for one, then in zip(program.held, now, strict=True)]
    if not any(_moved(one, then) for one, then in likely):
        names = ", ".join(one.name for one, _ in likely if one.looks_like_one)
        raise ValueError(
            f"step changes none of {names}: it updates other arrays, as W = W − … does which binds "
            "a new one to a name; give the object or dict that holds them, parameters=globals() "
            "for a script, or let step return the new ones"
        )


def _asked(program: Program, now: Sequence[Array]) -> set[int]:
    """Return which numbers are parameters: all that were given so, and those that it updates.

    Of an object's attributes, an array that no loss depends on is a result that was kept; and what
    no step changes is data, but where its name is like those of what is changed.
    """
    moved = {id(one) for one, then in zip(program.held, now, strict=True) if _moved(one, then)}
    likely = [one for one in program.held if id(one) in moved or one.looks_like_one]
    depends = {id(one) for one in likely if program.depends_on(one)}
    updated = [one for one in program.held if id(one) in moved & depends]
    stems = {_stem(one) for one in updated}
    forgotten = [
        one
        for one in program.held
        if id(one) not in moved
        and (id(one) in depends or (_stem(one) in stems and program.depends_on(one)))
        and not any(np.may_share_memory(one.numbers, other.numbers) for other in updated)
    ]
    kept = [one for one in likely if id(one) in moved and one.looks_like_one]
    return {id(one) for one in (*updated, *forgotten, *kept)}


def _stem(one: Parameter) -> str:
    return re.sub(r"[\d\[\]_]", "", one.name)


def _difference(one: Parameter, now: Array, rate: float) -> Claim:
    if now.shape != one.saved.shape:
        return Claim(one, f"{one.name} after the step", now, 0.0)
    largest = float(np.abs(one.saved).max(initial=0.0))
    return Claim(one, f"{one.name}'s update", (one.saved - now) / rate, 4 * _EPS * largest / rate)
