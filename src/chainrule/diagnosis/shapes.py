"""NumPy's errors about shapes, retold with the names of the formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chainrule.diagnosis.failures import Failure, words

Shape = tuple[int, ...]

_SHAPE = re.compile(r"\((\d+(?:,\d+)*),?\)")


def usual_shapes(n_inputs: int, n_neurons: int, m: int = 1) -> dict[str, Shape]:
    """Return the right shape of each quantity of a layer, by its name in the page's code.

    Examples
    --------
    >>> usual_shapes(3, 2, m=5)["da_prev"]
    (3, 5)
    """
    batch, weights, column = (n_neurons, m), (n_neurons, n_inputs), (n_neurons, 1)
    return {
        "da": batch, "dz": batch, "inputs": (n_inputs, m), "weights": weights, "biases": column,
        "outputs": batch, "d_weights": weights, "d_biases": column, "da_prev": (n_inputs, m),
    }  # fmt: skip


def retold(failure: Failure, usual: Mapping[str, Shape]) -> str:
    """Say what an exception means for a layer's formulas.

    Parameters
    ----------
    failure : Failure
    usual : mapping of str to tuple of int
        The right shape of each quantity, by its name in the code; for names whose shape in the
        failing line could not be seen.
    """
    shapes = {**_in_line(usual, failure.line), **failure.shapes}
    message = words(failure.error)
    named = [(_name(shape, shapes), shape) for shape in shapes_in(failure.error)]
    if "mismatch in its core dimension" in message or "not aligned" in message:
        named = named if len(named) > 1 else _factors(shapes, failure.line)
        odd = _odd(named, usual)
        if odd:
            return odd
        return _product(named)
    if "broadcast" in message:
        if "non-broadcastable" in message and len(shapes) == 2:  # it names what both would make
            named = list(shapes.items())
        return _entries(named, failure.line)
    return f"{type(failure.error).__name__}: {message}".removesuffix(": ")


def about_shapes(error: BaseException) -> bool:
    """Say whether NumPy complains of shapes that do not fit."""
    said = words(error)
    return isinstance(error, ValueError) and any(
        part in said for part in ("broadcast", "mismatch in its core dimension", "not aligned")
    )


def shapes_in(error: BaseException) -> list[Shape]:
    """Return the shapes that a message names.

    Examples
    --------
    >>> shapes_in(ValueError("shapes (2,3) and (4,) not aligned"))
    [(2, 3), (4,)]
    """
    message = re.sub(r"\s*,\s*", ",", words(error))
    return [tuple(int(length) for length in text.split(",")) for text in _SHAPE.findall(message)]


def _in_line(usual: Mapping[str, Shape], line: str) -> dict[str, Shape]:
    right = line.partition("=")[2] or line
    return {
        name: shape
        for name, shape in usual.items()
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", right)
    }


def _name(shape: Shape, shapes: Mapping[str, Shape]) -> str:
    """Return the names of the line's quantities of a given shape, two at most."""
    return " or ".join([name for name, known in shapes.items() if known == shape][:2])


def _is(name: str, shape: Shape) -> str:
    return f"{name or 'one'} is {shape}"


def _entries(named: list[tuple[str, Shape]], line: str) -> str:
    shapes = " and ".join(_is(*one) for one in dict.fromkeys(named)) or "the shapes differ"
    told = f"{shapes}: entry by entry they do not fit"
    if re.search(r"[-+]=|learning_rate", line):
        told += (
            "; an update has the shape of what it changes, dW that of W (n_neurons, n_inputs), db "
            "that of b (n_neurons, 1)"
        )
    return told


_FACTORS = re.compile(r"(\w+)(\.T)?\s*@\s*(?:self\.)?(\w+)(\.T)?")


def _factors(shapes: Mapping[str, Shape], line: str) -> list[tuple[str, Shape]]:
    """Return the two names at an `@` whose shapes do not fit; its error does not say them."""
    for left, left_turned, right, right_turned in _FACTORS.findall(line):
        if left in shapes and right in shapes:
            a, b = shapes[left], shapes[right]
            a, b = (a[::-1] if left_turned else a), (b[::-1] if right_turned else b)
            if a and b and a[-1] != b[0]:
                return [(left, shapes[left]), (right, shapes[right])]
    return list(shapes.items())[:2]


def _odd(named: list[tuple[str, Shape]], usual: Mapping[str, Shape]) -> str:
    """Report an operand of the wrong shape, a sign of a mistake in an earlier line."""
    for name, shape in named:
        if name in usual and shape not in (usual[name], usual[name][::-1]):
            return f"{name} is {shape}; it must be {usual[name]}: look at the line that makes it"
    return ""


def _product(named: list[tuple[str, Shape]]) -> str:
    told = " and ".join(_is(*one) for one in named) or "the two"
    names = {part for name, _ in named for part in name.split(" or ")}
    if {"dz", "inputs"} <= names:
        return f"{told}: the product dz · inputsᵀ needs the transpose"
    if {"weights", "dz"} <= names:
        return f"{told}: the product Wᵀ · dz needs the transpose of the weights"
    return (
        f"{told}: a matrix product needs as many columns on the left as rows on the right; entry "
        "by entry is `*`, and a transpose is `.T`"
    )
