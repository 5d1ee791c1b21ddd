"""The figures measured so far: one file, written after every fit, so that a run can go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from chainrule.files import whole_file


class Fit(NamedTuple):
    """What was fitted: a method, a table, a split, and the most rows to train on."""

    method: str
    table: str
    split: int
    rows: int


class Store:
    """Figures of fits, kept in a file.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._figures: dict[Fit, dict[str, float]] = {}
        if path.exists():
            for *fit, figures in json.loads(path.read_text(encoding="utf-8")):
                self._figures[Fit(*fit)] = figures

    def __contains__(self, fit: Fit) -> bool:
        return fit in self._figures

    def __getitem__(self, fit: Fit) -> dict[str, float]:
        return self._figures[fit]

    def __iter__(self) -> Iterator[Fit]:
        return iter(self._figures)

    def keep(self, fit: Fit, figures: dict[str, float]) -> None:
        """Add the figures of a fit, and write the file."""
        self._figures[fit] = figures
        lines = [json.dumps([*key, value]) for key, value in sorted(self._figures.items())]
        with whole_file(self._path) as file:
            file.write(("[\n" + ",\n".join(lines) + "\n]\n").encode())
