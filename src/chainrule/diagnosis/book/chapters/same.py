"""Mistakes that a chapter and the diagnosis both know, under the keys that each has published.

A chapter looks at one function at a time, the diagnosis at a whole class, and each tells the
mistake in its own words. The lines are said once, by the row of the diagnosis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from chainrule.diagnosis.book import fit, layers
from chainrule.diagnosis.book.rows import ONE_SAMPLE, Mistake, Page

SAME_MISTAKE: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("layer's forward", layers.FORWARD_WHERE): {
        "not-applied": "forward-returns-z", "no-bias": "forward-without-biases",
        "bias-subtracted": "forward-minus-biases", "twice": "forward-activation-twice",
        "flat-in-between": "n-by-n", "not-a-column": "n-by-n",
    },
    ("weights", layers.INIT_WHERE): {
        "constant-weights": "constant-weights", "whole-numbers": "whole-numbers",
    },
    ("loss", fit.WHERE): {
        "sign": "loss-sign", "second-term-missing": "loss-half", "halved": "loss-halved",
        "first-term-missing": "loss-other-half", "squared-error": "loss-squared",
        "half-squared-error": "loss-halved-squared",
    },
    ("d_loss", fit.WHERE): {key: key for key in (
        "sign", "sigma-prime-lost", "sign-and-sigma-prime", "sigma-prime-twice", "brackets",
        "first-term", "second-term", "term-sign", "squared-error", "loss-for-derivative",
    )},
    ("average_loss", fit.WHERE): {
        "not-averaged": "loss-not-averaged", "divided-twice": "loss-averaged-twice",
        "last": "loss-of-last",
    },
}  # fmt: skip
"""The chapter's piece and that of the diagnosis; the chapter's key and that of the diagnosis."""


def same(page: Page, where: str, *rows: tuple[str, ...]) -> Iterator[Mistake]:
    """Yield a chapter's row for each (key, title) or (key,), with the lines that stand in `where`.

    A row without a title has that of the diagnosis, too.
    """
    known = {(row.where, row.key): row for row in (*layers.ROWS, *fit.ROWS)
             if row.baseline == ONE_SAMPLE}  # fmt: skip
    for key, *title in rows:
        there = known[where, SAME_MISTAKE[page.where, where][key]]
        (row,) = page.rows((key, *(title or [there.title])))
        yield replace(row, lines=there.lines)
