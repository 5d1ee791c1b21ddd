"""One peer in a process of its own: asked in lines of JSON, answering in lines of JSON.

    {"ask": "about"}                  → {"versions": {"numpy": "2.4.6"}}
    {"ask": "prepare", "cell": {…}}   → {"way": "fused", "passes": 12}  or  {"skipped": "why"}
    {"ask": "repeat"}                 → {"seconds": 0.0000123}          per step
    {"ask": "peak"}                   → {"peaks": […]}                  of the worker "peak" alone
    {"ask": "apart"}                  → {"seconds": 0.00000012}         of that one too

A process lives as long as the run, so that nobody pays for its start, and sleeps on its input
while the others are measured.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from importlib import metadata
from types import ModuleType
from typing import Any, TextIO

from benchmarks.cells import Cell
from benchmarks.environment import come_to_rest, stay_on_few_processors
from benchmarks.peers import PEERS, UnsupportedError, Way, Ways

Answer = dict[str, Any]

SECONDS_PER_REPETITION = 0.1  # short, so that many rounds meet the machine in all its moods
_LEAST_PASSES = {"training": 3, "prediction": 1}  # nobody trains for a single epoch
_SECONDS_PER_TRY = 0.05
_TRIES = 2  # of each way, after its warm-up
_LONG = 2.0  # a warm pass that takes longer is not tried a second time


class Worker:
    """A peer and the work that it has ready."""

    def __init__(self, peer: ModuleType) -> None:
        self._peer = peer
        self._run: Way = lambda passes: None
        self._passes = self._steps = 1

    def answer(self, question: Answer) -> Answer:
        """Do what is asked; an error is an answer too."""
        asked: dict[str, Callable[..., Answer]] = {
            "about": self.about,
            "prepare": self.prepare,
            "repeat": self.repeat,
            "peak": self.peak,
            "apart": self.apart,
        }
        arguments = {key: value for key, value in question.items() if key != "ask"}
        try:
            return asked[question["ask"]](**arguments)
        except UnsupportedError as reason:
            return {"skipped": str(reason)}
        except Exception as error:  # the other peers go on
            return {"skipped": f"it failed: {type(error).__name__}: {_first_line(error)}"}

    def about(self) -> Answer:
        """Return the versions of the packages that are measured."""
        return {"versions": {name: _version(name) for name in self._peer.PACKAGES}}

    def prepare(self, cell: Answer, seconds: float = SECONDS_PER_REPETITION) -> Answer:
        """Build the work, warm it up (so it compiles), and choose the fastest way."""
        self._run = lambda passes: None  # lets go of the last cell's data
        asked = Cell.from_json(cell)
        ways = _ways(self._peer, asked)
        warm = {name: _warm_seconds(run) for name, run in ways.items()}
        way = min(warm, key=warm.__getitem__)
        self._run, self._steps = ways[way], asked.steps
        passes = round(seconds / warm[way])
        self._passes = max(_LEAST_PASSES[asked.work], passes)
        come_to_rest()
        return {"way": way, "passes": self._passes}

    def repeat(self) -> Answer:
        """Do the work again and return the seconds per step, once no thread runs any more."""
        seconds = _seconds(self._run, self._passes) / self._passes / self._steps
        come_to_rest()
        return {"seconds": seconds}

    def peak(self) -> Answer:
        """Measure the processor itself."""
        return {"peaks": self._peer.peaks()}

    def apart(self) -> Answer:
        """Measure how far apart the processors are."""
        from benchmarks import apart  # which loads our engine: not beside a peer

        return {"seconds": apart.seconds()}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "of this checkout"


def _ways(peer: ModuleType, cell: Cell) -> Ways:
    return {"training": lambda: peer.training(cell), "prediction": lambda: peer.prediction(cell)}[
        cell.work
    ]()


def _warm_seconds(run: Way) -> float:
    """Return the seconds of one pass when everything is compiled; the best of a few."""
    run(1)
    best = _seconds(run, 1)
    if best > _LONG:
        return best
    passes = max(1, round(_SECONDS_PER_TRY / max(best, 1e-6)))
    return min(_seconds(run, passes) / passes for _ in range(_TRIES))


def _seconds(run: Way, passes: int) -> float:
    start = time.perf_counter()
    run(passes)
    return time.perf_counter() - start


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]


def serve(worker: Worker, questions: Iterable[str], answers: TextIO) -> None:
    """Answer line by line until the questions end."""
    for line in questions:
        print(json.dumps(worker.answer(json.loads(line))), file=answers, flush=True)


def _own_output() -> TextIO:
    """Return what was standard output; what libraries print goes to standard error from now on."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def main() -> None:
    """Serve the peer that the command names."""
    stay_on_few_processors()
    answers = _own_output()
    name = sys.argv[1]
    module = "benchmarks.peak" if name == "peak" else f"benchmarks.peers.{PEERS[name].module}"
    serve(Worker(importlib.import_module(module)), sys.stdin, answers)


if __name__ == "__main__":
    main()
