"""A learner's code is run in silence; what it raises is kept with the line and the shapes there."""

from __future__ import annotations

import contextlib
import io
import random
import re
import traceback
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

_OURS = tuple(f"{Path(file).resolve().parent}" for file in (__file__, np.__file__))
_CHAINRULE, _NUMPY = str(Path(_OURS[0]).parent), _OURS[1]

RAISED = (Exception, SystemExit)
"""What a learner's code may raise that is to be told: `exit()` too; Ctrl-C is the user's."""

_MOST = 300  # characters of a message
_LONGEST_LINE = 200


def words(error: BaseException) -> str:
    """Return an exception's message on one line, shortened; a substitute if `str` fails.

    Examples
    --------
    >>> words(ValueError("a   b"))
    'a b'
    """
    try:
        text = str(error)
    except RAISED:
        return "its message cannot be shown"
    return shortened(" ".join(text[: 10 * _MOST].split()))


def shortened(text: str, most: int = _MOST) -> str:
    """Return a text with no more than so many characters of it.

    Examples
    --------
    >>> shortened("abcdef", 3)
    'abc …'
    """
    return text if len(text) <= most else f"{text[:most]} …"


@contextlib.contextmanager
def quiet() -> Iterator[io.StringIO]:
    """Run a learner's code without its output and warnings, and give random numbers back.

    Yields
    ------
    io.StringIO
        What it prints.
    """
    printed = io.StringIO()
    numpys, pythons = np.random.get_state(), random.getstate()  # noqa: NPY002  # learners draw there
    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(io.StringIO()),
            np.errstate(all="ignore"),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield printed
    finally:
        np.random.set_state(numpys)  # noqa: NPY002
        random.setstate(pythons)


@dataclass(frozen=True, eq=False)
class Failure:
    """An exception in a learner's code.

    Attributes
    ----------
    error : BaseException
    line : str
        The learner's own line that raised it, or was on the way to it; "" if there is none.
    number : int
        Of that line in its file; 0 if it is not known.
    shapes : mapping of str to tuple of int
        Of the arrays that the line names, as they were when it failed.
    """

    error: BaseException
    line: str
    number: int
    shapes: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Find the last line that is neither ours nor NumPy's."""
        for frame, number in reversed(list(traceback.walk_tb(error.__traceback__))):
            name = frame.f_code.co_filename
            if not _is_in(name, _CHAINRULE) and not _is_in(name, _NUMPY):
                (summary,) = traceback.StackSummary.extract(iter([(frame, number)]))
                line = (summary.line or "").strip()[:_LONGEST_LINE]
                return cls(error, line, number, _shapes_in(frame, line))
        return cls(error, "", 0, {})

    @property
    def place(self) -> str:
        """The line with its number, to be shown."""
        if not self.line:
            return ""
        return f"line {self.number}: {self.line}" if self.number else self.line


def _is_in(file: str, folder: str) -> bool:
    return Path(file).is_absolute() and Path(file).resolve().is_relative_to(folder)


_NAME = re.compile(r"(?<![\w.])(self\.)?([A-Za-z_]\w*)(?!\w|\s*\()")


def _shapes_in(frame: FrameType, line: str) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays that a line reads, in its order."""
    shapes: dict[str, tuple[int, ...]] = {}
    own = frame.f_locals.get("self")
    for selfs, name in _NAME.findall(line):
        value = _attribute(own, name) if selfs else frame.f_locals.get(name)
        if isinstance(value, np.ndarray):
            shapes.setdefault(name, value.shape)
    return shapes


def _attribute(owner: Any, name: str) -> Any:
    try:
        return getattr(owner, name, None)
    except Exception:  # a learner's property
        return None
