"""A program's gradients beside central differences of its loss."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.gradients.claims import Claim, Claims, given
from chainrule.gradients.differences import Compared
from chainrule.gradients.factors import factor_notes
from chainrule.gradients.parameters import Parameter
from chainrule.gradients.programs import Program
from chainrule.gradients.updates import updated

_GUARDED = 1e-3  # an error as small as this is hardly one of the chain rule


class Found(NamedTuple):
    """The result of a program check: comparisons, notes, and quantities not compared."""

    compared: list[Compared]
    notes: list[str]
    not_compared: list[str]


def of_program(
    loss: Any,
    parameters: Any,
    gradients: Any,
    step: Any,
    learning_rate: float | None,
    *,
    tolerance: float,
    source: np.random.Generator,
) -> Found:
    """Compare all gradients of a program, whose parameters are what they were at the end.

    Raises
    ------
    TypeError, ValueError
        If it cannot be run as it has to be.
    """
    if (gradients is None) == (step is None):
        raise TypeError(
            "to check a loss of parameters, give gradients= (a structure like the parameters, or a "
            "function that makes one) or step= (which updates them) with learning_rate="
        )
    with np.errstate(all="ignore"), Program(loss, parameters, source) as program:
        if step is None:
            claims = given(program, gradients)
        else:
            claims = updated(program, step, learning_rate)
        found = _compared(program, claims)
        program.require_same_loss("the loss")
    return _judged(found, claims, tolerance, step is not None)


def _compared(program: Program, claims: Claims) -> Found:
    for claim in claims.of:
        claim.parameter.make_movable()
    compared, notes, not_compared = [], [*_copied(claims), *claims.notes], []
    still = [claim.parameter for claim in claims.of if not program.depends_on(claim.parameter)]
    if len(still) == len(claims.of):
        raise ValueError(_does_not_depend(still))
    total = sum(claim.parameter.saved.size for claim in claims.of)
    for claim in claims.of:
        values, told = _fitted(claim)
        if values is None:
            not_compared.append(told)
            continue
        notes += [told] if told else []
        found = program.differences(claim.parameter, total)
        compared.append(Compared(claim.parameter.name, values, found, claim.rounding))
    if not compared:
        raise ValueError(f"nothing could be compared: {'; '.join(not_compared)}")
    notes += [_does_not_depend([one]) for one in still]
    _without(program, claims, notes, not_compared)
    return Found(compared, notes, not_compared)


def _copied(claims: Claims) -> list[str]:
    coarse = [claim.parameter for claim in claims.of
              if claim.parameter.dtype != np.float64 and claim.parameter.saved.ndim]  # fmt: skip
    if not coarse:
        return []
    kinds = " and ".join(sorted({str(one.dtype) for one in coarse}))
    return [f"{_names(coarse)}: {kinds}, checked on copies in float64"]


def _names(parameters: list[Parameter]) -> str:
    return ", ".join(one.name for one in parameters[:8])


def _does_not_depend(still: list[Parameter]) -> str:
    coarse = [one for one in still if one.dtype != np.float64 and one.saved.ndim]
    copied = f" ({_names(coarse)} in {coarse[0].dtype}: make float64)" if coarse else ""
    return (
        f"moving {_names(still)} does not change the loss{copied}: it reads a copy, or another "
        "array of that name; let loss read what `parameters` holds"
    )


def _fitted(claim: Claim) -> tuple[Array | None, str]:
    """Return the gradient in its parameter's shape, or None, and what is to be said."""
    values, shape, name = claim.values, claim.parameter.saved.shape, claim.parameter.name
    if values.shape == shape:
        return values, ""
    told = f"{claim.name} has the shape {values.shape}, {name} {shape}"
    if values.ndim == 2 and values.T.shape == shape:
        return None, f"{told}: transposed?"
    try:
        rows = np.broadcast_shapes(values.shape, shape)
    except ValueError:
        return None, told
    if values.size == np.prod(rows) == claim.parameter.saved.size:
        return values.reshape(shape), told  # parameter − learning_rate · gradient is right
    return None, told


def _without(program: Program, claims: Claims, notes: list[str], not_compared: list[str]) -> None:
    """Say what has no gradient, though the loss depends on it."""
    claimed = [claim.parameter.numbers for claim in claims.of]
    other = []
    for one in claims.without:
        if any(np.may_share_memory(one.numbers, numbers) for numbers in claimed):
            continue  # a second name of a parameter, or the vector that all are views of
        if not one.looks_like_one and one.dtype.kind != "f":
            continue
        depends = program.depends_on(one)
        if depends and one.looks_like_one:
            not_compared.append(f"{one.name} has no gradient, and the loss depends on it")
        elif depends:
            other.append(one.name)
        elif one.surely:
            notes.append(f"{one.name} has no gradient; the loss does not depend on it")
    if other:
        notes.append(f"not looked at, for want of a gradient: {', '.join(other[:8])}")


def _judged(found: Found, claims: Claims, tolerance: float, by_step: bool) -> Found:
    wrong = [one for one in found.compared if one.worst[0] > tolerance]
    if claims.unsteady and (wrong or found.not_compared):
        raise ValueError(claims.unsteady)
    notes = [*found.notes, *factor_notes(found.compared, tolerance)]
    if claims.unsteady:
        notes.append(f"{claims.unsteady}; what is checked is the first one")
    for one in wrong:
        if _is_transposed(one, tolerance):
            notes.append(f"{one.name}'s gradient is right if it is transposed")
        elif by_step and not one.formula.any():
            notes.append(f"{one.name} is never updated")
    if wrong and len(notes) == len(found.notes):
        notes += _guess(found.compared, wrong, by_step)
    return found._replace(notes=notes)


def _guess(compared: list[Compared], wrong: list[Compared], by_step: bool) -> list[str]:
    """Say what is often the reason where nothing else has been found."""
    if max(one.worst[0] for one in wrong) < _GUARDED:
        return ["so small an error can come from a guard in the loss that its gradient leaves out, "
                f"as log(p + 1e-8) or a clip; tolerance={_GUARDED:g} lets it pass"]  # fmt: skip
    if by_step and _all_of_one_size(compared):
        return ["every entry moves as far, by the sign of its gradient (Adam?): a gradient can be "
                "seen in plain gradient descent alone"]  # fmt: skip
    if by_step:
        return ["if step makes several updates, as one for each sample, give one that makes one"]
    return []


def _is_transposed(one: Compared, tolerance: float) -> bool:
    shape = one.formula.shape
    if len(shape) != 2 or shape[0] != shape[1] or one.skipped.any():
        return False
    apart = np.abs(one.formula.T - one.differences)
    return bool(apart.max() <= tolerance * np.abs(one.formula).max())


def _all_of_one_size(compared: list[Compared]) -> bool:
    sizes = np.concatenate([np.abs(one.formula[~one.skipped]) for one in compared])
    sizes = sizes[sizes > 0]
    return len(sizes) > 3 and bool(np.ptp(sizes) <= 1e-3 * sizes.max())
