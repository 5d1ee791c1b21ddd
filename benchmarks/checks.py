"""How long a learner waits for ``chainrule course check``: the whole command, as a new process.

For every chapter a right file and one with a typical mistake, in a course's folder, with progress
kept as ever. Before the clock runs, each is checked once and has to be found right, or to have its
mistake named.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.results import short
from benchmarks.tables import Table
from chainrule.course import folder
from chainrule.course.chapters import chapters, get_chapter

LIMIT = 2.0  # seconds, which a check has to stay below
COMMAND = [sys.executable, "-m", "chainrule", "course", "check"]
MISTAKES = {
    "neuron": ("self(z)\n        return a * (1 - a)", "self(self(z))\n        return a * (1 - a)"),
    "layer": ("np.random.uniform(-1, 1, (n_neurons, 1))", "np.random.uniform(-1, 1, n_neurons)"),
    "forward": ("self.outputs = np.dot(self.weights, self.inputs) + self.biases\n        return "
                "self.activation(self.outputs)",
                "self.outputs = self.activation(np.dot(self.weights, self.inputs) + self.biases)\n"
                "        return self.outputs"),
    "loss": ("(y_hat - y) / (y_hat", "(y - y_hat) / (y_hat"),
    "training": ("da_prev = np.dot(self.weights.T, dz)\n"
                 "        self.weights -= learning_rate * d_weights",
                 "self.weights -= learning_rate * d_weights\n"
                 "        da_prev = np.dot(self.weights.T, dz)"),
    "evaluating": ("np.round(model.forward(row)[0])", "model.forward(row)[0]"),
    "minibatches": ("np.dot(dz, self.inputs.T) / m", "np.dot(dz, self.inputs.T)"),
}  # fmt: skip
"""For each chapter a line of its solution, and what many write in its place."""
_COLUMNS = [
    "chapter", "file", "median, s", "fastest … slowest, s", "computing, s", "wanted", "in words",
]  # fmt: skip


class Subject(NamedTuple):
    """A learner's file, and what a check of it has to say."""

    chapter: str
    source: str
    right: bool


def subjects() -> list[Subject]:
    """Return a right and a wrong file for every chapter."""
    return [
        Subject(name, source, right)
        for name in chapters()
        for source, right in ((get_chapter(name).solution, True), (mistaken(name), False))
    ]


def mistaken(name: str) -> str:
    """Return a chapter's solution with its mistake.

    Raises
    ------
    ValueError
        If the line is not there exactly once.
    """
    (line, other), solution = MISTAKES[name], get_chapter(name).solution
    if solution.count(line) != 1:
        raise ValueError(f"the solution of {name} has {line!r} {solution.count(line)} times")
    return solution.replace(line, other)


def tables(
    rounds: int, checked: list[Subject] | None = None
) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure and return a table and the numbers."""
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as place:
        found = _measured(Path(place), checked or subjects(), rounds)
    after = os.getloadavg()[0]
    note = (
        f"The whole command, its start included; medians of {rounds} rounds in turns. Computing: "
        "the processors' time of the command and of the process it starts. The machine's load "
        f"(processes that run or wait, of a minute) was {before:.2f} before, {after:.2f} after."
    )
    rows = [row(one) for one in found]
    load = {"what": "load", "before": before, "after": after}
    return [Table("Checks of the course", _COLUMNS, rows, note)], [load, *found]


def _measured(place: Path, checked: list[Subject], rounds: int) -> list[dict[str, Any]]:
    found = [dict(_first(place, subject), seconds=[], computing=[]) for subject in checked]
    for _ in range(rounds):
        for subject, one in zip(checked, found, strict=True):
            seconds, computing = _timed(place, subject)
            one["seconds"].append(seconds)
            one["computing"].append(computing)
    return found


def _first(place: Path, subject: Subject) -> dict[str, Any]:
    """Check a file before the clock runs, and return what is said of it.

    Raises
    ------
    ValueError
        If it is not what it should be.
    """
    folder.start_chapter(place, get_chapter(subject.chapter))
    done = _check(place, subject, "--json")
    said = json.loads(done.stdout or b"{}")
    names = [one["key"] for step in said.get("steps", ()) for one in step["findings"]]
    if said.get("state") != ("right" if subject.right else "wrong"):
        raise ValueError(f"a check of {subject.chapter} says {said or done.stderr.decode()}")
    return {"chapter": subject.chapter, "file": names[0] if names else "right"}


def _check(place: Path, subject: Subject, *options: str) -> subprocess.CompletedProcess[bytes]:
    (place / get_chapter(subject.chapter).file).write_text(subject.source, encoding="utf-8")
    command = [*COMMAND, subject.chapter, *options]
    return subprocess.run(command, cwd=place, capture_output=True, check=False)


def _timed(place: Path, subject: Subject) -> tuple[float, float]:
    """Return the seconds that a check takes by the clock, and those of the processors."""
    clock, processors = time.perf_counter(), sum(_of_children())
    done = _check(place, subject)
    clock, processors = time.perf_counter() - clock, sum(_of_children()) - processors
    if done.returncode != (0 if subject.right else 1):
        raise ValueError(f"a check of {subject.chapter} ended with {done.returncode}")
    return clock, processors


def _of_children() -> Iterator[float]:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    yield from (used.ru_utime, used.ru_stime)


def row(found: dict[str, Any]) -> list[str]:
    """Return a row of the table."""
    seconds = found["seconds"]
    median = statistics.median(seconds)
    return [
        found["chapter"],
        found["file"],
        short(median),
        f"{short(min(seconds))} … {short(max(seconds))}",
        short(statistics.median(found["computing"])),
        f"< {LIMIT:g} s",
        "met" if median < LIMIT else "falls short",
    ]
