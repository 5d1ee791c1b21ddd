"""The book of mistakes: every mistake that is known, each said once.

The diagnosis, the course's checks and hints, the gallery and the documentation read it. To add a
mistake, write a row in the module of its piece of code, and a line in that piece's test table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from chainrule.diagnosis.book import backward, batches, chapters, fit, layers, programs
from chainrule.diagnosis.book.rows import (
    GUARDED,
    MINI_BATCH,
    ONE_SAMPLE,
    SOFTMAX,
    Mistake,
    Piece,
)
from chainrule.diagnosis.findings import Finding

__all__ = [
    "GUARDED", "MINI_BATCH", "MISTAKES", "ONE_SAMPLE", "PIECES", "ROWS", "SOFTMAX", "Mistake",
    "Piece", "found", "get_mistake", "mistakes_in",
]  # fmt: skip

MISTAKES: tuple[Mistake, ...] = (*layers.ROWS, *backward.ROWS, *batches.ROWS, *fit.ROWS)
"""The mistakes in the page's `Layer` and `Perceptron`."""
ROWS: tuple[Mistake, ...] = (*MISTAKES, *chapters.ROWS, *programs.ROWS)
"""These, those in the functions of the course's chapters, and those of a whole program."""
PIECES: dict[str, Piece] = {
    piece.name: piece
    for piece in (layers.INIT, layers.FORWARD, backward.BACKWARD, fit.FIT, *chapters.PIECES)
}


@cache
def mistakes_in(where: str, baseline: str = ONE_SAMPLE) -> tuple[Mistake, ...]:
    """Return the mistakes of a piece of code that have lines, in a baseline.

    Examples
    --------
    >>> [mistake.key for mistake in mistakes_in("Layer.forward")][:2]
    ['n-by-n', 'forward-returns-z']
    """
    return tuple(
        mistake
        for mistake in ROWS
        if mistake.where == where
        and mistake.baseline == baseline
        and (mistake.lines or mistake.both)
    )


@cache
def get_mistake(where: str, key: str, baseline: str = "") -> Mistake:
    """Return the mistake of that key in a piece of code: of a baseline, or the first of any.

    Raises
    ------
    KeyError
        If the book has none.
    """
    for mistake in ROWS:
        if (mistake.where, mistake.key) == (where, key) and baseline in ("", mistake.baseline):
            return mistake
    raise KeyError(f"the book has no mistake {key!r} in {where}")


def found(where: str, key: str, seen: str, line: str = "", **named: object) -> Finding:
    """Return what is found, in the book's words.

    Parameters
    ----------
    where, key : str
        Of the row.
    seen : str
        A number of the learner's beside the right one.
    line : str
        The line to look at.
    **named
        What stands for the names in braces in the row's title.
    """
    row = get_mistake(where, key)
    title = row.title.format(**named) if named else row.title
    return Finding(key, title, row.quantity, seen, row.right, line)


def lines_of(mistakes: Sequence[Mistake]) -> dict[str, str]:
    """Return what stands in the code where these mistakes come together, by part."""
    lines: dict[str, str] = {}
    for mistake in sorted(mistakes, key=lambda one: not one.order):  # an order alone changes none
        rows = [get_mistake(mistake.where, key, mistake.baseline) for key in mistake.both]
        lines |= lines_of(rows) if rows else mistake.lines
    return lines
