"""What the terminal and the page note in the progress: checks, hints, solutions seen."""

from __future__ import annotations

from pathlib import Path

from chainrule.course import progress
from chainrule.course.chapters import Chapter, chapters
from chainrule.course.hints import Hint, next_hint, remember
from chainrule.course.progress import Progress
from chainrule.course.verdict import Verdict


def next_chapter(known: Progress) -> Chapter:
    """Return the first chapter that is not right yet, from the one last begun on.

    Parameters
    ----------
    known : Progress
    """
    rows, all_chapters = known.chapters, list(chapters().values())
    begun = next((i for i, one in enumerate(all_chapters) if one.name == known.current), 0)
    for chapter in (*all_chapters[begun:], *all_chapters[:begun]):
        if chapter.name not in rows or not rows[chapter.name].passed:
            return chapter
    return all_chapters[0]


def note_check(folder: Path, chapter: Chapter, verdict: Verdict) -> None:
    """Note a check, its first finding, and the first time that a chapter passed.

    Parameters
    ----------
    folder : Path
    chapter : Chapter
    verdict : Verdict

    Raises
    ------
    OSError, ProgressError
        If the progress cannot be read or written.
    """
    with progress.changing(folder) as known:
        done = known.of(chapter.name)
        known.current = chapter.name
        done.started = done.started or progress.now()
        done.checks += 1
        remember(done, verdict)
        if verdict.passed and not done.passed:
            done.passed = progress.now()
            done.with_solution = done.solution_seen is not None


def note_hint(folder: Path, chapter: Chapter) -> Hint | None:
    """Return the next hint and note its level; None where everything is right.

    Parameters
    ----------
    folder : Path
    chapter : Chapter

    Raises
    ------
    OSError, ProgressError
        If the progress cannot be read or written.
    """
    with progress.changing(folder) as known:
        done = known.of(chapter.name)
        return None if done.passed and not done.last else next_hint(chapter, done)


def note_solution(folder: Path, chapter: Chapter) -> None:
    """Note the first time that a solution was seen.

    Parameters
    ----------
    folder : Path
    chapter : Chapter

    Raises
    ------
    OSError, ProgressError
        If the progress cannot be read or written.
    """
    with progress.changing(folder) as known:
        done = known.of(chapter.name)
        done.solution_seen = done.solution_seen or progress.now()
