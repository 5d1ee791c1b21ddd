"""Chapter 7: rows in random order, cut into batches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from chainrule.course.checks.findings import found_in
from chainrule.course.checks.learner import Learner
from chainrule.course.checks.numbers import abbreviated
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book.chapters.minibatches import BATCHES, EPOCHS

_SIZES = ((7, 3), (6, 3), (5, 8), (4, 1))
_MANY = 40  # rows, of which no two orders are the same by chance
_MOST = 100  # batches that are looked at: a generator may have no end


def check_batches(learner: Learner) -> Iterator[Finding]:
    """Yield mistakes in cutting the rows into batches."""
    make, owner = learner.function("batches"), (learner.module, "batches")
    for n, size in _SIZES:
        made = make(n, size)
        found = _rows_of(made)
        if found is None:
            yield found_in(owner, BATCHES, "no-batches", f"it returns {abbreviated(made)}")
            return
        key = _of_the_cut(found, n, size)
        if key:
            seen = f"for n = {n}, batch_size = {size}: the batches are {abbreviated(found)}"
            yield found_in(owner, BATCHES, key, seen, row=min(_missing(found, n), default=0))
            return
    orders = {
        tuple(row for batch in _rows_of(make(_MANY, 8)) or [] for row in batch) for _ in range(3)
    }
    if len(orders) == 1:
        (order,) = orders
        where = BATCHES if order == tuple(range(_MANY)) else EPOCHS
        yield found_in(owner, where, "not-shuffled", f"it begins with {abbreviated(list(order))}")


def _rows_of(made: Any) -> list[list[int]] | None:
    """Return the row numbers of each batch; None if `made` holds no lists of numbers."""
    try:
        pieces = iter(made)
    except TypeError:
        return None
    taken = list(islice(pieces, _MOST))  # what a generator of the learner raises is theirs
    try:
        return [[int(row) for row in np.ravel(piece)] for piece in taken]
    except (TypeError, ValueError, OverflowError):
        return None


def _missing(found: list[list[int]], n: int) -> set[int]:
    return set(range(n)).difference(*found)


def _of_the_cut(found: list[list[int]], n: int, size: int) -> str:
    """Return the key of the mistake in the batches; "" if there is none."""
    rows, sizes = sum(map(len, found)), [len(batch) for batch in found]
    missing = _missing(found, n)
    wrong = {
        "no-row": any(row < 0 or row >= n for batch in found for row in batch),
        "last-dropped": len(missing) == n % size > 0 and rows == n - n % size,
        "rows-missing": missing,
        "rows-twice": rows > n,
        "empty-batch": 0 in sizes,
        "": sizes == [size] * (n // size) + [n % size] * (n % size > 0),
        "as-many": sizes == [n // size + (i < n % size) for i in range(size)],
    }
    return next((key for key, so in wrong.items() if so), "batch-sizes")
