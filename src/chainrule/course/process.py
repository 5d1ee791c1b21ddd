"""The parent's side of the child process: environment, pipes, and end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from typing import IO


class Reader(threading.Thread):
    """A thread that reads a pipe to its end, but keeps only the beginning."""

    def __init__(self, pipe: IO[bytes], most: int) -> None:
        super().__init__(daemon=True)
        self._pipe, self._most = pipe, most
        self.kept = bytearray()
        self.more = False
        self.begun = threading.Event()
        self.start()

    def run(self) -> None:
        """Read until the last writer is gone."""
        with contextlib.suppress(OSError, ValueError):
            while chunk := os.read(self._pipe.fileno(), 65536):
                room = self._most - len(self.kept)
                self.kept += chunk[: max(0, room)]
                self.more = self.more or len(chunk) > room
                self.begun.set()
        self.begun.set()


_HANDED_ON = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "CHAINRULE_CACHE_DIR",
    "XDG_CACHE_HOME",
]


def environment(known: Mapping[str, str]) -> dict[str, str]:
    """Return the child's environment: no secrets, no display, one thread.

    Parameters
    ----------
    known : mapping of str to str
    """
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        **{name: known[name] for name in _HANDED_ON if name in known},
        **dict.fromkeys(threads, "1"),
        "MPLBACKEND": "Agg",
    }


def end_child(process: subprocess.Popen[bytes], *readers: Reader) -> None:
    """Kill the process and its session, with any forked copies.

    Parameters
    ----------
    process : subprocess.Popen
    *readers : Reader
        Of the process's pipes.
    """
    if process.poll() is None:
        _kill(process)
    process.wait()
    _kill(process)
    for reader in readers:
        reader.join(1)
    for pipe in (process.stdout, process.stderr, process.stdin):
        with contextlib.suppress(OSError):
            if pipe is not None and not any(r.is_alive() and r._pipe is pipe for r in readers):
                pipe.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
