"""The folder, chapter and file of a command of `chainrule course`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chainrule.cli.errors import BadInputError
from chainrule.course import folder as course_folder
from chainrule.course import progress
from chainrule.course.chapters import Chapter, chapters, get_chapter
from chainrule.course.noting import next_chapter, note_check
from chainrule.course.sandbox import Limits, check_file
from chainrule.course.verdict import Verdict


@contextmanager
def reading_and_writing() -> Iterator[None]:
    """Turn an error of the file system into one line."""
    try:
        yield
    except progress.ProgressError as error:
        raise BadInputError(str(error)) from error
    except OSError as error:
        raise BadInputError(
            f"cannot use {error.filename or 'the folder'}: {error.strerror or error}"
        ) from error


def found(folder: Path | None) -> Path | None:
    """Return the course's folder, if there is one."""
    with reading_and_writing():
        if folder is None:
            return _shortened(course_folder.find(Path.cwd()))
        return folder if progress.is_there(folder) else None


def _shortened(path: Path | None) -> Path | None:
    """Return a path as one would type it here."""
    here = Path.cwd().resolve()
    return path.relative_to(here) if path is not None and path.is_relative_to(here) else path


def existing(folder: Path | None) -> Path:
    """Return the course's folder, or refuse."""
    place = found(folder)
    if place is None:
        where = f"{folder} is no course's folder" if folder else "there is no course's folder here"
        raise BadInputError(f"{where}: chainrule course start makes one")
    return place


def asked_for(place: Path, name: str | None) -> Chapter:
    """Return the named chapter, or the one last begun where no name is given."""
    if name is not None:
        return get_chapter(name)
    with reading_and_writing():
        known = progress.load(place)
    return chapters().get(known.current) or next_chapter(known)


def chapter_of(name: str | None, file: Path) -> Chapter:
    """Return the chapter that a file is for: the one named, or by the file's name."""
    try:
        return get_chapter(name or file.name)
    except ValueError:
        raise BadInputError(
            f"which chapter is {file} for? chainrule course check CHAPTER --file {file}; chapters: "
            f"{', '.join(chapters())}"
        ) from None


def require_exercise(path: Path) -> None:
    """Refuse if a chapter's file has not been begun."""
    if not path.exists():
        raise BadInputError(
            f"{path} is not there; chainrule course start {path.stem} puts the starter file there"
        )
    require_file(path)


def require_file(path: Path) -> None:
    """Refuse what is no file."""
    if path.is_dir():
        raise BadInputError(f"{path} is a folder, not a file")
    if not path.is_file():
        raise BadInputError(f"{path} is not there")


def checked(asked: Chapter, path: Path, limits: Limits) -> Verdict:
    """Return what a check finds."""
    with reading_and_writing():
        return check_file(asked, path, limits)


def remembered(place: Path, asked: Chapter, verdict: Verdict) -> None:
    """Note a check's outcome in the progress; a failure to write costs no verdict."""
    try:
        with reading_and_writing():
            note_check(place, asked, verdict)
    except BadInputError as error:
        said = " ".join(str(error).split())
        print(f"chainrule: note: progress was not kept: {said}", file=sys.stderr, flush=True)
