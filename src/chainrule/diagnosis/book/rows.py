"""What a row of the book of mistakes is, and the code of the page that rows differ from.

A `Piece` is one function of the page's code, its right lines kept by part. A `Mistake` says which
lines a learner writes in place of some parts. Whatever else is known of a mistake (what it
computes, whether it raises, what it does to a training) is found out by running its lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

ONE_SAMPLE, MINI_BATCH, GUARDED, SOFTMAX = "one sample", "mini-batch", "guarded", "softmax"
"""Baselines: the page's own code; chapter 7's; the page's with ŷ kept off 0 and 1;
a softmax layer's, whose every a depends on every z."""


@dataclass(frozen=True)
class Piece:
    """A function of the page's code.

    Attributes
    ----------
    name : str
        ``"Layer.backward"``.
    head : str
        Its ``def`` line.
    body : str
        Its lines; ``{part}`` stands for a part.
    parts : mapping of str to str
        The right lines of each part; "" for a part that only mistakes fill.
    baselines : mapping of str to mapping
        The right lines that are others in another baseline.
    """

    name: str
    head: str
    body: str
    parts: Mapping[str, str]
    baselines: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def right(self, baseline: str = ONE_SAMPLE) -> dict[str, str]:
        """Return the right lines of every part."""
        return {**self.parts, **self.baselines.get(baseline, {})}


@dataclass(frozen=True, eq=False)
class Mistake:
    """A row of the book.

    Attributes
    ----------
    key : str
        The mistake's name, the same in every version.
    title : str
        What is wrong, in the words of the formula; ``{name}`` stands for what is seen.
    quantity : str
        What it makes wrong first, by its symbol.
    right : str
        The right formula.
    where : str
        The name of the piece that it stands in.
    lines : mapping of str to str
        What a learner writes in place of the right lines, by part; "" leaves a part out. Empty
        for what is seen from outside and has no lines of its own.
    words : tuple of str
        What the line to look at is likely to hold, the likeliest first.
    order : tuple of str
        The order of the parts, where that is the mistake.
    baseline : str
        Which right code the lines differ from.
    both : tuple of str
        The keys of two rows that make this one when they come together.
    """

    key: str
    title: str
    quantity: str
    right: str
    where: str
    lines: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    baseline: str = ONE_SAMPLE
    both: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """Rows of mistakes in one piece of code, and the fields that all rows share."""

    where: str
    quantity: str
    right: str
    words: tuple[str, ...] = ()
    part: str = ""
    baseline: str = ONE_SAMPLE

    def rows(self, *rows: tuple[str, ...]) -> Iterator[Mistake]:
        """Yield a mistake for each (key, title) or (key, title, line of the part)."""
        for key, title, *line in rows:
            lines = {self.part: line[0]} if line else {}
            yield Mistake(
                key, title, self.quantity, self.right, self.where, lines, self.words,
                baseline=self.baseline,
            )  # fmt: skip
