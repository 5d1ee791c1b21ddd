"""One entry of a quantity, as a formula filled with numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from chainrule.arrays import Array
from chainrule.numerals import number
from chainrule.tracing.notation import substituted
from chainrule.tracing.steps import UPDATE, Quantity


def entry(known: Mapping[str, Quantity], step: Quantity, index: tuple[int, ...]) -> str:
    """Return an entry's formula filled with numbers, and the result.

    Raises
    ------
    IndexError
        If the quantity has no such entry.
    """
    table = np.atleast_2d(step.value)
    if step.value.ndim < 2:
        index = (0, *(index or (0,)))
    if len(index) != 2 or not all(-n <= i < n for i, n in zip(index, table.shape, strict=True)):
        raise IndexError(f"{step.name} has the shape {step.shape}, so it has no entry {index}")
    i, j = (k % n for k, n in zip(index, table.shape, strict=True))
    place = f"{step.name}[{i}, {j}]" if step.value.ndim == 2 else step.name
    numbers = _with_numbers(known, step, i, j)
    return f"{place} = {numbers} = {number(table[i, j])}" if numbers else (
        f"{place} = {number(table[i, j])}"
    )  # fmt: skip


Expanded = Callable[[Sequence[Array], int, int], str]


def _z(values: Sequence[Array], i: int, j: int) -> str:
    W, a, b = values
    return f"{_products(W[i], a[:, j])} + {number(b[i, 0])}"


def _d_weights(values: Sequence[Array], i: int, j: int) -> str:
    dz, a = values
    return _products(dz[i], a[j])


def _db(values: Sequence[Array], i: int, j: int) -> str:
    return " + ".join(number(value) for value in values[0][i])


def _da(values: Sequence[Array], i: int, j: int) -> str:
    W, dz = values
    return _products(W[:, i], dz[:, j])


_EXPANDED: tuple[tuple[str, int, Expanded], ...] = (  # by the beginning of the name and its sources
    ("z", 3, _z),
    ("dW", 2, _d_weights),
    ("db", 1, _db),
)


def _with_numbers(known: Mapping[str, Quantity], step: Quantity, i: int, j: int) -> str:
    values = [known[name].value for name in step.sources]
    for name, count, expanded in _EXPANDED:
        if step.name.startswith(name) and len(values) == count and step.part != UPDATE:
            return expanded(values, i, j)
    if step.name.startswith("da") and step.formula.startswith("(W"):
        return _da(values, i, j)
    if (
        not values
        or step.formula in step.sources
        or "Σ" in step.formula
        or "∂" in step.formula
        or "softmax" in step.formula
    ):
        return ""
    if step.value.ndim == 1 and any(len(value) > 1 for value in values):
        return ""  # a loss of several outputs
    numbers = {
        name: number(_at(value, i, j)) for name, value in zip(step.sources, values, strict=True)
    }
    numbers["m"] = str(step.value.shape[-1]) if step.value.ndim == 2 else "1"
    return substituted(step.formula, numbers)


def _at(value: Array, i: int, j: int) -> float:
    return float(value[i, j] if value.ndim == 2 else value.ravel()[0])


def _products(left: Array, right: Array) -> str:
    return " + ".join(f"{number(a)} × {number(b)}" for a, b in zip(left, right, strict=True))
