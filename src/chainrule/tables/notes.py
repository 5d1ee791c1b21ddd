"""Notes about a table: a sentence each, with the column and the line concerned."""

from __future__ import annotations

import re


class Note(str):
    """A sentence about a table.

    Parameters
    ----------
    text : str
    column : str, optional
        The column that the sentence is about.
    line : int, optional
        The line of a text file, or the row of another file, that the sentence is about.

    Examples
    --------
    >>> note = Note("line 7 repeats the header: left out", line=7)
    >>> print(note, note.line)
    line 7 repeats the header: left out 7
    """

    __slots__ = ("column", "line")

    column: str | None
    line: int | None

    def __new__(cls, text: str, *, column: str | None = None, line: int | None = None) -> Note:
        """Return the sentence with its place beside it."""
        note = super().__new__(cls, text)
        note.column = column
        note.line = line
        return note

    def as_dict(self) -> dict[str, str | int | None]:
        """Return column, line and text, for JSON."""
        return {"column": self.column, "line": self.line, "text": str(self)}


def option_value(text: str) -> str:
    """Return a text as it is typed in a shell: quoted where it must be.

    Examples
    --------
    >>> option_value("-999"), option_value("not known")
    ('-999', "'not known'")
    """
    return text if re.fullmatch(r"[\w.+%@:,/-]+", text) else "'" + text.replace("'", "'\\''") + "'"
