"""How far predicted numbers are from the truth, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.arrays import Array
from chainrule.reports.plots.canvas import NETWORK, QUIET, house_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 2000
"""More would make a page of megabytes, and no picture that says more."""


def predicted_against_true(true: Array, predicted: Array) -> Figure:
    """Plot each row's prediction over its truth.

    Parameters
    ----------
    true, predicted : arrays of shape (n,)
    """
    low, high = _around(np.concatenate([true, predicted]))
    with house_style():
        figure, axes = new_figure(4.6, 3.8)
        axes.plot((low, high), (low, high), color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
        _points(axes, true, predicted)
        axes.set(xlim=(low, high), ylim=(low, high), xlabel="true", ylabel="predicted")
    return figure


def residuals(true: Array, predicted: Array) -> Figure:
    """Plot each row's residual, true − predicted, over its prediction.

    Parameters
    ----------
    true, predicted : arrays of shape (n,)
    """
    errors = np.asarray(true, np.float64) - predicted
    with house_style():
        figure, axes = new_figure(4.6, 3.8)
        axes.axhline(0, color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
        _points(axes, predicted, errors)
        axes.set(xlim=_around(predicted), ylim=_around(np.append(errors, 0)))
        axes.set(xlabel="predicted", ylabel="true − predicted")
    return figure


def _points(axes: Axes, x: Array, y: Array) -> None:
    shown = shown_rows(len(x))
    alpha = 0.55 if len(shown) <= 500 else 0.3
    axes.plot(x[shown], y[shown], "o", markersize=4, markeredgewidth=0, alpha=alpha, color=NETWORK)


def shown_rows(n: int) -> Array:
    """Return the places of the rows that are drawn: all, or evenly spaced ones."""
    return np.linspace(0, n - 1, min(n, MOST_POINTS)).astype(int)


def _around(values: Array) -> tuple[float, float]:
    """Return limits with some air, also where all values are the same."""
    low, high = float(np.min(values)), float(np.max(values))
    air = 0.04 * (high - low) or 0.1 * abs(high) or 1.0
    return low - air, high + air
