"""Hints in four levels: where to look, the quantity, the formula, the line.

After a check the hints are about its first finding, before a check about the first step.
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
    """One hint of a sequence.

    Attributes
    ----------
    about : str
        The title of the step.
    text : str
    level, levels : int
        The hint's number, from 1, and the number of hints.
    """

    about: str
    text: str
    level: int
    levels: int

    @property
    def last(self) -> bool:
        """Whether no further hint follows."""
        return self.level == self.levels


def next_hint(chapter: Chapter, done: ChapterProgress) -> Hint:
    """Return the next hint, and note in `done` how many were read.

    Parameters
    ----------
    chapter : Chapter
    done : ChapterProgress
        The chapter's progress; the last finding, if any, selects the hints.
    """
    place, key, about, ladder = _of_last(chapter, done)
    level = min(_read_before(done.hints.get(place, {}), key) + 1, len(ladder))
    done.hints[place] = {"finding": key, "level": level}
    return Hint(about, ladder[level - 1], level, len(ladder))


def read_hints(chapter: Chapter, done: ChapterProgress) -> list[Hint]:
    """Return the hints that were read about the last finding, in order.

    Parameters
    ----------
    chapter : Chapter
    done : ChapterProgress
    """
    place, key, about, ladder = _of_last(chapter, done)
    read = ladder[: _read_before(done.hints.get(place, {}), key)]
    return [Hint(about, text, level, len(ladder)) for level, text in enumerate(read, 1)]


def _of_last(chapter: Chapter, done: ChapterProgress) -> tuple[str, str, str, list[str]]:
    """Return the step's and the finding's key, what the hints are about, and their texts."""
    step, finding = _subject(chapter, done.last)
    about = step.title if step else "The check did not come to its end"
    place, key = step.key if step else "", finding.key if finding else ""
    return place, key, about, _ladder(step, finding)


def _read_before(read: Any, key: str) -> int:
    """Return the number of hints read about a finding; each finding counts anew."""
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
    """Note a check's first finding, for later hints."""
    first = verdict.first
    done.last = {"step": first[0], "finding": asdict(first[1])} if first else {}
