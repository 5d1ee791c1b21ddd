"""Work on the columns or on the rows of a table, on all processors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_FEW_ROWS = 2000  # to start threads takes longer than to work on them

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return the results of `work` in the order of the items; the first error is raised.

    polars and NumPy leave Python's lock while they compute, so threads run beside each other.

    Examples
    --------
    >>> in_threads(abs, [-1, 2])
    [1, 2]
    """
    items = list(items)
    if len(items) < 2:
        return in_turn(work, items)
    with ThreadPoolExecutor(min(len(items), os.cpu_count() or 1)) as pool:
        return list(pool.map(work, items))


def in_turn(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return the results of `work` in the order of the items, all computed by this thread."""
    return [work(item) for item in items]


def for_rows(n_rows: int) -> Callable[..., list[Any]]:
    """Return the way to work on the columns of so many rows: in threads, unless they are few."""
    return in_threads if n_rows > _FEW_ROWS else in_turn
