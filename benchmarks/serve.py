"""`chainrule predict MODEL -`: rows a second and peak memory of rows that come through a pipe.

One row alone shows what the process takes by itself. The rows are 500 different ones, again and
again: what they hold costs nothing here, and the writer is never what is waited for.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT
from benchmarks.large_tables import write_table
from benchmarks.results import short
from benchmarks.tables import Table

SIZES = (1, 100_000, 1_000_000)
_DIFFERENT = 500
_MIB = 2**20
_COMMAND = [sys.executable, "-m", "chainrule"]
_LAUNCHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""  # a process starts with its parent's peak, so the parent is a small one
_COLUMNS = ["format", "rows", "seconds", "rows a second", "peak memory, MiB", "beyond one row's"]


def tables(rounds: int) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure both formats and every size; return a table and the numbers."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = _texts(folder)
        for form, (header, rows) in texts.items():
            for n_rows in SIZES:
                runs = [_run(folder / "model", header, rows, n_rows) for _ in range(rounds)]
                found.append({"format": form, "rows": n_rows, "runs": runs})
    note = (
        "Medians over the rounds; rows of 10 columns: 4 of decimals, 3 of whole numbers, 3 of 8 "
        "names each; a network of two hidden layers of 64. Seconds are the whole command's, rows "
        "a second those beyond the command for one row."
    )
    return [Table("Rows through a pipe", _COLUMNS, _rows(found), note)], found


def _texts(folder: Path) -> dict[str, tuple[bytes, bytes]]:
    """Train a model in the folder; return by format a header and some rows."""
    import polars as pl

    path = folder / "table.csv"
    write_table(path, 4 * _DIFFERENT)
    target, columns = "x9", ["x0", "x1", "x2", "x3", "k0", "k1", "k2", "c0", "c1", "c2"]
    frame = pl.read_csv(path).select(*columns, target)
    frame.write_csv(path)
    command = [*_COMMAND, "train", str(path), "--target", target, "--epochs", "2"]
    subprocess.run(
        [*command, "--out", str(folder / "model")], cwd=ROOT, check=True, capture_output=True
    )
    some = frame.select(columns).head(_DIFFERENT)
    return {
        "csv": (
            some.clear().write_csv().encode(),
            some.write_csv(include_header=False).encode(),
        ),
        "jsonl": (b"", some.write_ndjson().encode()),
    }


def _run(model: Path, header: bytes, rows: bytes, n_rows: int) -> dict[str, float]:
    """Return seconds and peak memory of one command."""
    begin = time.perf_counter()
    command = [sys.executable, "-c", _LAUNCHER, *_COMMAND, "predict", str(model), "-"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(header)
        for _ in range(n_rows // _DIFFERENT):
            child.stdin.write(rows)
        if n_rows < _DIFFERENT:
            child.stdin.write(b"".join(rows.splitlines(keepends=True)[:n_rows]))
        child.stdin.close()
        said = child.stdout.read()
    if child.returncode:
        raise ValueError("chainrule predict failed")
    return {"seconds": time.perf_counter() - begin, "peak": int(said) * 1024}


def _rows(found: list[dict[str, Any]]) -> list[list[str]]:
    rows = []
    for one in found:
        seconds = statistics.median(run["seconds"] for run in one["runs"])
        peak = statistics.median(run["peak"] for run in one["runs"]) / _MIB
        if one["rows"] == 1:
            start, least = seconds, peak
        rate = (one["rows"] - 1) / max(seconds - start, 1e-9)
        rows.append(
            [
                one["format"],
                f"{one['rows']:,}",
                short(seconds),
                "" if one["rows"] == 1 else short(rate),
                short(peak),
                short(peak - least),
            ]
        )
    return rows
