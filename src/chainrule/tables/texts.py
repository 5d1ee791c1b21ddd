"""Lines of text from bytes, with their numbers kept when something in them is wrong."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Generator

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, quote

_COMMON = ("utf-8", "latin-1", "cp1252", "utf-16", "utf-32", "ascii", "cp1250", "cp1251",
           "iso-8859-15", "shift_jis", "gb18030", "big5", "euc-kr")  # fmt: skip
_LINE_END = re.compile("\r\n|\r|\n")


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


class Lines:
    """The lines of a text file, one after the other, with their ends as they are.

    Attributes
    ----------
    delivered : int
        How many lines were given out: the number of the current one.
    current : str
        The line given out last.
    """

    def __init__(self, name: str, stream: io.BufferedReader, encoding: str) -> None:
        self._name, self._encoding = name, encoding
        codec = "utf-8-sig" if encoding == "utf-8" else encoding
        self._text = io.TextIOWrapper(stream, encoding=codec, newline="")
        self.delivered, self.current = 0, ""

    def __iter__(self) -> Generator[str, None, None]:
        try:
            for line in self._text:
                self.delivered += 1
                self.current = line
                if "\0" in line:
                    raise TableError(
                        f"{self._name}, line {self.delivered} holds a NUL byte; "
                        "the file is damaged or no text"
                    )
                yield line
        except UnicodeDecodeError as error:
            raise TableError(self._undecodable(error)) from None
        except UnicodeError as error:
            raise TableError(
                f"{self._name} is not {_spelling(self._encoding)}: {error}; "
                "give the file's own encoding with --encoding"
            ) from None
        finally:
            self._text.detach()  # the stream is closed by those who opened it

    def _undecodable(self, error: UnicodeDecodeError) -> str:
        # A line is given out as soon as its end is decoded: all line ends in the bytes before
        # the bad one belong to lines after those delivered. (But for a lone carriage return at
        # the end of a chunk of bytes: there the line is one too few.)
        before = error.object[: error.start].decode(self._encoding, "ignore")
        line = self.delivered + 1 + len(_LINE_END.findall(before))
        byte = error.object[error.start]
        remedy = (
            "if it is Latin-1, add --encoding latin-1"
            if self._encoding == "utf-8"
            else "give the file's own encoding with --encoding"
        )
        return (
            f"{self._name} is not {_spelling(self._encoding)}: byte 0x{byte:02x} "
            f"in line {line}; {remedy}"
        )


def _spelling(encoding: str) -> str:
    return encoding.upper() if encoding.startswith("utf") else encoding
