"""What a run found, as a JSON file and back."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cells import Cell
from benchmarks.environment import THREADS
from benchmarks.rounds import Figure, Measured, Run


@dataclass
class Results:
    """A run with what one must know to read it.

    Attributes
    ----------
    run : Run
    machine : dict of str to str
    settings : dict of str to str
    """

    run: Run
    machine: dict[str, str]
    settings: dict[str, str]

    def peak(self, dtype: str, threads: int = THREADS) -> float | None:
        """Return the highest FMA rate that was seen, in GFLOP/s: the strictest measure."""
        rates = self.peak_rates(dtype, threads)
        return max(rates) if rates else None

    def peak_rates(self, dtype: str, threads: int) -> list[float]:
        """Return all FMA rates of this kind."""
        return [
            peak["gflops"]
            for peak in self.run.peaks
            if (peak["dtype"], peak["threads"]) == (dtype, threads)
        ]

    def share_of_peak(self, measured: Measured, figure: Figure) -> float | None:
        """Return a figure's rate as a share of the peak of its dtype."""
        peak = self.peak(measured.cell.dtype)
        return gflops(measured.cell, figure) / peak if peak else None


def gflops(cell: Cell, figure: Figure) -> float:
    """Return the median rate of the matrix products; the other work is not counted."""
    return cell.flop / figure.median / 1e9


def samples_per_second(cell: Cell, figure: Figure) -> float:
    """Return how many rows the median step makes in a second."""
    return (cell.batch_size if cell.work == "training" else cell.rows) / figure.median


def save(results: Results, path: Path) -> None:
    """Write everything, every round's seconds included."""
    run = results.run
    document = {
        "machine": results.machine,
        "settings": results.settings,
        "versions": run.versions,
        "missing": run.missing,
        "peaks": run.peaks,
        "measured": [_measured_as_json(results, measured) for measured in run.measured],
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _measured_as_json(results: Results, measured: Measured) -> dict[str, Any]:
    figures = {
        name: {**figure._asdict(), **_derived(results, measured, figure)}
        for name, figure in measured.figures.items()
    }
    apart = list(measured.apart)
    return {"cell": measured.cell.as_json(), "figures": figures, "apart_seconds": apart}


def _derived(results: Results, measured: Measured, figure: Figure) -> dict[str, Any]:
    if not figure.seconds:
        return {}
    return {
        "median_seconds": figure.median,
        "spread_seconds": [min(figure.seconds), max(figure.seconds)],
        "samples_per_second": samples_per_second(measured.cell, figure),
        "gflops": gflops(measured.cell, figure),
        "share_of_peak": results.share_of_peak(measured, figure),
    }


def load(path: Path) -> Results:
    """Read what `save` wrote."""
    document = json.loads(path.read_text(encoding="utf-8"))
    measured = [_measured_from_json(item) for item in document["measured"]]
    run = Run(measured, document["peaks"], document["versions"], document["missing"])
    return Results(run, document["machine"], document["settings"])


def _measured_from_json(item: Mapping[str, Any]) -> Measured:
    figures = {
        name: Figure(figure["seconds"], figure["way"], figure["skipped"])
        for name, figure in item["figures"].items()
    }
    return Measured(Cell.from_json(item["cell"]), figures, item.get("apart_seconds", []))


def spread(numbers: Sequence[float], unit: float = 1e-6) -> str:
    """Return the smallest and the largest of some numbers in a unit, by itself µs of seconds.

    Examples
    --------
    >>> spread([1e-6, 2e-6, 4e-6]), spread([]), spread([195.0, 201.4], unit=1)
    ('1 … 4', '–', '195 … 201')
    """
    if not numbers:
        return "–"
    return f"{short(min(numbers) / unit)} … {short(max(numbers) / unit)}"


def short(number: float) -> str:
    """Return three significant digits, without an exponent.

    Examples
    --------
    >>> short(0.12345), short(12345.6)
    ('0.123', '12346')
    """
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"


def with_prefix(number: float) -> str:
    """Return three digits with k, M or G for thousands, millions, milliards.

    Examples
    --------
    >>> with_prefix(1_234_567), with_prefix(12)
    ('1.23 M', '12')
    """
    for size, prefix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:.3g}{prefix}"
    return f"{number:.3g}"


def median(numbers: list[float]) -> float:
    """Return the median."""
    return statistics.median(numbers)
