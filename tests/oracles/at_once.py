"""The same work by several threads that begin at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier


def at_once(work, count=4):
    """Return what each of the threads got from ``work()``."""
    start = Barrier(count)

    def begin(_):
        start.wait()
        return work()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(begin, range(count)))
