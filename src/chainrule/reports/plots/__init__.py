"""Plots of a run as inline SVG, each with the words on how to read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.arrays import Array
from chainrule.reports.plots import classes, importance, numbers, training
from chainrule.reports.plots.canvas import as_svg
from chainrule.reports.words import count, shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from chainrule.reports.report import Report
    from chainrule.reports.results import ClassificationResult, RegressionResult

__all__ = ["Plot", "calibration_plot", "importance_plot", "plots"]


@dataclass(frozen=True)
class Plot:
    """A picture with a sentence about its content.

    Attributes
    ----------
    heading : str
    caption : str
        How to read it.
    svg : str
    wide : bool
        Whether it needs the width of the page.
    """

    heading: str
    caption: str
    svg: str
    wide: bool = False


def plots(report: Report) -> list[Plot]:
    """Draw the plots that the run has the figures for, in the order to be shown; wide ones last."""
    of_training = [_loss(report)] if report.n_epochs else []
    of_test_rows = [draw(report.result) for draw in _BY_TASK[report.task](report.result)]
    return sorted(of_training + of_test_rows, key=lambda plot: plot.wide)


def calibration_plot(result: ClassificationResult) -> Plot:
    """Draw the reliability diagram of a classification.

    Parameters
    ----------
    result : ClassificationResult
    """
    return (_calibration_of_two if len(result.scores.classes) == 2 else _calibration_of_many)(
        result
    )


def importance_plot(names: Sequence[str], means: Array, spreads: Array) -> Plot:
    """Draw how much a model relies on each of the most important columns.

    Parameters
    ----------
    names : sequence of str
    means, spreads : arrays of shape (n_columns,)
        Increases of the loss, the largest first.
    """
    return _plot(
        "Importance",
        "How much the loss of held-out rows grows when a column's values are permuted. The "
        "whiskers are standard deviations over networks and permutations.",
        importance.importance_bars(names, means, spreads),
    )


def _plot(heading: str, caption: str, figure: Figure, *, wide: bool = False) -> Plot:
    return Plot(heading, caption, as_svg(figure, heading), wide)


def _loss(report: Report) -> Plot:
    return _plot(
        "Loss by epoch",
        "A validation loss that rises while the training loss falls means that the network "
        "learns its rows by heart.",
        training.loss_curves(report.history, report.best_epoch),
    )


def _confusion(result: ClassificationResult) -> Plot:
    scores = result.scores
    return _plot(
        "Confusion matrix",
        "Each row is a true class, each column an answer; the diagonal is right. The shade is "
        "the share of the true class.",
        classes.confusion_matrix(scores.confusion, scores.classes),
        wide=len(scores.classes) > classes.MANY_CLASSES,
    )


def _roc(result: ClassificationResult) -> Plot:
    positive = result.scores.classes[1]
    return _plot(
        f"ROC curve of ‘{shortened(positive, 30)}’",
        "Every threshold on the probability is a point; the nearer the curve comes to the upper "
        "left corner, the better the two classes are kept apart.",
        classes.roc_curve(result.true, result.probabilities[:, 1], positive),
    )


def _calibration_of_two(result: ClassificationResult) -> Plot:
    name = shortened(result.scores.classes[1], 30)
    return _calibration(
        result.probabilities[:, 1], result.true == 1, f"predicted probability of ‘{name}’"
    )


def _calibration_of_many(result: ClassificationResult) -> Plot:
    answers = result.probabilities.argmax(axis=1)
    return _calibration(
        result.probabilities.max(axis=1), answers == result.true, "probability of the answer"
    )


def _calibration(probability: Any, happened: Any, meaning: str) -> Plot:
    return _plot(
        "Calibration",
        "On the dashed line, what is given 80% happens in 80% of the rows; below it, the "
        "probabilities are too high. The bars are 95% intervals.",
        classes.calibration(probability, happened, meaning),
    )


def _predicted(result: RegressionResult) -> Plot:
    return _plot(
        "Predicted against true",
        f"On the dashed line, a prediction is right.{_thinned(result)}",
        numbers.predicted_against_true(result.true, result.predicted),
    )


def _residuals(result: RegressionResult) -> Plot:
    return _plot(
        "Residuals",
        "A good fit scatters evenly about zero; a bend or a funnel is something not learnt."
        + _thinned(result),
        numbers.residuals(result.true, result.predicted),
    )


def _thinned(result: RegressionResult) -> str:
    n, shown = len(result.true), len(numbers.shown_rows(len(result.true)))
    return f" {count(shown)} of {count(n)} rows are drawn." if shown < n else ""


def _of_classification(result: ClassificationResult) -> list[Callable[[Any], Plot]]:
    if len(result.scores.classes) > 2:
        return [_confusion, _calibration_of_many]
    both_occur = result.scores.roc_auc is not None
    return [_confusion, *([_roc] if both_occur else []), _calibration_of_two]


def _of_regression(result: RegressionResult) -> list[Callable[[Any], Plot]]:
    return [_predicted, _residuals]


_BY_TASK: dict[str, Callable[[Any], list[Callable[[Any], Plot]]]] = {
    "classification": _of_classification,
    "regression": _of_regression,
}
