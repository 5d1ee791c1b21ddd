"""Does the cost grow as the work grows? One size is doubled at a time, the others stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import log
from pathlib import Path
from typing import NamedTuple

from benchmarks import plot
from benchmarks.cells import Cell
from benchmarks.report import machine_table
from benchmarks.results import Results, gflops, save, short, spread
from benchmarks.rounds import Figure, Measured
from benchmarks.tables import Table, markdown

_BASE = Cell("scaling", (32, 128, 128, 8), 128, 12_800)
_COLUMNS = ["who", "size", "µs per step", "spread", "GFLOP/s", "work ×", "time ×", "power"]


def series() -> dict[str, list[Cell]]:
    """Return the cells of each series by its title."""
    widths, depths, batches = (16, 32, 64, 128, 256, 512, 1024), (1, 2, 4, 8, 16), (8, 32, 128, 512)
    rows, asked = (1_280, 12_800, 128_000), (1, 10, 100, 1_000, 10_000, 100_000)
    return {
        "width": [replace(_BASE, name=f"{n}", sizes=(32, n, n, 8)) for n in widths],
        "depth": [replace(_BASE, name=f"{n}", sizes=(32, *[128] * n, 8)) for n in depths],
        "batch": [replace(_BASE, name=f"{n}", batch_size=n) for n in batches],
        "rows of an epoch": [replace(_BASE, name=f"{n}", rows=n) for n in rows],
        "rows of a prediction": [
            replace(_BASE, name=f"{n}", rows=n, work="prediction") for n in asked
        ],
    }


def cells() -> list[Cell]:
    """Return the cells of all series in order."""
    return [cell for of_one_title in series().values() for cell in of_one_title]


def by_series(measured: Sequence[Measured]) -> dict[str, list[Measured]]:
    """Return what was measured by the title of its series; the order is that of the cells."""
    rest = iter(measured)
    return {title: [next(rest) for _ in sizes] for title, sizes in series().items()}


def tables(results: Results) -> list[Table]:
    """Return one table for each series; power 1 is "as the work grows", less is better."""
    note = "power: the exponent p in time ~ work^p, from the line above; 1 is proportional."
    return [
        Table(f"Cost against {title}", _COLUMNS, list(_rows(measured)), note)
        for title, measured in by_series(results.run.measured).items()
    ]


def _rows(measured: Sequence[Measured]) -> Iterator[list[str]]:
    for name in measured[0].figures:
        points = list(_points(measured, name))
        growths = [["–"] * 3, *(_growth(a, b) for a, b in pairwise(points))]
        for point, growth in zip(points, growths, strict=False):
            cell, seconds = point.cell, point.figure.seconds
            figures = [point.figure.median * 1e6, gflops(cell, point.figure)]
            yield [name, cell.name, short(figures[0]), spread(seconds), short(figures[1]), *growth]


class Point(NamedTuple):
    """One size: the work that is compared and the time it took."""

    cell: Cell
    figure: Figure
    work: float
    seconds: float


def _points(measured: Sequence[Measured], name: str) -> Iterator[Point]:
    """Yield work and time of a step, or of an epoch where only the number of steps differs."""
    whole_epochs = len({one.cell.flop for one in measured}) == 1
    for one in measured:
        if figure := one.done().get(name):
            steps = one.cell.steps if whole_epochs else 1
            yield Point(one.cell, figure, steps * one.cell.flop, steps * figure.median)


def _growth(smaller: Point, larger: Point) -> list[str]:
    work, time = larger.work / smaller.work, larger.seconds / smaller.seconds
    return [short(work), short(time), f"{log(time) / log(work):.2f}"]


def curves(measured: Sequence[Measured]) -> dict[str, list[tuple[float, float]]]:
    """Return (work, seconds) of each size by the peer's name, for a picture."""
    return {
        name: [(point.work, point.seconds) for point in _points(measured, name)]
        for name in measured[0].done()
    }


def write(results: Results, folder: Path) -> list[Path]:
    """Write the JSON, Markdown and picture; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"scaling.{ending}" for ending in ("json", "md", "png")]
    save(results, paths[0])
    parts = ["# Cost against the size of the work", "![Growth](scaling.png)"]
    parts += [markdown(table) for table in [*tables(results), machine_table(results)]]
    paths[1].write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    pictures = by_series(results.run.measured).items()
    plot.growth({title: curves(measured) for title, measured in pictures}, paths[2])
    return paths
