"""Rounds: everyone does the work once, one after the other, again and again.

A machine's speed drifts with its temperature and its neighbours. Measured in turns, all peers
meet the same weather; medians and spreads over the rounds then say how much of it there was.
"""

from __future__ import annotations

import json
import select
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from benchmarks.cells import Cell
from benchmarks.environment import ROOT, worker_environment
from benchmarks.peers import PEERS

Say = Callable[[str], None]
SECONDS_TO_ANSWER = 600.0


class Figure(NamedTuple):
    """What one peer did in one cell.

    Attributes
    ----------
    seconds : list of float
        Per step, one number for each round.
    way : str
        The way that was fastest while warming up.
    skipped : str
        Why there are no seconds; else empty.
    """

    seconds: list[float]
    way: str = ""
    skipped: str = ""

    @property
    def median(self) -> float:
        """The median of the rounds, in seconds per step."""
        return statistics.median(self.seconds)


@dataclass
class Measured:
    """A cell with a figure for everyone who took part.

    Attributes
    ----------
    cell : Cell
    figures : dict of str to Figure
        By the name of the peer.
    apart : list of float
        Seconds of a barrier between the processors, before each round.
    """

    cell: Cell
    figures: dict[str, Figure]
    apart: Sequence[float] = ()

    def done(self) -> dict[str, Figure]:
        """Return the figures of those who did the work."""
        return {name: figure for name, figure in self.figures.items() if figure.seconds}


@dataclass
class Run:
    """All that a run found.

    Attributes
    ----------
    measured : list of Measured
    peaks : list of dict
        Rates of nothing but FMAs, taken once before each cell.
    versions : dict of str to str
        Of the packages that were measured.
    missing : dict of str to str
        Why a peer took no part at all.
    """

    measured: list[Measured] = field(default_factory=list)
    peaks: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


class Process:
    """A worker of which one can ask things."""

    def __init__(self, name: str, python: Path, engine: str = "") -> None:
        self.name = name
        self._command = [str(python), "-m", "benchmarks.worker", name]
        self._environment = worker_environment(engine)
        self._start()

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def _start(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        self._process = subprocess.Popen(
            self._command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=ROOT,
            env=self._environment,
        )

    def ask(self, ask: str, **arguments: Any) -> dict[str, Any]:
        """Return the worker's answer; a worker that ended or hangs is skipped, with the reason."""
        if self._process.poll() is not None:
            self._start()  # the next cell may suit it better
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"ask": ask, **arguments}).encode() + b"\n")
        except BrokenPipeError:
            return self._ended()
        if not select.select([self._process.stdout], [], [], SECONDS_TO_ANSWER)[0]:
            self._process.kill()
            return {"skipped": f"no answer within {SECONDS_TO_ANSWER:.0f} s"}
        line = self._process.stdout.readline()
        return json.loads(line) if line else self._ended()

    def _ended(self) -> dict[str, Any]:
        code = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").splitlines() or [f"exit code {code}"]
        return {"skipped": f"its process ended: {lines[-1][:200]}"}


def measure(
    cells: Iterable[Cell],
    peers: Sequence[str],
    rounds: int,
    *,
    python: Path,
    engine: str = "",
    say: Say = print,
) -> Run:
    """Measure each cell with each peer.

    Every dtype has its own set of processes, because JAX decides on float64 once in a process.
    """
    run = Run()
    for _, of_one_dtype in groupby(cells, key=lambda cell: cell.dtype):
        with ExitStack() as stack:
            processes = {
                name: stack.enter_context(Process(name, python, engine))
                for name in ["peak", *peers]
            }
            present = _present(processes, run, say)
            for cell in of_one_dtype:
                run.peaks += processes["peak"].ask("peak").get("peaks", [])
                run.measured.append(_measured(cell, present, rounds, say, processes["peak"]))
    return run


def _present(processes: Mapping[str, Process], run: Run, say: Say) -> dict[str, Process]:
    """Return those who can start, and note versions and who is missing."""
    present = {}
    for name, process in processes.items():
        about = process.ask("about")
        run.versions.update(about.get("versions", {}))
        if "skipped" in about:
            run.missing[name] = about["skipped"]
            say(f"{name} is missing: {about['skipped']}")
        elif name != "peak":
            present[name] = process
    return present


def _measured(
    cell: Cell, processes: Mapping[str, Process], rounds: int, say: Say, peak: Process
) -> Measured:
    invited = {name: process for name, process in processes.items() if _takes_part(name, cell)}
    ready = {name: process.ask("prepare", cell=cell.as_json()) for name, process in invited.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ready}
    apart = []
    for turn in range(rounds):
        answer = peak.ask("apart")
        apart += [answer["seconds"]] if "seconds" in answer else []
        for name in _rotated(list(ready), turn):
            if "skipped" not in ready[name]:
                answer = invited[name].ask("repeat")
                ready[name].update(answer)
                seconds[name] += [answer["seconds"]] if "seconds" in answer else []
    figures = {
        name: Figure(
            [] if "skipped" in answer else seconds[name],
            answer.get("way", ""),
            answer.get("skipped", ""),
        )
        for name, answer in ready.items()
    }
    measured = Measured(cell, figures, apart)
    say(_in_a_line(measured))
    return measured


def _takes_part(name: str, cell: Cell) -> bool:
    peer = PEERS[name]
    return cell.work in peer.work and (peer.cells is None or cell.name in peer.cells)


def _rotated(names: list[str], turn: int) -> list[str]:
    """Start each round with someone else: the first may find a cooler processor."""
    start = turn % len(names) if names else 0
    return names[start:] + names[:start]


def _in_a_line(measured: Measured) -> str:
    parts = (
        f"{name} {figure.median * 1e6:.4g} µs"
        if figure.seconds
        else f"{name} skipped ({figure.skipped})"
        for name, figure in measured.figures.items()
    )
    return f"{measured.cell.work} {measured.cell.label}: {', '.join(parts)}"
