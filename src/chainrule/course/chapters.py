"""The chapters: what each asks, its hints, what to try next.

A chapter is a folder of plain files in `texts/`: `chapter.toml`, `statement.md`, `starter.py.txt`
and `solution.py.txt`. To add one, write these and its checks, one for each step.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from chainrule.catalog import look_up

_TEXTS = Path(__file__).parent / "texts"
_ORDER = ("neuron", "layer", "forward", "loss", "training", "evaluating", "minibatches")


@dataclass(frozen=True)
class ChapterStep:
    """One thing to write.

    Attributes
    ----------
    key : str
    title : str
        What it is, as in the learner's file.
    hints : tuple of str
        From where to look, to the quantity, to the formula, to the line.
    """

    key: str
    title: str
    hints: tuple[str, ...]


@dataclass(frozen=True)
class Chapter:
    """An exercise.

    Attributes
    ----------
    number : int
    name, title : str
    file : str
        What the learner's file is called.
    steps : tuple of ChapterStep
    next : str
        What to try once it is right.
    """

    number: int
    name: str
    title: str
    file: str
    steps: tuple[ChapterStep, ...]
    next: str

    def __str__(self) -> str:
        return f"{self.number} · {self.title}"

    @property
    def statement_file(self) -> str:
        """What the statement is called, beside the learner's file."""
        return f"{self.name}.md"

    @property
    def statement(self) -> str:
        """The task with its formulas, in Markdown."""
        return self._text("statement.md")

    @property
    def starter(self) -> str:
        """What the learner's file begins as."""
        return self._text("starter.py.txt")

    @property
    def solution(self) -> str:
        """A right file."""
        return self._text("solution.py.txt")

    def _text(self, name: str) -> str:
        return (_TEXTS / self.name / name).read_text(encoding="utf-8")


@functools.cache
def chapters() -> dict[str, Chapter]:
    """Return all chapters by name, in their order.

    Examples
    --------
    >>> [str(chapter) for chapter in chapters().values()][:2]
    ['1 · The neuron', '2 · Layer and perceptron']
    """
    return {name: _read(name) for name in _ORDER}


def _read(name: str) -> Chapter:
    row = tomllib.loads((_TEXTS / name / "chapter.toml").read_text(encoding="utf-8"))
    steps = tuple(
        ChapterStep(step["key"], step["title"], tuple(step["hints"])) for step in row.pop("steps")
    )
    return Chapter(name=name, steps=steps, **row)


def get_chapter(name: str) -> Chapter:
    """Return the chapter of that name, number or file name.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> get_chapter("5").name
    'training'
    >>> get_chapter("loss.py") is get_chapter("4")
    True
    """
    for chapter in chapters().values():
        if name in (str(chapter.number), chapter.file):
            return chapter
    return look_up(chapters(), name, "chapter")


def after(chapter: Chapter) -> Chapter | None:
    """Return the chapter that comes next, if there is one."""
    return next((one for one in chapters().values() if one.number == chapter.number + 1), None)
