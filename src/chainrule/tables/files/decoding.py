"""Bytes to text, block by block, with the line's number kept when something in it is wrong."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from typing import Protocol

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, quote

BLOCK = 2**23
"""How many bytes are decoded at a time, so that memory stays bounded."""

_COMMON = (
    *("utf-8", "cp1252", "latin-1", "utf-16", "utf-32", "ascii", "cp1250", "cp1251"),
    *("iso-8859-15", "shift_jis", "gb18030", "big5", "euc-kr", "mac-roman", "cp437"),
)
_LINE_END = re.compile("\r*\n|\r")
_MARK = "\ufeff"
_END_OF_FILE = "\x1a"  # of DOS


def canonical_encoding(name: str) -> str:
    """Return Python's name of a text encoding: ``"utf-8"`` for ``"UTF8"``.

    Raises
    ------
    TableError
        If there is no such encoding.
    """
    try:
        known = codecs.lookup(name).name
        io.TextIOWrapper(io.BytesIO(), encoding=known).close()  # refuses "hex", which is no text
    except (LookupError, ValueError):
        hint = nearest(name, _COMMON) or ";"
        raise TableError(
            f"unknown encoding {quote(name)}{hint} common ones: {', '.join(_COMMON[:5])}"
        ) from None
    return known


class Stream(Protocol):
    """Bytes to be read in their order."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""


class Text:
    r"""The text of a file, decoded block by block; every line end is ``"\n"``.

    Parameters
    ----------
    name : str
        The file's, for messages.
    stream : Stream
    encoding : str
        A canonical one.
    progress : callable, optional
        Told the number of bytes of each block that was read.

    Attributes
    ----------
    buffer : str
        What is decoded.
    at : int
        Where in `buffer` the next line begins.
    line : int
        The number of that line, counted from 1.
    """

    def __init__(
        self,
        name: str,
        stream: Stream,
        encoding: str,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._name, self._stream, self._encoding = name, stream, encoding
        self._progress = progress
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._held = ""  # what may be half a line end, or the file's end
        self._at_start = True
        self.buffer, self.at, self.line = "", 0, 1
        self.ended = False

    def fill(self) -> bool:
        """Decode one more block behind what is left of the buffer; False at the file's end."""
        if self.ended:
            return False
        raw = self._stream.read(BLOCK)
        if self._progress is not None:
            self._progress(len(raw))
        self.ended = not raw
        text = self._held + self._decode(raw)
        kept = text.rstrip(_END_OF_FILE) if self.ended else text.rstrip("\r" + _END_OF_FILE)
        self._held = text[len(kept) :]
        text = _with_plain_ends(kept)
        if self._at_start and text:
            text, self._at_start = text.lstrip(_MARK), False
        if "\0" in text:
            line = self._line_of_new_text() + text.count("\n", 0, text.index("\0"))
            raise TableError(
                f"{self._name}, line {line} holds a NUL byte; the file is damaged or no text"
            )
        self.buffer, self.at = self.buffer[self.at :] + text, 0
        return True

    def fill_to(self, size: int) -> None:
        """Decode until `size` characters lie ahead, or all of the file."""
        while len(self.buffer) - self.at < size and self.fill():
            pass

    def _line_of_new_text(self) -> int:
        """Return the number of the line in which text that is decoded next begins."""
        return self.line + self.buffer.count("\n", self.at)

    def pass_over(self, end: int, n_lines: int) -> None:
        """Go on behind `end` in the buffer, which is so many lines ahead."""
        self.at = end
        self.line += n_lines

    def take(self, end: int) -> str:
        """Return the text up to `end` in the buffer, and go on behind it."""
        text = self.buffer[self.at : end]
        self.pass_over(end, text.count("\n"))
        return text

    def lines(self) -> Iterator[str]:
        """Yield the lines from here on, with their ends."""
        while True:
            end = self.buffer.find("\n", self.at)
            while end < 0 and self.fill():
                end = self.buffer.find("\n", self.at)
            line = self.take(end + 1 if end >= 0 else len(self.buffer))
            if not line:
                return
            yield line

    def _decode(self, raw: bytes) -> str:
        try:
            return self._decoder.decode(raw, final=self.ended)
        except UnicodeDecodeError as error:
            raise TableError(self._undecodable(error)) from None
        except UnicodeError as error:
            raise TableError(
                f"{self._name} is not {_spelling(self._encoding)}: {error}; "
                "give the file's own encoding with --encoding"
            ) from None

    def _undecodable(self, error: UnicodeDecodeError) -> str:
        before = error.object[: error.start].decode(self._encoding, "ignore")
        line = self._line_of_new_text() + len(_LINE_END.findall(self._held + before))
        byte = error.object[error.start]
        if self.ended and error.reason == "unexpected end of data":
            return (
                f"{self._name} ends within a character (byte 0x{byte:02x} in line {line}); "
                "get a whole copy, or give the file's own encoding with --encoding"
            )
        remedy = "give the file's own encoding with --encoding"
        if self._encoding.startswith("utf-8"):
            remedy = (
                "a file of Windows, as Excel writes it, is read with --encoding cp1252, "
                "an older one of a Mac with --encoding mac-roman"
            )
        return (
            f"{self._name} is not {_spelling(self._encoding)}: byte 0x{byte:02x} "
            f"in line {line}; {remedy}"
        )


def _with_plain_ends(text: str) -> str:
    r"""Return the text with ``"\n"`` for each ``\r\n``, ``\r\r\n`` and lone ``\r``."""
    if "\r" not in text:
        return text
    if "\r\r" in text:
        text = re.sub("\r+\n", "\n", text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _spelling(encoding: str) -> str:
    return encoding.upper() if encoding.startswith("utf") else encoding
