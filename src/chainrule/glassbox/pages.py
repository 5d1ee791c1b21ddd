"""A trace as a page of text and as a page of HTML; one entry with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from chainrule.arrays import Array
from chainrule.glassbox.notation import mathml
from chainrule.glassbox.steps import BACKWARD, FORWARD, GIVEN, LOSS, UPDATE, Quantity

if TYPE_CHECKING:
    from chainrule.glassbox.trouble import NotFinite

_PARTS = {
    GIVEN: "Given",
    FORWARD: "Forward",
    LOSS: "Loss",
    BACKWARD: "Backward, from the last layer to the first",
    UPDATE: "Update",
}
_ROWS, _COLUMNS = 8, 8  # of an array, before it is shortened


def as_text(title: str, steps: Sequence[Quantity], trouble: NotFinite | None) -> str:
    """Return the page for a terminal."""
    lines = [title]
    if trouble is not None:
        lines += ["", f"! {trouble}"]
    for part, of_part in groupby(steps, key=lambda step: step.part):
        lines += ["", _PARTS[part], "─" * len(_PARTS[part])]
        for step in of_part:
            head = f"{step.name} = {step.formula}" if step.formula else step.name
            lines.append(f"{head:<40} {_shape(step)}")
            lines += [f"    {row}" for row in _rows(step.value)]
            if step.remark:
                lines.append(f"    ({step.remark})")
    return "\n".join(lines)


def _shape(step: Quantity) -> str:
    return "×".join(map(str, step.shape)) if step.value.size > 1 else ""


def number(value: float) -> str:
    """Return a number with four digits that tell.

    Examples
    --------
    >>> number(-0.123456), number(1e-7), number(3.0)
    ('−0.1235', '1e−07', '3')
    """
    return f"{value + 0.0:.4g}".replace("-", "−")  # −0 is 0


def _rows(value: Array) -> Iterator[str]:
    """Yield the array's rows, columns aligned, the middle of large ones left out."""
    table = np.atleast_2d(value)
    cells = [
        [number(table[i, j]) if j >= 0 else "…" for j in _shown(table.shape[1], _COLUMNS)]
        if i >= 0
        else ["⋮"]
        for i in _shown(len(table), _ROWS)
    ]
    width = max(len(cell) for row in cells for cell in row)
    for row in cells:
        yield "  ".join(cell.rjust(width) for cell in row)


def _shown(length: int, most: int) -> list[int]:
    """Return which of so many are shown; −1 stands for those that are not."""
    if length <= most:
        return list(range(length))
    half = most // 2
    return [*range(half), -1, *range(length - half, length)]


_STYLE = """
.cr-trace { font: 14px/1.5 system-ui, sans-serif; color: inherit; max-width: 60rem }
.cr-trace h3 { margin: 1.2em 0 .3em; font-size: 1.1em }
.cr-trace table { border-collapse: collapse; font-variant-numeric: tabular-nums }
.cr-trace .cr-numbers td { padding: 0 .5em; text-align: right; border: 0 }
.cr-trace .cr-bad { color: #b00020; font-weight: 600 }
.cr-trace .cr-steps > tbody > tr > td { padding: .35em .8em .35em 0; vertical-align: top;
  border-top: 1px solid rgba(128, 128, 128, .3); text-align: left }
.cr-trace .cr-shape { opacity: .65; white-space: nowrap }
.cr-trace a { color: inherit; text-decoration: none; border-bottom: 1px dotted }
"""


def as_html(title: str, steps: Sequence[Quantity], trouble: NotFinite | None) -> str:
    """Return the page for a notebook: formulas in MathML, each name a link to its quantity."""
    parts = [f"<div class='cr-trace'><style>{_STYLE}</style><p><b>{escape(title)}</b></p>"]
    if trouble is not None:
        parts.append(f"<p class='cr-bad' role='alert'>{escape(str(trouble))}</p>")
    page = f"cr{abs(hash(tuple(id(step) for step in steps))) % 10**8}"
    for part, of_part in groupby(steps, key=lambda step: step.part):
        parts.append(f"<h3>{escape(_PARTS[part])}</h3><table class='cr-steps'><tbody>")
        parts += [_html_row(step, page) for step in of_part]
        parts.append("</tbody></table>")
    return "".join([*parts, "</div>"])


def _html_row(step: Quantity, page: str) -> str:
    formula = f" = {mathml(step.formula)}" if step.formula else ""
    links = ", ".join(
        f"<a href='#{page}-{escape(name)}'>{mathml(name)}</a>" for name in step.sources
    )
    origin = f"<br><small>from {links}</small>" if links else ""
    remark = f"<br><small>{escape(step.remark)}</small>" if step.remark else ""
    return (
        f"<tr id='{page}-{escape(step.name)}'><td>{mathml(step.name)}{formula}{origin}{remark}</td>"
        f"<td class='cr-shape'>{_shape(step)}</td><td>{_html_numbers(step.value)}</td></tr>"
    )


def _html_numbers(value: Array) -> str:
    table = np.atleast_2d(value)
    rows = []
    for i in _shown(len(table), _ROWS):
        cells = ["⋮"] if i < 0 else [
            _html_number(table[i, j]) if j >= 0 else "…"
            for j in _shown(table.shape[1], _COLUMNS)
        ]  # fmt: skip
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return f"<table class='cr-numbers'><tbody>{''.join(rows)}</tbody></table>"


def _html_number(value: float) -> str:
    bad = "" if np.isfinite(value) else " class='cr-bad'"
    return f"<span{bad} title='{float(value)!r}'>{number(value)}</span>"


def entry(known: Mapping[str, Quantity], step: Quantity, index: tuple[int, ...]) -> str:
    """Return an entry of a quantity: its formula with the numbers in it, and the result."""
    table = np.atleast_2d(step.value)
    if step.value.ndim < 2:
        index = (0, *index) if index else (0, 0)
    if len(index) != 2 or not all(-n <= i < n for i, n in zip(index, table.shape, strict=True)):
        raise IndexError(f"{step.name} has the shape {step.shape}, so it has no entry {index}")
    i, j = (k % n for k, n in zip(index, table.shape, strict=True))
    result = number(table[i, j])
    place = f"{step.name}[{i}, {j}]"
    numbers = _with_numbers(known, step, i, j)
    return f"{place} = {numbers} = {result}" if numbers else f"{place} = {result}"


def _with_numbers(known: Mapping[str, Quantity], step: Quantity, i: int, j: int) -> str:
    values = [known[name].value for name in step.sources]
    if step.name.startswith("z"):
        w, a, b = values
        return f"{_products(w[i], a[:, j])} + {number(b[i, 0])}"
    if step.name.startswith("dW"):
        dz, a = values
        return _products(dz[i], a[j])
    if step.name.startswith("db"):
        return " + ".join(number(value) for value in values[0][i])
    if step.part == BACKWARD and step.name.startswith("da"):
        w, dz = values
        return _products(w[:, i], dz[:, j])
    if step.part == UPDATE:
        now, d = values
        learning_rate = (now[i, j] - np.atleast_2d(step.value)[i, j]) / d[i, j] if d[i, j] else 0.0
        return f"{number(now[i, j])} − {number(learning_rate)} × {number(d[i, j])}"
    if step.part == FORWARD:
        return step.formula.replace(step.sources[0], number(values[0][i, j]))
    if "⊙" in step.formula:
        da, z = (number(value[i, j]) for value in values)
        return f"{da} × {step.formula.split(' ⊙ ')[1].replace(step.sources[1], z)}"
    return ""


def _products(left: Array, right: Array) -> str:
    return " + ".join(f"{number(a)} × {number(b)}" for a, b in zip(left, right, strict=True))
