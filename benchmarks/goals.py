"""How far ahead we mean to be, and whether we are: per cell, against the peers of the same run.

A goal is a demand for "best" (the fastest peer, whoever it is), for one peer by name, or for
"peak" (the share of the FMA peak). Whatever the goal, a cell that any peer does faster is lost.
"""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.cells import Cell
from benchmarks.peers import PEERS
from benchmarks.rounds import Measured

OURS = "chainrule"

_SMALL = {"best": 4.0, "sklearn": 12.0}
_LARGE = {"best": 2.0, "sklearn": 3.0}
_NOT_BEHIND = {"best": 1.0}

TRAINING = {
    "seed": {"best": 8.0, "page": 200.0, "sklearn": 800.0},
    "iris": _SMALL,
    "small": _SMALL,
    "narrow": _SMALL,
    "mid": _LARGE,
    "mnist": {"best": 1.6, "sklearn": 4.0},
    "wide": {"best": 1.2, "sklearn": 3.0, "peak": 0.75},
    "regression": _SMALL,
    "deep": _LARGE,
}
PREDICTION = {
    1: {"best": 3.0, "sklearn": 10.0},
    100: _NOT_BEHIND,
    100_000: {"best": 1.2, "sklearn": 2.0},
}


class Verdict(NamedTuple):
    """One demand and what came of it.

    Attributes
    ----------
    demand : str
        In words.
    wanted : float
    got : float or None
        None where it could not be measured.
    lost_to : str
        The title of the fastest peer if it is ahead of us; else empty.
    would_take : float or None
        Which share of the FMA peak the matrix products would reach if the demand were met: above 1
        no program can meet it on this processor.
    """

    demand: str
    wanted: float
    got: float | None
    lost_to: str = ""
    would_take: float | None = None

    @property
    def word(self) -> str:
        """What there is to say: "met", "falls short", "LOST" or "not measured"."""
        if self.got is None:
            return "not measured"
        if self.lost_to:
            return f"LOST to {self.lost_to}"
        return "met" if self.got >= self.wanted else "falls short"


def goals_of(cell: Cell) -> dict[str, float]:
    """Return the demands of a cell.

    They are about float32, and for the seed about float64, its own dtype. In the other dtype
    we only may not be behind.
    """
    if cell.dtype != ("float64" if cell.name == "seed" else "float32"):
        return _NOT_BEHIND
    if cell.work == "prediction":
        return PREDICTION.get(cell.rows, _NOT_BEHIND)
    return TRAINING.get(cell.name, _NOT_BEHIND)


def verdicts(measured: Measured, peak: float | None) -> list[Verdict]:
    """Hold one cell against its demands; `peak` is in GFLOP/s, for the cell's dtype."""
    return [
        _verdict(measured, peak, who, wanted) for who, wanted in goals_of(measured.cell).items()
    ]


def _verdict(measured: Measured, peak: float | None, who: str, wanted: float) -> Verdict:
    ours = measured.done().get(OURS)
    if ours is None:
        return Verdict(_words(who), wanted, None)
    if who == "peak":
        share = measured.cell.flop / ours.median / 1e9 / peak if peak else None
        return Verdict("of the FMA peak", wanted, share, would_take=wanted)
    name = fastest_peer(measured) if who == "best" else who
    figure = measured.done().get(name or "")
    if name is None or figure is None:
        return Verdict(_words(who), wanted, None)
    ratio = figure.median / ours.median
    rate = measured.cell.flop * wanted / figure.median / 1e9
    return Verdict(
        f"over {PEERS[name].title}" + (" (fastest peer)" if who == "best" else ""),
        wanted,
        ratio,
        PEERS[name].title if ratio < 1 else "",
        rate / peak if peak else None,
    )


def _words(who: str) -> str:
    words = {"peak": "of the FMA peak", "best": "over the fastest peer"}
    return words[who] if who in words else f"over {PEERS[who].title}"


def fastest_peer(measured: Measured) -> str | None:
    """Return the name of the fastest of the others, if there is one."""
    others = {name: figure for name, figure in measured.done().items() if name != OURS}
    return min(others, key=lambda name: others[name].median) if others else None
