"""A network's predictions on the plane, in coloured half-blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.arrays import Array
from chainrule.course.gallery.runs import EDGE, Setting, TrainingRun

if TYPE_CHECKING:
    from rich.text import Text

_N_POINTS = 150

# Blue and vermilion of Okabe and Ito, and two greys: apart for every colour vision.
_PAPER, _INSIDE = (238, 240, 243), (120, 178, 216)
_INNER, _OUTER, _WRONG = (0, 74, 117), (138, 144, 153), (213, 94, 0)


def coloured_map(setting: Setting, run: TrainingRun, grid: Array) -> list[Text]:
    """Draw a square of predictions with points over it, two pixels per character.

    Parameters
    ----------
    setting : Setting
    run : TrainingRun
    grid : array of shape (2k, n)
        ŷ, the uppermost row first.
    """
    return _pixels(_colours(setting, run, grid))


def _colours(setting: Setting, run: TrainingRun, grid: Array) -> Array:
    """Return a colour for each pixel: the network's ŷ, and points on top."""
    share = np.nan_to_num(grid, nan=0.0)[:, :, np.newaxis]
    share = np.where(share > 0.5, 0.55 + 0.45 * share, 0.45 * share)  # a step at the boundary
    pixels = (1 - share) * np.array(_PAPER) + share * np.array(_INSIDE)
    X, y = (one[:_N_POINTS] for one in setting.new_points)
    hit = (run.answers(X) > 0.5) == (y[:, 0] > 0.5)
    places = ((X / EDGE + 1) / 2 * len(grid)).astype(int).clip(0, len(grid) - 1)
    for order in (True, False):  # wrong points last, on top
        for (column, row), label, right in zip(places, y[:, 0], hit, strict=True):
            if right == order:
                colour = _WRONG if not right else _INNER if label else _OUTER
                pixels[len(grid) - 1 - row, column] = colour
    return pixels.round().astype(int)


def _pixels(pixels: Array) -> list[Text]:
    from rich.text import Text

    lines = []
    for upper, lower in zip(pixels[::2].tolist(), pixels[1::2].tolist(), strict=True):
        line = Text()
        for a, b in zip(upper, lower, strict=True):
            line.append("▀", f"{_rgb(a)} on {_rgb(b)}")
        lines.append(line)
    return lines


def _rgb(colour: Sequence[int]) -> str:
    return "rgb({},{},{})".format(*colour)


def legend() -> Text:
    """Return the legend of the colours, each on its background in the map."""
    from rich.text import Text

    legend = Text("       ")
    for colour, ground, words in (
        (_INSIDE, _INSIDE, "answered with 1"), (_INNER, _INSIDE, "inner circle (1)"),
        (_OUTER, _PAPER, "outer circle (0)"), (_WRONG, _PAPER, "wrong"),
    ):  # fmt: skip
        legend.append("▀", f"{_rgb(colour)} on {_rgb(ground)}").append(f" {words}  ")
    return legend
