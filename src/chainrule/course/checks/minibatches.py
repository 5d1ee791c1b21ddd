"""Chapter 7: rows in a random order, cut into batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from chainrule.course.checks.learner import Learner
from chainrule.course.checks.numbers import brief
from chainrule.diagnosis import Finding
from chainrule.diagnosis.sources import line_of

_CUT = "[order[i : i + batch_size] for i in range(0, n, batch_size)]"
_SIZES = ((7, 3), (6, 3), (5, 8), (4, 1))
_MANY = 40  # rows, of which no two orders are the same by chance
_MOST = 100  # batches that are looked at: a generator may have no end


def look_at_batches(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with how the rows are cut into batches."""
    make = learner.function("batches")
    line = line_of(learner.module, "batches", ("return", "yield", "range"))
    for n, size in _SIZES:
        made = make(n, size)
        found = _rows_of(made)
        if found is None:
            yield Finding(
                "no-batches",
                "batches returns no pieces",
                "rows",
                f"it returns {brief(made)}",
                _CUT,
                line,
            )
            return
        for key, title in _of_the_cut(found, n, size):
            seen = f"for n = {n}, batch_size = {size}: the batches are {brief(found)}"
            yield Finding(key, title, "rows", seen, _CUT, line)
            return
    yield from _of_the_order(make, line)


def _rows_of(made: Any) -> list[list[int]] | None:
    """Return the rows of each batch; None if it is no list of pieces, or holds no numbers."""
    try:
        pieces = iter(made)
    except TypeError:
        return None
    taken = list(islice(pieces, _MOST))  # what a generator of the learner raises is theirs
    try:
        return [[int(row) for row in np.ravel(piece)] for piece in taken]
    except (TypeError, ValueError, OverflowError):
        return None


def _of_the_order(make: Callable[[int, int], Any], line: str) -> Iterator[Finding]:
    orders = {
        tuple(row for batch in _rows_of(make(_MANY, 8)) or [] for row in batch) for _ in range(3)
    }
    if len(orders) > 1:
        return
    (order,) = orders
    yield Finding(
        "not-shuffled",
        "the rows are not shuffled"
        if order == tuple(range(_MANY))
        else "the order is the same in every epoch",
        "rows",
        f"it begins with {brief(list(order))}",
        "a new order for every call: np.random.permutation(n)",
        line,
    )


def _of_the_cut(found: list[list[int]], n: int, size: int) -> Iterator[tuple[str, str]]:
    """Yield the key and title of what is wrong with the batches."""
    rows = [row for batch in found for row in batch]
    missing = sorted(set(range(n)) - set(rows))
    sizes = [len(batch) for batch in found]
    if any(row < 0 or row >= n for row in rows):
        yield "no-row", "a number is no row of the data"
    elif missing and len(missing) == n % size and len(rows) == n - n % size:
        yield "last-dropped", "the last, smaller batch is left out"
    elif missing:
        yield "rows-missing", f"row {missing[0]} is in no batch"
    elif len(rows) > n:
        yield "rows-twice", "a row comes twice"
    elif 0 in sizes:
        yield "empty-batch", "a batch is empty"
    elif sizes == [size] * (n // size) + [n % size] * (n % size > 0):
        return
    elif sizes == [n // size + (i < n % size) for i in range(size)]:
        yield "as-many", "there are batch_size batches; right are batches of batch_size rows"
    else:
        yield "batch-sizes", "the batches have other sizes"
