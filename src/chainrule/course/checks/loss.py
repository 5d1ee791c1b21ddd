"""Chapter 4: binary cross-entropy, its derivative, and the average of an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.course.checks.learner import Learner
from chainrule.course.checks.matching import Question, Wrong, ask
from chainrule.diagnosis import Finding

_COLUMN = (np.array([[0.9], [0.2], [0.7], [0.4]]), np.array([[1], [0], [0], [1]]))
_CASES = (
    (0.8, 1),
    (0.3, 0),
    (0.9, 0),
    (0.15, 1.0),
    (np.array([[0.65]]), np.array([[1]])),
    _COLUMN,
)
_GUARDED = 1e-4  # what a guard such as log(ŷ + 1e-8) may change


def _loss(p: Any, y: Any) -> Any:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def _d(p: Any, y: Any) -> Any:
    return (p - y) / (p * (1 - p))


_LOSS = Question(
    "loss(y_hat, y)",
    "L",
    "L = −(y log ŷ + (1 − y) log(1 − ŷ))",
    _loss,
    ("ŷ", "y"),
    _CASES,
    (
        Wrong(
            "sign",
            "the sign is wrong: the logarithm of a number below 1 is negative, L is positive",
            lambda p, y: -_loss(p, y),
        ),
        Wrong(
            "sign-of-one-term",
            "the minus is for both terms: brackets are missing",
            lambda p, y: -y * np.log(p) + (1 - y) * np.log(1 - p),
        ),
        Wrong(
            "second-term-missing",
            "the term (1 − y) log(1 − ŷ) is missing",
            lambda p, y: -y * np.log(p),
        ),
        Wrong(
            "first-term-missing",
            "the term y log ŷ is missing",
            lambda p, y: -(1 - y) * np.log(1 - p),
        ),
        Wrong(
            "y-missing",
            "the factors y and 1 − y are missing",
            lambda p, y: -np.log(p) - np.log(1 - p),
        ),
        Wrong("swapped", "y and 1 − y are swapped", lambda p, y: _loss(p, 1 - y)),
        Wrong(
            "log-of-y", "the logarithm of y is taken; right is that of ŷ", lambda p, y: _loss(y, p)
        ),
        Wrong(
            "log2",
            "the logarithm is that to base 2; right is the natural one",
            lambda p, y: _loss(p, y) / np.log(2),
        ),
        Wrong(
            "log10",
            "the logarithm is that to base 10; right is the natural one",
            lambda p, y: _loss(p, y) / np.log(10),
        ),
        Wrong("squared-error", "this is the squared error (ŷ − y)²", lambda p, y: (p - y) ** 2),
        Wrong(
            "half-squared-error", "this is half the squared error", lambda p, y: (p - y) ** 2 / 2
        ),
        Wrong("absolute-error", "this is the absolute error |ŷ − y|", lambda p, y: np.abs(p - y)),
        Wrong("halved", "the loss is half as large as it is", lambda p, y: _loss(p, y) / 2),
        Wrong(
            "averaged",
            "it is averaged already: one loss for each sample is asked for here",
            lambda p, y: np.mean(_loss(p, y)),
        ),
        Wrong(
            "summed",
            "it is summed already: one loss for each sample is asked for here",
            lambda p, y: np.sum(_loss(p, y)),
        ),
        Wrong("derivative-for-loss", "this is the derivative of the loss", _d),
    ),
    words=("return", "loss"),
    tolerance=_GUARDED,
)


_D_LOSS = Question(
    "d_loss(y_hat, y)",
    "daⁿ",
    "daⁿ = (ŷ − y) / (ŷ (1 − ŷ))",
    _d,
    ("ŷ", "y"),
    _CASES,
    (
        Wrong(
            "sign",
            "y − ŷ in place of ŷ − y: every step would go up the loss",
            lambda p, y: -_d(p, y),
        ),
        Wrong(
            "sigma-prime-lost",
            "ŷ (1 − ŷ) is missing below the line: ŷ − y is dzⁿ, not daⁿ",
            lambda p, y: p - y,
        ),
        Wrong(
            "sign-and-sigma-prime",
            "this is y − ŷ: the sign is wrong, and ŷ (1 − ŷ) is missing",
            lambda p, y: y - p,
        ),
        Wrong(
            "sigma-prime-twice",
            "it is multiplied by ŷ (1 − ŷ), not divided",
            lambda p, y: (p - y) * p * (1 - p),
        ),
        Wrong(
            "brackets",
            "brackets are missing: (ŷ − y) / ŷ · (1 − ŷ)",
            lambda p, y: (p - y) / p * (1 - p),
        ),
        Wrong(
            "brackets-above",
            "brackets are missing: ŷ − y / (ŷ (1 − ŷ))",
            lambda p, y: p - y / (p * (1 - p)),
        ),
        Wrong("first-term", "this is the first term only, −y/ŷ", lambda p, y: -y / p),
        Wrong(
            "second-term",
            "this is the second term only, (1 − y)/(1 − ŷ)",
            lambda p, y: (1 - y) / (1 - p),
        ),
        Wrong(
            "term-sign",
            "the second term has the wrong sign: −y/ŷ − (1 − y)/(1 − ŷ)",
            lambda p, y: -y / p - (1 - y) / (1 - p),
        ),
        Wrong(
            "squared-error",
            "this is the derivative of the squared error, 2(ŷ − y)",
            lambda p, y: 2 * (p - y),
        ),
        Wrong("loss-for-derivative", "this is the loss itself, not its derivative", _loss),
        Wrong(
            "y-below",
            "y (1 − y) is below the line; right is ŷ (1 − ŷ)",
            lambda p, y: (p - y) / (y * (1 - y)),
        ),
        Wrong(
            "averaged",
            "it is averaged: one derivative for each sample is asked for here",
            lambda p, y: np.mean(_d(p, y)),
        ),
    ),
    words=("return", "/"),
    tolerance=_GUARDED,
)

_MANY = (
    (np.array([[0.9], [0.2], [0.7], [0.4], [0.35]]), np.array([[1], [0], [0], [1], [1]])),
    (np.array([[0.15], [0.6], [0.8]]), np.array([[0], [0], [1]])),
    (np.array([[0.3]]), np.array([[1]])),
)

_AVERAGE = Question(
    "average_loss(y_hats, y)",
    "average loss",
    "(1/N) Σ L",
    lambda p, y: np.mean(_loss(p, y)),
    ("ŷ", "y"),
    _MANY,
    (
        Wrong(
            "not-averaged",
            "the losses are summed, but not divided by N",
            lambda p, y: np.sum(_loss(p, y)),
        ),
        Wrong("not-summed", "every sample's loss comes back: they are not averaged", _loss),
        Wrong(
            "divided-twice",
            "the sum is divided by N twice",
            lambda p, y: np.mean(_loss(p, y)) / len(p),
        ),
        Wrong("last", "only the last sample's loss is returned", lambda p, y: _loss(p, y)[-1]),
        Wrong("first", "only the first sample's loss is returned", lambda p, y: _loss(p, y)[0]),
        Wrong(
            "each-divided",
            "every loss is divided by N, but they are not summed",
            lambda p, y: _loss(p, y) / len(p),
        ),
        Wrong(
            "loss-of-average",
            "the loss of the average ŷ and y is taken; right is the average of the losses",
            lambda p, y: _loss(np.mean(p), np.mean(y)),
        ),
        Wrong("sign", "the sign is wrong", lambda p, y: -np.mean(_loss(p, y))),
        Wrong(
            "one-less",
            "it is divided by N − 1, not by N",
            lambda p, y: np.sum(_loss(p, y)) / (len(p) - 1),
        ),
        Wrong(
            "summed-and-minus",
            "the losses are summed with the wrong sign",
            lambda p, y: -np.sum(_loss(p, y)),
        ),
        Wrong("median", "the median is taken, not the mean", lambda p, y: np.median(_loss(p, y))),
        Wrong(
            "squared-error", "this is the mean squared error", lambda p, y: np.mean((p - y) ** 2)
        ),
    ),
    words=("return", "mean", "sum"),
    tolerance=_GUARDED,
)


def _ask(learner: Learner, question: Question, name: str) -> Iterator[Finding]:
    found = ask(question, learner.function(name), (learner.module, name), learner.file)
    if found:
        yield found


def look_at_loss(learner: Learner) -> Iterator[Finding | str]:
    """Yield what is wrong with L."""
    found = list(_ask(learner, _LOSS, "loss"))
    yield from found
    if not found:
        yield from _remarks(learner)


def _remarks(learner: Learner) -> Iterator[str]:
    loss = learner.function("loss")
    try:
        sure = np.asarray([loss(1.0, 0), loss(0.0, 1), loss(1.0, 1)], float)
    except Exception:
        sure = np.array([np.nan])
    if not np.isfinite(sure).all():
        yield (
            "where ŷ is exactly 0 or 1, log 0 gives inf or NaN (the course's code does so, too); "
            "np.clip(y_hat, 1e-15, 1 - 1e-15) guards it"
        )


def look_at_d_loss(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with daⁿ."""
    yield from _ask(learner, _D_LOSS, "d_loss")


def look_at_average(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with the average; a wrong loss below it is said to be that."""
    loss = vars(learner.module).get("loss")
    if "loss" not in learner.right and callable(loss):
        built_on_it = Wrong(
            "built-on-loss",
            "average_loss is only as wrong as loss: put loss right first",
            lambda p, y: np.mean(loss(p, y)),
        )
        found = list(_ask(learner, replace(_AVERAGE, wrong=(built_on_it,)), "average_loss"))
        if not found or found[0].key == "built-on-loss":
            yield from found
            return
    yield from _ask(learner, _AVERAGE, "average_loss")
