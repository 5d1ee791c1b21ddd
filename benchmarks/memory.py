"""How much memory a fit takes beyond the data, which the caller holds.

Two measures, each in a fresh process. The process's peak is all that it took, LLVM and other
libraries with it, and differs by megabytes from run to run. What Python and NumPy allocate in a
fit that is not the first is exact, and shows whether the data are copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cells import GRID, Cell
from benchmarks.data import data_bytes
from benchmarks.fresh import in_a_fresh_process, of_few_rows
from benchmarks.results import short
from benchmarks.tables import Table
from chainrule.optimizers import get_optimizer

_CELLS = ("small", "mid", "mnist", "wide")
_NUMPY_ALONE = ("chainrule", "sklearn", "page")  # what others allocate is not seen
_NEEDED = ("parameters", "activations", "orders")
_ORDERS = 3  # the last epoch's, a permutation, and this epoch's
_MIB = 2**20
_PEAK_COLUMNS = [
    "cell", "who", "data, MiB", "fit of few rows, MiB", "fit of all rows, MiB",
]  # fmt: skip
_ALLOCATION_COLUMNS = [
    "cell", "who", "data, MiB", "allocated, MiB", "parameters, MiB", "activations, MiB",
    "orders, MiB", "data copied, at most",
]  # fmt: skip


def tables(
    peers: Sequence[str], *, python: Path, engine: str
) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure peaks and allocations; return tables and the numbers."""
    pairs = [(cell, peer) for cell in GRID if cell.name in _CELLS for peer in peers]
    peaks = [_peak(peer, cell, python, engine) for cell, peer in pairs]
    found = [
        _allocations(peer, cell, python, engine) for cell, peer in pairs if peer in _NUMPY_ALONE
    ]
    return [
        Table(
            "Peak memory of a fit",
            _PEAK_COLUMNS,
            list(map(_peak_row, peaks)),
            "MiB that a first fit's peak lies above the memory of the process just before it: "
            "libraries and machine code are loaded in it.",
        ),
        Table(
            "What a fit allocates",
            _ALLOCATION_COLUMNS,
            list(map(allocation_row, found)),
            "The most bytes at a time of a later fit. Parameters: θ, its gradient and the "
            "optimizer's memory; activations: every layer's inputs and ∂L/∂z for one batch. "
            "What is left beside these and the orders of the rows is taken for data.",
        ),
    ], [*peaks, *found]


def _peak(peer: str, cell: Cell, python: Path, engine: str) -> dict[str, Any]:
    about = {"cell": cell.label, "peer": peer, "data": data_bytes(cell)}
    few = of_few_rows(cell)
    try:
        _extra(peer, few, python, engine)  # compiles, and keeps it on disk
        extras = [_extra(peer, one, python, engine) for one in (few, cell)]
    except RuntimeError as error:
        return {**about, "skipped": str(error)}
    return {**about, "few": extras[0], "all": extras[1]}


def _extra(peer: str, cell: Cell, python: Path, engine: str) -> int:
    found = in_a_fresh_process(peer, cell, python=python, engine=engine, variables={})
    return int(found["peak_bytes"] - found["resident_bytes"])


def _allocations(peer: str, cell: Cell, python: Path, engine: str) -> dict[str, Any]:
    about = {"cell": cell.label, "peer": peer, "data": data_bytes(cell), **needed(cell)}
    try:
        found = in_a_fresh_process(
            peer, cell, python=python, engine=engine, variables={}, what="allocations"
        )
    except RuntimeError as error:
        return {**about, "skipped": str(error)}
    return {**about, "allocated": int(found["allocated_bytes"])}


def needed(cell: Cell) -> dict[str, int]:
    """Return the bytes of what training cannot do without."""
    size = np.dtype(cell.dtype).itemsize
    neurons = sum(cell.sizes[:-1]) + sum(cell.sizes[1:])
    return {
        "parameters": cell.n_parameters * (2 + get_optimizer(cell.optimizer).slots) * size,
        "activations": cell.batch_size * neurons * size,
        "orders": cell.rows * _ORDERS * np.dtype(np.int64).itemsize,
    }


def _peak_row(found: dict[str, Any]) -> list[str]:
    return _row(found, ["few", "all"])


def allocation_row(found: dict[str, Any]) -> list[str]:
    """Return a row of the table of allocations."""
    if "skipped" in found:
        return [*_row(found, ["allocated", *_NEEDED]), "–"]
    rest = found["allocated"] - sum(found[key] for key in _NEEDED)
    return [*_row(found, ["allocated", *_NEEDED]), f"{max(rest, 0) / found['data']:.2f} ×"]


def _row(found: dict[str, Any], keys: Sequence[str]) -> list[str]:
    names = [found["cell"], found["peer"], short(found["data"] / _MIB)]
    if "skipped" in found:
        return [*names, f"skipped: {found['skipped']}", *["–"] * (len(keys) - 1)]
    return [*names, *(short(found[key] / _MIB) for key in keys)]
