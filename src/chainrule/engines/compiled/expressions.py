"""From expressions to vector code: every operation of a node beside the code it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from chainrule.engines.compiled import elementary
from chainrule.engines.compiled.nodes import CONSTANT, REDUCTIONS, UNIFORM, Node, TraceError, parts
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import I1, Value

_OPERATIONS: dict[str, Callable[..., Value]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda a: -a,
    "positive": lambda a: a,
    "fabs": elementary.absolute,
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "equal": lambda a, b: a == b,
    "not_equal": lambda a, b: a != b,
    "isnan": lambda a: a != a,  # noqa: PLR0124
    "isfinite": lambda a: a - a == 0.0,
    "isinf": lambda a: elementary.absolute(a) == np.inf,
    "number": lambda a: a,
}
_OPERATIONS |= {
    name: getattr(elementary, name)
    for name in (
        *("absolute", "arctan", "cbrt", "ceil", "cos", "cosh", "erf", "exp", "exp2", "expit"),
        *("expm1", "floor", "log", "log10", "log1p", "log2", "logaddexp", "maximum", "minimum"),
        *("ndtr", "reciprocal", "rint", "sign", "sin", "sinh", "sqrt", "square", "tanh"),
    )
}
_LOGIC: dict[str, Callable[..., Value]] = {
    "logical_and": lambda a, b: a & b,
    "logical_or": lambda a, b: a | b,
    "logical_xor": lambda a, b: a ^ b,
    "logical_not": lambda a: ~a,
}


def _is_vector(value: Any) -> bool:
    return isinstance(value, Value) and isinstance(value.type, ir.VectorType)


def _is_truth(value: Value) -> bool:
    return bool((value.type.element if _is_vector(value) else value.type) == I1)


def _alike(values: Sequence[Any]) -> list[Value]:
    """Return all as values of one type: vectors, if one of them is."""
    known = [value for value in values if isinstance(value, Value)]
    widest = next(filter(_is_vector, known), known[0])
    return [widest.like(value) for value in values]


def _operation_of(node: Node) -> Callable[..., Value]:
    """Return the operation as code: shorter code, where the operand is known to allow it."""
    if node.operation == "exp" and _is_negative(*node.operands):
        return elementary.exp_of_negative
    if node.operation == "log1p" and _is_share(*node.operands):
        return elementary.log1p_of_share
    if node.operation not in _OPERATIONS:
        raise TraceError(f"np.{node.operation} is not known to the compiled engine")
    return _OPERATIONS[node.operation]


def _is_negative(node: Node) -> bool:
    """Say whether it is -|x|."""
    return node.operation == "negative" and node.operands[0].operation in ("absolute", "fabs")


def _is_share(node: Node) -> bool:
    """Say whether it is e^-|x|, from 0 to 1."""
    return node.operation == "exp" and _is_negative(*node.operands)


class Writer:
    """Writes expressions into a kernel; what it has written it does not write again.

    Parameters
    ----------
    kernel : Kernel
    leaves : mapping of str to Value
        Numbers of the kernel's dtype, or vectors of them; uniform ones are float64.
    known : mapping of Node to Value, optional
        What has been written before; a constant is a float.
    """

    def __init__(
        self, kernel: Kernel, leaves: Mapping[str, Value], known: Mapping[Node, Any] | None = None
    ) -> None:
        self.kernel, self.leaves = kernel, dict(leaves)
        self.known: dict[Node, Any] = dict(known or {})

    def with_leaves(self, **leaves: Value) -> Writer:
        """Return a writer for another place, which knows what this one knows."""
        return Writer(self.kernel, {**self.leaves, **leaves}, self.known)

    def value(self, node: Node, like: Value) -> Value:
        """Return the expression's value, in the type of `like`."""
        self._write(node)
        return like.like(self._number(self.known[node], self.kernel.size))

    def write_before_loop(self, level: int, *nodes: Node) -> None:
        """Write what is the same in every round of a loop: all parts up to a level."""
        self._write(*(part for part in parts(*nodes, known=self.known) if part.level <= level))

    def _write(self, *nodes: Node) -> None:
        for part in parts(*nodes, known=self.known):
            self.known[part] = self._written(part)

    def _written(self, node: Node) -> Any:
        if node.operation == "constant":
            return node.content
        if node.operation == "leaf":
            return self.leaves[str(node.content)]
        if node.operation in REDUCTIONS:
            raise TraceError(f"a {node.operation} over the outputs has no place in this formula")
        if node.operation == "power":
            return self._power(*node.operands)
        values = [self.known[operand] for operand in node.operands]
        size = 8 if node.level == UNIFORM else self.kernel.size  # Python computes with float64
        if node.operation == "where":
            return self._where(values, size, truths=node.is_truth)
        if node.operation in _LOGIC:
            return _LOGIC[node.operation](*self._truths(values))
        return _operation_of(node)(*self._numbers(values, size))

    def _number(self, value: Any, size: int) -> Any:
        """Return a number of that size; truth values are 1 and 0."""
        if not isinstance(value, Value):
            return value
        if not _is_truth(value):
            return value.rounded_to(size)  # NumPy rounds a Python number to the array's type
        if _is_vector(value):
            return self.kernel.where(value, self.kernel.full(1.0), 0.0)
        return self.kernel.where(value, self.kernel.double(1.0), 0.0).rounded_to(size)

    def _numbers(self, values: Sequence[Any], size: int) -> list[Value]:
        return _alike([self._number(value, size) for value in values])

    def _truths(self, values: Sequence[Any]) -> list[Value]:
        return _alike([self._truth(value) for value in values])

    def _truth(self, value: Any) -> Any:
        if not isinstance(value, Value):
            return int(value != 0.0)
        return value if _is_truth(value) else value != 0.0

    def _where(self, values: Sequence[Any], size: int, *, truths: bool) -> Value:
        """Return the choice; the condition is among the numbers to make them vectors like it."""
        _, yes, no = self._truths(values) if truths else self._numbers(values, size)
        return self.kernel.where(self._truth(values[0]), yes, no)

    def _power(self, base: Node, exponent: Node) -> Value:
        if base.level <= UNIFORM and exponent.level <= UNIFORM:
            return self.kernel.intrinsic("pow", *self._doubles(base, exponent))
        if exponent.level != CONSTANT:
            raise TraceError("a power whose exponent is no constant")
        (number,) = self._numbers([self.known[base]], self.kernel.size)
        return elementary.power(number, float(exponent.content or 0.0))

    def _doubles(self, *nodes: Node) -> list[Value]:
        numbers = (self._number(self.known[node], 8) for node in nodes)
        return [n if isinstance(n, Value) else self.kernel.double(n) for n in numbers]
