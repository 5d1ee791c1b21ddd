"""Which mistake a function has, by comparing what it gives with what each mistake would give.

Nothing is guessed. A mistake is named if it explains every case; if several do, they are named
together; if none does, the answer is the first number that differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.course.checks.numbers import alike, brief, difference, numbers_in
from chainrule.course.told import said_of, told
from chainrule.diagnosis import Finding
from chainrule.diagnosis.sources import line_of

Formula = Callable[..., Any]


@dataclass(frozen=True)
class Wrong:
    """A known mistake: what it computes instead."""

    key: str
    title: str
    formula: Formula


@dataclass(frozen=True)
class Question:
    """A function that a learner writes, and how it may be wrong.

    Attributes
    ----------
    title : str
        ``"sigmoid(z)"``.
    quantity : str
        What it gives, by its symbol.
    right : str
        The formula, to be read.
    formula : callable
        The same, to be computed.
    arguments : tuple of str
    cases : tuple of tuple
        Arguments to try.
    wrong : tuple of Wrong
    words : tuple of str
        What the line to look at is likely to hold.
    tolerance : float
        Relative; for guards against log 0 a wider one.
    """

    title: str
    quantity: str
    right: str
    formula: Formula
    arguments: tuple[str, ...]
    cases: tuple[tuple[Any, ...], ...]
    wrong: tuple[Wrong, ...] = ()
    words: tuple[str, ...] = ("return",)
    tolerance: float = 1e-6


@dataclass(frozen=True, eq=False)
class _Trial:
    """One case: what was given, what is right, what came."""

    given: tuple[Any, ...]
    want: Any
    got: Any = None
    error: Exception | None = None
    changed: str = ""


def ask(
    question: Question, call: Callable[..., Any], where: tuple[Any, str], file: str
) -> Finding | None:
    """Return what is wrong with a learner's function, or None.

    Parameters
    ----------
    question : Question
    call : callable
        The learner's function.
    where : tuple of object and str
        The owner and the name of the function whose source is shown.
    file : str
        The name that the learner's file was compiled under.
    """
    trials = [_try(question, call, case) for case in question.cases]
    line = _line(where, question.words, file)
    if all(_right(question, trial) for trial in trials):
        return _changes(question, trials, line)
    matching = [wrong for wrong in question.wrong if _explains(question, wrong, trials)]
    first = next(trial for trial in trials if not _right(question, trial))
    seen = _evidence(question, first)
    if len(matching) == 1:
        return Finding(
            matching[0].key, matching[0].title, question.quantity, seen, question.right, line
        )
    if matching:
        title = "one of these, which do the same: " + "; or ".join(one.title for one in matching)
        return Finding(matching[0].key, title, question.quantity, seen, question.right, line)
    return _not_known(question, first, seen, line, file)


def _line(where: tuple[Any, str], words: Sequence[str], file: str) -> str:
    """Return the line to look at, if the function is the learner's own and no library's."""
    code = getattr(getattr(where[0], where[1], None), "__code__", None)
    return line_of(where[0], where[1], words) if code and code.co_filename == file else ""


def _try(question: Question, call: Callable[..., Any], case: tuple[Any, ...]) -> _Trial:
    want = question.formula(*case)
    given = tuple(_copy(value) for value in case)
    try:
        got = call(*given)
    except NotImplementedError:
        raise
    except Exception as error:
        return _Trial(case, want, error=error)
    changed = [
        name
        for name, before, after in zip(question.arguments, case, given, strict=True)
        if isinstance(before, np.ndarray) and not np.array_equal(before, after)
    ]
    return _Trial(case, want, got, changed=changed[0] if changed else "")


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _right(question: Question, trial: _Trial) -> bool:
    return trial.error is None and alike(trial.got, trial.want, question.tolerance)


def _explains(question: Question, wrong: Wrong, trials: Sequence[_Trial]) -> bool:
    """Say whether a mistake does in every case what was seen; where it fails, that it failed."""
    told_something = False
    for trial in trials:
        try:
            predicted = wrong.formula(*(_copy(value) for value in trial.given))
        except Exception:
            if trial.error is None:
                return False
            continue
        if trial.error is not None:
            return False
        if not (
            trial.got is None
            if predicted is None
            else alike(trial.got, predicted, question.tolerance, free=False)
        ):
            return False
        told_something = True
    return told_something


def _changes(question: Question, trials: Sequence[_Trial], line: str) -> Finding | None:
    for trial in trials:
        if trial.changed:
            return Finding(
                "changes-argument",
                f"{question.title} changes its argument {trial.changed}, which others still need",
                trial.changed,
                f"{trial.changed} is not what it was before the call",
                "compute a new array; do not assign into the one that was given",
                line,
            )
    return None


# Evidence --------------------------------------------------------------------------------------


def _evidence(question: Question, trial: _Trial) -> str:
    given = ", ".join(_given(question, trial.given))
    if trial.error is not None:
        return f"for {given}: {said_of(trial.error)}"
    return (
        f"for {given}: {difference(question.quantity, trial.got, trial.want, question.tolerance)}"
    )


def _given(question: Question, given: Sequence[Any]) -> Iterator[str]:
    for name, value in zip(question.arguments, given, strict=True):
        if isinstance(value, np.ndarray) and value.ndim == 2 and value.size > 3:
            yield f"{name} of shape {value.shape}"
        else:
            yield f"{name} = {brief(value)}"


# What no known mistake explains ----------------------------------------------------------------


def _not_known(question: Question, trial: _Trial, seen: str, line: str, file: str) -> Finding:
    given = ", ".join(_given(question, trial.given))
    if trial.error is not None:
        found = told(trial.error, file, question.title)
        return Finding(
            found.key,
            found.title,
            question.quantity,
            f"for {given}: {found.evidence}",
            question.right,
            found.line or line,
        )
    if trial.got is None:
        return Finding(
            "returns-nothing",
            f"{question.title} returns nothing",
            question.quantity,
            seen,
            f"return …, with {question.right}",
            line,
        )
    numbers = numbers_in(trial.got)
    if numbers is None:
        return Finding(
            "no-number",
            f"{question.title} gives something that is no number",
            question.quantity,
            seen,
            question.right,
            line,
        )
    if numbers.size != np.size(trial.want) or (
        numbers.size > 1 and numbers.shape != np.shape(trial.want)
    ):
        return Finding(
            "shape",
            f"{question.title} gives another shape",
            question.quantity,
            seen,
            question.right,
            line,
        )
    return Finding(
        "not-recognised",
        f"wrong, not recognised: the first quantity that differs is {question.quantity}",
        question.quantity,
        seen,
        question.right,
        line,
    )
