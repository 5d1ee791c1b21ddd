"""The pictures: how long everyone takes beside us, and how our cost grows with the work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.goals import OURS
from benchmarks.peers import PEERS
from benchmarks.results import Results
from benchmarks.rounds import Measured

_COLOURS = {
    "chainrule": "#1b1b1b",
    "sklearn": "#f89939",
    "torch": "#ee4c2c",
    "compile": "#8b1a1a",
    "jax": "#3367d6",
    "page": "#999999",
    "onnxruntime": "#6a4c93",
}


def grid(results: Results, path: Path) -> None:
    """Draw each peer's time as a multiple of ours, one panel for each work and dtype."""
    panels: dict[str, list[Measured]] = {}
    for one in results.run.measured:
        if OURS in one.done():
            panels.setdefault(f"{one.cell.work}, {one.cell.dtype}", []).append(one)
    if not panels:
        return
    figure, axes = _axes(len(panels))
    for axis, (title, measured) in zip(axes, panels.items(), strict=True):
        _draw_panel(axis, title, measured)
    figure.savefig(path, dpi=130, bbox_inches="tight")


def _axes(count: int) -> tuple[Any, Sequence[Any]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.6 * count), layout="constrained")
    return figure, list(figure.subplots(count, 1, squeeze=False)[:, 0])


def _draw_panel(axis: Any, title: str, measured: Sequence[Measured]) -> None:
    for name in PEERS:
        points = [
            (i, figure.median / one.done()[OURS].median)
            for i, one in enumerate(measured)
            if (figure := one.done().get(name)) is not None
        ]
        if points:
            axis.scatter(*zip(*points, strict=True), label=PEERS[name].title,
                         color=_COLOURS[name], marker="_" if name == OURS else "o")  # fmt: skip
    axis.axhline(1, color=_COLOURS[OURS], linewidth=1)
    axis.set_yscale("log")
    axis.set_title(f"{title}: time as a multiple of chainrule's (below the line is faster)")
    axis.set_xticks(range(len(measured)), [_tick(one) for one in measured],
                    rotation=45, ha="right", fontsize=7)  # fmt: skip
    axis.grid(axis="y", alpha=0.3)
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter("")
    axis.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))


def _tick(measured: Measured) -> str:
    return measured.cell.label.rpartition(" ")[0]


def growth(series: dict[str, dict[str, list[tuple[float, float]]]], path: Path) -> None:
    """Draw time against work, beside a dotted line that grows as the work grows."""
    figure, axes = _axes(len(series))
    for axis, (title, curves) in zip(axes, series.items(), strict=True):
        for name, points in curves.items():
            work, seconds = zip(*points, strict=True)
            axis.loglog(work, seconds, "o-", label=PEERS[name].title, color=_COLOURS[name])
            proportional = [seconds[-1] * x / work[-1] for x in work]
            axis.loglog(work, proportional, ":", color=_COLOURS[name])
        axis.set_title(f"{title} (dotted: as the work grows)")
        axis.set_xlabel("floating-point operations")
        axis.set_ylabel("seconds")
        axis.grid(alpha=0.3)
        axis.legend(fontsize=7)
    figure.savefig(path, dpi=130, bbox_inches="tight")
