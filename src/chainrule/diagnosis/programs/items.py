"""A program's gradients, each beside its central differences."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.diagnosis.programs.chains import named_bias
from chainrule.diagnosis.sources import line_of
from chainrule.gradients.claims import Claim, Claims
from chainrule.gradients.differences import Compared, Differences
from chainrule.gradients.parameters import Parameter
from chainrule.gradients.programs import Program
from chainrule.numerals import number

_WRONG = 1e-6


@dataclass(frozen=True, eq=False)
class Item:
    """A parameter's gradient as the program has it, and as differences say.

    Attributes
    ----------
    parameter : Parameter
    name : str
        The gradient's own, as the program has it.
    values : array
        In the parameter's shape, where that is possible.
    differences : array
    seen : array of bool
        Where the differences tell.
    wrong : bool
    error : float
        The largest relative one; infinite where the shapes do not fit.
    at : tuple of int
        Where both are farthest apart.
    rounding : float
    """

    parameter: Parameter
    name: str
    values: Array
    differences: Array
    seen: NDArray[np.bool_]
    wrong: bool
    error: float
    at: tuple[int, ...]
    rounding: float

    @property
    def is_bias(self) -> bool:
        """Whether the parameter is a bias, by its name or its shape."""
        return named_bias(self.parameter) or self.parameter.saved.ndim < 2

    @property
    def told(self) -> str:
        """The entry that is most wrong, by the program and by differences."""
        name = self.parameter.name
        if self.values.shape != self.differences.shape:
            return f"{self.name} has the shape {self.values.shape}, {name} {self.differences.shape}"
        place = f"[{', '.join(map(str, self.at))}]" if self.at else ""
        return (
            f"the gradient of {name}{place} is {number(self.values[self.at])}; by differences it "
            f"is {number(self.differences[self.at])}"
        )


def items(program: Program, claims: Claims) -> list[Item]:
    """Return every gradient beside its differences."""
    total = sum(claim.parameter.saved.size for claim in claims.of)
    return [_item(claim, program.differences(claim.parameter, total)) for claim in claims.of]


def _item(claim: Claim, found: Differences) -> Item:
    values = _fitted(claim.values, claim.parameter.saved.shape)
    if values.shape != claim.parameter.saved.shape:
        seen = ~(found.kinks | found.unseen)
        return Item(claim.parameter, claim.name, values, found.slopes, seen, True, np.inf, (),
                    claim.rounding)  # fmt: skip
    one = Compared(claim.parameter.name, values, found, claim.rounding)
    error, _ = one.worst
    at = _farthest(np.where(one.skipped, 0.0, values - found.slopes))
    return Item(claim.parameter, claim.name, values, found.slopes, ~one.skipped, error > _WRONG,
                error, at, claim.rounding)  # fmt: skip


def _farthest(apart: Array) -> tuple[int, ...]:
    """Return the index of the largest absolute difference; a NaN counts as the largest."""
    at = np.unravel_index(int(np.argmax(np.abs(apart))), apart.shape)
    return tuple(int(i) for i in at)


def _fitted(values: Array, shape: tuple[int, ...]) -> Array:
    """Return a gradient in its parameter's shape, as a step would take it."""
    if values.size == np.prod(shape) and (1 in shape or len(shape) == 1 or values.ndim < 2):
        return values.reshape(shape)
    try:
        return np.broadcast_to(values, shape).copy()
    except ValueError:
        return values


def without_gradient(program: Program, claims: Claims) -> list[Parameter]:
    """Return the parameters that have no gradient, though the loss depends on them."""
    claimed = [claim.parameter.numbers for claim in claims.of]
    return [
        one
        for one in claims.without
        if one.looks_like_one
        and not any(np.may_share_memory(one.numbers, numbers) for numbers in claimed)
        and program.depends_on(one)
    ]


# The line to look at ----------------------------------------------------------------------------


def likely_line(function: Any, words: Sequence[str]) -> str:
    """Return the source line with one of the words, in a function or in a lambda's callee.

    The line is empty if there is no source or no match.
    """
    if not callable(function):
        return ""
    for one in (function, *_called_by(function)):
        line = line_of(SimpleNamespace(function=one), "function", words)
        code = line.partition(": ")[2]
        if line and not code.startswith(("def ", "@")) and "lambda" not in code:
            return line
    return ""


def _called_by(function: Any) -> Iterator[Callable[..., Any]]:
    """Yield the functions and methods that a lambda names."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_name != "<lambda>":
        return
    known = inspect.getclosurevars(function)
    for owner in (*known.nonlocals.values(), *known.globals.values()):
        if inspect.isfunction(owner) or inspect.ismethod(owner):
            yield owner
            continue
        for name in code.co_names:
            method = inspect.getattr_static(type(owner), name, None)
            if inspect.isfunction(method):
                yield method
