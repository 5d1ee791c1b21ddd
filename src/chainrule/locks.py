"""Locks that a forked child finds free, though another thread of its parent held them."""

from __future__ import annotations

import os
import threading


def lock_held_over_forks() -> threading.RLock:
    """Return a lock that a fork waits for, so that nobody holds it in the child.

    Examples
    --------
    >>> with lock_held_over_forks():
    ...     pass
    """
    lock = threading.RLock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
        )
    return lock
