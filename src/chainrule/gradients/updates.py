"""The gradients that an update shows: (before − after) / learning_rate."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.gradients.bound import bound, takes_rate
from chainrule.gradients.calls import same
from chainrule.gradients.claims import Claim, Claims
from chainrule.gradients.collecting import collect
from chainrule.gradients.pairing import Pairs, paired
from chainrule.gradients.parameters import Parameter
from chainrule.gradients.programs import Program

_EPS = float(np.finfo(float).eps)


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
    """Return the ids of the parameters: the numbers given as parameters, and those updated.

    Of an object's attributes, an array that no loss depends on is a result that was kept; and what
    no step changes is data, but where its name is like those of what is changed.
    """
    moved = {id(one) for one, then in zip(program.held, now, strict=True)
             if _moved(one, then) and (one.looks_like_one or not _is_data(one, then))}  # fmt: skip
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


def _is_data(one: Parameter, now: Array) -> bool:
    """Say whether an attribute holds whole numbers, or rows that were shuffled alone."""
    return one.dtype.kind in "iu" or np.array_equal(np.sort(one.saved, None), np.sort(now, None))


def _stem(one: Parameter) -> str:
    return re.sub(r"[\d\[\]_]", "", one.name)


def _difference(one: Parameter, now: Array, rate: float) -> Claim:
    if now.shape != one.saved.shape:
        return Claim(one, f"{one.name} after the step", now, 0.0)
    largest = float(np.abs(one.saved).max(initial=0.0))
    return Claim(one, f"{one.name}'s update", (one.saved - now) / rate, 4 * _EPS * largest / rate)
