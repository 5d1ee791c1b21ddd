"""The gradients that a program claims: arrays given, or a function's result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.gradients.bound import bound
from chainrule.gradients.calls import same
from chainrule.gradients.collecting import collect
from chainrule.gradients.pairing import gradient_name, paired
from chainrule.gradients.parameters import Parameter
from chainrule.gradients.programs import Program

_EPS32 = float(np.finfo(np.float32).eps)


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
