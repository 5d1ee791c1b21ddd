"""Bad input is one line and exit code 2; everything else is a defect and keeps its traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BAD_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count


class BadInputError(Exception):
    """What was given cannot be used; the message is one line that says what to do."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failure to write `path` into a line that names it and the cause."""
    try:
        yield
    except OSError as error:
        raise BadInputError(f"cannot write {path}: {error.strerror or error}") from error
