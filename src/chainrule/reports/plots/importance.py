"""How much a model relies on each column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chainrule.arrays import Array
from chainrule.reports.plots.canvas import INK, NETWORK, QUIET, house_style, new_figure
from chainrule.reports.words import shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 20


def importance_bars(names: Sequence[str], means: Array, spreads: Array) -> Figure:
    """Plot a bar for each of the first columns, with its spread as a whisker.

    Parameters
    ----------
    names : sequence of str
    means, spreads : arrays of shape (n_columns,)
        The most important one first.
    """
    shown = [shortened(name, 24) for name in names[:MOST_BARS]]
    n = len(shown)
    with house_style():
        figure, axes = new_figure(4.6, 0.8 + 0.24 * n)
        axes.barh(
            range(n), means[:n], xerr=spreads[:n], color=NETWORK, height=0.7,
            error_kw={"ecolor": INK, "elinewidth": 0.8},
        )  # fmt: skip
        axes.axvline(0, color=QUIET, linewidth=0.8)
        axes.set_yticks(range(n), shown)
        axes.set(ylim=(n - 0.4, -0.6), xlabel="increase of the loss")
        axes.grid(visible=False, axis="y")
    return figure
