"""Names, numbers and texts as C99 writes them, whatever a table's names hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from chainrule.exports.errors import ExportError

TYPES = {np.dtype(np.float32): ("float", "f"), np.dtype(np.float64): ("double", "")}
"""A network's types in C, each with the suffix of its numbers and functions."""

_LONGEST_NAME = 48  # C99 tells names apart by their first 63 characters
_LONGEST_TEXT = 4000  # C99 promises 4095 in a string
_LINE = 96
_KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline
int long main register restrict return short signed sizeof static struct switch typedef union
unsigned void volatile while
and as assert async await class def del elif except finally from global import in is lambda nonlocal
not or pass raise try with yield
"""


def identifier(text: str) -> str:
    """Return letters, digits and underscores that remind of a text; perhaps nothing.

    Examples
    --------
    >>> identifier("Größe (m²)"), identifier("年齢")
    ('Grosse_m2', '')
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return re.sub("[^A-Za-z0-9]+", "_", plain).strip("_")[:_LONGEST_NAME].rstrip("_")


def require_prefix(name: str) -> str:
    """Return a name that C and Python take.

    Raises
    ------
    ExportError
        If C or Python does not take it.
    """
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,39}", name) or name in _KEYWORDS.split():
        raise ExportError(
            f"{name!r} cannot begin names in C or Python; give letters, digits and underscores, "
            "such as 'model'"
        )
    return name


class Names:
    """Names for constants, each given once.

    Parameters
    ----------
    prefix : str
    taken : iterable of str
        Names that are in use.
    """

    def __init__(self, prefix: str, taken: Iterable[str] = ()) -> None:
        self._prefix = prefix.upper()
        self._taken = {f"{self._prefix}_{name}" for name in taken}

    def constant(self, *parts: str, otherwise: str) -> str:
        """Return a new name of these words, of `otherwise` where no letter can be written."""
        words = [identifier(part) for part in parts]
        words = [part for part in words if part] if all(words) else [otherwise]
        base = name = "_".join([self._prefix, *words]).upper()
        number = 2
        while name in self._taken:
            name, number = f"{base}_{number}", number + 1
        self._taken.add(name)
        return name


def string(text: str) -> str:
    r"""Return a text as a string of C: UTF-8, all but plain letters escaped.

    Examples
    --------
    >>> print(string('né "a"??'))
    "n\303\251 \"a\"\?\?"
    """
    if len(text.encode()) > _LONGEST_TEXT:
        raise ExportError(f"the name {text[:40]!r}… is longer than a string of C may be")
    return '"' + "".join(map(_escaped, text.encode())) + '"'


def _escaped(byte: int) -> str:
    if chr(byte) in '"\\?':
        return f"\\{chr(byte)}"
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"


def comment(text: str) -> str:
    r"""Return a text as the inside of a comment: one line, ASCII, without the comment's end.

    Examples
    --------
    >>> print(comment("m² */ evil"))
    m\xb2 * / evil
    """
    plain = ascii(text)[1:-1][:_LINE]
    return re.sub(r"\*/|/\*|\?\?", lambda found: " ".join(found[0]), plain).rstrip("\\")


def number(value: Any, f: str) -> str:
    """Return a number with all its digits; `f` is the suffix of its type.

    Examples
    --------
    >>> number(np.float32(0.1), "f"), number(2.0, ""), number(np.nan, "")
    ('0.1f', '2.0', 'NAN')
    """
    if np.isnan(value):
        return "NAN"
    return str(value.item() if not f and isinstance(value, np.generic) else value) + f


def table(rows: Iterable[Iterable[Any]], f: str) -> Iterator[str]:
    """Yield the lines of an array of two axes, without its braces."""
    for row in rows:
        yield from _wrapped([number(value, f) for value in row])


def _wrapped(numbers: list[str]) -> Iterator[str]:
    line, opening = "", "        {"
    for text in numbers:
        if line and len(line) + len(text) > _LINE:
            yield line.rstrip()
            line, opening = "", "         "
        line += (opening if not line else "") + text + ", "
    yield line.rstrip(", ") + "},"
