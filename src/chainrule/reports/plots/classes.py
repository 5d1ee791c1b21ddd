"""Plots of classifications: the confusion matrix and the reliability diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.reports.plots.canvas import (
    GRID,
    INK,
    NETWORK,
    ON_NETWORK,
    QUIET,
    house_style,
    new_figure,
)
from chainrule.reports.scores import Codes
from chainrule.reports.words import percent, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MANY_CLASSES = 12
"""Up to so many, a confusion matrix fits half a page and the width of a terminal."""

_MOST_LABELS = 30
_SHARES_UP_TO = 6
_SMALLEST_TEXT = 4.5
_N_BINS = 10
_CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}


def confusion_matrix(confusion: NDArray[np.int64], classes: Sequence[str]) -> Figure:
    """Plot who is taken for whom: counts, on a shade for the share of the true class.

    Parameters
    ----------
    confusion : array of int, shape (k, k)
        Rows by true class.
    classes : sequence of k str
    """
    k = len(classes)
    size = (4.6, 4.0) if k <= MANY_CLASSES else (7.6, 7.0)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    text_size = _text_size(confusion, cell=0.7 * 72 * size[0] / k)
    with house_style():
        figure, axes = new_figure(*size)
        for row, column in np.argwhere(confusion):
            rows, share = int(confusion[row, column]), float(shares[row, column])
            _shade(axes, row, column, share)
            if text_size >= _SMALLEST_TEXT:
                words = f"{rows}\n{percent(share)}" if k <= _SHARES_UP_TO else f"{rows}"
                colour = ON_NETWORK if share > 0.5 else INK
                axes.text(column, row, words, **_CENTRED, size=text_size, color=colour)
        _frame(axes, [shortened(name, 14) for name in classes])
    return figure


def _text_size(confusion: NDArray[np.int64], cell: float) -> float:
    """Return how many points high the longest count may be in a cell so many points wide."""
    digits = len(str(confusion.max()))
    return min(10.0, 0.9 * cell / (0.65 * digits), 0.6 * cell)


def _shade(axes: Axes, row: int, column: int, share: float) -> None:
    from matplotlib.patches import Rectangle

    corner, opacity = (column - 0.5, row - 0.5), 0.06 + 0.94 * share
    axes.add_patch(Rectangle(corner, 1, 1, facecolor=NETWORK, alpha=opacity, linewidth=0))


def _frame(axes: Axes, names: Sequence[str]) -> None:
    k = len(names)
    step = -(-k // _MOST_LABELS)
    places = range(0, k, step)
    shown = [names[place] for place in places]
    turned = max(map(len, shown)) * k > 40
    size = 9 if k <= MANY_CLASSES else 7
    axes.set_xticks(places, shown, rotation=90 if turned else 0, fontsize=size)
    axes.set_yticks(places, shown, fontsize=size)
    axes.tick_params(length=0)
    axes.set(xlim=(-0.5, k - 0.5), ylim=(k - 0.5, -0.5), xlabel="predicted", ylabel="true")
    axes.grid(visible=False)
    for line in np.arange(0.5, k - 1):
        axes.axhline(line, color=GRID, linewidth=0.5)
        axes.axvline(line, color=GRID, linewidth=0.5)
    axes.spines[["left", "bottom"]].set_color(GRID)


def roc_curve(true: Codes, scores: Array, positive: str) -> Figure:
    """Plot, for every threshold, the share of positives found against that of false alarms.

    Parameters
    ----------
    true : array of shape (n,)
        1 for the rows of the positive class, 0 for the others; both occur.
    scores : array of shape (n,)
        Probabilities of the positive class.
    positive : str
        Its name.
    """
    from sklearn import metrics

    false_alarms, found, _ = metrics.roc_curve(true, scores)
    with house_style():
        figure, axes = new_figure()
        _diagonal(axes, "guessing")
        axes.fill_between(false_alarms, found, color=NETWORK, alpha=0.1, linewidth=0)
        axes.plot(false_alarms, found, color=NETWORK, label="network")
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
        axes.set_xlabel(f"others taken for {shortened(positive, 20)}")
        axes.set_ylabel(f"{shortened(positive, 20)} found")
        axes.legend(loc="lower right")
    return figure


def calibration(probability: Array, happened: NDArray[np.bool_], meaning: str) -> Figure:
    """Plot a reliability diagram over a histogram of the predicted probabilities.

    Parameters
    ----------
    probability : array of shape (n,)
    happened : array of bool, shape (n,)
    meaning : str
        Whose probability it is, for the axis.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with house_style():
        figure = Figure(figsize=(4.6, 3.9), layout="constrained")
        reliability, histogram = figure.subplots(2, sharex=True, height_ratios=(4, 1))
        _diagonal(reliability, "as often as said")
        _reliability(reliability, probability, happened)
        reliability.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel="observed share")
        reliability.legend(loc="upper left")
        histogram.hist(probability, bins=_edges(), color=NETWORK, alpha=0.55, rwidth=0.9)
        histogram.set(xlabel=meaning, ylabel="rows")
        histogram.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    return figure


def _reliability(axes: Axes, probability: Array, happened: NDArray[np.bool_]) -> None:
    said, seen, errors = _by_bin(probability, happened)
    axes.errorbar(
        said, seen, yerr=errors, fmt="o-", markersize=4.5, elinewidth=0.8, color=NETWORK,
        label="network",
    )  # fmt: skip


def _by_bin(
    probability: Array, happened: NDArray[np.bool_]
) -> tuple[list[float], list[float], NDArray[Any]]:
    bins = np.clip(np.digitize(probability, _edges()) - 1, 0, _N_BINS - 1)
    members = [bins == place for place in np.unique(bins)]
    said = [float(probability[rows].mean()) for rows in members]
    seen = [float(happened[rows].mean()) for rows in members]
    bounds = [wilson(share, int(rows.sum())) for share, rows in zip(seen, members, strict=True)]
    errors = [(s - low, high - s) for s, (low, high) in zip(seen, bounds, strict=True)]
    return said, seen, np.maximum(np.transpose(errors), 0)  # rounding alone would go below 0


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95% interval of a share seen in n rows (Wilson, 1927).

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(0.9, 10)]
    [0.596, 0.982]
    """
    z = 1.959964
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2))
    return centre - half, centre + half


def _edges() -> Array:
    return np.linspace(0, 1, _N_BINS + 1)


def _diagonal(axes: Axes, label: str) -> None:
    axes.plot((0, 1), (0, 1), color=QUIET, linewidth=1, linestyle=(0, (4, 3)), label=label)
