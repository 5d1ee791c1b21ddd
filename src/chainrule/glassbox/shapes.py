"""NumPy's errors about shapes, retold with the names of the formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SHAPE = re.compile(r"\((\d+(?:,\d+)*),?\)")


def retold(error: BaseException, shapes: Mapping[str, tuple[int, ...]], line: str) -> str:
    """Say what an exception means for a layer's formulas.

    Parameters
    ----------
    error : Exception
    shapes : mapping of str to tuple of int
        The shape of each quantity at hand, by its name in the code or in the formulas.
    line : str
        The line that raised it.
    """
    message = str(error).strip().replace(" ,", ",")
    found = [tuple(map(int, text.split(","))) for text in _SHAPE.findall(message.replace(" ", ""))]
    named = [(_names(shape, shapes, line), shape) for shape in found]
    if "mismatch in its core dimension" in message or "not aligned" in message:
        return _product(named, shapes, line)
    if "could not be broadcast" in message or "broadcast" in message:
        return _entries(named)
    return f"{type(error).__name__}: {message}"


def _names(shape: tuple[int, ...], shapes: Mapping[str, tuple[int, ...]], line: str) -> str:
    """Return the quantities of that shape, those that the line names first."""
    fitting = [name for name, known in shapes.items() if known == shape]
    in_line = [name for name in fitting if re.search(rf"\b{re.escape(name)}\b", line)]
    return " or ".join((in_line or fitting)[:2])


def _is(name: str, shape: tuple[int, ...]) -> str:
    return f"{name} is {shape}" if name else f"one is {shape}"


def _entries(named: list[tuple[str, tuple[int, ...]]]) -> str:
    shapes = " and ".join(_is(*one) for one in named) or "the shapes differ"
    return (
        f"{shapes}: entry by entry they do not fit; an update has the shape of what it changes, dW "
        "that of W (n_neurons, n_inputs), db that of b (n_neurons, 1)"
    )


def _product(
    named: list[tuple[str, tuple[int, ...]]], shapes: Mapping[str, tuple[int, ...]], line: str
) -> str:
    if len(named) < 2:  # `@` does not say the shapes: they are those of the names in the line
        in_line = [
            (name, shape)
            for name, shape in shapes.items()
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line.partition("=")[2] or line)
        ]
        named = in_line[:2]
    told = " and ".join(_is(*one) for one in named) or "the two"
    names = [name for name, _ in named]
    if {"dz", "inputs"} <= set(names):
        return f"{told}: the product dz · inputsᵀ needs the transpose"
    if {"weights", "dz"} <= set(names):
        return f"{told}: the product Wᵀ · dz needs the transpose of the weights"
    return (
        f"{told}: a matrix product needs as many columns on the left as rows on the right; entry by "
        "entry is `*`, and a transpose is `.T`"
    )
