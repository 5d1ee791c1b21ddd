"""Find the mistake in a function by comparing results with those of known mistakes.

Nothing is guessed. A mistake is named if it explains every case. Several such mistakes are named
together. Without any, the finding shows the first differing number. Right and wrong results come
from running the lines of the book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.course.checks.findings import Owner, found_anywhere
from chainrule.course.checks.learner import Learner
from chainrule.course.checks.numbers import abbreviated, difference, matches, numbers_in
from chainrule.course.exceptions import explained, message_of
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book import Mistake, found, mistakes_in
from chainrule.diagnosis.book.chapters.any_file import FUNCTION
from chainrule.diagnosis.book.rows import Page
from chainrule.diagnosis.page_code import function
from chainrule.diagnosis.sources import line_of

Function = Callable[..., Any]


@dataclass(frozen=True)
class Question:
    """A function for the learner to write, and the cases to test.

    Attributes
    ----------
    title : str
        ``"sigmoid(z)"``.
    page : Page
        The piece of the book, with the quantity to compare and the right formula to show.
    arguments : tuple of str
        The names of a case's arguments.
    cases : tuple of tuple
    run : callable
        Calls a function, the learner's or the book's, with a case and returns the quantity.
    right : callable, optional
        The right function, where more is right than the result of the book's lines.
    wrong : tuple of Mistake and callable, optional
        The mistakes to look for; by default those of the book.
    tolerance : float
        Relative; wider where guards against log 0 are right, too.
    """

    title: str
    page: Page
    arguments: tuple[str, ...]
    cases: tuple[tuple[Any, ...], ...]
    run: Function = lambda call, *case: call(*case)
    right: Function | None = None
    wrong: tuple[tuple[Mistake, Function], ...] | None = None
    tolerance: float = 1e-6

    def known(self) -> Iterator[tuple[Mistake, Function]]:
        """Yield each known mistake in the quantity, and a function with the mistake."""
        for row in mistakes_in(self.page.where):
            if row.quantity == self.page.quantity:
                yield row, function(row.where, row.lines)


@dataclass(frozen=True, eq=False)
class _Trial:
    """One case: arguments, right result and the learner's result."""

    given: tuple[Any, ...]
    want: Any
    got: Any = None
    error: Exception | None = None
    changed: str = ""


def ask(question: Question, call: Function, owner: Owner, file: str) -> list[Finding]:
    """Return the mistake in a learner's function: one finding, or an empty list.

    Parameters
    ----------
    question : Question
    call : callable
        The learner's function.
    owner : tuple of object and str
        The module or class, and the name of its function whose source is shown.
    file : str
        The name that the learner's file was compiled under.
    """
    right = question.right or function(question.page.where)
    trials = [_try(question, call, right, case) for case in question.cases]
    line = _line(owner, question.page.words, file)
    first = next((trial for trial in trials if not _right(question, trial)), None)
    if first is None:
        return _changes(question, trials, line)
    known = question.known() if question.wrong is None else question.wrong
    matching = [row for row, wrong in known if _explains(question, wrong, trials)]
    if not matching:
        return [_not_known(question, first, line, file)]
    title = "; or ".join(row.title for row in matching)
    if len(matching) > 1:
        title = found("Layer", "one-of-several", "", these=title).title
    page = question.page
    seen = _evidence(question, first)
    return [Finding(matching[0].key, title, page.quantity, seen, page.right, line)]


def asking(
    question: Question, name: str, method: str = ""
) -> Callable[[Learner], Iterator[Finding]]:
    """Return the check of a function of the learner's file, or of an object's method."""

    def look(learner: Learner) -> Iterator[Finding]:
        """Yield the finding, if any."""
        call = learner.method(name, method) if method else learner.function(name)
        owner = (type(learner.get(name)), method) if method else (learner.module, name)
        yield from ask(question, call, owner, learner.file)

    return look


def _line(owner: Owner, words: Sequence[str], file: str) -> str:
    """Return the line to look at; "" for a library's function."""
    code = getattr(getattr(*owner, None), "__code__", None)
    return line_of(*owner, words) if code and code.co_filename == file else ""


def _try(question: Question, call: Function, right: Function, case: tuple[Any, ...]) -> _Trial:
    want = question.run(right, *case)
    given = tuple(_copy(value) for value in case)
    try:
        got = question.run(call, *given)
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
    return trial.error is None and matches(trial.got, trial.want, question.tolerance)


def _explains(question: Question, wrong: Function, trials: Sequence[_Trial]) -> bool:
    """Return True if a mistake reproduces every case: the same value, or also an exception."""
    gave_a_value = False
    for trial in trials:
        try:
            predicted = question.run(wrong, *(_copy(value) for value in trial.given))
        except Exception:
            if trial.error is None:
                return False
            continue
        if trial.error is not None or not matches(
            trial.got, predicted, question.tolerance, free=False
        ):
            return False
        gave_a_value = True
    return gave_a_value


def _changes(question: Question, trials: Sequence[_Trial], line: str) -> list[Finding]:
    for name in (trial.changed for trial in trials if trial.changed):
        seen = f"{name} is not what it was before the call"
        return [found_anywhere(FUNCTION, "changes-argument", seen, line, name, of=question.title)]
    return []


# Evidence --------------------------------------------------------------------------------------


def _evidence(question: Question, trial: _Trial) -> str:
    if trial.error is not None:
        return f"for {_given(question, trial)}: {message_of(trial.error)}"
    differs = difference(question.page.quantity, trial.got, trial.want, question.tolerance)
    return f"for {_given(question, trial)}: {differs}"


def _given(question: Question, trial: _Trial) -> str:
    return ", ".join(
        f"{name} of shape {value.shape}"
        if isinstance(value, np.ndarray) and value.ndim == 2 and value.size > 3
        else f"{name} = {abbreviated(value)}"
        for name, value in zip(question.arguments, trial.given, strict=True)
    )


# What no known mistake explains ----------------------------------------------------------------


def _not_known(question: Question, trial: _Trial, line: str, file: str) -> Finding:
    page = question.page
    if trial.error is not None:
        raised = explained(trial.error, file, question.title)
        seen = f"for {_given(question, trial)}: {raised.evidence}"
        return replace(raised, quantity=page.quantity, evidence=seen, right=page.right,
                       line=raised.line or line)  # fmt: skip
    named = {"of": question.title, "right": page.right}
    seen = _evidence(question, trial)
    return found_anywhere(FUNCTION, _kind(trial), seen, line, page.quantity, **named)


def _kind(trial: _Trial) -> str:
    """Return the key of an unrecognised wrong result: nothing, no number, a shape, or numbers."""
    numbers = numbers_in(trial.got)
    if numbers is None:
        return "returns-nothing" if trial.got is None else "no-number"
    if numbers.size != np.size(trial.want) or (
        numbers.size > 1 and numbers.shape != np.shape(trial.want)
    ):
        return "shape"
    return "not-recognised"
