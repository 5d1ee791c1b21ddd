"""How many cores there are for the threads of a fit, and how many the other fits have taken."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

_share: ContextVar[int | None] = ContextVar("share_of_cores", default=None)


@contextmanager
def share_of_cores(count: int) -> Iterator[None]:
    """Give this thread so many cores for the fits and predictions of the block.

    Whoever runs several fits side by side divides the cores between them; each then takes its
    share, whatever the others have taken.

    Parameters
    ----------
    count : int
        At least 1.

    Examples
    --------
    >>> with share_of_cores(3):
    ...     available_cores()
    3
    """
    token = _share.set(count)
    try:
        yield
    finally:
        _share.reset(token)


class Taken:
    """How many workers all fits of this process have together."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget all fits: in a child process they are its parent's."""
        self._lock = threading.Lock()
        self._busy = 0

    def take(self, count: int | None) -> int:
        """Take as many as asked for, or as many as are free, but one at least."""
        with self._lock:
            count = int(count or self.free())  # NumPy's whole numbers are not quite Python's
            self._busy += count
        return count

    def free(self) -> int:
        """Return how many are left, but one at least."""
        return _share.get() or max(1, available_cores() - self._busy)

    def give_back(self, count: int) -> None:
        """Have so many cores free again."""
        with self._lock:
            self._busy -= count


taken = Taken()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=taken.begin_anew)


def available_cores() -> int:
    """Return how many cores this process may use, as its surroundings say.

    What `share_of_cores` has given this thread. Else the least of: the cores it is bound to, the
    container's share of them, OMP_NUM_THREADS (which joblib sets in its processes), the limit that
    threadpoolctl has set; one inside a pool of processes or joblib's threads, where others work
    beside it.
    """
    if (share := _share.get()) is not None:
        return share
    if multiprocessing.current_process().daemon or _inside_joblib_threads():
        return 1
    limits = [_bound_cores(), _container_cores(), _environment(), _threadpool_limit()]
    return max(1, int(min(limits)))


def _bound_cores() -> float:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows do not bind
        return os.cpu_count() or 1


@cache
def _container_cores() -> float:
    """Return the share of the processor's time that the control group allows, in cores."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1.0, float(quota) // float(period))
    except (OSError, ValueError):  # no such file, or "max"
        return float("inf")


@cache
def _environment() -> float:
    """Return the number of threads in OMP_NUM_THREADS, read once; infinity if unset."""
    said = os.environ.get("OMP_NUM_THREADS")
    if said is None:
        return float("inf")
    try:
        return max(1, int(said.split(",")[0]))
    except ValueError:
        return float("inf")


def _inside_joblib_threads() -> bool:
    joblib = sys.modules.get("joblib.parallel")
    if joblib is None:
        return False
    backend, _ = joblib.get_active_backend()
    return bool(getattr(backend, "nesting_level", 0))


def _threadpool_limit() -> float:
    threadpoolctl = sys.modules.get("threadpoolctl")
    if threadpoolctl is None:
        return float("inf")
    limits = [pool.num_threads or 1 for pool in _controller(threadpoolctl).lib_controllers]
    return min(limits) if limits else float("inf")


@cache
def _controller(threadpoolctl: Any) -> Any:
    """Look for the process's thread pools once: it takes milliseconds."""
    return threadpoolctl.ThreadpoolController()
