"""The two panels of the gallery's figures: losses by epoch, and predictions on the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import Array
from chainrule.course.gallery.charts import LossAxis
from chainrule.course.gallery.runs import EDGE, Setting, TrainingRun
from chainrule.reports.plots.canvas import GRID, NETWORK, OTHER, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TINT = 0.22
"""The opacity of the region predicted as 1."""

_GRID = 60  # answers along each side of the square
_N_POINTS = 160
_DOTS_UP_TO = 20


def draw_losses(axes: Axes, right: TrainingRun, run: TrainingRun, *, small: bool = False) -> None:
    """Draw both losses by epoch on one axis; a cross marks a loss that is not finite.

    Parameters
    ----------
    axes : matplotlib Axes
    right, run : TrainingRun
    small : bool
        Whether it is a tile of a sheet.
    """
    for of, colour, style, label in (
        (right, QUIET, (0, (3, 1.5)), "right"),
        (run, OTHER, "-", "with the mistake"),
    ):
        epochs = np.arange(1, len(of.losses) + 1)
        axes.plot(
            epochs, of.losses, color=colour, linestyle=style, label=label,
            marker="o" if len(epochs) <= _DOTS_UP_TO else "", markersize=2 if small else 4,
            linewidth=1.0 if small else 1.6,
        )  # fmt: skip
    _mark_not_finite(axes, run, small=small)
    _scale(axes, LossAxis.of([*right.losses, *run.losses]), 3 if small else "auto")
    _epochs(axes, len(right.losses), 3 if small else "auto")


def _mark_not_finite(axes: Axes, run: TrainingRun, *, small: bool) -> None:
    missing = [epoch for epoch, loss in enumerate(run.losses, 1) if not np.isfinite(loss)]
    if missing:
        axes.plot(
            missing, [0.04] * len(missing), "x", color=OTHER, markersize=3 if small else 5,
            transform=axes.get_xaxis_transform(), clip_on=False, label="NaN or infinite",
        )  # fmt: skip


def _scale(axes: Axes, scale: LossAxis, n_ticks: Any) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    if scale.log:
        axes.set_yscale("log")
        axes.set_ylim(scale.low * 0.7, scale.high * 1.4)
        axes.yaxis.set_major_locator(LogLocator(numticks=4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
        return
    span = scale.high - scale.low
    axes.set_ylim(scale.low - 0.05 * span, scale.high + 0.07 * span)
    axes.yaxis.set_major_locator(MaxNLocator(n_ticks))


def _epochs(axes: Axes, n: int, n_ticks: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(0.5, n + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(n_ticks, integer=True))


def draw_answers(axes: Axes, setting: Setting, run: TrainingRun, *, small: bool = False) -> None:
    """Draw the region predicted as 1, and new points, in vermilion if predicted wrongly.

    Parameters
    ----------
    axes : matplotlib Axes
    setting : Setting
    run : TrainingRun
    small : bool
        Whether it is a tile of a sheet.
    """
    axes.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), xticks=[], yticks=[])
    axes.set_aspect("equal")
    axes.grid(visible=False)
    axes.spines[["top", "right"]].set_visible(True)
    axes.spines[:].set_color(GRID)
    grid = run.on_grid(_GRID)[::-1]
    if np.isnan(grid).all():
        words: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7 if small else 9}
        axes.text(0, 0, "every ŷ\nis NaN", color=OTHER, **words)
        return
    _shade(axes, np.nan_to_num(grid, nan=0.0), 0.6 if small else 1.0)
    _draw_points(axes, setting, run, small=small)


def _shade(axes: Axes, grid: Array, width: float) -> None:
    inside = grid > 0.5
    if inside.all():
        axes.axhspan(-EDGE, EDGE, color=NETWORK, alpha=TINT, linewidth=0)
    elif inside.any():
        places = np.linspace(-EDGE, EDGE, len(grid))  # by a sixtieth too wide
        axes.contourf(places, places, grid, levels=[0.5, 1.01], colors=[NETWORK], alpha=TINT)
        axes.contour(places, places, grid, levels=[0.5], colors=[NETWORK], linewidths=width)


def _draw_points(axes: Axes, setting: Setting, run: TrainingRun, *, small: bool) -> None:
    n = _N_POINTS // 2 if small else _N_POINTS
    X, y = (one[:n] for one in setting.new_points)
    inner = y[:, 0] > 0.5
    wrong = (run.answers(X) > 0.5) != inner
    size, width = (2.0, 0.5) if small else (9.0, 0.9)
    hollow: dict[str, Any] = {"facecolors": "none", "edgecolors": QUIET, "linewidths": width}
    for points, style in (
        (X[inner & ~wrong], {"color": NETWORK, "linewidths": 0}),
        (X[~inner & ~wrong], hollow),
        (X[wrong], {"color": OTHER, "marker": "x", "linewidths": width}),
    ):
        axes.scatter(points[:, 0], points[:, 1], s=size, **style)
