"""Explain an exception from a learner's file in one finding."""

from __future__ import annotations

import re
import traceback

from chainrule.diagnosis import Finding
from chainrule.diagnosis.failures import Failure, words
from chainrule.diagnosis.shapes import about_shapes, retold

_LONGEST_LINE = 100
WHOLE_FILE = "the file"
"""The activity while the whole file is run."""


def explained(error: BaseException, file: str, while_doing: str) -> Finding:
    """Return the finding for an exception from a learner's file.

    Parameters
    ----------
    error : BaseException
        Also SystemExit and KeyboardInterrupt: a file may raise anything.
    file : str
        The name that the learner's file was compiled under.
    while_doing : str
        The activity that raised, for the title: ``"sigmoid(z)"``.
    """
    line = line_of_error(error, file)
    if isinstance(error, SyntaxError):
        return _syntax(error, file)
    if isinstance(error, UnicodeDecodeError) and not line:
        before = error.object[: error.start]
        return _encoding(f"line {before.count(10) + 1} holds a byte that is none")
    for kinds, key, title, right in _KINDS:
        if isinstance(error, kinds):
            return Finding(key, title.format(words=words(error), what=while_doing), "",
                           message_of(error), right, line)  # fmt: skip
    title = f"{while_doing} cannot be computed"
    if while_doing == WHOLE_FILE:
        title = "the file stops with an error"
    return Finding(
        "raises", title, "",
        f"{message_of(error)}{_advice(error)}", "", line,
    )  # fmt: skip


_KINDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str, str, str], ...] = (
    (NotImplementedError, "unfinished", "{what} is not written yet", ""),
    (SystemExit, "exits", "the file ends the program, so the check cannot go on",
     "no exit(), quit() or sys.exit() outside of `if __name__ == \"__main__\":`"),
    (EOFError, "asks", "the file waits for an answer with input(), and nobody gives one in a check",
     "put it under `if __name__ == \"__main__\":`, which the check does not run"),
    (KeyboardInterrupt, "interrupts", "the file raises KeyboardInterrupt", ""),
    (RecursionError, "recursion", "a function calls itself without end",
     "a function that calls itself needs a case in which it does not"),
    (MemoryError, "memory", "the file needs more memory than a check gives", ""),
    (ModuleNotFoundError, "module-missing", "the file imports a module that is not there: {words}",
     "the exercise needs numpy and chainrule alone"),
    (ImportError, "import-fails", "an import fails: {words}", ""),
)  # fmt: skip


def message_of(error: BaseException) -> str:
    """Return an exception's type and message; shape errors with the names in the line."""
    said = _of_shapes(error) or words(error)
    return f"{type(error).__name__}: {said}" if said else f"it raises {type(error).__name__}"


def _of_shapes(error: BaseException) -> str:
    """Return NumPy's shape error with the variable names of the learner's line."""
    if not about_shapes(error):
        return ""
    failure = Failure.of(error)
    return retold(failure, {}) if failure.shapes else ""


_ADVICE = (
    (r"only (length-1|0-dimensional) arrays|can only convert an array of size 1|"
     r"only integer scalar arrays", "a function of `math` takes one number; NumPy's (np.exp, "
     "np.log) take arrays"),
    (r"truth value of an array", "`max`, `if`, `and` ask one question; an array has many answers: "
     "np.maximum, np.where"),
    (r"object is not callable", "it is called like a function, but is none"),
    (r"unsupported operand.*NoneType|NoneType.*object", "something before it returned nothing"),
)  # fmt: skip


def _advice(error: BaseException) -> str:
    said = words(error)
    for pattern, advice in _ADVICE:
        if re.search(pattern, said):
            return f" ({advice})"
    return ""


def _syntax(error: SyntaxError, file: str) -> Finding:
    """Return the finding for a syntax error, with a caret below the place."""
    message = error.msg or "it cannot be read"
    if "null bytes" in message or "codec can't decode" in message or "encoding" in message:
        return _encoding(message)
    where = "" if error.filename in (file, None) else f" of {error.filename}"
    shown = (error.text or "").rstrip("\n")
    stripped = shown.lstrip()[:_LONGEST_LINE]
    caret = max(0, (error.offset or 1) - 1 - (len(shown) - len(shown.lstrip())))
    caret = min(caret, len(stripped))
    evidence = f"{stripped}\n{' ' * caret}^" if stripped else ""
    line = f"line {error.lineno}{where}: {stripped}" if error.lineno else ""
    kind = "indentation" if isinstance(error, IndentationError) else "syntax"
    return Finding(
        "syntax", f"Python cannot read the file ({kind}): {message}", "", evidence, "", line
    )


def _encoding(seen: str) -> Finding:
    return Finding(
        "encoding", "the file is not saved as UTF-8 text", "", seen,
        "save it again as UTF-8 (in most editors: Save with encoding)", "",
    )  # fmt: skip


def line_of_error(error: BaseException, file: str) -> str:
    """Return the innermost line of the learner's file in an exception's traceback."""
    try:
        frames = traceback.extract_tb(error.__traceback__)
    except Exception:
        return ""
    for frame in reversed(frames):
        if frame.filename == file:
            return numbered(frame.lineno or 0, frame.line or "")
    return ""


def numbered(number: int, line: str) -> str:
    """Return a line of code behind its number, shortened."""
    text = line.strip()[:_LONGEST_LINE]
    return f"line {number}: {text}" if text else f"line {number}"
