"""Bad input is one line and exit code 2; everything else is a defect and keeps its traceback."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BAD_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count


class BadInputError(Exception):
    """Bad input; the message is one line with the remedy."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failure to write `path` into a line that names it and the cause."""
    try:
        yield
    except OSError as error:
        raise BadInputError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Print the warnings of a piece of work as notes, without the place in the code."""

    def note(message: Warning | str, *place: object, **more: object) -> None:
        print(f"note: {message}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = note
        yield


@contextmanager
def speaking() -> Iterator[None]:
    """Let a reader of standard output go away, as in ``… | head``, without ending the work."""
    try:
        yield
        print(end="", flush=True)  # where there is no standard output, this is nothing
    except BrokenPipeError:
        _hush()
    except OSError as error:
        _hush()
        raise BadInputError(f"cannot write standard output: {error.strerror}") from error


def _hush() -> None:
    """Send to nowhere what standard output still holds, or Python fails again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
