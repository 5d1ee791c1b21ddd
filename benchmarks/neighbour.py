"""Training and prediction beside other programs that compute all the time.

A neighbour is a process that counts in an endless loop. With one of them on two processors, fair
shares leave 4/3 of the 2 processors to two threads: a time of 1.5 × the time alone. One thread for
all the work would take up to 2 ×. Who waits at a barrier for a thread that has lost its processor
takes longer.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.cells import GRID, Cell
from benchmarks.goals import OURS
from benchmarks.peers import PEERS
from benchmarks.results import short
from benchmarks.rounds import Process
from benchmarks.tables import Table

Found: TypeAlias = dict[str, Any]

NEIGHBOURS = (0, 1, 2)
_PLACES = {"0": "alone", "1": "beside one", "2": "beside two"}
LIMIT = 2.2  # of the time alone, beside one neighbour
PEERS_BESIDE = (OURS, "sklearn", "torch", "jax", "onnxruntime")
_TRAINED = ("small", "mid", "mnist", "wide", "regression", "deep")  # others have work for one
_LARGE = Cell("large", (300, 1024, 1024, 20), 512, 5_120)
_PREDICTED = {"mid": (100, 100_000), "mnist": (100,)}
_LOOP = """import os, sys
while os.getppid() == int(sys.argv[1]):  # it ends with this process, however that ends
    for _ in range(10**6):
        pass
"""
_SECONDS_TO_SETTLE = 0.3  # the scheduler moves threads from processor to processor meanwhile
_SECONDS = 0.3  # of a repetition: a fit may find out about its neighbour, a user's is longer
_COLUMNS = [
    "cell", "who", "alone, µs", "beside one, µs", "of alone", "beside two, µs", "of alone",
    "in words",
]  # fmt: skip


def cells() -> list[Cell]:
    """Return networks of the grid, a larger one, and predictions of two of them."""
    predictions = [
        replace(cell, rows=rows, work="prediction")
        for cell in GRID
        for rows in _PREDICTED.get(cell.name, ())
    ]
    return [*(cell for cell in GRID if cell.name in _TRAINED), _LARGE, *predictions]


def tables(
    peers: Sequence[str], rounds: int, *, python: Path, engine: str, say: Callable[[str], None]
) -> tuple[list[Table], list[Found]]:
    """Measure; return a table for each kind of work, and the numbers."""
    with ExitStack() as stack:
        processes = {name: stack.enter_context(Process(name, python, engine)) for name in peers}
        found = [one for cell in cells() for one in _beside(cell, processes, rounds, say)]
    note = (
        f"Medians of {rounds} rounds, per step or call. A neighbour is a process that counts in an "
        f"endless loop, on the same two processors. Beside one, we may take {LIMIT} × the time "
        "alone, and no peer may be faster than we are."
    )
    return [
        Table(title, _COLUMNS, [*rows(found, work)], note)
        for work, title in (("training", "Training"), ("prediction", "Prediction"))
        if any(one["cell"]["work"] == work for one in found)
    ], found


def _beside(
    cell: Cell, processes: Mapping[str, Process], rounds: int, say: Callable[[str], None]
) -> Iterator[Found]:
    """Yield what each peer that can do the work took, by the number of neighbours."""
    fields = cell.as_json()
    invited = {
        name: process for name, process in processes.items() if cell.work in PEERS[name].work
    }
    ways = {
        name: process.ask("prepare", cell=fields, seconds=_SECONDS)
        for name, process in invited.items()
    }
    ready = [name for name in invited if "skipped" not in ways[name]]
    seconds: dict[str, dict[int, list[float]]] = {
        name: {count: [] for count in NEIGHBOURS} for name in ready
    }
    for turn in range(rounds):
        for count in NEIGHBOURS:
            with neighbours(count):
                for name in ready[turn % len(ready) :] + ready[: turn % len(ready)]:
                    answer = invited[name].ask("repeat")
                    seconds[name][count] += [answer["seconds"]] if "seconds" in answer else []
    for name, taken in seconds.items():
        if all(taken.values()):
            medians = {str(count): statistics.median(times) for count, times in taken.items()}
            every = {str(count): times for count, times in taken.items()}
            found = {"cell": fields, "label": cell.label, "who": name, "way": ways[name]["way"]}
            times = ", ".join(map(_microseconds, medians.values()))
            say(f"{cell.work} {cell.label}: {name} {times} µs")
            yield {**found, "medians": medians, "seconds": every}


@contextmanager
def neighbours(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Have so many processes compute during the block."""
    loops: list[subprocess.Popen[bytes]] = []
    try:
        command = [sys.executable, "-c", _LOOP, str(os.getpid())]
        loops += (subprocess.Popen(command) for _ in range(count))
        time.sleep(_SECONDS_TO_SETTLE)
        yield loops
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def rows(found: Sequence[Found], work: str) -> Iterator[list[str]]:
    """Yield a table's rows of one kind of work: by cells, ours first."""
    for one in found:
        if one["cell"]["work"] == work:
            alone, beside_one, beside_two = (one["medians"][str(count)] for count in NEIGHBOURS)
            yield [
                one["label"],
                PEERS[one["who"]].title,
                _microseconds(alone),
                *(_microseconds(beside_one), f"{beside_one / alone:.2f} ×"),
                *(_microseconds(beside_two), f"{beside_two / alone:.2f} ×"),
                word(one, found) if one["who"] == OURS else "–",
            ]


def word(ours: Found, found: Sequence[Found]) -> str:
    """Say whether our times meet what is wanted, or beside how many neighbours a peer is faster."""
    others = [one for one in found if one["cell"] == ours["cell"] and one["who"] != OURS]
    lost = [
        f"LOST to {PEERS[one['who']].title} {place}"
        for count, place in _PLACES.items()
        for one in others
        if one["medians"][count] < ours["medians"][count]
    ]
    if lost:
        return ", ".join(lost)
    within = ours["medians"]["1"] <= LIMIT * ours["medians"]["0"]
    return "met" if within else "falls short"


def _microseconds(seconds: float) -> str:
    return short(seconds * 1e6)
