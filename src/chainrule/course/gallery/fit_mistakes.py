"""The mistakes that people make in a hand-written `fit`, each as what it does instead.

Keys, titles and formulas are those of the diagnosis; a test has it name every row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.course.gallery.fit_rules import RIGHT_FIT, FitRule, Moment, Rows, cross_entropy
from chainrule.course.gallery.set_ups import MINI_BATCHES, ONE_BY_ONE, OUTLIER, SetUp


@dataclass(frozen=True)
class FitMistake:
    """A mistake in `fit`.

    Attributes
    ----------
    key, title, spoils, right : str
        As in `diagnosis.mistakes.Mistake`.
    rules : mapping of str to FitRule
        What it does instead.
    set_up : SetUp
        What both networks need so that it shows.
    """

    key: str
    title: str
    spoils: str
    right: str
    rules: Mapping[str, FitRule]
    set_up: SetUp = ONE_BY_ONE


def _right_da(s: Moment) -> Any:
    return RIGHT_FIT["da"](s)


def _no_chain(s: Moment) -> None:
    for layer in reversed(s.layers):
        layer.backward(s.da, s.learning_rate)


def _forward_through_layers(s: Moment) -> None:
    for layer in s.layers:
        layer.backward(s.da, s.learning_rate)


def _last_only(s: Moment) -> None:
    s.layers[-1].backward(s.da, s.learning_rate)


def _smaller_steps(s: Moment) -> None:
    da = s.da
    for layer in reversed(s.layers):
        da = layer.backward(da, s.learning_rate / s.n)


def _nothing(s: Moment) -> None:
    """Do nothing."""


def _apart(s: Moment) -> tuple[Rows, Rows]:
    return s.rows[0][s.rng.permutation(s.n)], s.rows[1][s.rng.permutation(s.n)]


def _swapped_in_place(s: Moment) -> tuple[Rows, Rows]:
    """Do what ``X[i], X[j] = X[j], X[i]`` does to rows of an array: row j is row i by then."""
    rows = s.rows[0].copy()
    for i, j in enumerate(s.rng.permutation(s.n)):
        rows[i] = rows[j]
    return rows, rows


def _drawn_again(s: Moment) -> tuple[Rows, Rows]:
    rows = s.rng.choice(s.n, s.n)
    return rows, rows


def _squared(s: Moment) -> Any:
    return (s.y_hat - s.y) ** 2


def _as_given(s: Moment) -> Any:
    return s.labels  # a column (m, 1); ŷ is a row (1, m)


def _loss_of_all_pairs(s: Moment) -> Any:
    return s.loss + np.mean(cross_entropy(s)) * s.y_hat.shape[1]


def _da_of_all_pairs(s: Moment) -> Any:
    return np.mean(_right_da(s), axis=0, keepdims=True)


_DA = "daⁿ = (ŷ − y) / (ŷ(1 − ŷ))"
_CHAIN = "from the last layer to the first: da = layer.backward(da, learning_rate)"
_LOOPS = "for each epoch: for each sample: forward, daⁿ, backward through the layers"
_ORDER = "every row once an epoch: order = np.random.permutation(n), then X[order], y[order]"
_TURNED = "y is (1, m) as ŷ is: x, y = training_data[rows].T, labels[rows].T"
_LOSS = "L = −(y log ŷ + (1 − y) log(1 − ŷ)), summed from 0 in every epoch, divided by n"


def _da(key: str, title: str, rule: FitRule) -> FitMistake:
    return FitMistake(key, title, "daⁿ", _DA, {"da": rule})


def _loss(key: str, title: str, **rules: FitRule) -> FitMistake:
    return FitMistake(key, f"{title} (the weights are right)", "L", _LOSS, rules)


_GUARD = "p = np.clip(y_hat, 1e-15, 1 - 1e-15) in place of ŷ"


FIT_MISTAKES: tuple[FitMistake, ...] = (
    # daⁿ
    _da("sign", "y − ŷ in place of ŷ − y: every step goes up the loss", lambda s: -_right_da(s)),
    _da("sigma-prime-lost", "daⁿ is ŷ − y, which is dzⁿ: the layer multiplies by σ′(z) once more",
        lambda s: s.y_hat - s.y),
    _da("sign-and-sigma-prime", "daⁿ is y − ŷ: the sign is wrong, and ŷ(1 − ŷ) is missing",
        lambda s: s.y - s.y_hat),
    _da("sigma-prime-twice", "daⁿ is multiplied by ŷ(1 − ŷ), not divided: σ′ is counted twice",
        lambda s: (s.y_hat - s.y) * s.y_hat * (1 - s.y_hat)),
    _da("squared-error", "daⁿ is that of the squared error, 2(ŷ − y)",
        lambda s: 2 * (s.y_hat - s.y)),
    _da("brackets", "brackets are missing: (ŷ − y) / ŷ · (1 − ŷ)",
        lambda s: (s.y_hat - s.y) / s.y_hat * (1 - s.y_hat)),
    _da("first-term", "daⁿ has the first term only, −y/ŷ", lambda s: -s.y / s.y_hat),
    _da("second-term", "daⁿ has the second term only, (1 − y)/(1 − ŷ)",
        lambda s: (1 - s.y) / (1 - s.y_hat)),
    _da("term-sign", "the second term of daⁿ has the wrong sign: −y/ŷ − (1 − y)/(1 − ŷ)",
        lambda s: -s.y / s.y_hat - (1 - s.y) / (1 - s.y_hat)),
    _da("loss-for-derivative", "daⁿ is the loss itself, not its derivative", cross_entropy),
    _da("mean", "daⁿ is divided by the number of samples, though each has its own step",
        lambda s: _right_da(s) / s.n),
    _da("times-n", "daⁿ is multiplied by the number of samples", lambda s: _right_da(s) * s.n),
    FitMistake("zero-by-zero", "daⁿ divides by ŷ(1 − ŷ) where ŷ is rounded to 0 or 1: 0/0 is NaN",
               "daⁿ", f"{_DA} with {_GUARD}", {"da": _right_da}, OUTLIER),
    FitMistake("n-by-n-labels", "the labels are a column against the row ŷ: ŷ − y is (m, m), each "
               "answer against every label", "daⁿ", _TURNED, {"y": _as_given}, MINI_BATCHES),
    FitMistake("n-by-n-averaged", "loss and daⁿ are (m, m), each answer against every label, and "
               "averaged to fit again: the network learns the average label", "daⁿ", _TURNED,
               {"y": _as_given, "loss": _loss_of_all_pairs, "da": _da_of_all_pairs}, MINI_BATCHES),
    # the way back
    FitMistake("layers-forward", "the layers are gone through forward, not backward", "da", _CHAIN,
               {"back": _forward_through_layers}),
    FitMistake("not-chained", "da is not handed on: a layer does not get the da_prev of the one "
               "behind it", "da", _CHAIN, {"back": _no_chain}),
    FitMistake("layers-missing", "`backward` is not called once on every layer", "da", _CHAIN,
               {"back": _last_only}),
    FitMistake("backward-never", "`fit` never goes backward through the layers", "da", _LOOPS,
               {"back": _nothing}),
    FitMistake("backward-outside", "`backward` is called outside of the loop over the samples",
               "dW", _LOOPS, {"back": _nothing, "epoch_ends": RIGHT_FIT["back"]}),
    FitMistake("learning-rate-changed", "`backward` is given another learning rate", "η",
               "layer.backward(da, learning_rate)", {"back": _smaller_steps}),
    # the rows
    FitMistake("shuffled-apart", "X and y are shuffled apart: a row meets another row's label",
               "y", "the same permutation for both: X[order], y[order]", {"order": _apart}),
    FitMistake("labels-inverted", "1 − y stands where y belongs", "y", "daⁿ is made of y",
               {"da": lambda s: (s.y_hat - (1 - s.y)) / (s.y_hat * (1 - s.y_hat))}),
    FitMistake("rows-duplicated", "rows are lost while they are shuffled: some come twice, others "
               "never again", "a⁰", _ORDER, {"order": _swapped_in_place}),
    FitMistake("rows-drawn-again", "rows are drawn with replacement: in an epoch some come twice, "
               "others never", "a⁰", _ORDER, {"order": _drawn_again}),
    # what is printed
    _loss("loss-not-averaged", "the loss is summed over the samples, not averaged",
          average=lambda s: s.loss),
    _loss("loss-not-reset", "the loss is not set back to 0 when an epoch begins",
          reset=lambda s: s.loss),
    _loss("loss-not-reset-nor-averaged", "the loss is neither set back to 0 nor averaged",
          reset=lambda s: s.loss, average=lambda s: s.loss),
    _loss("loss-half", "half of the loss is missing: the term (1 − y) log(1 − ŷ)",
          loss=lambda s: s.loss - s.y * np.log(s.y_hat)),
    _loss("loss-other-half", "half of the loss is missing: the term y log ŷ",
          loss=lambda s: s.loss - (1 - s.y) * np.log(1 - s.y_hat)),
    _loss("loss-sign", "the loss has the wrong sign", loss=lambda s: s.loss - cross_entropy(s)),
    _loss("loss-halved", "the loss is half as large as it is", average=lambda s: s.loss / s.n / 2),
    _loss("loss-of-last", "the last sample's loss is printed, not the average",
          loss=cross_entropy, average=lambda s: s.loss),
    _loss("loss-squared", "the squared error is printed, not the cross-entropy",
          loss=lambda s: s.loss + _squared(s)),
    _loss("loss-halved-squared", "half the squared error is printed, not the cross-entropy",
          loss=lambda s: s.loss + 0.5 * _squared(s)),
    _loss("loss-averaged-twice", "the loss is divided by the number of samples twice",
          average=lambda s: s.loss / s.n / s.n),
    FitMistake("log-of-zero", "the loss takes the log of a ŷ that is rounded to 0 or 1: log 0 is "
               "−∞, and 0 · log 0 is NaN (the weights are right)", "L", f"L with {_GUARD}",
               {"loss": RIGHT_FIT["loss"]}, OUTLIER),
)  # fmt: skip
