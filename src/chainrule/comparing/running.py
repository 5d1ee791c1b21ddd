"""Each method in a process of its own: threads, memory and crashes touch no other method."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.comparing.methods import METHODS, Learning, Method
from chainrule.comparing.problem import Problem
from chainrule.reports.scores import classification_scores, regression_scores


@dataclass(frozen=True)
class Figures:
    """A method's figures, one for each split.

    Attributes
    ----------
    key : str
        The method's, in `METHODS`.
    version : str
        Of its library.
    scores : mapping of str to list of float or None
        ``"log_loss"``, ``"error"`` and ``"auc"``, or ``"rmse"`` and ``"r2"``; None is a score that
        the rows do not define.
    seconds, cpu_seconds : list of float
        To fit.
    error : str
        Why there are no figures; empty where there are.
    """

    key: str
    version: str = ""
    scores: dict[str, list[float | None]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    error: str = ""


def compare(problem: Problem, keys: Iterable[str]) -> Iterator[Figures]:
    """Yield the figures of each method, as soon as it is through.

    Every method runs in a new process. If it raises or its process dies, its figures have the
    error alone.

    Parameters
    ----------
    problem : Problem
    keys : iterable of str
        Names in `METHODS`.
    """
    for key in keys:
        yield _apart(key, problem)


def _apart(key: str, problem: Problem) -> Figures:
    """Measure a method in a process that does not outlive the call."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(there, key, problem), daemon=True)
    process.start()
    there.close()
    try:
        found: Figures = here.recv()
    except EOFError:
        process.join()
        return Figures(key, error=f"its process ended with exit code {process.exitcode}")
    finally:
        process.kill()
        process.join()
    return found


def _answer(pipe: Any, key: str, problem: Problem) -> None:
    """Send the figures; say nothing else, and leave Ctrl-C to the process that asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    pipe.send(measured(key, problem))


def measured(key: str, problem: Problem) -> Figures:
    """Return the figures of a method over all splits, or its error; warnings are not shown.

    Parameters
    ----------
    key : str
    problem : Problem
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            version = METHODS[key].version()
            each = [_on_split(METHODS[key], problem, place) for place in range(len(problem.splits))]
    except Exception as error:  # whatever another library raises is its row in the table
        return Figures(key, error=" ".join(f"{type(error).__name__}: {error}".split()))
    scores, seconds, cpu_seconds = zip(*each, strict=True)
    by_name = {name: [found[name] for found in scores] for name in scores[0]}
    return Figures(key, version, by_name, list(seconds), list(cpu_seconds))


def _on_split(
    method: Method, problem: Problem, place: int
) -> tuple[dict[str, float | None], float, float]:
    """Fit on the rows to learn from, and score the answers for the others."""
    split = problem.splits[place]
    y, test = problem.y[split.train], problem.frame[split.test]
    is_regression = problem.task == "regression"
    present, codes = (None, y) if is_regression else np.unique(y, return_inverse=True)
    learning = Learning(problem.frame[split.train], codes, is_regression, problem.seed + place)
    began, used = time.perf_counter(), time.process_time()
    predict = method.fit(learning)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - used
    answers = np.asarray(predict(test), dtype=np.float64)
    if present is None:
        scores = _of_numbers(problem.y[split.test], answers.reshape(-1))
    else:
        probabilities = np.zeros((len(answers), len(problem.classes)))
        probabilities[:, present] = answers
        scores = _of_classes(problem.y[split.test], probabilities, problem.classes)
    return scores, seconds, cpu_seconds


def _of_classes(
    y: NDArray[Any], probabilities: Array, classes: tuple[str, ...]
) -> dict[str, float | None]:
    found = classification_scores(y, probabilities, classes)
    return {"log_loss": found.log_loss, "error": 1.0 - found.accuracy, "auc": found.roc_auc}


def _of_numbers(y: Array, answers: Array) -> dict[str, float | None]:
    found = regression_scores(y, answers)
    return {"rmse": found.rmse, "r2": found.r2}
