"""Work on many rows at once, and on ever smaller parts around a row that is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from chainrule.tables.errors import TableError

Result = TypeVar("Result")


def in_parts(work: Callable[[Any], Result], items: Sequence[Any]) -> Iterator[Result | TableError]:
    """Yield the result for all items; or, where some are refused, those for the parts around them.

    Parameters
    ----------
    work : callable
        Takes a slice of the items and raises TableError if one of them is bad.
    items : sequence

    Yields
    ------
    result or TableError
        In the items' order; the error in place of each item that is refused by itself.

    Examples
    --------
    >>> def total(numbers):
    ...     if min(numbers) < 0:
    ...         raise TableError("negative")
    ...     return sum(numbers)
    >>> list(in_parts(total, [1, 2, -1, 5]))
    [3, TableError('negative'), 5]
    """
    try:
        result = work(items)
    except TableError as error:
        if len(items) <= 1:
            yield error
            return
    else:
        yield result
        return
    half = len(items) // 2
    yield from in_parts(work, items[:half])
    yield from in_parts(work, items[half:])
