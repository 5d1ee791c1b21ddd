"""Four fits at once, and what they take of the processors beside four fits one after another.

What counts is the processors' time, not the clock's: threads that wait for each other while others
have the processors, or that are more than the processors, cost time without doing work.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from joblib import Parallel, delayed

from benchmarks.cells import GRID, Cell
from benchmarks.data import inputs, targets
from benchmarks.peers import chainrule_
from benchmarks.results import short
from benchmarks.tables import Table

BACKENDS = ("loky", "threading", "multiprocessing")
AT_ONCE = 4
LIMIT = 1.3  # of the processors' time of as many fits alone
_CELLS = ("small", "mid")
_SECONDS = 1.0  # about, of a fit
_COLUMNS = [
    "cell", "backend", "one alone, s", "four at once, s", "of four alone", "clock, s", "in words",
]  # fmt: skip


def tables(rounds: int) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure; return a table and the numbers."""
    found = [
        one for cell in GRID if cell.name in _CELLS for one in _crowds(cell, rounds, _epochs(cell))
    ]
    note = (
        f"Processors' time, medians of {rounds} rounds. {AT_ONCE} fits at once by joblib may take "
        f"{LIMIT} × what {AT_ONCE} fits alone take."
    )
    return [Table("Four fits at once", _COLUMNS, list(map(_row, found)), note)], found


def _epochs(cell: Cell) -> int:
    """Return how many epochs take about so long; compiles, too."""
    processor_seconds(cell, 1)
    start = time.perf_counter()
    processor_seconds(cell, 1)
    return max(1, round(_SECONDS / (time.perf_counter() - start)))


def processor_seconds(cell: Cell, epochs: int) -> float:
    """Fit, and return the processors' time of this process meanwhile, all its threads together."""
    x, y, model = inputs(cell), targets(cell), chainrule_.network(cell)
    start = time.process_time()
    chainrule_.fit(cell, model, x, y, epochs)
    return time.process_time() - start


def _crowds(cell: Cell, rounds: int, epochs: int) -> list[dict[str, Any]]:
    alone: list[float] = []
    together: dict[str, list[tuple[float, float]]] = {backend: [] for backend in BACKENDS}
    for _ in range(rounds):
        alone.append(processor_seconds(cell, epochs))
        for backend in BACKENDS:
            together[backend].append(crowd(backend, cell, epochs))
    return [
        {
            "cell": cell.label,
            "backend": backend,
            "alone": statistics.median(alone),
            "together": statistics.median(seconds for seconds, _ in taken),
            "clock": statistics.median(clock for _, clock in taken),
        }
        for backend, taken in together.items()
    ]


def crowd(backend: str, cell: Cell, epochs: int) -> tuple[float, float]:
    """Return the processors' time of four fits at once, and the clock's."""
    with warnings.catch_warnings(), Parallel(AT_ONCE, backend=backend) as parallel:
        warnings.simplefilter("ignore")  # joblib's, of a fork beside threads
        few = replace(cell, rows=cell.batch_size)
        parallel(delayed(processor_seconds)(few, 1) for _ in range(AT_ONCE))  # all have started
        clock, own = time.perf_counter(), time.process_time()
        each: Sequence[float] = parallel(
            delayed(processor_seconds)(cell, epochs) for _ in range(AT_ONCE)
        )
        clock, own = time.perf_counter() - clock, time.process_time() - own
    return (own if backend == "threading" else sum(each)), clock


def _row(found: dict[str, Any]) -> list[str]:
    share = found["together"] / found["alone"] / AT_ONCE
    return [
        found["cell"],
        found["backend"],
        *(short(found[key]) for key in ("alone", "together")),
        f"{share:.2f} ×",
        short(found["clock"]),
        "met" if share <= LIMIT else "falls short",
    ]
