"""A trace as HTML: formulas in MathML, names as links, no script."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from chainrule.arrays import Array
from chainrule.numerals import number
from chainrule.tracing.notation import mathml
from chainrule.tracing.steps import Quantity
from chainrule.tracing.text import (
    IN_CODE,
    PARTS,
    RowNames,
    headline,
    origin,
    row_name,
    shape_of,
    shown_of,
)

if TYPE_CHECKING:
    from chainrule.tracing.trouble import NotFinite

_STYLE = """
.cr-trace { font: 14px/1.5 system-ui, sans-serif; color: inherit; max-width: 64rem }
.cr-trace h3 { margin: 1.2em 0 .3em; font-size: 1.1em }
.cr-trace table { border-collapse: collapse; font-variant-numeric: tabular-nums }
.cr-trace .cr-numbers td, .cr-trace .cr-numbers th { padding: 0 .5em; text-align: right; border: 0;
  font-weight: normal }
.cr-trace .cr-numbers th { opacity: .65; text-align: left }
.cr-trace .cr-bad { color: #de3c3c; font-weight: 600 }
.cr-trace .cr-steps > tbody > tr > td { padding: .35em .8em .35em 0; vertical-align: top;
  border-top: 1px solid rgba(128, 128, 128, .3); text-align: left }
.cr-trace .cr-shape { opacity: .65; white-space: nowrap }
.cr-trace a { color: inherit; text-decoration: none; border-bottom: 1px dotted }
.cr-trace tr:target { background: rgba(255, 200, 0, .25) }
"""
_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>body {{ max-width: 64rem; margin: 1.5rem auto; padding: 0 1rem }}</style>
</head>
<body>
{body}
</body>
</html>
"""


def as_document(title: str, body: str) -> str:
    """Return a complete HTML document around a trace."""
    return _DOCUMENT.format(title=escape(title.partition("\n")[0]), body=body)


def as_html(
    title: str, steps: Sequence[Quantity], trouble: NotFinite | None, row_names: RowNames
) -> str:
    """Return a trace as an HTML fragment for a notebook."""
    known = {step.name: step for step in steps}
    prefix, heading = _identity(title, steps), escape(title).replace("\n", "<br/>")
    parts = [f"<div class='cr-trace'><style>{_STYLE}</style><p><b>{heading}</b></p>"]
    if trouble is not None:
        parts.append(f"<p class='cr-bad' role='alert'>{escape(str(trouble))}</p>")
    head = headline(known)
    if head:
        cells = "".join(
            f"<tr><td><a href='#{_anchor(prefix, step.name)}'>{mathml(step.name)}</a></td>"
            f"<td>{_numbers(step.value, ())}</td></tr>"
            for step in head
        )
        parts.append(f"<table class='cr-steps'><tbody>{cells}</tbody></table>")
    for part, of_part in groupby(steps, key=lambda step: step.part):
        parts.append(f"<h3>{escape(PARTS[part])}</h3><table class='cr-steps'><tbody>")
        parts += [_row(step, known, prefix, row_names.get(step.name, ())) for step in of_part]
        parts.append("</tbody></table>")
    return "".join([*parts, f"<p><small>In code: {IN_CODE}.</small></p></div>"])


def _identity(title: str, steps: Sequence[Quantity]) -> str:
    """Return a prefix for anchors, different for each trace in a notebook."""
    digest = hashlib.sha256(title.encode())
    for step in steps:
        digest.update(np.ascontiguousarray(step.value).tobytes())
    return f"cr{digest.hexdigest()[:8]}"


def _anchor(prefix: str, name: str) -> str:
    return f"{prefix}-{escape(name.replace(' ', '-'))}"


def _row(step: Quantity, known: Mapping[str, Quantity], prefix: str, names: Sequence[str]) -> str:
    formula = f" = {mathml(step.formula)}" if step.formula else ""
    links = ", ".join(
        f"<a href='#{_anchor(prefix, name)}'>{mathml(name)}</a> ({place})"
        for name, place in origin(step, known)
    )
    told = f"<br/><small>from {links}</small>" if links else ""
    remark = f"<br/><small>{escape(step.remark)}</small>" if step.remark else ""
    return (
        f"<tr id='{_anchor(prefix, step.name)}'><td>{mathml(step.name)}{formula}{told}{remark}</td>"
        f"<td class='cr-shape'>{shape_of(step)}</td><td>{_numbers(step.value, names)}</td></tr>"
    )


def _numbers(value: Array, names: Sequence[str]) -> str:
    table = np.atleast_2d(value)
    columns = shown_of(table.shape[1])
    rows = []
    for i in shown_of(len(table)):
        name = f"<th scope='row'>{escape(row_name(names, i))}</th>" if names else ""
        cells = ["⋮"] if i < 0 else [_number(table[i, j]) if j >= 0 else "…" for j in columns]
        rows.append(f"<tr>{name}" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return f"<table class='cr-numbers'><tbody>{''.join(rows)}</tbody></table>"


def _number(value: float) -> str:
    bad = "" if np.isfinite(value) else " class='cr-bad'"
    return f"<span{bad} title='{float(value)!r}'>{number(value)}</span>"
