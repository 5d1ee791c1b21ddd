"""Whole files or none: what is written appears under its name only once it is complete."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside `path` for writing and rename it to `path` when the block succeeds.

    If the block or the writing fails, a file that was at `path` before is still there,
    untouched, and nothing half-written is left.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OSError
        If the folder cannot be written or the disk is full.
    """
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(_permissions(path))
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _permissions(path: Path) -> int:
    """Return the mode of the file that is replaced, or that of a newly made file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def require_writable(path: Path) -> None:
    """Find out before the work whether `path` can be written after it.

    Raises
    ------
    OSError
        If `path` is a folder, or its folder is missing or cannot be written.
    """
    if path.is_dir():
        raise IsADirectoryError(21, "Is a folder, not a file", str(path))
    descriptor, probe = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(descriptor)
    Path(probe).unlink()
