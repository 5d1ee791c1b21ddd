"""The learner's folder: what `start` puts there, and what `reset` puts back.

A file that is there is never overwritten. Beside the exercises lie the modules that the course's
own scripts import and would otherwise download, so that those scripts run without a network.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from chainrule.course import progress
from chainrule.course.chapters import Chapter
from chainrule.files import whole_file

_GIVEN = Path(__file__).parent / "given"
NAME = "chainrule-course"
"""What a folder is called that nobody has named."""
OLD = "old"
"""The folder in it where `reset` keeps a learner's files."""


def find(here: Path) -> Path | None:
    """Return the course's folder: `here`, one above it, or one of the usual name in it.

    Parameters
    ----------
    here : Path
    """
    here = here.resolve()
    for folder in (here, *here.parents, here / NAME):
        if progress.is_there(folder) and (folder / "activations.py").is_file():
            return folder
    return None


def given_files() -> dict[str, str]:
    """Return the modules that the course's own scripts import, and the folder's README, by name."""
    return {
        path.name.removesuffix(".txt"): path.read_text(encoding="utf-8")
        for path in sorted(_GIVEN.iterdir())
        if path.is_file()
    }


def start_chapter(folder: Path, chapter: Chapter) -> list[tuple[Path, bool]]:
    """Put a chapter's files into a folder, and note that it was begun.

    Parameters
    ----------
    folder : Path
        It is made if it is not there.
    chapter : Chapter

    Returns
    -------
    list of tuple of Path and bool
        Each file, and whether it was written now; a file that was there stays as it is.

    Raises
    ------
    OSError
        If something cannot be written.
    ProgressError
        If the progress file is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with progress.changing(folder) as known:
        written = list(_put(folder, _files(chapter)))
        known.current = chapter.name
        row = known.of(chapter.name)
        row.started = row.started or progress.now()
    return written


def _files(chapter: Chapter) -> dict[str, str]:
    return {
        chapter.statement_file: chapter.statement,
        chapter.file: chapter.starter,
        **given_files(),
    }


def _put(folder: Path, files: dict[str, str]) -> Iterator[tuple[Path, bool]]:
    for name, text in files.items():
        path = folder / name
        yield path, _put_new(path, text.encode("utf-8"))


def _put_new(path: Path, content: bytes) -> bool:
    """Write a file that is not there, and say so; one that is there is not even opened."""
    try:
        file = path.open("xb")
    except FileExistsError:
        return False
    try:
        with file:
            file.write(content)
    except BaseException:
        path.unlink()
        raise
    return True


def reset_chapter(folder: Path, chapter: Chapter) -> Path | None:
    """Put the starter file back; the learner's own is kept in the folder `old`.

    Returns
    -------
    Path or None
        Where the learner's file is now; None if there was none.

    Raises
    ------
    OSError
        If something cannot be written.
    ProgressError
        If the progress file is damaged.
    """
    with progress.changing(folder) as known:
        path = folder / chapter.file
        kept = _set_aside(path) if os.path.lexists(path) else None
        with whole_file(path) as file:
            file.write(chapter.starter.encode("utf-8"))
        row = known.of(chapter.name)
        row.passed, row.with_solution = None, False
        row.hints, row.last = {}, {}
    return kept


def _set_aside(path: Path) -> Path:
    old = path.parent / OLD
    old.mkdir(exist_ok=True)
    number = 1
    while os.path.lexists(old / f"{path.stem}-{number}{path.suffix}"):
        number += 1
    return path.rename(old / f"{path.stem}-{number}{path.suffix}")
