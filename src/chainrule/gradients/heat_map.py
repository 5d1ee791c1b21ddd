"""The errors of a gradient check as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from chainrule.gradients.differences import Compared

_LEAST = 1e-12
_EDGE = 0.5  # of a power of ten: so far from the ends the colours have to meet


def heat_map(compared: Sequence[Compared], tolerance: float) -> Figure:
    """Return a figure with a panel for each quantity, an entry a cell.

    Parameters
    ----------
    compared : sequence of Compared
    tolerance : float
        Errors above it are warm, those below cold.
    """
    from matplotlib import colormaps
    from matplotlib.colors import TwoSlopeNorm

    widths = [max(1, min(12, _table(one.errors).shape[1])) for one in compared]
    figure = Figure(figsize=(2.0 + 0.9 * len(compared) + 0.25 * sum(widths), 3.2))
    figure.set_layout_engine("constrained")
    axes = figure.subplots(1, len(compared), squeeze=False, width_ratios=[w + 2 for w in widths])
    cool_warm = colormaps["RdYlBu_r"].with_extremes(bad="0.7")
    lowest, highest = float(np.log10(_LEAST)), 0.0
    middle = float(np.clip(np.log10(tolerance), lowest + _EDGE, highest - _EDGE))
    norm = TwoSlopeNorm(middle, lowest, highest)
    image: Any = None
    for axis, one in zip(axes[0], compared, strict=True):
        errors = np.log10(np.clip(_table(one.errors), _LEAST, 1.0))
        image = axis.imshow(np.ma.masked_invalid(errors), norm=norm, cmap=cool_warm, aspect="auto")
        axis.set(title=one.name, xticks=[], yticks=[])
        _frame(axis, one, tolerance)
    bar = figure.colorbar(image, ax=list(axes[0]), label="relative error; grey: skipped")
    exponents = sorted({-12, round(middle), 0})
    bar.set_ticks(exponents, labels=[f"$10^{{{exponent}}}$" for exponent in exponents])
    return figure


def _table(errors: Any) -> Any:
    """Return rows and columns; what has one axis stands upright."""
    return errors if errors.ndim == 2 else errors.reshape(-1, 1)


def _frame(axis: Any, one: Compared, tolerance: float) -> None:
    worst, at = one.worst
    if worst > tolerance:
        row, column = (*at, 0, 0)[:2]
        square = Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor="black", lw=2)
        axis.add_patch(square)
