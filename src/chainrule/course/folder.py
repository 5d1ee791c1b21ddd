"""The learner's folder: write a chapter's files, and restore a starter file.

An existing file is never overwritten. The folder also holds the modules that the course's own
scripts import and would otherwise download; the scripts then need no network.
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
"""The usual name of the folder."""
OLD = "old"
"""The subfolder where `reset_chapter` keeps a learner's files."""


def find(here: Path) -> Path | None:
    """Return the course's folder: `here`, a parent of `here`, or its subfolder of the usual name.

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
    """Return the given files by name: modules for the course's scripts, and the README."""
    return {
        path.name.removesuffix(".txt"): path.read_text(encoding="utf-8")
        for path in sorted(_GIVEN.iterdir())
        if path.is_file()
    }


def start_chapter(folder: Path, chapter: Chapter) -> list[tuple[Path, bool]]:
    """Write a chapter's files into a folder, and note the start in the progress.

    Parameters
    ----------
    folder : Path
        Created if missing.
    chapter : Chapter

    Returns
    -------
    list of tuple of Path and bool
        Each file, and whether it was written now; existing files stay unchanged.

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
    """Write a new file and return True; return False, without opening, for an existing file."""
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
    """Restore the starter file; move the learner's file into the folder `old`.

    Returns
    -------
    Path or None
        The new path of the learner's file; None if there was no file.

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
