"""How many workers run: the number that is fastest here and now.

The bits do not depend on the number of workers, so it may be found out by trying. What is
fastest depends on the network, on how long an epoch is, and on what else the machine is doing: a
worker that waits for another one whose core is taken loses more than it gains.

Another program that takes a core comes and goes. So the time is taken of every block of steps, and
blocks are short. The number of workers that was fastest until then is tried again soon after it
lost, as what disturbed it may be over; from try to try it waits twice as long.

A step that waits for a lost core takes milliseconds, however small it is. So several workers begin
with a few steps, and run more at once only as long as they are not far slower than fewer workers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

_TRIES = 3  # of each number at first, the fastest of which counts: threads have to be woken
_TRY_AGAIN = 40  # a number that lost is tried again after as many times its own time
_TRY_AGAIN_SOON = 2  # the same for one that was the fastest, at first
_BLOCK = 0.03  # seconds after which the choice is looked at again: some turns of a scheduler
_MOST_STEPS = 250  # of several workers at once: a second, if every step waits for a lost core
_PROBE = 4  # steps with which several workers begin
_FAR, _STALL = 2.0, 2e-3  # times fewer workers' time, and seconds above that: a stalled block
_LONG = 0.5e-3  # seconds of a step beside which the workers' meetings do not matter
_OURS = 0.7  # of the processors' time: with less, another program had some of it


class Pace:
    """Keeps the time of a step by the number of workers.

    Parameters
    ----------
    most : int
        Workers there are.
    steps_to_try : int
        How many steps tell how fast a number of workers is.
    adaptive : bool
        Whether to try at all, or always to run all workers.
    """

    def __init__(self, most: int, steps_to_try: int, *, adaptive: bool = True) -> None:
        self._steps_to_try = steps_to_try
        self._try = -(-steps_to_try // _TRIES)  # steps of one of the first tries
        counts = {most} if not adaptive else {most, *(2**i for i in range(most.bit_length()))}
        self._fewest = min(counts)
        fewer_first = self._try > _PROBE  # so that there is a time to compare a stalled one with
        self._seconds = dict.fromkeys(sorted(counts, reverse=not fewer_first), inf)
        self._tries_left = dict.fromkeys(self._seconds, _TRIES if len(counts) > 1 else 0)
        self._idle = dict.fromkeys(self._seconds, 0.0)  # seconds since it was last tried
        self._again = dict.fromkeys(self._seconds, _TRY_AGAIN)  # when it is tried next
        self._at_once = dict.fromkeys(self._seconds, _PROBE)  # steps that it may run
        self._stalled: dict[int, float] = {}  # seconds of the last block, if that stalled

    def choice(self) -> tuple[int, int]:
        """Return how many workers run next, and for how many steps at most."""
        count, steps = self._wanted()
        return count, steps if count == self._fewest else min(steps, self._at_once[count])

    def _wanted(self) -> tuple[int, int]:
        """Return whose turn it is, and how many steps tell how fast that number of workers is."""
        for count, tries in self._tries_left.items():
            if tries:
                return count, self._try
        for count, seconds in self._seconds.items():
            cost = self._stalled.get(count, seconds * self._steps_to_try)
            if self._idle[count] > self._again[count] * cost:
                return count, self._steps_to_try
        fastest = self.fastest()
        if len(self._seconds) == 1:
            return fastest, 2**62
        most = 2**62 if fastest == self._fewest else _MOST_STEPS
        return fastest, max(1, min(most, int(_BLOCK / self._seconds[fastest])))

    def fastest(self) -> int:
        """Return the fastest number of workers so far; the first to be tried if none was."""
        return min(self._seconds, key=self._seconds.__getitem__)

    @contextmanager
    def measured(self, count: int, steps: int) -> Iterator[None]:
        """Take the time of the block: of so many steps by so many workers."""
        fastest, enough = self.fastest(), min(self._wanted()[1], self._steps_to_try)
        start, processors_start = time.perf_counter(), time.process_time()
        yield
        seconds = time.perf_counter() - start
        undisturbed = time.process_time() - processors_start > _OURS * count * seconds
        fewer = min((self._seconds[n] for n in self._seconds if n < count), default=inf)
        stalled = seconds > _FAR * fewer * steps + _STALL
        self._at_once[count] = _PROBE if stalled else max(self._at_once[count], 2 * steps)
        trying = any(self._tries_left.values())
        for other in self._idle:
            self._idle[other] += seconds
        if not stalled and steps < enough and (trying or count != fastest):
            return  # the beginning of a try
        self._idle[count] = 0.0
        self._note(count, seconds / steps, best_of=self._tries_left[count] and not stalled)
        self._stalled.pop(count, None)
        if stalled:
            self._stalled[count], self._tries_left[count] = seconds, 0
        if count == max(self._seconds) and seconds / steps > _LONG and not stalled:
            if undisturbed:
                self._expect_fewer_to_need(seconds / steps * count)
            else:
                self._have_fewer_tried_once()
        if not trying and count != self.fastest():
            soon = _TRY_AGAIN_SOON if count == fastest else 2 * self._again[count]
            self._again[count] = min(soon, _TRY_AGAIN)

    def _note(self, count: int, seconds: float, *, best_of: int | bool) -> None:
        """Write a step's time down; of the first tries, the best."""
        self._seconds[count] = min(seconds, self._seconds[count]) if best_of else seconds
        self._tries_left[count] = max(0, self._tries_left[count] - 1)

    def _expect_fewer_to_need(self, seconds: float) -> None:
        """Take fewer workers' time, until it is their turn, for this divided by their number."""
        for count, known in self._seconds.items():
            if known == inf:
                self._seconds[count], self._tries_left[count] = seconds / count, 0

    def _have_fewer_tried_once(self) -> None:
        """Leave one try to fewer workers, as nothing follows for them from a disturbed time."""
        for count, known in self._seconds.items():
            if known == inf:
                self._tries_left[count] = 1
