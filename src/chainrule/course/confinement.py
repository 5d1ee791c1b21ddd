"""Limits on the learner's process: memory, time, file sizes, network, other programs.

The process limits its own memory, processor time and file sizes where the system can (POSIX). An
audit hook, which Python cannot remove, refuses network and other programs everywhere. On Linux the
process also leaves the network, if the kernel allows.

The limits keep mistakes from doing harm. They are no prison for hostile code: grade files of
strangers in a container.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

_MB = 2**20
_LARGEST_FILE = 64 * _MB
_SPARE = 3  # seconds of processor time beyond the limit, which is one of the clock
_KILLED_AFTER = 5  # more, after which the system no longer asks

_NETWORK = frozenset(
    [
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.sendmsg",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyaddr",
    ]
)
_PROCESSES = frozenset(
    [
        "os.fork",
        "os.forkpty",
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "os.startfile/2",
        "pty.spawn",
        "_winapi.CreateProcess",
    ]
)
NO_NETWORK = "the check has no network"
NO_PROCESSES = "the check starts no other processes"


def confine(seconds: float, memory: float) -> None:
    """Set all limits; call before the learner's file runs.

    Parameters
    ----------
    seconds : float
        Of processor time, from now on.
    memory : float
        In MB, beyond what is mapped by now.
    """
    _limit(seconds, memory)
    os.system = _not_run
    subprocess.Popen = _NotRun  # type: ignore[assignment,misc]
    with contextlib.suppress(ImportError):
        import _posixsubprocess

        _posixsubprocess.fork_exec = _refuse_processes
    sys.addaudithook(_refuse)


def _limit(seconds: float, memory: float) -> None:
    try:
        import resource
    except ImportError:  # Windows: the time limit is the parent's, and there is none on memory
        return
    processor = int(time.process_time() + seconds) + _SPARE
    memory_end = _mapped() + int(memory * _MB)
    limits = {
        resource.RLIMIT_CPU: (processor, processor + _KILLED_AFTER),
        resource.RLIMIT_AS: (memory_end, memory_end),
        resource.RLIMIT_FSIZE: (_LARGEST_FILE, _LARGEST_FILE),
        resource.RLIMIT_CORE: (0, 0),
    }
    for what, soft_and_hard in limits.items():
        with contextlib.suppress(OSError, ValueError):  # macOS knows some of them by name only
            resource.setrlimit(what, soft_and_hard)


def _mapped() -> int:
    """Return the bytes mapped so far by Python and NumPy; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise at a forbidden event; Python calls this hook for every audit event."""
    if event in _NETWORK:
        raise ConnectionRefusedError(NO_NETWORK)
    if event in _PROCESSES:
        raise PermissionError(NO_PROCESSES)
    if event in ("os.kill", "os.killpg") and arguments[0] != os.getpid():
        raise PermissionError("the check lets no file end other processes")


def _refuse_processes(*_: Any) -> int:
    raise PermissionError(NO_PROCESSES)


_NOT_FOUND = 127


def _not_run(command: Any) -> int:
    """Replace `os.system`: scripts go on as if the command were not found."""
    sys.stderr.write(f"({NO_PROCESSES}: {command})\n")
    return _NOT_FOUND << 8


class _NotRun:
    """Replaces `subprocess.Popen`: a process already ended, with its program not found."""

    def __init__(self, args: Any, *_: Any, **options: Any) -> None:
        self.args, self.returncode, self.pid = args, _NOT_FOUND, 0
        words = ("text", "universal_newlines", "encoding", "errors")
        text = any(options.get(word) for word in words)
        self._nothing: Any = "" if text else b""
        for name in ("stdin", "stdout", "stderr"):
            piped = options.get(name) == subprocess.PIPE
            setattr(self, name, (io.StringIO if text else io.BytesIO)() if piped else None)
        _not_run(args)

    def __class_getitem__(cls, _: Any) -> type:
        return cls

    def communicate(self, *_: Any, **__: Any) -> tuple[Any, Any]:
        return self._nothing, self._nothing

    def poll(self) -> int:
        return self.returncode

    def wait(self, *_: Any, **__: Any) -> int:
        return self.returncode

    def kill(self) -> None: ...

    terminate = kill

    def __enter__(self) -> _NotRun:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None: ...


_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def leave_network() -> None:
    """Move the process into a network namespace without any link, where Linux allows."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(Exception):
        import ctypes

        unshare = ctypes.CDLL(None).unshare
        user, group = os.getuid(), os.getgid()
        if unshare(_CLONE_NEWNET) == 0 or unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
            return
        for name, text in (
            ("setgroups", "deny"),  # before gid_map, or the kernel refuses that
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            Path(f"/proc/self/{name}").write_text(text, encoding="ascii")


_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Ask the Linux kernel to kill this process when its parent ends.

    On other systems the limits end the process. Call after `leave_network`, which undoes the
    request.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(Exception):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # the parent has already ended
        os._exit(1)
