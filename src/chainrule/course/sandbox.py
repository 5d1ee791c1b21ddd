"""Check a learner's file in a child process, with a verdict whatever the file does.

The child process (`child`) runs and checks the file. The parent ends the child in time, keeps only
the beginning of the prints, and trusts only lines that begin with a secret token drawn for the
check. A file is right only if every step of its chapter was reported right **and** the end of the
check was reported **and** the process then exited by itself. `exit()`, `os._exit(0)`, a crash, an
endless loop, closed pipes or a printed "passed" never count as right.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from chainrule.course.chapters import Chapter
from chainrule.course.outcome import Transcript, verdict_of
from chainrule.course.verdict import Verdict

_CHILD = Path(__file__).with_name("child.py")
_MOST_PRINTED = 20_000  # bytes of what a file prints that are kept
_MOST_TOLD = 2_000_000
_MOST_SOURCE = 2_000_000
_START = 30.0  # seconds for Python and NumPy to start, however busy the machine is
_LOOK = 0.1  # seconds from one look at the process to the next
_GRACE = 5.0  # seconds, after which a process is killed that has not ended itself at its limit
MOST_SECONDS = 86_400.0
"""The longest time limit: a day."""
MOST_MEMORY = 1_000_000.0
"""The largest memory limit in MB: a terabyte."""


@dataclass(frozen=True)
class Limits:
    """The time and memory limits of a check.

    Attributes
    ----------
    seconds : float
        From the start of the learner's code.
    memory : float
        In MB, beyond the memory of Python and NumPy, where the system can limit memory.

    Raises
    ------
    ValueError
        If a limit is not above 0, or larger than any system can count.
    """

    seconds: float = 10.0
    memory: float = 2048.0

    def __post_init__(self) -> None:
        for name, most in (("seconds", MOST_SECONDS), ("memory", MOST_MEMORY)):
            value = getattr(self, name)
            if not 0 < value <= most:
                raise ValueError(f"{name} must be above 0 and at most {most:,.0f}, got {value}")


def check_file(chapter: Chapter, file: Path, limits: Limits | None = None) -> Verdict:
    """Check a learner's file in a child process.

    Parameters
    ----------
    chapter : Chapter
    file : Path
    limits : Limits, optional

    Returns
    -------
    Verdict

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    limits = limits or Limits()
    file = file.absolute()  # a link keeps its name and its neighbours
    with file.open("rb") as readable:
        source = readable.read(_MOST_SOURCE)  # before the run: the file may change itself
    began = time.perf_counter()
    transcript = _run(chapter, file, limits)
    took = time.perf_counter() - began
    return verdict_of(chapter, file, source, transcript, limit=limits.seconds, seconds=took)


class _Reader(threading.Thread):
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


def _run(chapter: Chapter, file: Path, limits: Limits) -> Transcript:
    token = secrets.token_hex(16)
    request = {
        "parent": os.getpid(),
        "token": token,
        "path": [path for path in sys.path if path and Path(path).exists()],
        "chapter": chapter.name,
        "file": str(file),
        "seconds": limits.seconds,
        "memory": limits.memory,
    }
    process = subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", str(_CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=file.parent,
        env=_environment(os.environ),
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    told, printed = _Reader(process.stdout, _MOST_TOLD), _Reader(process.stderr, _MOST_PRINTED)
    killed = False
    try:
        with contextlib.suppress(OSError):  # the process may be gone already
            process.stdin.write(json.dumps(request).encode())
            process.stdin.close()
        told.begun.wait(_START)
        killed = not _ended(process, told, limits.seconds + _GRACE)
    finally:
        _end(process, told, printed)
    return _transcript(token, told, printed, process.returncode, killed)


def _ended(process: subprocess.Popen[bytes], told: _Reader, seconds: float) -> bool:
    """Wait for the end of the answers and the process; return False at the time limit.

    A forked copy may hold the pipe open after the end of the process: both are watched.
    """
    end = time.monotonic() + seconds
    while told.is_alive() and process.poll() is None and time.monotonic() < end:
        told.join(_LOOK)
    try:
        process.wait(max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


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


def _environment(known: Mapping[str, str]) -> dict[str, str]:
    """Return the child's environment: no secrets, no display, one thread."""
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        **{name: known[name] for name in _HANDED_ON if name in known},
        **dict.fromkeys(threads, "1"),
        "MPLBACKEND": "Agg",
    }


def _end(process: subprocess.Popen[bytes], *readers: _Reader) -> None:
    """Kill the process and its session, with any forked copies."""
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


def _transcript(token: str, told: _Reader, printed: _Reader, code: int, killed: bool) -> Transcript:
    transcript = Transcript(code=code, killed=killed)
    rest = []
    for line in bytes(told.kept).decode("utf-8", errors="replace").splitlines():
        if line.startswith(token):
            with contextlib.suppress(ValueError):
                transcript.messages.append(json.loads(line[len(token) :]))
        else:
            rest.append(line)
    transcript.rest = "\n".join(rest)[-_MOST_PRINTED:]  # the traceback stands last
    transcript.printed = bytes(printed.kept).decode("utf-8", errors="replace")
    if printed.more:
        transcript.printed += "\n… (and more, which was not kept)"
    return transcript
