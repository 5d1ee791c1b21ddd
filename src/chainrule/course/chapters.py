"""The course's chapters: statement, starter file, solution, steps and hints.

A chapter is a folder of plain files in `texts/`: `chapter.toml`, `statement.md`, `starter.py.txt`
and `solution.py.txt`. To add a chapter, write the four files, put the name into `_ORDER`, and write
a check for each step, with a row in `checks.CHECKS`.
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
    """One step of a chapter: a piece of code to write.

    Attributes
    ----------
    key : str
    title : str
        As in the learner's file.
    hints : tuple of str
        In order: where to look, the quantity, the formula, the line.
    """

    key: str
    title: str
    hints: tuple[str, ...]


@dataclass(frozen=True)
class Chapter:
    """A chapter: one exercise, in one file of the learner's.

    Attributes
    ----------
    number : int
    name, title : str
    file : str
        The name of the learner's file.
    steps : tuple of ChapterStep
    next : str
        What to try after a right solution.
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
        """The file name of the statement, beside the learner's file."""
        return f"{self.name}.md"

    @property
    def statement(self) -> str:
        """The statement of the exercise with its formulas, in Markdown."""
        return self._text("statement.md")

    @property
    def starter(self) -> str:
        """The learner's file at the beginning."""
        return self._text("starter.py.txt")

    @property
    def solution(self) -> str:
        """A right file."""
        return self._text("solution.py.txt")

    def _text(self, name: str) -> str:
        return (_TEXTS / self.name / name).read_text(encoding="utf-8")


@functools.cache
def chapters() -> dict[str, Chapter]:
    """Return all chapters by name, in course order.

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
    """Return the chapter with a given name, number or file name.

    Raises
    ------
    ValueError
        If there is no such chapter.

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
    """Return the next chapter; None after the last."""
    return next((one for one in chapters().values() if one.number == chapter.number + 1), None)
