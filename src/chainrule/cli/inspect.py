"""`chainrule inspect`: how a table would be read, before any training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from chainrule.cli import options
from chainrule.cli.errors import speaking
from chainrule.cli.tables import Reading, kinds_of, without, words_of
from chainrule.reports import plain
from chainrule.tables import Inspection, clean_name
from chainrule.tables import inspect as inspected


def inspect(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help=options.TABLE_HELP)],
    target: options.Target = None,
    task: options.TaskName = "auto",
    category: options.Category = None,
    kind: options.Kind = None,
    missing: options.Missing = None,
    not_missing: options.NotMissing = None,
    drop: options.Drop = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    quote: options.Quote = None,
    comment: options.Comment = None,
    header: options.Header = None,
    skip: options.Skip = None,
    sheet: options.Sheet = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for machines.")] = (
        False
    ),
) -> None:
    """Say how TABLE would be read: its format, each column's kind, what is left out and why.

    Takes the options of 'chainrule train' that say how to read a table, and trains nothing.
    """
    kinds, words = kinds_of(kind), words_of(missing, not_missing)
    rows = Reading(delimiter, encoding, quote, comment, header, skip, sheet).table(table)
    rows = without(rows, drop or [], target and clean_name(target))
    found = inspected(rows, target, task=task, categories=category or [], kinds=kinds, words=words)
    with speaking():
        if as_json:
            print(json.dumps(found.as_dict(), ensure_ascii=False, allow_nan=False))
        else:
            _show(found)


def _show(found: Inspection) -> None:
    from rich.console import Console
    from rich.table import Table as Grid

    how = ", ".join(f"{name} {value}" for name, value in found.format.items())
    print(plain(f"{found.name}: {found.n_rows} rows, {len(found.columns)} columns ({how})"))
    if found.target is not None:
        print(plain(found.target.sentence))
    grid = Grid(
        "column", "kind", "missing", "different", "examples", "used", box=None, pad_edge=False
    )
    for column in found.columns:
        is_target = found.target is not None and column.name == found.target.name
        grid.add_row(
            plain(column.name),
            column.kind,
            _percent(column.missing),
            str(column.n_levels),
            plain(", ".join(column.examples)),
            "target" if is_target else "no" if column.left_out else "yes",
        )
    print()
    Console(highlight=False, markup=False).print(grid)
    print()
    for note in found.notes:
        print(plain(f"note: {note}"))


def _percent(share: float) -> str:
    if share == 0.0:
        return ""
    return f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %"
