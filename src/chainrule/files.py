"""Whole files or none: what is written appears under its name only once it is complete."""

from __future__ import annotations

import contextlib
import errno
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
        If `path` is a folder or a device, the folder cannot be written or the disk is full.
    """
    path = path.resolve()  # a link stays one, and what it points to is replaced
    descriptor, beside = _new_file_beside(path)
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
        If `path` is a folder or a device, or its folder is missing or cannot be written.
    """
    descriptor, probe = _new_file_beside(path.resolve())
    os.close(descriptor)
    Path(probe).unlink()


def _new_file_beside(path: Path) -> tuple[int, str]:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "Is a folder, not a file", str(path))
    if path.exists() and not path.is_file():  # a rename would put an end to /dev/null itself
        raise OSError(errno.EINVAL, "Is a device or a pipe, not a file", str(path))
    shortened = path.name[:50]  # the name of a file may have 255 bytes in all
    return tempfile.mkstemp(prefix=f".{shortened}.", suffix=".part", dir=path.parent)
