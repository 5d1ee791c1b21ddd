"""How the fields of a text file are parted and quoted, and reading its records by that."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from chainrule.tables.errors import TableError, quote

BLANKS = " "
"""The delimiter of fields that are parted by runs of blanks and tabs."""

DOUBLED = ("::", "||")
"""Delimiters of two characters."""

_UNIT_SEPARATOR = "\x1f"  # the csv module's delimiter for those of two characters
_SPELLED = {"\\t": "\t", "tab": "\t", "space": " ", "blank": " ", "comma": ",", "semicolon": ";",
            "pipe": "|", "bar": "|", "\\x01": "\x01", "ctrl-a": "\x01"}  # fmt: skip
_SHOWN = {"\t": "tab", " ": "blanks", "\x01": "\\x01", "\x1f": "\\x1f"}
_BLANK = " \t\n\x1a"  # and DOS's end of a file
_MARK = "\ufeff"  # a byte order mark, wherever files were joined

Record = tuple[int, list[str]]
"""The line in which a record begins, and its fields."""

LeftOut = Callable[[int, str], bool]
"""Says of a line that begins a record, given its number and text, whether it is left out."""


class UnparsableError(ValueError):
    """A record's quotes are wrong; it begins in `line`."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line

    @property
    def is_open(self) -> bool:
        """Whether a quote is never closed."""
        return "unexpected end" in str(self) or "field larger" in str(self)


@dataclass(frozen=True)
class Dialect:
    """How fields are parted and quoted. Blanks may stand around the quotes.

    Attributes
    ----------
    delimiter : str
        One character, one of `DOUBLED`, or `BLANKS`.
    quote : str
        One character, or "" where quotes are ordinary characters.
    backslash : bool
        Whether a backslash takes the next character as it is.
    """

    delimiter: str = ","
    quote: str = '"'
    backslash: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether fields are parted by one mark and quoted by double quotes, doubled inside."""
        return self.quote == '"' and not self.backslash and self.delimiter not in (BLANKS, *DOUBLED)

    def records(
        self,
        lines: Iterable[str],
        first_line: int,
        is_left_out: LeftOut = lambda number, line: False,
        until: float = math.inf,
    ) -> Iterator[Record]:
        """Yield the records that are no blank lines.

        Parameters
        ----------
        lines : iterable of str
            With their ends.
        first_line : int
            The number of the first of them.
        is_left_out : callable
            Asked about each line between two records; those within quotes always belong to one.
        until : int, optional
            The number of a line; no line from there on is asked for, but for the rest of a record.

        Raises
        ------
        UnparsableError
            At the first record whose quotes are wrong.
        """
        feed = _Feed(self, lines, first_line, is_left_out, until)
        reader = csv.reader(
            feed,
            delimiter=self._mark,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar="\\" if self.backslash else None,
            skipinitialspace=True,
            strict=True,
        )
        try:
            while (fields := next(reader, None)) is not None:
                if len(fields) > 1 or feed.last.strip(_BLANK):
                    yield feed.begin, fields
                feed.is_between = True
        except csv.Error as error:
            raise UnparsableError(str(error), feed.begin) from None

    @cached_property
    def _mark(self) -> str:
        """The delimiter that the csv module is given."""
        if self.delimiter == BLANKS:
            return "\t"
        return _UNIT_SEPARATOR if self.delimiter in DOUBLED else self.delimiter

    @cached_property
    def _quoted(self) -> str:
        """A pattern of a quoted field."""
        mark = re.escape(self.quote)
        escape = r"|\\." if self.backslash else ""
        excluded = mark + (r"\\" if self.backslash else "")
        return rf"{mark}(?:[^{excluded}]|{mark}{mark}{escape})*{mark}"

    @cached_property
    def _words(self) -> re.Pattern[str]:
        quoted = rf"{self._quoted}(?=\s|$)|" if self.quote else ""
        return re.compile(rf"{quoted}[^ \t\n]+")

    @cached_property
    def _blanks_around(self) -> re.Pattern[str] | None:
        """Finds quoted fields with the blanks around them; None where there are no quotes."""
        if not self.quote:
            return None
        blanks = "[ \u00a0]*" if self._mark == "\t" else "[ \t\u00a0]*"
        mark = re.escape(self._mark)
        return re.compile(rf"(^|{mark}){blanks}({self._quoted}){blanks}(?={mark}|\n|$)")

    def prepared(self, line: str) -> str:
        """Return a line that begins a record as the csv module can read it."""
        if self.delimiter == BLANKS:
            return "\t".join(self._words.findall(line)) + "\n"
        if self.delimiter in DOUBLED:
            line = line.replace(self.delimiter, _UNIT_SEPARATOR)
        around = self._blanks_around
        if around is None or self.quote not in line or (" " not in line and "\t" not in line):
            return line
        return around.sub(r"\1\2", line)


class _Feed:
    """Lines given to the csv module one by one: counted, prepared, or left out."""

    def __init__(
        self,
        dialect: Dialect,
        lines: Iterable[str],
        first_line: int,
        is_left_out: LeftOut,
        until: float,
    ) -> None:
        self._dialect, self._lines, self._until = dialect, iter(lines), until
        self._number, self._is_left_out = first_line - 1, is_left_out
        self.begin, self.last = first_line, ""
        self.is_between = True  # no record has begun

    def __iter__(self) -> Iterator[str]:
        while not (self.is_between and self._number + 1 >= self._until):
            line = next(self._lines, None)
            if line is None:
                return
            self._number += 1
            self.last = self._first(line) if self.is_between else line
            yield self.last

    def _first(self, line: str) -> str:
        """Return the first line of a record, blank for a line left out."""
        self.begin, self.is_between = self._number, False
        if self._is_left_out(self._number, line):
            return "\n"
        return self._dialect.prepared(line.lstrip(_MARK))


def shown(delimiter: str) -> str:
    """Return a delimiter as a person names it: ``"tab"``, ``"','"``."""
    return _SHOWN.get(delimiter, repr(delimiter))


def character(option: str, text: str) -> str:
    """Return the one character that an option names, such as "tab".

    Raises
    ------
    TableError
        If it is none, or one that ends a line.
    """
    found = _SPELLED.get(text.lower(), text)
    if option == "delimiter" and found in DOUBLED:
        return found
    if len(found) != 1 or found in "\r\n\0" or (option == "delimiter" and found == '"'):
        raise TableError(
            f"the {option} {quote(text)} is not allowed; "
            "give one character, such as ',' or ';', or tab"
        )
    return found
