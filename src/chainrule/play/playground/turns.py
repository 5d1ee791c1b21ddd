"""Turns at the processors: of many pages that train, only as many at once as there are cores.

The others wait in the queue of their commands, so that they obey at once although they do not
train.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable

SECONDS = 0.01  # of a turn, where others wait


class Turns:
    """Turns, handed on from one to the next who waits.

    Parameters
    ----------
    count : int
        How many may have their turn at once.

    Examples
    --------
    >>> turns, told = Turns(1), []
    >>> turns.ask(print), turns.ask(lambda: told.append("it is my turn"))
    (True, False)
    >>> turns.pass_on()
    >>> told
    ['it is my turn']
    """

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._free = count
        self._waiting: deque[Callable[[], None]] = deque()

    @property
    def are_wanted(self) -> bool:
        """Whether somebody waits for a turn."""
        return bool(self._waiting)

    def ask(self, grant: Callable[[], None]) -> bool:
        """Return whether there is a turn now; else `grant` is called once there is."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            self._waiting.append(grant)
            return False

    def pass_on(self) -> None:
        """Hand a turn on to who has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft()()
            else:
                self._free += 1

    def withdraw(self, grant: Callable[[], None]) -> None:
        """Wait no longer; a turn that was granted already stays to be passed on."""
        with self._lock:
            self._waiting = deque(one for one in self._waiting if one != grant)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


at_the_cores = Turns(cores())
