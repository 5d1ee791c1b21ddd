"""How much memory a fit takes beyond the data, which the caller holds, and the parameters.

Each fit has a fresh process, because a peak never falls again. What the libraries and compiled
code take is seen in a fit of four batches; what remains grows with the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.cells import GRID, Cell
from benchmarks.data import data_bytes
from benchmarks.fresh import in_a_fresh_process
from benchmarks.results import short
from benchmarks.tables import Table

_CELLS = ("small", "mid", "mnist", "wide")
_FEW_BATCHES = 4
_MIB = 2**20
_COLUMNS = [
    "cell", "who", "data, MiB", "parameters, MiB", "fit of few rows, MiB",
    "fit of all rows, MiB", "more for the rows, MiB", "of the data",
]  # fmt: skip


def tables(
    peers: Sequence[str], *, python: Path, engine: str
) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure peaks; return a table and the numbers."""
    cells = [cell for cell in GRID if cell.name in _CELLS]
    found = [_peak(peer, cell, python, engine) for cell in cells for peer in peers]
    note = "MiB that a fit's peak lies above the memory of the process just before it."
    return [Table("Peak memory of a fit", _COLUMNS, list(map(_row, found)), note)], found


def _peak(peer: str, cell: Cell, python: Path, engine: str) -> dict[str, Any]:
    about = {"cell": cell.label, "peer": peer, "data": data_bytes(cell)}
    parameters = cell.n_parameters * (8 if cell.dtype == "float64" else 4)
    few = replace(cell, rows=_FEW_BATCHES * cell.batch_size)
    try:
        _extra(peer, few, python, engine)  # compiles, and keeps it on disk
        extras = [_extra(peer, one, python, engine) for one in (few, cell)]
    except RuntimeError as error:
        return {**about, "skipped": str(error)}
    return {**about, "parameters": parameters, "few": extras[0], "all": extras[1]}


def _extra(peer: str, cell: Cell, python: Path, engine: str) -> int:
    found = in_a_fresh_process(peer, cell, python=python, engine=engine, variables={})
    return int(found["peak_bytes"] - found["resident_bytes"])


def _row(found: dict[str, Any]) -> list[str]:
    names = [found["cell"], found["peer"], short(found["data"] / _MIB)]
    if "skipped" in found:
        return [*names, f"skipped: {found['skipped']}", *["–"] * 4]
    more = found["all"] - found["few"]
    sizes = [found["parameters"], found["few"], found["all"], more]
    return [*names, *(short(size / _MIB) for size in sizes), f"{more / found['data']:.2f} ×"]
