"""Reading a CSV file and turning it into a network's inputs, beside polars.

Ours reads as `chainrule train` does: strictly, with the line of each row, words for missing, kinds
inferred over all rows, and standardised numbers beside one-hot categories. Of polars it is
`read_csv` and `to_dummies` alone, the least that another program would do. Each runs in a fresh
process, in turns, from a file that the system has in memory.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import ROOT, peak_bytes
from benchmarks.results import short
from benchmarks.tables import Table

SIZES = {"100 thousand rows": 100_000, "1 million rows": 1_000_000, "5 million rows": 5_000_000}
_PART = 250_000  # rows written at a time
_MIB = 2**20
_LEVELS = 8
_COLUMNS = [
    "file", "who", "MiB", "seconds", "spread", "of it reading", "MiB a second",
    "peak memory, MiB", "times the file",
]  # fmt: skip


def write_table(path: Path, n_rows: int) -> None:
    """Write 10 columns of decimals, 5 of whole numbers and 5 of names, without missing values."""
    import polars as pl

    rng = np.random.default_rng(0)
    names = np.array([f"level {number}" for number in range(_LEVELS)])
    with path.open("wb") as file:
        for first in range(0, n_rows, _PART):
            n = min(_PART, n_rows - first)
            columns: dict[str, Any] = {
                **{f"x{i}": np.round(100 * rng.normal(size=n), 4) for i in range(10)},
                **{f"k{i}": rng.integers(0, 1000, n) for i in range(5)},
                **{f"c{i}": names[rng.integers(0, _LEVELS, n)] for i in range(5)},
            }
            pl.DataFrame(columns).write_csv(file, include_header=first == 0)


def by_chainrule(path: Path) -> dict[str, float]:
    """Read and encode as `chainrule train` does."""
    from chainrule.models import FLOAT
    from chainrule.tables import infer, learn, read_table

    begin = time.perf_counter()
    table = read_table(path)
    read = time.perf_counter()
    typed = infer(table.for_one_use(), target="k0")
    columns = learn(typed, np.arange(table.n_rows))
    encoded = columns.encode_typed(typed.table.for_one_use(), dtype=FLOAT)
    assert encoded.values.shape[1] == 14 + 5 * _LEVELS
    return {"seconds": time.perf_counter() - begin, "reading": read - begin}


def by_polars(path: Path) -> dict[str, float]:
    """Read with types inferred from the first rows, and encode categories."""
    import polars as pl

    begin = time.perf_counter()
    frame = pl.read_csv(path)
    read = time.perf_counter()
    encoded = frame.to_dummies([name for name in frame.columns if name.startswith("c")])
    assert encoded.width == 15 + 5 * _LEVELS
    return {"seconds": time.perf_counter() - begin, "reading": read - begin}


WAYS: dict[str, Callable[[Path], dict[str, float]]] = {
    "chainrule": by_chainrule,
    "polars": by_polars,
}


def measure_here(way: str, path: Path) -> dict[str, float]:
    """Return one run's seconds, and its peak memory beyond that of the libraries."""
    import chainrule.models
    import chainrule.tables  # noqa: F401  # loaded before the clock starts

    before = peak_bytes()
    found = WAYS[way](path)
    peak = peak_bytes()
    return {**found, "peak": peak - before, "libraries": before}


def tables(rounds: int) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure every size and way in turns; return a table and the numbers."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for label, n_rows in SIZES.items():
            path = Path(folder) / "table.csv"
            write_table(path, n_rows)
            runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for way, results in runs.items():
                    results.append(_in_a_fresh_process(way, path))
            found += [
                {"file": label, "bytes": path.stat().st_size, "who": way, "runs": results}
                for way, results in runs.items()
            ]
    note = (
        "Medians over the rounds; 20 columns: 10 of decimals, 5 of whole numbers, 5 of 8 names "
        "each. Peak memory is what the process took at most beyond the libraries. "
        "Ours checks, infers and standardises; polars takes types from the first rows."
    )
    return [Table("Reading and encoding a CSV file", _COLUMNS, list(map(_row, found)), note)], found


def _in_a_fresh_process(way: str, path: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.large_tables", way, str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return dict(json.loads(done.stdout))


def _row(found: dict[str, Any]) -> list[str]:
    size = found["bytes"] / _MIB
    runs = found["runs"]
    seconds = sorted(run["seconds"] for run in runs)
    middle = statistics.median(seconds)
    reading = statistics.median(run["reading"] for run in runs)
    peak = statistics.median(run["peak"] for run in runs) / _MIB
    return [
        found["file"],
        found["who"],
        short(size),
        short(middle),
        f"{short(seconds[0])} … {short(seconds[-1])}",
        short(reading),
        short(size / middle),
        short(peak),
        f"{peak / size:.2f} ×",
    ]


if __name__ == "__main__":
    print(json.dumps(measure_here(sys.argv[1], Path(sys.argv[2]))))  # noqa: T201
