"""One peer's work in a fresh process: what it costs in seconds and in memory.

Run as ``python -m benchmarks.fresh WHAT PEER CELL``, WHAT being a name of `MEASURES` and the cell
JSON; prints one line of JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.cells import Cell
from benchmarks.environment import (
    ROOT,
    peak_bytes,
    stay_on_few_processors,
    worker_environment,
)
from benchmarks.peers import PEERS, Way, Ways

CACHE_VARIABLES = (
    "CHAINRULE_CACHE_DIR",
    "NUMBA_CACHE_DIR",
    "TORCHINDUCTOR_CACHE_DIR",
    "JAX_COMPILATION_CACHE_DIR",
)
"""Folders in which the libraries keep compiled code between processes."""
_FEW_BATCHES = 4


def of_few_rows(cell: Cell) -> Cell:
    """Return the cell with a few batches of rows: work that loads what all its work needs."""
    return replace(cell, rows=_FEW_BATCHES * cell.batch_size)


def first_work(peer: str, cell: Cell) -> dict[str, float]:
    """Import the peer and do the work twice; return seconds and bytes."""
    start = time.perf_counter()
    importlib.import_module(f"benchmarks.peers.{PEERS[peer].module}")
    imported = time.perf_counter()
    run = _way(peer, cell)
    ready, resident = time.perf_counter(), _resident_bytes()
    run(1)
    done = time.perf_counter()
    run(1)
    return {
        "import_seconds": imported - start,
        "first_seconds": done - ready,
        "second_seconds": time.perf_counter() - done,
        "resident_bytes": resident,
        "peak_bytes": peak_bytes(),
    }


def allocations(peer: str, cell: Cell) -> dict[str, float]:
    """Do the work after that of few rows; return the most bytes that it has at a time.

    Those that Python and NumPy allocate: data and model are there before, and what a library
    takes by itself is not seen.
    """
    _way(peer, of_few_rows(cell))(1)
    run = _way(peer, cell)
    tracemalloc.start()
    try:
        run(1)
        return {"allocated_bytes": tracemalloc.get_traced_memory()[1]}
    finally:
        tracemalloc.stop()


def _way(peer: str, cell: Cell) -> Way:
    module = importlib.import_module(f"benchmarks.peers.{PEERS[peer].module}")
    ways: Ways = getattr(module, cell.work)(cell)
    return next(iter(ways.values()))


MEASURES: dict[str, Callable[[str, Cell], dict[str, float]]] = {
    "first": first_work,
    "allocations": allocations,
}


def _resident_bytes() -> int:
    """Return the memory of the process now, or its peak so far where nobody tells."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return peak_bytes()
    return int(status.read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def in_a_fresh_process(
    peer: str,
    cell: Cell,
    *,
    python: Path,
    engine: str,
    variables: Mapping[str, str],
    what: str = "first",
) -> dict[str, Any]:
    """Return what one of `MEASURES` finds in a new process, and that process's own seconds.

    Raises
    ------
    RuntimeError
        If the process fails; the message is the last line it said.
    """
    command = [str(python), "-m", "benchmarks.fresh", what, peer, json.dumps(cell.as_json())]
    environment = {**worker_environment(engine), **variables}
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError((done.stderr.splitlines() or [f"exit code {done.returncode}"])[-1])
    return {**json.loads(done.stdout.splitlines()[-1]), "process_seconds": seconds}


if __name__ == "__main__":
    stay_on_few_processors()
    _what, _peer, _cell = sys.argv[1:]
    _found = MEASURES[_what](_peer, Cell.from_json(json.loads(_cell)))
    print(json.dumps(_found))  # noqa: T201
