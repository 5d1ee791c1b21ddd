"""A learner's progress: one JSON file in the course's folder.

`progress.json` holds no paths and no data of the machine: the folder may be moved, copied, kept in
git or synced. The file is written atomically.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chainrule.diagnosis.failures import shortened
from chainrule.files import whole_file

FILE = "progress.json"
_ABOUT = "Progress in the course of chainrule. Plain text: copy it, sync it, keep it in git."
_VERSION = 1


class ProgressError(Exception):
    """The progress file cannot be used; the message is one line."""


@dataclass
class ChapterProgress:
    """A learner's progress in one chapter.

    Attributes
    ----------
    started, passed, solution_seen : str, optional
        The first time, in UTC.
    checks : int
        The number of checks.
    with_solution : bool
        Whether the solution was seen before the chapter passed.
    hints : dict
        By step: the finding that the hints were about, and the number of hints read.
    last : dict
        The last check's first finding, with its step.
    """

    started: str | None = None
    passed: str | None = None
    solution_seen: str | None = None
    with_solution: bool = False
    checks: int = 0
    hints: dict[str, Any] = field(default_factory=dict)
    last: dict[str, Any] = field(default_factory=dict)


@dataclass
class Progress:
    """A learner's progress in all chapters.

    Attributes
    ----------
    current : str
        The name of the chapter last begun.
    chapters : dict of str to ChapterProgress
    """

    current: str = ""
    chapters: dict[str, ChapterProgress] = field(default_factory=dict)

    def of(self, name: str) -> ChapterProgress:
        """Return the progress in a chapter, after adding an empty record if there is none."""
        return self.chapters.setdefault(name, ChapterProgress())


def is_there(folder: Path) -> bool:
    """Return True if a folder has a progress file, or anything else of its name."""
    return os.path.lexists(folder / FILE)


def load(folder: Path) -> Progress:
    """Read a folder's progress; without a file, return an empty progress.

    Raises
    ------
    ProgressError
        If the file cannot be read, is damaged, or of a later version.
    NotADirectoryError
        If `folder` is no folder.
    """
    path = folder / FILE
    try:
        text = _content(path).decode("utf-8-sig")  # some editors put a mark before the text
    except FileNotFoundError:
        return Progress()
    except NotADirectoryError:
        raise
    except UnicodeDecodeError:
        raise _damaged(path, "it is no UTF-8 text") from None
    except OSError as error:
        raise _damaged(path, f"it cannot be read ({error.strerror or error})") from None
    if not text.strip():
        raise _damaged(path, "it is empty")
    try:
        known = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, f"it is no JSON: {error}") from None
    return _parsed(path, known)


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise _damaged(path, "it is a folder; a file is allowed")
    if path.exists() and not path.is_file():  # one would wait for ever for a pipe
        raise _damaged(path, "it is a device or a pipe; a file is allowed")
    return path.read_bytes()


_Allowed = Mapping[str, tuple[tuple[type, ...], str]]
_OF_THE_FILE: _Allowed = {
    "version": ((int,), f"{_VERSION}"),
    "current": ((str,), "the name of a chapter"),
    "chapters": ((dict,), "an object, by the chapters' names,"),
}
_OF_A_CHAPTER: _Allowed = {
    "started": ((str, type(None)), "text or null"),
    "passed": ((str, type(None)), "text or null"),
    "solution_seen": ((str, type(None)), "text or null"),
    "with_solution": ((bool,), "true or false"),
    "checks": ((int,), "a whole number"),
    "hints": ((dict,), "an object"),
    "last": ((dict,), "an object"),
}


def _parsed(path: Path, known: Any) -> Progress:
    if not isinstance(known, dict):
        kind = type(known).__name__
        names = "an object with 'version', 'current' and 'chapters'"
        raise _damaged(path, f"it is a {kind}; {names} is allowed")
    for key, (_, allowed) in _OF_THE_FILE.items():
        if key not in known:
            raise _damaged(path, f"{key!r} is missing; {allowed} is allowed")
    _require(path, known, _OF_THE_FILE, "")
    version = known["version"]
    if version > _VERSION:
        raise ProgressError(
            f"{path} has version {version}, and this chainrule knows {_VERSION}: a newer chainrule "
            "has written it; update this one"
        )
    if version < _VERSION:
        raise _damaged(path, f"'version' is {version}; {_VERSION} is allowed")
    chapters = {name: _chapter(path, name, row) for name, row in known["chapters"].items()}
    return Progress(known["current"], chapters)


def _chapter(path: Path, name: str, row: Any) -> ChapterProgress:
    if not isinstance(row, dict):
        raise _damaged(path, f"chapter {_brief(name)} is {_brief(row)}; an object is allowed")
    _require(path, row, _OF_A_CHAPTER, f" of chapter {_brief(name)}")
    if row.get("checks", 0) < 0:
        why = f"'checks' of chapter {_brief(name)} is {row['checks']}; a whole number is allowed"
        raise _damaged(path, why)
    known = {one.name for one in fields(ChapterProgress)}
    return ChapterProgress(**{key: value for key, value in row.items() if key in known})


def _require(path: Path, row: Mapping[str, Any], allowed: _Allowed, where: str) -> None:
    """Raise ProgressError for a value of another type; true is no whole number here."""
    for key, (kinds, words) in allowed.items():
        if key in row and type(row[key]) not in kinds:
            raise _damaged(path, f"{key!r}{where} is {_brief(row[key])}; {words} is allowed")


def _brief(value: Any) -> str:
    return shortened(repr(value), 60)


def _damaged(path: Path, why: str) -> ProgressError:
    place = f"{path.parent}"
    place = f'"{place}"' if " " in place else place
    return ProgressError(
        f"{path} cannot be used: {why}; it was left as it is. Mend it, or give it another name and "
        f"begin anew: chainrule course start --folder {place} (your own files stay)"
    )


def save(folder: Path, progress: Progress) -> None:
    """Write the progress atomically.

    Raises
    ------
    ProgressError
        If the file cannot be written.
    """
    chapters = {name: asdict(row) for name, row in progress.chapters.items()}
    known = {
        "about": _ABOUT,
        "version": _VERSION,
        "current": progress.current,
        "chapters": chapters,
    }
    text = json.dumps(known, indent=2, ensure_ascii=False) + "\n"
    try:
        with whole_file(folder / FILE) as file:
            file.write(text.encode("utf-8", errors="replace"))  # it may hold half a character
    except OSError as error:  # which may name the file beside it that is written first
        raise ProgressError(
            f"{folder / FILE} cannot be written: {error.strerror or error}; its folder has to let "
            "you write, and to have room"
        ) from error


@contextmanager
def changing(folder: Path) -> Iterator[Progress]:
    """Load the progress, let the block change it, and save any change.

    Raises
    ------
    ProgressError
        If the file cannot be read or written.
    """
    progress = load(folder)
    before = asdict(progress)
    yield progress
    if asdict(progress) != before:
        save(folder, progress)


def now() -> str:
    """Return the current time in UTC as ISO 8601, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
