"""How good predictions are, and how good one gets without learning anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.reports.words import finite

Codes = NDArray[np.integer[Any]]
"""For each row the place of its class among the classes."""


@dataclass(frozen=True)
class ClassScore:
    """How well one class is told from the others; None where no row defines the figure.

    Attributes
    ----------
    name : str
    precision : float or None
        Share of the rows answered with this class that are of it.
    recall : float or None
        Share of this class's rows that are answered with it.
    f1 : float or None
        Harmonic mean of the two.
    support : int
        Rows of this class.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True, eq=False)
class ClassificationScores:
    """How good predicted classes and probabilities are.

    Attributes
    ----------
    accuracy : float
    log_loss : float
        Mean of −ln of the probability that the right class was given.
    roc_auc : float or None
        Of the second class against the first; with more classes, the mean of each class
        against the rest. None if a class has no row.
    confusion : array of int, shape (k, k)
        Rows by true class, columns by predicted class.
    by_class : tuple of ClassScore
    """

    accuracy: float
    log_loss: float
    roc_auc: float | None
    confusion: NDArray[np.int64]
    by_class: tuple[ClassScore, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        return tuple(one.name for one in self.by_class)

    @property
    def n_rows(self) -> int:
        """How many rows were predicted."""
        return int(self.confusion.sum())

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall of the classes that have rows: large classes count no more."""
        return float(np.mean([one.recall for one in self.by_class if one.recall is not None]))

    def as_json(self) -> dict[str, Any]:
        """Return plain types: None for what is not defined, nested lists for the confusion."""
        return {
            "accuracy": self.accuracy,
            "balanced_accuracy": self.balanced_accuracy,
            "log_loss": self.log_loss,
            "roc_auc": self.roc_auc,
            "classes": [asdict(one) for one in self.by_class],
            "confusion": self.confusion.tolist(),
        }


@dataclass(frozen=True)
class RegressionScores:
    """How good predicted numbers are.

    Attributes
    ----------
    rmse : float
        Root of the mean squared error.
    mae : float
        Mean absolute error.
    r2 : float or None
        1 − squared error / squared distance from the mean; None if the truth does not vary.
    n_rows : int
    """

    rmse: float
    mae: float
    r2: float | None
    n_rows: int

    def as_json(self) -> dict[str, Any]:
        """Return plain types: None for what is not defined."""
        return {"rmse": finite(self.rmse), "mae": finite(self.mae), "r2": self.r2}


def classification_scores(
    true: Codes, probabilities: Array, classes: Sequence[str]
) -> ClassificationScores:
    """Score probabilities; a row is answered with its most probable class.

    Parameters
    ----------
    true : int array of shape (n,)
        Places in `classes`.
    probabilities : array of shape (n, k)
    classes : sequence of k str

    Examples
    --------
    >>> truth, p = np.array([0, 1]), np.array([[0.5, 0.5], [0.25, 0.75]])
    >>> classification_scores(truth, p, ["no", "yes"]).roc_auc
    1.0
    """
    from sklearn.metrics import confusion_matrix, log_loss

    shares = np.asarray(probabilities, np.float64)
    shares = shares / shares.sum(axis=1, keepdims=True)  # float32 sums to 1 only nearly
    labels = np.arange(len(classes))
    confusion = confusion_matrix(true, shares.argmax(axis=1), labels=labels)
    return ClassificationScores(
        accuracy=float(np.trace(confusion) / confusion.sum()),
        log_loss=float(log_loss(true, shares, labels=labels)),
        roc_auc=_roc_auc(true, shares),
        confusion=confusion.astype(np.int64),
        by_class=tuple(map(_class_score, classes, confusion, confusion.T, range(len(classes)))),
    )


def calibration_error(true: Codes, probabilities: Array, n_bins: int = 15) -> float:
    """Return how far the share of right answers is from their probability, on average.

    The expected calibration error: answers stand in bins of equal width by their probability (Guo,
    Pleiss, Sun & Weinberger 2017, "On Calibration of Modern Neural Networks", eq. 3).

    Parameters
    ----------
    true : int array of shape (n,)
        Places in the classes.
    probabilities : array of shape (n, k)
    n_bins : int

    Examples
    --------
    >>> sure = np.array([[0.75, 0.25], [0.75, 0.25], [0.25, 0.75], [0.25, 0.75]])
    >>> calibration_error(np.array([0, 0, 1, 0]), sure)  # 3 of 4 are right
    0.0
    """
    answers, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    bins = np.minimum((sure * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(bins, weights=(answers == true) - sure.astype(np.float64))
    return float(np.abs(gaps).sum() / len(true))


def _roc_auc(true: Codes, shares: Array) -> float | None:
    from sklearn.metrics import roc_auc_score

    k = shares.shape[1]
    if len(np.unique(true)) < k:
        return None
    if k == 2:
        return float(roc_auc_score(true, shares[:, 1]))
    return float(roc_auc_score(true, shares, multi_class="ovr", labels=np.arange(k)))


def _class_score(name: str, of_it: Codes, answered_it: Codes, place: int) -> ClassScore:
    hits, support, answers = int(of_it[place]), int(of_it.sum()), int(answered_it.sum())
    return ClassScore(
        name=name,
        precision=_share(hits, answers),
        recall=_share(hits, support),
        f1=_share(2 * hits, answers + support),
        support=support,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def binary_exponent(values: Array) -> int:
    """Return the e for which the largest of the values, divided by 2ᵉ, is near 1."""
    return int(np.frexp(np.abs(values).max())[1])


def regression_scores(true: Array, predicted: Array) -> RegressionScores:
    """Score numbers.

    Parameters
    ----------
    true, predicted : arrays of shape (n,)

    Examples
    --------
    >>> regression_scores(np.array([1.0, 3.0]), np.array([1.0, 2.0]))
    RegressionScores(rmse=0.7071067811865476, mae=0.5, r2=0.5, n_rows=2)
    """
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    rows = np.stack([true, predicted]).astype(np.float64)
    exponent = binary_exponent(rows)
    truth, guess = np.ldexp(rows, -exponent)  # the square of 1e308 overflows, 1e-308's vanishes
    varies = bool(np.ptp(truth) > 0)
    return RegressionScores(
        rmse=float(np.ldexp(root_mean_squared_error(truth, guess), exponent)),
        mae=float(np.ldexp(mean_absolute_error(truth, guess), exponent)),
        r2=finite(r2_score(truth, guess)) if varies else None,
        n_rows=len(truth),
    )
