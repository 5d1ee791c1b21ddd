"""The child process: runs a learner's file; started by `sandbox`, never imported.

The process reads a request from standard input and answers on its original standard output. Every
answer begins with the check's secret token. The learner's file gets neither: prints go to standard
error, and standard input is empty.
"""

from __future__ import annotations

import faulthandler
import io
import json
import os
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Run one task on a file, then exit without waiting for threads left running by the file."""
    request = json.loads(sys.stdin.buffer.read())
    channel = _take_channel()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # prints arrive, however the process ends
    faulthandler.enable(file=channel)
    sys.path[:] = request["path"]
    from chainrule.course.confinement import confine, end_with, leave_network

    leave_network()  # before NumPy starts threads, which may not be left behind
    end_with(request["parent"])
    from chainrule.course.given_modules import put_given_modules_at_hand
    from chainrule.course.tasks import TASKS

    sys.dont_write_bytecode = True
    file = Path(request["file"])
    tell = _teller(channel, request["token"])
    seconds = request["seconds"]
    confine(request.get("processor_seconds", seconds), request["memory"])
    put_given_modules_at_hand()
    sys.path.insert(0, str(file.parent))  # from here on modules may be the learner's
    sys.argv = [str(file)]
    leave = os._exit

    def alarm() -> None:
        faulthandler.dump_traceback_later(seconds, exit=True, file=channel)

    alarm()
    TASKS[request["task"]](request, file, tell, alarm)
    _flush()
    leave(0)  # threads, exit handlers and half-finished generators stay behind


def _take_channel() -> int:
    """Reserve standard output for answers; redirect prints to standard error."""
    channel = os.dup(1)
    os.dup2(2, 1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    return channel


def _teller(channel: int, token: str) -> Any:
    write, dumps, process, getpid = os.write, json.dumps, os.getpid(), os.getpid

    def tell(message: dict[str, Any]) -> None:
        line = f"{token}{dumps(message)}\n".encode()
        while line and getpid() == process:  # a forked copy stays silent
            line = line[write(channel, line) :]

    return tell


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # it may be anything by now
            continue


if __name__ == "__main__":
    main()
