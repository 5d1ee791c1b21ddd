"""Mistakes in the functions of the course's chapters, a module for each chapter.

A row of a function has lines: the check runs them and compares what they give with what the
learner's function gives. A row of what is seen from outside (a shape, an order, a missing name) has
none; its check says what was seen. A key may have several rows: ways to make one mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from chainrule.diagnosis.book.chapters import (
    any_file,
    evaluating,
    forward,
    layer,
    loss,
    minibatches,
    neuron,
)
from chainrule.diagnosis.book.rows import Mistake, Piece

BY_CHAPTER: Mapping[str, tuple[Mistake, ...]] = {
    "neuron": neuron.ROWS, "layer": layer.ROWS, "forward": forward.ROWS, "loss": loss.ROWS,
    "evaluating": evaluating.ROWS, "minibatches": minibatches.ROWS,
}  # fmt: skip
"""By the chapter's name. Chapter 5 looks for the rows of `Layer.backward` and `Perceptron.fit`."""

ROWS: tuple[Mistake, ...] = (*any_file.ROWS, *chain.from_iterable(BY_CHAPTER.values()))
PIECES: tuple[Piece, ...] = (
    *neuron.PIECES, *forward.PIECES, *loss.PIECES, *evaluating.PIECES,
)  # fmt: skip
