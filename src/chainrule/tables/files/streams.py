"""Rows from a stream, such as standard input: read as they come, in constant memory."""

from __future__ import annotations

import io
import re
import select
from collections.abc import Collection, Iterator
from typing import Literal, TypeAlias, cast

from chainrule.tables.errors import TableError
from chainrule.tables.files.decoding import Text, canonical_encoding
from chainrule.tables.files.delimited import delimited_blocks
from chainrule.tables.files.file_types import file_type, text_encoding
from chainrule.tables.files.json_lines import json_blocks
from chainrule.tables.files.layouts import Choices
from chainrule.tables.table import Table

Format: TypeAlias = Literal["csv", "jsonl"]

_AT_ONCE = 2**20  # bytes: enough that what a block costs beside its rows is little
_MUCH = 2**15  # bytes in one read: the writer has more to say, and fills the pipe again at once
_PATIENCE = 0.002  # seconds
_JSON_ARRAY = re.compile(r"\[\s*(?:[\[{]|$)")
_GZIP = b"\x1f\x8b"


class Available:
    """A stream whose `read` waits for its first bytes alone, and then takes what is there.

    Parameters
    ----------
    name : str
        For messages.
    stream : io.BufferedReader
    """

    def __init__(self, name: str, stream: io.BufferedReader) -> None:
        self._name, self._stream = name, stream
        self._head = b""
        self._ended = False

    def head(self) -> bytes:
        """Return the beginning of the stream up to some byte that is not blank, and leave it."""
        while not self._head.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe") and not self._ended:
            self._head += self._take()
        return self._head

    def read(self, size: int, /) -> bytes:
        """Return what is there, at least one byte; no bytes at the end."""
        del size  # the blocks are smaller
        found, self._head = self._head or self._take(), b""
        return found

    def _take(self) -> bytes:
        parts = list[bytes]()
        n_bytes = 0
        try:
            while not self._ended and n_bytes < _AT_ONCE:
                if parts and not self._is_ready(_PATIENCE if len(parts[-1]) >= _MUCH else 0.0):
                    break
                parts.append(self._stream.read1(_AT_ONCE))
                n_bytes += len(parts[-1])
                self._ended = not parts[-1]
        except OSError as error:
            raise TableError(
                f"{self._name} cannot be read: {error.strerror or error}; give a file's name"
            ) from None
        return b"".join(parts)

    def _is_ready(self, seconds: float) -> bool:
        """Return True if the stream has bytes within so many seconds, False if nobody knows."""
        try:
            return bool(select.select([self._stream.fileno()], [], [], seconds)[0])
        except (OSError, ValueError):
            return False


def rows_from_stream(
    name: str,
    stream: io.BufferedReader,
    wanted: Collection[str],
    *,
    form: Format | None = None,
    encoding: str | None = None,
    choices: Choices | None = None,
) -> tuple[Format, Iterator[Table | TableError]]:
    """Return whether a stream holds CSV or JSON lines, and its rows as they come.

    Parameters
    ----------
    name : str
        The stream's, for messages.
    stream : io.BufferedReader
    wanted : collection of str
        The columns that are looked at.
    form : {"csv", "jsonl"}, optional
        By default JSON lines, if the first character that is not blank opens an object.
    encoding : str, optional
        By default UTF-8, or what a byte order mark says.
    choices : Choices, optional
        How CSV is written; its header is always the first line.

    Returns
    -------
    format : {"csv", "jsonl"}
    blocks : iterator of Table or TableError
        An error stands in place of a row that is none, where those behind it can be read.

    Raises
    ------
    TableError
        If the stream is empty or something else; also, while `blocks` is read, if the rest cannot
        be.
    """
    available = Available(name, stream)
    head = available.head()
    known = canonical_encoding(encoding) if encoding else text_encoding(head) or "utf-8"
    begin = head.decode(known, "replace").lstrip("\ufeff \t\r\n")
    if not begin:
        raise TableError(f"{name} is empty; give rows as JSON lines, or as CSV with a header")
    if form is None:
        form = "jsonl" if begin.startswith("{") else "csv"
        if form == "csv":
            _require_text(name, head, begin, known)
    text = Text(name, available, known)
    if form == "jsonl":
        return form, json_blocks(name, text, wanted)
    return form, delimited_blocks(name, text, choices or Choices(), wanted)


def _require_text(name: str, head: bytes, begin: str, encoding: str) -> None:
    """Raise if a stream begins as no CSV does."""
    if head.startswith(_GZIP):
        raise TableError(f"{name} is gzipped; unpack it first: gunzip -c FILE | …")
    if _JSON_ARRAY.match(begin):
        raise TableError(
            f"{name} is a JSON array; give JSON lines, one object a line, as jq -c '.[]' makes them"
        )
    kind = file_type(name, io.BufferedReader(cast(io.RawIOBase, _Head(head))), encoding)
    if kind != "text":
        raise TableError(
            f"{name} is a file of the type {kind}, which cannot be read as it comes; "
            "give the file's name in place of -"
        )


class _Head(io.BytesIO):
    """The beginning of a stream, which has no end to look at."""

    def seekable(self) -> bool:
        return False
