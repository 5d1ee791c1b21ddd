"""How far apart the two processors are: the time of a barrier between two workers of our own.

A virtual machine's processors may be the two halves of one core, neighbours, or on chips apart, and
that changes while a run goes on. Those who share the work of a step feel it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.environment import THREADS
from chainrule.engines.compiled import batch
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.machine import host
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.program import Program
from chainrule.engines.compiled.waiting import LINE
from chainrule.engines.compiled.workers import system_calls

_TIMES = 10_000
_TRIES = 5  # until both threads are awake, and on processors of their own


def seconds() -> float:
    """Return the time of a barrier that all threads meet at, again and again."""
    kernels, memory = Kernels(host(), np.float32), Memory()
    meeting = address(memory.zeros((THREADS, LINE // 8), np.int64))
    runs = []
    for worker in range(THREADS):
        program, record = Program(), memory.zeros(batch.BYTES // 8, np.int64)
        program.call(kernels.barrier, [meeting, worker, THREADS, *system_calls()])
        runs.append(program.alone(kernels.run, record, memory, steps=_TIMES))
    with ThreadPoolExecutor(THREADS) as pool:
        tries = (min(pool.map(_timed, runs)) for _ in range(_TRIES))  # who came last did not wait
        return min(tries) / _TIMES


def _timed(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
