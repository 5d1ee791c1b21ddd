"""Which line of a learner's source to look at."""

from __future__ import annotations

import ast
import dis
import inspect
import re
import textwrap
from collections.abc import Sequence

_LONGEST = 200  # characters of a line


def line_of(owner: object, method: str, words: Sequence[str], *, without: str = "\0") -> str:
    """Return the line of a method that a mistake is likely to be in; "" if there is no source.

    Parameters
    ----------
    owner : class or module
    method : str
    words : sequence of str
        What the line holds; the first word that is found decides. A line that assigns to it
        comes before one that uses it, a later one before an earlier.
    without : str
        What the line does not hold.
    """
    try:
        lines, first = inspect.getsourcelines(getattr(owner, method))
    except (OSError, TypeError, AttributeError):
        return ""  # typed into a prompt
    said = _docstring(lines)
    code = ["" if i in said else line.split("#")[0].strip() for i, line in enumerate(lines)]
    for word in words:
        for found in (_assigning(word), _using(word)):
            fitting = [
                i for i, line in enumerate(code) if found.search(line) and without not in line
            ]
            if fitting:
                return f"line {first + fitting[-1]}: {lines[fitting[-1]].strip()[:_LONGEST]}"
    return f"line {first}: {lines[0].strip()[:_LONGEST]}"


def is_unwritten(function: object) -> bool:
    """Say whether a function does nothing: `pass`, `...`, a docstring, ``return None``.

    Examples
    --------
    >>> def later(): ...
    >>> is_unwritten(later), is_unwritten(is_unwritten)
    (True, False)
    """
    code = getattr(inspect.unwrap(function), "__code__", None)  # type: ignore[arg-type]
    if code is None:
        return False
    steps = [step for step in dis.get_instructions(code) if step.opname not in _IDLE]
    constants = [step.argval for step in steps if step.opname in _CONSTANTS]
    return len(steps) == len(constants) and all(value is None for value in constants)


_CONSTANTS = ("LOAD_CONST", "RETURN_CONST")
_IDLE = ("RESUME", "NOP", "RETURN_VALUE", "COPY_FREE_VARS", "CACHE")


def _docstring(lines: Sequence[str]) -> range:
    """Return which lines of a method are its docstring: words, not code."""
    try:
        first = ast.parse(textwrap.dedent("".join(lines))).body[0].body[0]  # type: ignore[attr-defined]
    except (SyntaxError, AttributeError, IndexError):
        return range(0)
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return range(first.lineno - 1, first.end_lineno) if said else range(0)


def _assigning(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|;\s*){re.escape(word)}\s*[-+*/]?=(?!=)")


def _using(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
