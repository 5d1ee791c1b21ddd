"""How long one waits for the first fit: with nothing compiled yet, and on every later day."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.cells import GRID, Cell
from benchmarks.fresh import CACHE_VARIABLES, in_a_fresh_process
from benchmarks.results import short
from benchmarks.tables import Table

_CELLS = ("seed", "iris", "regression", "deep")
_COLUMNS = ["cell", "who", "start", "process, s", "import, s", "first fit, s", "second fit, s"]
_STEPS = 10


def tables(
    peers: Sequence[str], rounds: int, *, python: Path, engine: str
) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure cold and warm starts; return a table and the numbers."""
    found = [
        found
        for cell in _cells()
        for peer in peers
        for found in _starts(peer, cell, rounds, python=python, engine=engine)
    ]
    note = f"A fit of one epoch of {_STEPS} steps; cold: an empty folder for compiled code."
    return [Table("Cold and warm start", _COLUMNS, list(map(_row, found)), note)], found


def _cells() -> list[Cell]:
    return [replace(cell, rows=_STEPS * cell.batch_size) for cell in GRID if cell.name in _CELLS]


def _starts(
    peer: str, cell: Cell, rounds: int, *, python: Path, engine: str
) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        variables = dict.fromkeys(CACHE_VARIABLES, folder)
        for start, times in (("cold", 1), ("warm", rounds)):
            try:
                repeated = [
                    in_a_fresh_process(peer, cell, python=python, engine=engine,
                                       variables=variables)
                    for _ in range(times)
                ]  # fmt: skip
            except RuntimeError as error:
                yield {"cell": cell.label, "peer": peer, "start": start, "skipped": str(error)}
                return
            medians = {key: statistics.median(one[key] for one in repeated) for key in repeated[0]}
            yield {"cell": cell.label, "peer": peer, "start": start, **medians}


def _row(found: dict[str, Any]) -> list[str]:
    names = [found["cell"], found["peer"], found["start"]]
    if "skipped" in found:
        return [*names, f"skipped: {found['skipped']}", *["–"] * 3]
    keys = ("process_seconds", "import_seconds", "first_seconds", "second_seconds")
    return [*names, *(short(found[key]) for key in keys)]
