"""When a prediction runs on one thread, though several cores are allowed: beside other programs.

Of two threads on two cores, one shares its core with a neighbour, a program that computes all the
time. Whenever the neighbour is scheduled, for some milliseconds, the other thread waits at the end
of its call; small calls lose more by this than a second thread gains. Nobody says that the
neighbour has come or gone, so the waiting is what tells: after a call that waited long, calls run
alone for a while. If they wait again soon after, the while is doubled.
"""

from __future__ import annotations

import time

from chainrule.engines.compiled.waiting import SECONDS_OF_A_NAP

_LONG = 0.25  # a wait's share of its call: alone, a call takes up to twice its time
_FIRST, _LONGEST = 0.005, 0.64  # seconds alone: one turn of a scheduler; soon enough to notice
_SOON = 0.1  # seconds together without a long wait, after which the neighbour has gone


class BackOff:
    """Chooses one thread or several for each call, by how long earlier calls waited."""

    def __init__(self) -> None:
        self._alone_until = 0.0
        self._pause = 0.0  # how long the last time alone was

    def threads(self, threads: int) -> int:
        """Return how many threads the next call runs on: so many, or one."""
        if self._pause and time.perf_counter() < self._alone_until:
            return 1
        return threads

    def note(self, start: float, naps: int) -> None:
        """Note how often a call on several threads napped until all had ended.

        Parameters
        ----------
        start : float
            Of the call, on the clock of `time.perf_counter`.
        naps : int
        """
        if not naps:
            return
        now = time.perf_counter()
        if naps * SECONDS_OF_A_NAP < _LONG * (now - start):
            return
        again = self._pause and now - self._alone_until < _SOON
        self._pause = min(2 * self._pause, _LONGEST) if again else _FIRST
        self._alone_until = now + self._pause
