"""How the loss went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.arrays import Array
from chainrule.reports.plots.canvas import INK, NETWORK, OTHER, house_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOG_FROM = 20
"""From this ratio of the largest to the smallest loss on, a linear axis hides the late epochs."""

_DOTS_UP_TO = 12


def loss_curves(history: Mapping[str, Sequence[float]], best_epoch: int | None) -> Figure:
    """Plot the losses of training and validation; mark the epoch whose weights were kept.

    Parameters
    ----------
    history : mapping of str to sequence of float
        With ``"loss"`` and perhaps ``"validation_loss"``.
    best_epoch : int or None
        From 1.
    """
    training = np.asarray(history["loss"], np.float64)
    validation = np.asarray(history.get("validation_loss", ()), np.float64)
    from matplotlib.ticker import MaxNLocator

    with house_style():
        figure, axes = new_figure()
        _curve(axes, training, "training", OTHER)
        if len(validation):
            _curve(axes, validation, "validation", NETWORK)
        _mark(axes, validation if len(validation) else training, best_epoch)
        _scale(axes, np.concatenate([training, validation]))
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        axes.set_xlim(0.5, len(training) + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        axes.legend()
    return figure


def _curve(axes: Axes, losses: Array, label: str, colour: str) -> None:
    marker = "o" if len(losses) <= _DOTS_UP_TO else ""
    epochs = np.arange(1, len(losses) + 1)
    axes.plot(epochs, losses, marker=marker, markersize=4, color=colour, label=label)


def _mark(axes: Axes, losses: Array, best_epoch: int | None) -> None:
    if best_epoch and best_epoch <= len(losses):
        axes.axvline(best_epoch, color=INK, linewidth=0.8, linestyle=(0, (2, 3)))
        label = f"kept: epoch {best_epoch}"
        axes.plot(
            best_epoch, losses[best_epoch - 1], "o", markersize=6, markerfacecolor="none",
            markeredgecolor=INK, label=label,
        )  # fmt: skip


def _scale(axes: Axes, losses: Array) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    finite = losses[np.isfinite(losses)]
    if not len(finite) or finite.min() <= 0 or finite.max() < _LOG_FROM * finite.min():
        return
    axes.set_yscale("log")
    wide = finite.max() > 1000 * finite.min()
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
