"""When a learner saves: looking again and again at the folder's files, on any system."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

Look = dict[str, tuple[int, int, int]]


def watch_saves(
    file: Path, pause: float = 0.25, sleep: Callable[[float], object] = time.sleep
) -> Iterator[None]:
    """Yield once at the beginning, and after every save of `file` or of a module beside it.

    An editor may write a file in pieces, or put another in its place, so that it is gone for a
    moment: only what is the same at two looks in a row, and there, counts as saved.

    Parameters
    ----------
    file : Path
    pause : float
        Seconds between two looks.
    sleep : callable
        Waits so many seconds.
    """
    known: Look = {}
    before = _look(file)
    while True:
        now = _look(file)
        if file.name in now and now == before and now != known:
            known = now
            yield
            now = _look(file)  # what is saved while it is checked is seen as new
        before = now
        sleep(pause)


def _look(file: Path) -> Look:
    """Return when each module was changed, how large it is and which file it is."""
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
