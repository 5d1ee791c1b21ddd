"""Expressions: what a formula computes, as operations on other expressions.

Equal ones are one node: what two formulas share is computed once, and nodes are compared by
looking whether they are the same, however much lies below them. No function here calls itself,
since formulas may be deep.
"""

from __future__ import annotations

from collections.abc import Container
from weakref import WeakValueDictionary

import numpy as np


class TraceError(TypeError):
    """A formula does what cannot be written as vector code."""


# What a node has one value for, from the fewest to the most
CONSTANT, UNIFORM, SAMPLE, ELEMENT = range(4)

OUTPUT = "output"  # the leaf that says the number of the output, counted from 0
REDUCTIONS = ("sum", "max", "min")  # over the outputs

COMPARISONS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")
LOGIC = ("logical_and", "logical_or", "logical_xor", "logical_not")
_TRUTHS = {*COMPARISONS, *LOGIC, "isnan", "isfinite", "isinf"}


class Node:
    """An expression. Made by `constant`, `leaf` and `apply` alone, which keep equal ones one.

    Attributes
    ----------
    operation : str
        The name of a NumPy function, "where", "number" (1 or 0 for a truth value), one of
        `REDUCTIONS`, "constant" or "leaf".
    operands : tuple of Node
    content : float, bool, str or None
        The constant, or the leaf's name.
    level : int
        CONSTANT; UNIFORM: one number for all, known when the kernel runs; SAMPLE: one for each
        sample; ELEMENT: one for each output of each sample.
    is_truth : bool
        Whether its values are true and false.
    """

    __slots__ = ("__weakref__", "content", "is_truth", "level", "operands", "operation")

    def __init__(
        self, operation: str, operands: tuple[Node, ...], content: float | str | None, level: int
    ) -> None:
        self.operation, self.operands = operation, operands
        self.content, self.level = content, level
        self.is_truth: bool = (
            operation in _TRUTHS
            or isinstance(content, bool)
            or (operation == "where" and all(choice.is_truth for choice in operands[1:]))
        )

    @property
    def is_constant(self) -> bool:
        """Whether it is a number that the formula's text says."""
        return self.level == CONSTANT


_nodes: WeakValueDictionary[tuple[object, ...], Node] = WeakValueDictionary()


def _only(
    operation: str, operands: tuple[Node, ...], content: float | str | None, level: int
) -> Node:
    key = operation, operands, repr(content), level  # by repr, -0.0 is not 0.0
    known = _nodes.get(key)
    if known is None:
        known = _nodes[key] = Node(operation, operands, content, level)
    return known


def constant(number: float) -> Node:
    """Return the node of a number, or of True or False."""
    is_truth = isinstance(number, bool | np.bool_)
    return _only("constant", (), bool(number) if is_truth else float(number), CONSTANT)


def leaf(name: str, level: int) -> Node:
    """Return the node of what a formula is given."""
    return _only("leaf", (), name, level)


def apply(operation: str, *operands: Node, level: int | None = None) -> Node:
    """Return the node of an operation; its level is the operands' highest if none is given."""
    if level is None:
        level = max(operand.level for operand in operands)
    return _only(operation, operands, None, level)


def parts(*nodes: Node, known: Container[Node] = ()) -> list[Node]:
    """Return the nodes and all below them, each after those that it needs.

    Parameters
    ----------
    known : container of Node
        What is left out, with what only it needs.
    """
    found: dict[Node, None] = {}
    left = [*reversed(nodes)]
    while left:
        node = left[-1]
        missing = [o for o in node.operands if o not in found and o not in known]
        if missing and node not in found and node not in known:
            left.extend(reversed(missing))
            continue
        if node not in known:
            found[node] = None
        left.pop()
    return list(found)


def reductions(*nodes: Node) -> list[Node]:
    """Return the reductions in the expressions, each after those that it needs."""
    return [part for part in parts(*nodes) if part.operation in REDUCTIONS]


def uses(node: Node, name: str) -> bool:
    """Say whether an expression depends on the leaf of that name."""
    return any(part.content == name for part in parts(node))
