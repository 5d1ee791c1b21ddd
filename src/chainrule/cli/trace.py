"""`chainrule trace`: one step of training on a row of a table, every number of it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from chainrule.cli import options
from chainrule.cli.errors import BadInputError, speaking, writing
from chainrule.cli.options import in_range
from chainrule.cli.tables import Reading
from chainrule.files import require_writable, whole_file
from chainrule.models import TableModel
from chainrule.ranges import require_positive
from chainrule.reports import plain
from chainrule.saving import load
from chainrule.tables import ClassTarget, Table
from chainrule.tracing import Trace
from chainrule.tracing import trace as traced


def trace(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="From 'chainrule train --out'.")],
    table: Annotated[Path, typer.Argument(metavar="TABLE", help=options.TABLE_HELP)],
    row: Annotated[
        int,
        typer.Option(min=1, help="Which row of TABLE; 1 is the first, below the names."),
    ] = 1,
    learning_rate: Annotated[
        float,
        typer.Option(callback=in_range(require_positive), help="η of the update that is shown."),
    ] = 0.01,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write one self-contained page, and no text."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for machines.")] = (
        False
    ),
    strict: options.Strict = False,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    quote: options.Quote = None,
    comment: options.Comment = None,
    header: options.Header = None,
    skip: options.Skip = None,
    sheet: options.Sheet = None,
) -> None:
    """Write out one step of training on a row of TABLE: every number, and where it comes from.

    If TABLE has the column that MODEL predicts, the whole step: forward, loss, backward and the
    update by plain gradient descent; else the way forward alone. MODEL stays as it is.
    """
    if html is not None:
        with writing(html):
            if any(html.resolve() == given.resolve() for given in (model, table)):
                raise BadInputError(f"{html} is one of the files to read; give --html another name")
            require_writable(html)
    loaded: TableModel = load(model, "table model")
    if loaded.predictor.network is None:
        raise BadInputError(
            f"{model} is an ensemble, and a step is one of one network; 'chainrule train --quick' "
            "makes a model of one"
        )
    rows = Reading(delimiter, encoding, quote, comment, header, skip, sheet).table(table)
    one = _row_of(rows, row)
    encoded = loaded.columns.encode(one, strict=strict, dtype=loaded.predictor.dtype)
    has_answer = _has_answer(loaded, one)
    step = _named(
        traced(
            loaded.network,
            encoded.values,
            loaded.target.encode(one) if has_answer else None,
            loss=loaded.loss,
            learning_rate=learning_rate,
        ),
        loaded,
        f"{rows.name}, row {row}{_place(one)}",
    )
    notes: list[str] = [*rows.notes, *encoded.notes]
    if not has_answer:
        notes.append(_why_forward_alone(loaded, one))
    for note in notes:
        print(plain(f"note: {note}"), file=sys.stderr)
    if html is not None:
        with writing(html), whole_file(html) as file:
            file.write(step.as_page().encode())
        print(f"trace written to {html}", file=sys.stderr)
    if as_json or html is None:
        with speaking():
            print(json.dumps(step.as_dict(), allow_nan=False) if as_json else _page(step))


def _page(step: Trace) -> str:
    return "\n".join(_printable(line) for line in str(step).splitlines())


def _printable(line: str) -> str:
    """Keep the columns of the numbers where they are."""
    return "".join(c if c.isprintable() else "�" for c in line)


def _row_of(rows: Table, row: int) -> Table:
    if row > rows.n_rows:
        raise BadInputError(
            f"--row {row}: {rows.name} has {rows.n_rows} rows; 1 is the first, below the names"
        )
    import numpy as np

    return rows.take(np.array([row - 1]))


def _place(one: Table) -> str:
    """Say aloud how the row is counted, where the file has lines."""
    counted = " (1 is the first, below the names)"
    return f" = {one.where(0)} of the file{counted}" if one.unit == "line" else counted


def _has_answer(loaded: TableModel, one: Table) -> bool:
    name = loaded.target.name
    return name in one.columns and one.frame[name][0] is not None


def _why_forward_alone(loaded: TableModel, one: Table) -> str:
    name = loaded.target.name
    there = f"column {name!r} is empty in this row"
    why = there if name in one.columns else f"the table has no column {name!r}"
    return f"{why}: the way forward alone, without loss and gradients"


def _named(step: Trace, loaded: TableModel, place: str) -> Trace:
    """Name the rows of inputs and outputs, and say what the prediction means."""
    target = loaded.target
    outputs: list[str] = [target.name]
    if isinstance(target, ClassTarget):
        outputs = list(target.levels) if target.n_outputs > 1 else [target.levels[1]]
    inputs = loaded.columns.feature_names
    last = max(quantity.layer for quantity in step.steps)
    y_hat = loaded.loss.link(step.of_layer(last)["a"].value)
    answer = target.decode(y_hat.T)[0]
    said = answer if isinstance(answer, str) else f"{answer:.4g}"
    title = (
        f"{place}\n{step.title}\nprediction of {target.name}: {said}\n"
        "a⁰ is the row as the network sees it: numbers standardised, a name is 1 where it holds"
    )
    names = {"a⁰": inputs, "da⁰": inputs, "y": outputs, "ŷ": outputs}
    return replace(step, title=title, row_names=names)
