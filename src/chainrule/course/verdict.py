"""What a check says, as plain data: it comes out of another process and goes into JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chainrule.course.chapters import Chapter
from chainrule.diagnosis import Finding

RIGHT, WRONG, UNFINISHED, NOT_REACHED = "right", "wrong", "unfinished", "not reached"


@dataclass(frozen=True)
class StepResult:
    """What was found out about one step.

    Attributes
    ----------
    key, title : str
        Of the step.
    state : str
        ``"right"``, ``"wrong"``, ``"unfinished"`` or ``"not reached"``.
    findings : tuple of Finding
        What is wrong.
    remarks : tuple of str
        What is not wrong, but worth knowing.
    """

    key: str
    title: str
    state: str
    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What a check found out about a learner's file.

    Attributes
    ----------
    chapter : str
        Its name.
    file : str
    steps : tuple of StepResult
        Of all the chapter's steps, whether or not the check got so far.
    trouble : Finding, optional
        Why the check did not come to its end.
    notes : tuple of str
    printed : str
        The beginning of what the file printed.
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
        """Whether the check came to its end and every step is right."""
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
        """The step to look at first and what is wrong with it, if anything is."""
        if self.trouble is not None:
            return "", self.trouble
        for step in self.steps:
            if step.findings:
                return step.key, step.findings[0]
        return None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
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
    """Return a step's result from what the checking process wrote.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is none.
    """
    step = next(step for step in chapter.steps if step.key == told["key"])
    findings = tuple(Finding(**finding) for finding in told["findings"])
    state = RIGHT
    if findings:
        state = UNFINISHED if findings[0].key in _UNFINISHED else WRONG
    return StepResult(step.key, step.title, state, findings, tuple(map(str, told["remarks"])))


def all_steps(chapter: Chapter, seen: Sequence[StepResult]) -> tuple[StepResult, ...]:
    """Return a result for every step; those that are missing were not reached."""
    by_key = {result.key: result for result in seen}
    return tuple(
        by_key.get(step.key, StepResult(step.key, step.title, NOT_REACHED))
        for step in chapter.steps
    )
