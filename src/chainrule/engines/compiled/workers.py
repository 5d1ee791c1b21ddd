"""Threads that run programs side by side.

They are Python's own threads: a kernel runs without the interpreter's lock. They belong to one fit
(or for a while to no prediction in particular) and hold nothing that a fork, another fit or joblib
could trip over.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import weakref
from collections.abc import Sequence
from functools import cache, partial
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.engines import cores
from chainrule.engines.compiled.code import function_at
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.waiting import ASLEEP, CLOSED, LINE, NOT_DONE, READY

_SECONDS_ASLEEP = 1.0  # to start a thread again costs little more than to wake it


_all: weakref.WeakSet[Workers] = weakref.WeakSet()


class Workers:
    """Do jobs side by side again and again, each on a thread of its own.

    Between two jobs a thread waits in machine code for a while, so that the next one finds it
    awake; then asleep in Python; then it ends. A job is described in `waiting`.

    Parameters
    ----------
    count : int
        How many jobs at once, at least 1: the first one is done by the caller's thread.
    kernels : Kernels
    """

    def __init__(self, count: int, kernels: Kernels) -> None:
        self.count = count
        self._cores = 0  # that are taken from other fits
        self._memory = memory = Memory()
        jobs, naps = memory.zeros(count, np.int64), memory.zeros(1, np.int64)
        mailboxes = memory.zeros((count, LINE // 8), np.int64)
        run, system = kernels.run, system_calls()
        arguments = memory.zeros(8, np.int64)
        arguments[:] = address(jobs), address(mailboxes), 0, 0, run, *system, address(naps)
        self._work_along = partial(function_at(kernels.work_along), address(arguments))
        self._jobs, self._arguments, self._naps = jobs.data, arguments.data, naps.data
        serve = function_at(kernels.serve)
        self._helpers = [
            _Helper(mailboxes[i], serve, run, system.sched_yield) for i in range(count - 1)
        ]
        _all.add(self)

    @classmethod
    def for_a_fit(cls, count: int | None, kernels: Kernels) -> Workers:
        """Return as many as asked for, or as `available_cores` says and other fits leave free."""
        taken = cores.taken.take(count)
        try:
            workers = cls(taken, kernels)
        except BaseException:
            cores.taken.give_back(taken)
            raise
        workers._cores = taken
        return workers

    def run(self, jobs: Sequence[int], *, one_pool: bool = False) -> int:
        """Do the jobs at these addresses, no more than workers, and wait until all are done.

        Parameters
        ----------
        jobs : sequence of int
        one_pool : bool
            Whether all jobs take their pieces of work from one pool, so that any of them may be
            left out.

        Returns
        -------
        int
            How many naps the caller took while it waited for the others: none, unless another
            program has one of the cores.
        """
        for i, job in enumerate(jobs):
            self._jobs[i] = job
        self._arguments[2], self._arguments[3] = len(jobs) - 1, one_pool
        while True:
            self._work_along()
            naps: int = self._naps[0]
            if naps != NOT_DONE:
                return naps
            for helper in self._helpers[: len(jobs) - 1]:
                helper.wake()

    def begin_anew(self) -> None:
        """Have no threads, nor cores: in a child process they are its parent's."""
        self._cores = 0
        for helper in self._helpers:
            helper.begin_anew()

    def close(self) -> None:
        """End the threads."""
        for helper in self._helpers:
            helper.close()
        cores.taken.give_back(self._cores)
        self._cores = 0


class _Helper:
    """A thread that does what comes into its mailbox; there is none until it is woken."""

    def __init__(self, mailbox: NDArray[np.int64], serve: Any, run: int, sched_yield: int) -> None:
        self._mailbox = mailbox
        self._arguments = np.array([address(mailbox), run, sched_yield])
        self._serve = partial(serve, address(self._arguments))
        self.begin_anew()

    def begin_anew(self) -> None:
        """Have no thread."""
        self._thread: threading.Thread | None = None
        self._woken: SimpleQueue[None] = SimpleQueue()
        self._lock = threading.Lock()
        self._mailbox[0] = ASLEEP

    def wake(self) -> None:
        """Have it look into the mailbox, if it sleeps."""
        if self._mailbox[0] != ASLEEP:
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._live, name="chainrule", daemon=True)
                self._thread.start()
            self._mailbox[0] = READY
            self._woken.put(None)

    def _live(self) -> None:
        while True:
            self._serve()
            if self._mailbox[0] == CLOSED:
                return
            try:
                self._woken.get(timeout=_SECONDS_ASLEEP)
            except Empty:
                with self._lock:
                    if self._mailbox[0] == ASLEEP and self._woken.empty():
                        self._thread = None
                        return

    def close(self) -> None:
        """End the thread."""
        with self._lock:
            self._mailbox[0] = CLOSED
            self._woken.put(None)
            thread = self._thread
        if thread is not None and thread.is_alive():
            thread.join()


_resting: dict[int, list[Workers]] = {}  # by their count


def _begin_anew() -> None:
    """Forget the threads of the parent: a child has none of them."""
    for workers in list(_all):
        workers.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def lent(count: int, kernels: Kernels) -> Workers:
    """Return workers for one call; if it ends well, `give_back` has them wait for the next."""
    try:
        return _resting[count].pop()
    except (KeyError, IndexError):
        return Workers(count, kernels)


def give_back(workers: Workers) -> None:
    """Have workers that were lent wait for the next call: their threads stay for a while."""
    _resting.setdefault(workers.count, []).append(workers)


class SystemCalls(NamedTuple):
    """Addresses of the system's functions for threads that wait.

    Attributes
    ----------
    sched_yield : int
        Lets another thread run on this core; without arguments.
    usleep : int
        Sleeps for some microseconds, its argument.
    """

    sched_yield: int
    usleep: int


@cache
def system_calls() -> SystemCalls:
    """Return the addresses of this system's functions."""
    if sys.platform == "win32":  # its sleep takes milliseconds: too long to wait for a worker
        switch = _address(ctypes.windll.kernel32.SwitchToThread)
        return SystemCalls(switch, switch)  # which ignores an argument
    library = ctypes.CDLL(None)
    return SystemCalls(_address(library.sched_yield), _address(library.usleep))


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0
