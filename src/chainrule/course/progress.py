"""What a learner has done so far: one plain file in the course's folder.

`progress.json` holds no paths and nothing of the machine, so the folder may be moved, copied,
kept in git or synced. It is written whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chainrule.files import whole_file

FILE = "progress.json"
_ABOUT = "Progress in the course of chainrule. Plain text: copy it, sync it, keep it in git."
_VERSION = 1


class ProgressError(Exception):
    """The progress file cannot be used; the message is one line."""


@dataclass
class ChapterProgress:
    """What was done in one chapter.

    Attributes
    ----------
    started, passed, solution_seen : str, optional
        When first, in UTC.
    checks : int
        How often it was checked.
    with_solution : bool
        Whether the solution had been seen before it passed.
    hints : dict
        By step: which finding the hints were for, and how many were read.
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
    """What was done in all chapters.

    Attributes
    ----------
    current : str
        The name of the chapter that was last begun.
    chapters : dict of str to ChapterProgress
    """

    current: str = ""
    chapters: dict[str, ChapterProgress] = field(default_factory=dict)

    def of(self, name: str) -> ChapterProgress:
        """Return what was done in a chapter; it is kept if it is changed."""
        return self.chapters.setdefault(name, ChapterProgress())


def load(folder: Path) -> Progress:
    """Read the progress of a course's folder; without the file nothing was done.

    Raises
    ------
    ProgressError
        If the file is damaged, or of a later version.
    OSError
        If it cannot be read.
    """
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Progress()
    except UnicodeDecodeError:
        raise _damaged(path, "it is no UTF-8 text") from None
    try:
        known = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from None
    return _parsed(path, known)


def _parsed(path: Path, known: Any) -> Progress:
    if not isinstance(known, dict) or not isinstance(known.get("chapters"), dict):
        raise _damaged(path, "it has no chapters")
    if known.get("version") != _VERSION:
        raise ProgressError(
            f"{path} has version {known.get('version')!r}, and this chainrule knows {_VERSION}; "
            "a newer chainrule may have written it"
        )
    if not isinstance(known.get("current"), str):
        raise _damaged(path, "'current' is no chapter's name")
    chapters = {name: _chapter(path, name, row) for name, row in known["chapters"].items()}
    return Progress(known["current"], chapters)


_KINDS: Mapping[str, tuple[type, ...]] = {
    "started": (str, type(None)), "passed": (str, type(None)), "solution_seen": (str, type(None)),
    "with_solution": (bool,), "checks": (int,), "hints": (dict,), "last": (dict,),
}  # fmt: skip


def _chapter(path: Path, name: str, row: Any) -> ChapterProgress:
    if not isinstance(row, dict):
        raise _damaged(path, f"chapter {name!r} is {row!r}")
    for key, kinds in _KINDS.items():
        if key in row and not isinstance(row[key], kinds):
            raise _damaged(path, f"{key!r} of chapter {name!r} is {row[key]!r}")
    known = {one.name for one in fields(ChapterProgress)}
    return ChapterProgress(**{key: value for key, value in row.items() if key in known})


def _damaged(path: Path, why: str) -> ProgressError:
    return ProgressError(
        f"{path} cannot be used: {why}; it was left as it is. Mend it, or give it another name to "
        "begin anew (your own files stay)"
    )


def save(folder: Path, progress: Progress) -> None:
    """Write the progress, whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    chapters = {name: asdict(row) for name, row in progress.chapters.items()}
    known = {
        "about": _ABOUT,
        "version": _VERSION,
        "current": progress.current,
        "chapters": chapters,
    }
    text = json.dumps(known, indent=2, ensure_ascii=False) + "\n"
    with whole_file(folder / FILE) as file:
        file.write(text.encode("utf-8", errors="replace"))  # a message may hold half a character


@contextmanager
def changing(folder: Path) -> Iterator[Progress]:
    """Read the progress, let the block change it, and write it if it was changed.

    Raises
    ------
    ProgressError, OSError
        If it cannot be read or written.
    """
    progress = load(folder)
    before = asdict(progress)
    yield progress
    if asdict(progress) != before:
        save(folder, progress)


def now() -> str:
    """Return the time in UTC, to the second, as ISO 8601 writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
