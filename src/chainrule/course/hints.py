"""Hints that say a little more each time: where, which quantity, the formula, the line.

After a check they are about what it found; before one, about the first step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from typing import Any

from chainrule.course.chapters import Chapter, ChapterStep
from chainrule.course.progress import ChapterProgress
from chainrule.course.verdict import Verdict
from chainrule.diagnosis import Finding


@dataclass(frozen=True)
class Hint:
    """One rung of a ladder.

    Attributes
    ----------
    about : str
        The title of the step.
    text : str
    level, levels : int
        Which it is, and of how many.
    """

    about: str
    text: str
    level: int
    levels: int

    @property
    def last(self) -> bool:
        """Whether there is none behind it."""
        return self.level == self.levels


def next_hint(chapter: Chapter, done: ChapterProgress) -> Hint:
    """Return the next hint, and note in `done` that it was read.

    Parameters
    ----------
    chapter : Chapter
    done : ChapterProgress
        Its `last` finding, if a check has left one, decides what the hints are about.
    """
    step, finding = _subject(chapter, done.last)
    about = step.title if step else "The check did not come to its end"
    ladder = _ladder(step, finding)
    place, key = step.key if step else "", finding.key if finding else ""
    read = done.hints.get(place, {})
    level = min(_read_before(read, key) + 1, len(ladder))
    done.hints[place] = {"finding": key, "level": level}
    return Hint(about, ladder[level - 1], level, len(ladder))


def _read_before(read: Any, key: str) -> int:
    """Return how many hints about this finding were read; another has a ladder of its own."""
    if not isinstance(read, Mapping) or read.get("finding") != key:
        return 0
    level = read.get("level")
    return level if isinstance(level, int) and level > 0 else 0


def _subject(
    chapter: Chapter, last: Mapping[str, Any]
) -> tuple[ChapterStep | None, Finding | None]:
    steps = {step.key: step for step in chapter.steps}
    try:
        finding = Finding(**last["finding"])
        where = str(last["step"])
    except (KeyError, TypeError):
        return chapter.steps[0], None
    if not finding.title or not all(isinstance(text, str) for text in astuple(finding)):
        return chapter.steps[0], None  # the file was changed by hand
    if not where:
        return None, finding
    return steps.get(where, chapter.steps[0]), finding


def _ladder(step: ChapterStep | None, finding: Finding | None) -> list[str]:
    if step is None:
        assert finding is not None
        line = "" if finding.line in finding.evidence else finding.line
        return [text for text in (finding.title, finding.evidence, finding.right, line) if text]
    if finding is None or finding.key == "unfinished":
        return list(step.hints)
    where, quantity, formula, line = step.hints
    if finding.evidence:
        quantity = (
            f"{finding.quantity}: {finding.evidence}" if finding.quantity else finding.evidence
        )
    if finding.right:
        formula = finding.right
    last = (finding.line, finding.title) if finding.line else (finding.title, line)
    return [where, quantity, formula, "\n".join(last)]


def remember(done: ChapterProgress, verdict: Verdict) -> None:
    """Note what a check found first, for the hints to come."""
    first = verdict.first
    done.last = {"step": first[0], "finding": asdict(first[1])} if first else {}
