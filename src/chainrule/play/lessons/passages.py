"""All known texts that a question can be answered with, each with its source.

A passage is quoted as it stands: nothing in an answer is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from chainrule.course.chapters import Chapter, chapters
from chainrule.course.gallery import ENTRIES
from chainrule.course.gallery.entries import QUANTITIES
from chainrule.course.progress import ChapterProgress
from chainrule.course.verdict import NOT_REACHED, Verdict
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book import MINI_BATCH, ONE_SAMPLE, ROWS, Mistake
from chainrule.layers import Layer
from chainrule.perceptron import Perceptron
from chainrule.play.lessons.ask_words import quantities_in
from chainrule.play.lessons.statements import is_formula
from chainrule.tracing import Trace, trace


@dataclass(frozen=True)
class Passage:
    """A text with its source.

    Attributes
    ----------
    kind : {"diagnosis", "trace", "hint", "formula", "book", "statement"}
    title : str
        Where the text stands.
    text : str
    quantities : frozenset of str
        What the text is about.
    formula : str
        To be shown as MathML; may be empty.
    link : str
        Of a page with more; may be empty.
    chapter : str
        The name of the chapter, if the text belongs to some alone.
    note : str
        What stands beside a formula; may be empty.
    """

    kind: str
    title: str
    text: str
    quantities: frozenset[str]
    formula: str = ""
    link: str = ""
    chapter: str = ""
    note: str = ""


@cache
def lasting() -> tuple[Passage, ...]:
    """Return the passages that are the same for every learner."""
    return (*_formulas(), *_traced(), *_book(), *_statements())


# Formulas and statements ------------------------------------------------------------------------


def _formulas() -> Iterator[Passage]:
    for symbol, formula in QUANTITIES.items():
        if " = " in formula and is_formula(formula):
            yield Passage("formula", "The formulas of training", formula, _of(symbol), formula)
    for chapter in chapters().values():
        for line in re.findall(r"^ {4}(\S.*)$", chapter.statement, re.MULTILINE):
            yield from _of_line(chapter, line)


def _of_line(chapter: Chapter, line: str) -> Iterator[Passage]:
    parts = re.split(r" {2,}", line)
    beside = " · ".join(part for part in parts if not re.search("[=←]", part))
    title, link = f"Chapter {chapter}, formulas", f"/learn/{chapter.name}"
    for part in parts:
        if re.search(r"\w.* [=←] ", part) and "print(" not in part:
            left = re.split("[=←]", part)[0].strip()
            formula = part if is_formula(part) else ""
            yield Passage(
                "formula", title, part, _of(left), formula, link, chapter.name, note=beside
            )


_SYMBOLS = {
    "dz": "dz", "dW": "dW", "db": "db", "da_prev": "da_prev", "da": "da", "daⁿ": "daⁿ", "η": "η",
    "daˡ⁻¹": "da_prev", "dzˡ": "dz", "dWˡ": "dW", "dbˡ": "db", "z": "z", "a": "a", "aˡ": "a",
    "L": "L", "W": "W", "b": "b", "y": "y", "ŷ": "ŷ", "∂L/∂ŷ": "daⁿ", "σ(z)": "f", "f(z)": "f",
    "σ′(z)": "f′", "f′(z)": "f′", "a⁰": "rows", "average loss": "L", "labels": "ŷ",
    "accuracy": "accuracy", "rows": "rows",
}  # fmt: skip


def _of(symbol: str) -> frozenset[str]:
    return frozenset([_SYMBOLS[symbol]]) if symbol in _SYMBOLS else frozenset()


def _statements() -> Iterator[Passage]:
    for chapter in chapters().values():
        heading = ""
        for block in re.split(r"\n\s*\n|\n(?=- )", chapter.statement):
            if block.startswith("# ") or not block.strip():
                continue
            if block.startswith("##"):
                heading = block.strip("# \n")
                continue
            if re.match(r" {4}", block):
                continue
            text = re.sub(r"\s+", " ", block.removeprefix("- ")).strip()
            text = re.sub(r"(\*\*?)(\S.*?)\1", r"\2", text)
            title = f"Chapter {chapter}" + (f", {heading}" if heading else "")
            yield Passage(
                "statement", title, text, quantities_in(f"{heading} {text}")[0],
                link=f"/learn/{chapter.name}", chapter=chapter.name,
            )  # fmt: skip


# The trace of a step ------------------------------------------------------------------------------


@cache
def example_step() -> Trace:
    """Return the trace of one step of a small network, with short numbers."""
    first, last = Layer(2, 2, "relu"), Layer(2, 1, "sigmoid")
    first.weights, first.biases = np.array([[1.0, -0.5], [0.5, 1.0]]), np.array([[0.5], [-0.5]])
    last.weights, last.biases = np.array([[1.0, -1.0]]), np.array([[0.25]])
    return trace(Perceptron([first, last]), [1.0, 0.5], [1.0], learning_rate=0.1)


_TRACED = {
    "z²": "z", "a²": "a", "ŷ": "ŷ", "L": "L", "da²": "daⁿ", "dz²": "dz", "dz¹": "dz",
    "dW²": "dW", "db²": "db", "da¹": "da_prev", "W² new": "W", "b² new": "b",
}  # fmt: skip


def _traced() -> Iterator[Passage]:
    step = example_step()
    for name, symbol in _TRACED.items():
        quantity = step[name]
        rows, columns = (*quantity.shape, 1, 1)[:2]
        numbers = step.entry(name, *([0] * quantity.value.ndim))
        text = f"{numbers}\n{name} has the shape ({rows}, {columns})"
        what = f"the update of {symbol}" if name.endswith("new") else name
        title = f"Trace of a step of a 2-2-1 network: {what}"
        of = frozenset([symbol]) | ({"f′"} if symbol == "dz" else frozenset())
        yield Passage("trace", title, text, of, f"{name} = {quantity.formula}", "/playground")


# The book of mistakes -----------------------------------------------------------------------------

_CHAPTERS_OF = {
    "Layer.__init__": "layer", "layers": "layer", "weights": "layer", "biases": "layer",
    "build": "layer", "Layer.forward": "forward", "layer's forward": "forward", "kept": "forward",
    "network's forward": "forward", "sigmoid": "neuron", "sigmoid.derivative": "neuron",
    "relu": "neuron", "relu.derivative": "neuron", "neuron": "neuron", "loss": "loss",
    "d_loss": "loss", "average_loss": "loss", "predict": "evaluating", "accuracy": "evaluating",
    "batches": "minibatches", "Perceptron.fit, mini-batches": "minibatches",
    "Layer.backward": "training", "Perceptron.fit": "training",
}  # fmt: skip


def chapter_of(row: Mistake) -> str:
    """Return the name of the chapter that a mistake belongs to; empty for none or several."""
    if row.baseline == MINI_BATCH:
        return "minibatches"
    if row.where.startswith("split"):
        return "evaluating"
    return _CHAPTERS_OF.get(row.where, "") if row.baseline == ONE_SAMPLE else ""


def _book() -> Iterator[Passage]:
    seen = set()
    for row in ROWS:
        if "{" in row.title or not row.quantity or (row.title, row.right) in seen:
            continue
        seen.add((row.title, row.right))
        of = _of(row.quantity) | quantities_in(row.title)[0]
        title = f"Book of mistakes, {row.where}: {row.key}"
        link = f"/gallery#{row.key}" if row.key in ENTRIES else ""
        text = f"{row.title}\nright: {row.right}"
        formula = row.right if is_formula(row.right) else ""
        yield Passage("book", title, text, of, formula, link, chapter_of(row))


# Of the learner -----------------------------------------------------------------------------------


def hints(chapter: Chapter, done: ChapterProgress) -> Iterator[Passage]:
    """Yield the hints of a chapter that give nothing away: the first of each step, and those read.

    Parameters
    ----------
    chapter : Chapter
    done : ChapterProgress
    """
    for step in chapter.steps:
        row = done.hints.get(step.key, {})
        level = row.get("level", 1) if isinstance(row, dict) else 1
        for number, text in enumerate(step.hints[: max(1, level)], 1):
            title = f"Hint {number} of {len(step.hints)}, {step.title}"
            of = quantities_in(text)[0]
            yield Passage("hint", title, text, of, chapter=chapter.name)


def diagnosed(chapter: Chapter, verdict: Verdict) -> Iterator[Passage]:
    """Yield what the last check of this very code found.

    Parameters
    ----------
    chapter : Chapter
    verdict : Verdict
    """
    if verdict.passed:
        text = "\n".join(f"✓ {step.title}" for step in verdict.steps)
        yield Passage("diagnosis", f"Check of {verdict.file}: all right", text, frozenset())
    if verdict.trouble is not None:
        yield _finding(verdict, "", verdict.trouble)
    for step in verdict.steps:
        for one in step.findings if step.state != NOT_REACHED else ():
            yield _finding(verdict, f", {step.title}", one)


def _finding(verdict: Verdict, step: str, one: Finding) -> Passage:
    seen = f"seen: {one.evidence}" if one.evidence else ""
    line = f"look at: {one.line}" if one.line else ""
    text = "\n".join(filter(None, (one.title, seen, line)))
    of = _of(one.quantity) | quantities_in(one.title)[0]
    return Passage("diagnosis", f"Check of {verdict.file}{step}", text, of, chapter=verdict.chapter)
