"""A network's scores on the test rows beside the baseline's, and a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.reports.baselines import majority_baseline, mean_baseline
from chainrule.reports.scores import (
    ClassificationScores,
    Codes,
    RegressionScores,
    classification_scores,
    regression_scores,
)
from chainrule.reports.words import count, four_decimals, number, percent, shortened


class Comparison(NamedTuple):
    """One score in words, the network's beside the baseline's.

    Attributes
    ----------
    label : str
    network, baseline : str
    better : bool or None
        Whether the network's is better; None if one of them is not defined.
    meaning : str
        What the score says and which end of it is good.
    """

    label: str
    network: str
    baseline: str
    better: bool | None
    meaning: str


@dataclass(frozen=True)
class _Score:
    label: str
    meaning: str
    higher_is_better: bool
    say: Callable[[float | None], str]

    def compare(self, network: float | None, baseline: float | None) -> Comparison:
        better = None
        if network is not None and baseline is not None:
            better = network > baseline if self.higher_is_better else network < baseline
        return Comparison(self.label, self.say(network), self.say(baseline), better, self.meaning)


_ACCURACY = _Score("Accuracy", "rows classified rightly; higher is better", True, percent)
_BALANCED = _Score("Balanced accuracy", "mean over the classes; higher is better", True, percent)
_AUC = _Score("ROC AUC", "0.5 is guessing, 1 is perfect order", True, four_decimals)
_LOG_LOSS = _Score("Log loss", "of the probabilities; lower is better", False, four_decimals)
_RMSE = _Score("RMSE", "large errors weigh more; lower is better", False, number)
_MAE = _Score("Mean absolute error", "in units of the target; lower is better", False, number)
_R2 = _Score("R²", "0 is the mean, 1 is perfect", True, four_decimals)


@dataclass(frozen=True, eq=False)
class ClassificationResult:
    """Predicted classes against the truth.

    Attributes
    ----------
    scores, baseline : ClassificationScores
        Of the network; of always answering the most frequent class.
    true : int array of shape (n,)
    probabilities : array of shape (n, k)
    """

    task: ClassVar[str] = "classification"
    scores: ClassificationScores
    baseline: ClassificationScores
    true: Codes
    probabilities: Array

    def comparison(self) -> list[Comparison]:
        """Return each score beside the baseline's."""
        network, baseline = self.scores, self.baseline
        return [
            _ACCURACY.compare(network.accuracy, baseline.accuracy),
            _BALANCED.compare(network.balanced_accuracy, baseline.balanced_accuracy),
            _AUC.compare(network.roc_auc, baseline.roc_auc),
            _LOG_LOSS.compare(network.log_loss, baseline.log_loss),
        ]

    def verdict(self) -> str:
        """Say in a sentence how many rows are right, and how many would be without learning."""
        majority = self.baseline.classes[int(self.baseline.confusion.sum(axis=0).argmax())]
        return (
            f"{percent(self.scores.accuracy)} of {count(self.scores.n_rows)} test rows are "
            f"classified rightly; always answering ‘{shortened(majority, 60)}’ "
            + _gets(percent(self.baseline.accuracy), self.comparison()[0])
        )


@dataclass(frozen=True, eq=False)
class RegressionResult:
    """Predicted numbers against the truth.

    Attributes
    ----------
    scores, baseline : RegressionScores
        Of the network; of always answering the mean of the training rows.
    true, predicted : arrays of shape (n,)
    """

    task: ClassVar[str] = "regression"
    scores: RegressionScores
    baseline: RegressionScores
    true: Array
    predicted: Array

    def comparison(self) -> list[Comparison]:
        """Return each score beside the baseline's."""
        network, baseline = self.scores, self.baseline
        return [
            _MAE.compare(network.mae, baseline.mae),
            _RMSE.compare(network.rmse, baseline.rmse),
            _R2.compare(network.r2, baseline.r2),
        ]

    def verdict(self) -> str:
        """Say in a sentence how far off the predictions are, and how far the mean is."""
        return (
            f"The predictions for {count(self.scores.n_rows)} test rows are off by "
            f"{number(self.scores.mae)} on average; always answering the training mean "
            + _gets(f"{number(self.baseline.mae)} off", self.comparison()[0])
        )


Result = ClassificationResult | RegressionResult


def _gets(baseline: str, first: Comparison) -> str:
    """Return the baseline's score in words, with a warning where the network is no better."""
    verb = "is" if baseline.endswith(" off") else "gets"
    warning = "" if first.better else ", so the network is no better than that"
    return f"{verb} {baseline}{warning}."


def classification_result(
    train_codes: Codes, test_codes: Codes, probabilities: Array, classes: Sequence[str]
) -> ClassificationResult:
    """Score a classifier on the test rows, beside the majority baseline.

    Parameters
    ----------
    train_codes : int array of shape (n_train,)
        Places in `classes`.
    test_codes : int array of shape (n,)
    probabilities : array of shape (n, k)
        For the test rows.
    classes : sequence of k str
    """
    return ClassificationResult(
        scores=classification_scores(test_codes, probabilities, classes),
        baseline=majority_baseline(train_codes, test_codes, classes),
        true=np.asarray(test_codes),
        probabilities=np.asarray(probabilities),
    )


def regression_result(
    train_values: Array, test_values: Array, predicted: Array
) -> RegressionResult:
    """Score predicted numbers on the test rows, beside the mean baseline.

    Parameters
    ----------
    train_values : array of shape (n_train,)
    test_values, predicted : arrays of shape (n,)
    """
    return RegressionResult(
        scores=regression_scores(test_values, predicted),
        baseline=mean_baseline(train_values, test_values),
        true=np.asarray(test_values),
        predicted=np.asarray(predicted),
    )
