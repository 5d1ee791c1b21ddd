"""The course's folder seen from a page: the learner's files, kept with care, and the progress."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import tokenize
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chainrule.course import folder as course_folder
from chainrule.course import noting, progress
from chainrule.course.chapters import Chapter, chapters
from chainrule.course.hints import Hint, read_hints
from chainrule.course.verdict import Verdict
from chainrule.files import whole_file
from chainrule.play.lessons.statements import statement_html


class ConflictError(Exception):
    """A file was changed by another program since the page read it.

    Attributes
    ----------
    stored : StoredFile
        What is there now.
    """

    def __init__(self, stored: StoredFile) -> None:
        super().__init__("the file was changed by another program")
        self.stored = stored


@dataclass(frozen=True)
class StoredFile:
    r"""A learner's file as it is on the disk.

    Attributes
    ----------
    code : str, optional
        With ``\n`` at the ends of the lines; None where there is no file.
    version : str
        Names the content; empty where there is no file.
    crlf : bool
        Whether its lines end as on Windows.
    trouble : str
        Why the content cannot be shown, if so.
    """

    code: str | None
    version: str
    crlf: bool = False
    trouble: str = ""


def stored(path: Path) -> StoredFile:
    """Read a learner's file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OSError
        If there is something that cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return StoredFile(None, "")
    version = hashlib.sha256(content).hexdigest()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        said = f"{path.name} is no UTF-8 text, so that it cannot be shown here; it is left as it is"
        return StoredFile(None, version, trouble=said)
    code = text.replace("\r\n", "\n").replace("\r", "\n")
    return StoredFile(code, version, crlf="\r\n" in text)


class Exercises:
    """The exercises of a course's folder, which the first change creates.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()  # of all that is read, changed and written

    def path(self, chapter: Chapter) -> Path:
        """Return the path of a chapter's file."""
        return self.folder / chapter.file

    def read(self, chapter: Chapter) -> StoredFile:
        """Return the learner's file as it is on the disk."""
        return stored(self.path(chapter))

    def save(
        self, chapter: Chapter, code: str, version: str | None, *, replace: bool = False
    ) -> str:
        """Write the learner's file, unless another program has changed it meanwhile.

        Parameters
        ----------
        chapter : Chapter
        code : str
        version : str, optional
            Of the content that `code` was made of; None for unknown.
        replace : bool
            Whether to write although it was changed; what is there is then kept in `old`.

        Returns
        -------
        str
            The new version.

        Raises
        ------
        ConflictError
            If the file has another version, and other content.
        OSError
            If the file cannot be written.
        """
        with self._lock:
            there = self.read(chapter)
            if there.code == code:
                return there.version
            is_known = there.version in ("" if version is None else version, "")
            if not is_known and not replace and (version is not None or there.trouble):
                raise ConflictError(there)
            self._begin(chapter)
            if replace or not is_known:
                self._keep(self.path(chapter))
            text = code.replace("\n", "\r\n") if there.crlf else code
            content = text.encode("utf-8", errors="replace")
            with whole_file(self.path(chapter)) as file:
                file.write(content)
            return hashlib.sha256(content).hexdigest()

    def _begin(self, chapter: Chapter) -> None:
        """Put the chapter's files into the folder as the terminal does, where they are missing."""
        if self.path(chapter).exists():
            return
        try:
            course_folder.start_chapter(self.folder, chapter)
        except progress.ProgressError:  # the code is worth more than the note of its beginning
            self.folder.mkdir(parents=True, exist_ok=True)

    def _keep(self, path: Path) -> None:
        """Copy a file into the folder `old` under a new number."""
        if not path.is_file():
            return
        old = self.folder / course_folder.OLD
        old.mkdir(exist_ok=True)
        number = 1
        while os.path.lexists(old / f"{path.stem}-{number}{path.suffix}"):
            number += 1
        with whole_file(old / f"{path.stem}-{number}{path.suffix}") as file:
            file.write(path.read_bytes())

    # The progress, as the terminal notes it -----------------------------------------------------

    def note_check(self, chapter: Chapter, verdict: Verdict) -> str:
        """Note a check; return why the progress was not kept, if so."""
        try:
            with self._lock:
                noting.note_check(self.folder, chapter, verdict)
        except (OSError, progress.ProgressError) as error:
            return f"progress was not kept: {error}"
        return ""

    def hint(self, chapter: Chapter) -> Hint | None:
        """Return the next hint and note its level; None where everything is right."""
        with self._lock:
            self.folder.mkdir(parents=True, exist_ok=True)
            return noting.note_hint(self.folder, chapter)

    def solution(self, chapter: Chapter) -> str:
        """Return a right file, and note that it was seen."""
        with self._lock:
            self.folder.mkdir(parents=True, exist_ok=True)
            noting.note_solution(self.folder, chapter)
        return chapter.solution

    def reset(self, chapter: Chapter) -> Path | None:
        """Put the starter file back; return where the learner's file is kept."""
        with self._lock:
            self.folder.mkdir(parents=True, exist_ok=True)
            return course_folder.reset_chapter(self.folder, chapter)

    def progress(self) -> tuple[progress.Progress, str]:
        """Return the progress, and why it cannot be read, if so."""
        try:
            return progress.load(self.folder), ""
        except (OSError, progress.ProgressError) as error:
            return progress.Progress(), str(error)

    # For the page -------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        """Return all chapters with their progress, in the order of the course."""
        known, trouble = self.progress()
        return [
            {**_row(chapter, known.chapters.get(chapter.name)), "trouble": trouble}
            for chapter in chapters().values()
        ]

    def lesson(self, chapter: Chapter) -> dict[str, Any]:
        """Return all that the page of a chapter shows."""
        known, trouble = self.progress()
        done = known.chapters.get(chapter.name)
        file = self.read(chapter)
        return {
            **_row(chapter, done),
            "file": chapter.file,
            "path": str(self.path(chapter)),
            "statement": statement_html(chapter.statement),
            "code": chapter.starter if file.code is None else file.code,
            "version": file.version,
            "starter": chapter.starter,
            "next": chapter.next,
            "trouble": file.trouble or trouble,
            "progress": asdict(done or progress.ChapterProgress()),
            "hints": [asdict(hint) for hint in read_hints(chapter, done)] if done else [],
        }


def _row(chapter: Chapter, done: progress.ChapterProgress | None) -> dict[str, Any]:
    done = done or progress.ChapterProgress()
    wrong = str(done.last.get("step", "")) if done.last else None
    return {
        "name": chapter.name,
        "number": chapter.number,
        "title": chapter.title,
        "steps": [
            {"key": step.key, "title": step.title, "state": _state(chapter, step.key, done, wrong)}
            for step in chapter.steps
        ],
        "started": done.started,
        "passed": done.passed,
        "checks": done.checks,
        "hints_read": sum(
            row.get("level", 0) for row in done.hints.values() if isinstance(row, dict)
        ),
        "solution_seen": done.solution_seen,
        "with_solution": done.with_solution,
    }


def _state(chapter: Chapter, key: str, done: progress.ChapterProgress, wrong: str | None) -> str:
    """Return a step's state as far as the progress tells: of the last check's first mistake."""
    if wrong is None:
        return "right" if done.passed else "not reached"
    keys = [step.key for step in chapter.steps]
    if wrong not in keys or keys.index(key) > keys.index(wrong):
        return "not reached"
    return "wrong" if key == wrong else "right"
