"""Detect saves of a learner's file by polling the folder, on any system."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

Look = dict[str, tuple[int, int, int]]


def watch_saves(
    file: Path, pause: float = 0.25, sleep: Callable[[float], object] = time.sleep
) -> Iterator[None]:
    """Yield at the beginning, and after every save of `file` or of a module beside it.

    An editor may write a file in pieces, or replace it and leave a moment without a file. A save
    counts only after two looks in a row that found the same file.

    Parameters
    ----------
    file : Path
    pause : float
        Seconds between two looks.
    sleep : callable
        Waits for a number of seconds.
    """
    known: Look = {}
    before = _look(file)
    while True:
        now = _look(file)
        if file.name in now and now == before and now != known:
            known = now
            yield
            now = _look(file)  # a save during the check counts as new
        before = now
        sleep(pause)


def _look(file: Path) -> Look:
    """Return the modification time, size and inode of each module in the file's folder."""
    found: Look = {}
    try:
        for path in file.parent.glob("*.py"):
            try:
                seen = path.stat()
            except OSError:
                continue
            found[path.name] = seen.st_mtime_ns, seen.st_size, seen.st_ino
    except OSError:
        return {}
    return found
