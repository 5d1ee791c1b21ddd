"""The result of a check as plain data, for another process and for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chainrule.course.chapters import Chapter
from chainrule.diagnosis import Finding

RIGHT, WRONG, UNFINISHED, NOT_REACHED = "right", "wrong", "unfinished", "not reached"


@dataclass(frozen=True)
class StepResult:
    """The result of checking one step.

    Attributes
    ----------
    key, title : str
        Of the step.
    state : str
        ``"right"``, ``"wrong"``, ``"unfinished"`` or ``"not reached"``.
    findings : tuple of Finding
        The mistakes.
    remarks : tuple of str
        Notes that are no mistakes.
    """

    key: str
    title: str
    state: str
    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The result of checking a learner's file.

    Attributes
    ----------
    chapter : str
        The name of the chapter.
    file : str
    steps : tuple of StepResult
        All steps of the chapter, reached or not.
    trouble : Finding, optional
        Why the check did not reach its end.
    notes : tuple of str
    printed : str
        The beginning of the file's prints.
    seconds : float
    """

    chapter: str
    file: str
    steps: tuple[StepResult, ...]
    trouble: Finding | None
    notes: tuple[str, ...] = ()
    printed: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the check reached its end with every step right."""
        return (
            self.trouble is None
            and bool(self.steps)
            and all(step.state == RIGHT and not step.findings for step in self.steps)
        )

    @property
    def state(self) -> str:
        """``"right"``, ``"unfinished"`` (nothing wrong so far), ``"wrong"`` or ``"stopped"``."""
        if self.passed:
            return RIGHT
        if self.trouble is not None:
            return "stopped"
        wrong = any(step.state == WRONG for step in self.steps)
        return WRONG if wrong else UNFINISHED

    @property
    def first(self) -> tuple[str, Finding] | None:
        """The key of the first wrong step and its first finding; None if nothing is wrong."""
        if self.trouble is not None:
            return "", self.trouble
        for step in self.steps:
            if step.findings:
                return step.key, step.findings[0]
        return None

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as JSON-compatible data."""
        return {
            "chapter": self.chapter,
            "file": self.file,
            "passed": self.passed,
            "state": self.state,
            "steps": [asdict(step) for step in self.steps],
            "trouble": asdict(self.trouble) if self.trouble else None,
            "notes": list(self.notes),
            "printed": self.printed,
            "seconds": round(self.seconds, 3),
        }


_UNFINISHED = ("unfinished", "method-missing")


def step_result(chapter: Chapter, told: Mapping[str, Any]) -> StepResult:
    """Return a step's result from a message of the child process.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the message is malformed.
    """
    step = next(step for step in chapter.steps if step.key == told["key"])
    findings = tuple(Finding(**finding) for finding in told["findings"])
    state = RIGHT
    if findings:
        state = UNFINISHED if findings[0].key in _UNFINISHED else WRONG
    return StepResult(step.key, step.title, state, findings, tuple(map(str, told["remarks"])))


def all_steps(chapter: Chapter, seen: Sequence[StepResult]) -> tuple[StepResult, ...]:
    """Return a result for every step, "not reached" for missing steps."""
    by_key = {result.key: result for result in seen}
    return tuple(
        by_key.get(step.key, StepResult(step.key, step.title, NOT_REACHED))
        for step in chapter.steps
    )
