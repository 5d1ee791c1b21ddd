"""A table that can go to a terminal and into Markdown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

_WIDE = 130  # where the output is no terminal that could say its width


class Table(NamedTuple):
    """Rows of text under a title."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def markdown(table: Table) -> str:
    """Return the table as Markdown with its title as a heading.

    Examples
    --------
    >>> print(markdown(Table("Peers", ["who", "µs"], [["JAX", "1.2"]])))
    ## Peers
    <BLANKLINE>
    | who | µs |
    |---|---:|
    | JAX | 1.2 |
    """
    lines = [
        _row(table.columns),
        "|"
        + "|".join("---:" if _numeric(table, i) else "---" for i in range(len(table.columns)))
        + "|",
        *map(_row, table.rows),
    ]
    parts = [f"## {table.title}", *([table.note] if table.note else []), "\n".join(lines)]
    return "\n\n".join(parts)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _numeric(table: Table, column: int) -> bool:
    """Whether most of a column's texts begin like a number."""
    texts = [row[column] for row in table.rows if row[column] not in {"", "–"}]
    return 2 * sum(text[0].isdigit() for text in texts) > len(texts)


def show(tables: Sequence[Table]) -> None:
    """Print tables with rich if it is there, else as Markdown."""
    try:
        import rich.table
        from rich.box import SIMPLE
        from rich.console import Console
    except ImportError:
        print("\n\n".join(map(markdown, tables)))  # noqa: T201
        return
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    for table in tables:
        drawn = rich.table.Table(title=table.title, caption=table.note or None, box=SIMPLE)
        for i, column in enumerate(table.columns):
            drawn.add_column(column, justify="right" if _numeric(table, i) else "left")
        for row in table.rows:
            drawn.add_row(*map(rich.markup.escape, row))
        console.print(drawn)
