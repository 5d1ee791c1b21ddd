"""A trace as text, and the parts shared with HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from chainrule.arrays import Array
from chainrule.numerals import number
from chainrule.tracing.steps import BACKWARD, FORWARD, GIVEN, LOSS, UPDATE, Quantity

if TYPE_CHECKING:
    from chainrule.tracing.trouble import NotFinite

PARTS = {
    GIVEN: "Given",
    FORWARD: "Forward",
    LOSS: "Loss",
    BACKWARD: "Backward, from the last layer to the first",
    UPDATE: "Update",
}
IN_CODE = (
    "aˡ⁻¹ is a layer's inputs (a_prev), zˡ its outputs before the activation; dWˡ is d_weights, "
    "dbˡ d_biases, and daˡ⁻¹ the da_prev that its backward returns"
)
_ROWS, _COLUMNS = 8, 8  # of an array, before it is shortened
_LONGEST_NAME = 24

RowNames = Mapping[str, Sequence[str]]
"""The names of a quantity's rows, by the quantity: ``{"a⁰": ["width", "height"]}``."""


def shape_of(step: Quantity) -> str:
    """Return the shape as 2×3; an empty text for a single number."""
    return "×".join(map(str, step.shape)) if step.value.size > 1 else ""


def origin(step: Quantity, known: Mapping[str, Quantity]) -> list[tuple[str, str]]:
    """Return the names of a formula's quantities, and where each was computed."""
    return [(name, _place(known[name])) for name in step.sources]


def _place(step: Quantity) -> str:
    if step.part == GIVEN or not step.layer:
        return step.part
    return f"{step.part}, layer {step.layer}"


def headline(known: Mapping[str, Quantity]) -> list[Quantity]:
    """Return the quantities to show first: the loss and daⁿ, if known."""
    losses = [known[name] for name in ("L",) if name in known]
    return losses + [q for q in known.values() if q.part == LOSS and q.name.startswith("da")]


def as_text(
    title: str, steps: Sequence[Quantity], trouble: NotFinite | None, row_names: RowNames
) -> str:
    """Return a trace as text for a terminal."""
    known = {step.name: step for step in steps}
    lines = [title]
    if trouble is not None:
        lines += ["", f"! {trouble}"]
    for step in headline(known):
        lines += _quantity(step, known, (), with_origin=False)
    for part, of_part in groupby(steps, key=lambda step: step.part):
        lines += ["", PARTS[part], "─" * len(PARTS[part])]
        for step in of_part:
            lines += _quantity(step, known, row_names.get(step.name, ()), with_origin=True)
    return "\n".join([*lines, "", f"In code: {IN_CODE}."])


def _quantity(
    step: Quantity, known: Mapping[str, Quantity], names: Sequence[str], *, with_origin: bool
) -> Iterator[str]:
    head = f"{step.name} = {step.formula}" if step.formula else step.name
    places = origin(step, known) if with_origin else []
    told = "; ".join(f"{name}: {place}" for name, place in places)
    yield f"{head:<36} {shape_of(step):<6} {'from ' + told if told else ''}".rstrip()
    yield from (f"    {row}" for row in _rows(step.value, names))
    if step.remark and with_origin:
        yield f"    ({step.remark})"


def _rows(value: Array, names: Sequence[str]) -> Iterator[str]:
    """Yield an array's rows with aligned columns; large arrays lose their middle."""
    table = np.atleast_2d(value)
    shown = shown_of(len(table), _ROWS)
    cells = [
        [number(table[i, j]) if j >= 0 else "…" for j in shown_of(table.shape[1], _COLUMNS)]
        if i >= 0
        else ["⋮"]
        for i in shown
    ]
    width = max(len(cell) for row in cells for cell in row)
    labels = [row_name(names, i) for i in shown]
    widest = max(map(len, labels))
    for label, row in zip(labels, cells, strict=True):
        name = f"{label:<{widest}}  " if widest else ""
        yield name + "  ".join(cell.rjust(width) for cell in row)


def row_name(names: Sequence[str], i: int) -> str:
    """Return a row's name on one line, without control characters; "" without a name."""
    if not 0 <= i < len(names):
        return ""
    name = "".join(c if c.isprintable() else "�" for c in " ".join(str(names[i]).split()))
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def shown_of(length: int, most: int = _ROWS) -> list[int]:
    """Return the indices to show of a long axis; −1 stands for the gap."""
    if length <= most:
        return list(range(length))
    half = most // 2
    return [*range(half), -1, *range(length - half, length)]
