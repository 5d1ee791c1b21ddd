"""Files are known by their first bytes, not by their names: gzip, Parquet, text, and what is none.

A `.csv` that is really a spreadsheet, a half-copied archive, a file that is gone: each is
told apart here, before anything is parsed.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, quote

HEAD = 4096
"""How many bytes are looked at before a file is called text."""

_GZIP = b"\x1f\x8b"
_NO_TABLES = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF document",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"ARROW1": "an Arrow (Feather) file",
    b"\x93NUMPY": "a NumPy array",
    b"\x89HDF": "an HDF5 file",
    b"SQLite format 3\x00": "an SQLite database",
}
_WIDE_MARKS = {  # the longer mark first: UTF-32's begins with UTF-16's
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


@contextlib.contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """Open `path` for reading bytes, unpacked if it is gzipped.

    Raises
    ------
    TableError
        If there is no such file, it cannot be read, or its gzip stream is damaged; also
        when that shows only later, inside the ``with`` block.
    """
    try:
        with path.open("rb") as packed:
            if not packed.peek(1):
                raise TableError(f"{path} is empty (0 bytes); give a file with a header and rows")
            if packed.peek(2)[:2] != _GZIP:
                yield packed
                return
            with gzip.GzipFile(fileobj=packed) as unpacked:
                yield io.BufferedReader(cast(io.RawIOBase, unpacked))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise TableError(f"{path} is a damaged gzip file ({reason}); get a whole copy") from None
    except FileNotFoundError:
        raise TableError(f"{path}: no such file{_neighbour(path)}") from None
    except IsADirectoryError:
        raise TableError(f"{path} is a folder; give a CSV, TSV or Parquet file in it") from None
    except PermissionError:
        raise TableError(f"{path} cannot be read: permission denied; ask its owner") from None
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}") from None


def _neighbour(path: Path) -> str:
    """Say which file beside `path` was probably meant."""
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        return f"; nor is there a folder {quote(path.parent)} that can be read"
    return nearest(path.name, names) or "; check the name and the folder"


def is_parquet(head: bytes) -> bool:
    """Say whether a file that begins like this is Parquet.

    A text file may begin with a column named ``PAR1``; Parquet goes on with a control byte.
    """
    return head[:4] == b"PAR1" and head[4:5] < b" " and head[4:5] not in (b"", b"\t", b"\n", b"\r")


def require_text(name: str, head: bytes, encoding: str) -> None:
    """Raise TableError if a file that begins like this is no text in this encoding."""
    for mark, kind in _NO_TABLES.items():
        if head.startswith(mark):
            raise TableError(f"{name} is {kind}; save the table as CSV, TSV or Parquet")
    if encoding.startswith(("utf-16", "utf-32")):
        return
    for mark, wide in _WIDE_MARKS.items():
        if head.startswith(mark):
            raise TableError(
                f"{name} is not {encoding}: it begins as {wide} does; add --encoding {wide}"
            )
    if b"\0" in head:
        raise TableError(
            f"{name} holds NUL bytes, so it is no text; "
            "give a CSV, TSV or Parquet file (or --encoding utf-16)"
        )


def peek(stream: io.BufferedReader) -> bytes:
    """Return up to `HEAD` first bytes and leave them in the stream."""
    return stream.peek(HEAD)[:HEAD]


def content(stream: BinaryIO) -> io.BytesIO:
    """Return the rest of the stream, as a file in memory."""
    return io.BytesIO(stream.read())
