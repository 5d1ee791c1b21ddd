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
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.course.chapters import Chapter
from chainrule.course.outcome import Transcript, verdict_of
from chainrule.course.process import Reader, end_child, environment
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


class StoppedError(Exception):
    """A run was ended from outside, because nobody waits for its result."""


def check_file(
    chapter: Chapter,
    file: Path,
    limits: Limits | None = None,
    stop: threading.Event | None = None,
) -> Verdict:
    """Check a learner's file in a child process.

    Parameters
    ----------
    chapter : Chapter
    file : Path
    limits : Limits, optional
    stop : threading.Event, optional
        Ends the check once set.

    Returns
    -------
    Verdict

    Raises
    ------
    OSError
        If the file cannot be read.
    StoppedError
        If `stop` was set before the end.
    """
    return run_task("check", chapter, file, limits or Limits(), stop)[0]


def run_task(
    task: str, chapter: Chapter, file: Path, limits: Limits, stop: threading.Event | None = None
) -> tuple[Verdict, Transcript]:
    """Run a task of `course.tasks` on a learner's file in a child process.

    Parameters
    ----------
    task : str
    chapter : Chapter
    file : Path
    limits : Limits
    stop : threading.Event, optional
        Ends the run once set.

    Returns
    -------
    Verdict
        Its `trouble` says why the run did not reach its end, if so.
    Transcript
        With the task's own messages.

    Raises
    ------
    OSError
        If the file cannot be read.
    StoppedError
        If `stop` was set before the end.
    """
    file = file.absolute()  # a link keeps its name and its neighbours
    with file.open("rb") as readable:
        source = readable.read(_MOST_SOURCE)  # before the run: the file may change itself
    began = time.perf_counter()
    transcript = _run({"task": task, "chapter": chapter.name}, file, limits, stop)
    took = time.perf_counter() - began
    verdict = verdict_of(chapter, file, source, transcript, limit=limits.seconds, seconds=took)
    return verdict, transcript


def _run(
    task: Mapping[str, Any], file: Path, limits: Limits, stop: threading.Event | None
) -> Transcript:
    token = secrets.token_hex(16)
    process = start_child({**task, "token": token}, file, limits)
    assert process.stdout
    assert process.stderr
    told, printed = Reader(process.stdout, _MOST_TOLD), Reader(process.stderr, _MOST_PRINTED)
    killed = False
    try:
        told.begun.wait(_START)
        killed = not _ended(process, told, limits.seconds + _GRACE, stop)
    finally:
        end_child(process, told, printed)
    if stop is not None and stop.is_set():
        raise StoppedError
    return _transcript(token, told, printed, process.returncode, killed)


def start_child(task: Mapping[str, Any], file: Path, limits: Limits) -> subprocess.Popen[bytes]:
    """Start the child process and hand over its request.

    Parameters
    ----------
    task : mapping
        The token of its answers, the name of the task, and what the task needs.
    file : Path
        The learner's file, absolute.
    limits : Limits
    """
    request = {
        **task,
        "parent": os.getpid(),
        "path": [path for path in sys.path if path and Path(path).exists()],
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
        env=environment(os.environ),
        start_new_session=True,
    )
    assert process.stdin
    with contextlib.suppress(OSError):  # the process may be gone already
        process.stdin.write(json.dumps(request).encode())
        process.stdin.close()
    return process


def _ended(
    process: subprocess.Popen[bytes], told: Reader, seconds: float, stop: threading.Event | None
) -> bool:
    """Wait for the end of the answers and the process; return False at the time limit or a stop.

    A forked copy may hold the pipe open after the end of the process: both are watched.
    """
    end = time.monotonic() + seconds
    while told.is_alive() and process.poll() is None and time.monotonic() < end:
        if stop is not None and stop.is_set():
            return False
        told.join(_LOOK)
    try:
        process.wait(max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _transcript(token: str, told: Reader, printed: Reader, code: int, killed: bool) -> Transcript:
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
