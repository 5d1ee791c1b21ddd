"""Curves and maps in text characters, for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, log10

import numpy as np

from chainrule.arrays import Array

_LOG_FROM = 200  # from this ratio on, a linear axis hides the small losses
_WIDEST = 1e6  # smaller losses lie on the axis
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # of a Braille character, by column
_LABEL = 6


@dataclass(frozen=True)
class LossAxis:
    """An axis of losses, shared by several curves.

    Attributes
    ----------
    low, high : float
    log : bool
    """

    low: float
    high: float
    log: bool

    @classmethod
    def of(cls, losses: Iterable[float]) -> LossAxis:
        """Choose an axis from 0, or from the lowest negative loss; logarithmic for a wide range.

        Examples
        --------
        >>> LossAxis.of([0.7, 0.1])
        LossAxis(low=0.0, high=0.7, log=False)
        >>> LossAxis.of([700.0, 0.1]).log
        True
        """
        finite = [loss for loss in losses if isfinite(loss)]
        low, high = min(finite, default=0.0), max(finite, default=1.0)
        if low > 0 and high > _LOG_FROM * low:
            return cls(max(low, high / _WIDEST), high, log=True)
        low, high = min(low, 0.0), max(high, 0.0)
        return cls(low, high if high > low else low + 1, log=False)

    def height(self, loss: float) -> float:
        """Return how high a loss stands, from 0 to 1."""
        low, high = self.low, self.high
        if self.log:
            loss, low, high = log10(max(loss, low)), log10(low), log10(high)
        return (loss - low) / (high - low)


def curve(losses: Sequence[float], scale: LossAxis, width: int, height: int) -> list[str]:
    """Draw a loss curve with axes; a cross marks an epoch whose loss is not finite.

    Parameters
    ----------
    losses : sequence of float
    scale : LossAxis
    width, height : int
        In characters, without the axes.

    Returns
    -------
    list of str
        `height` + 2 lines, all of one length.
    """
    cells = np.zeros((height, width), np.int64)
    points = _places(losses, scale, 2 * width - 1, 4 * height - 1)
    for point, before in zip(points, [None, *points], strict=False):
        for x, y in _between(before or point, point) if point else ():
            cells[y // 4, x // 2] |= _DOTS[x % 2][y % 4]
    labels = {0: _label(scale.high), height - 1: _label(scale.low)}
    rows = [
        f"{labels.get(number, ''):>{_LABEL}}┤" + "".join(chr(0x2800 + dots) for dots in row)
        for number, row in enumerate(cells.tolist())
    ]
    rows = [row.replace("\u2800", " ") for row in rows]
    return [*rows, " " * _LABEL + "└" + _axis(losses, width), _epochs(len(losses), width)]


def _places(
    losses: Sequence[float], scale: LossAxis, right: int, bottom: int
) -> list[tuple[int, int] | None]:
    """Return each epoch's dot, from the upper left; None where the loss is not finite."""
    last = max(len(losses) - 1, 1)
    return [
        (
            round(epoch / last * right),
            round((1 - min(max(scale.height(loss), 0.0), 1.0)) * bottom),
        )
        if isfinite(loss)
        else None
        for epoch, loss in enumerate(losses)
    ]


def _between(start: tuple[int, int], end: tuple[int, int]) -> Iterable[tuple[int, int]]:
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for step in range(steps + 1):
        yield (
            round(start[0] + (end[0] - start[0]) * step / steps),
            round(start[1] + (end[1] - start[1]) * step / steps),
        )


def _label(loss: float) -> str:
    return f"{loss:.{_LABEL - 3}g}" if loss == 0 or 1e-3 <= abs(loss) < 1e4 else f"{loss:.0e}"


def _axis(losses: Sequence[float], width: int) -> str:
    marks = ["─"] * width
    for epoch, loss in enumerate(losses):
        if not isfinite(loss):
            marks[round(epoch / max(len(losses) - 1, 1) * (width - 1))] = "×"
    return "".join(marks)


def _epochs(n: int, width: int) -> str:
    last = f"epoch {n}"
    return " " * (_LABEL + 1) + "1" + last.rjust(width - 1)


def blocks(answers: Array) -> list[str]:
    r"""Draw a square of predictions in half-blocks, filled where ŷ is above 0.5.

    Parameters
    ----------
    answers : array of shape (2k, n)
        ŷ, the uppermost row first; NaN becomes a question mark.

    Examples
    --------
    >>> print("\n".join(blocks(np.array([[0.9, 0.1, 0.9], [0.9, 0.9, 0.1]]))))
    █▄▀
    """
    lines = []
    for upper, lower in zip(answers[::2], answers[1::2], strict=True):
        marks = [" ▄▀█"[2 * (a > 0.5) + (b > 0.5)] for a, b in zip(upper, lower, strict=True)]
        missing = np.isnan(upper) | np.isnan(lower)
        lines.append("".join("?" if no else mark for no, mark in zip(missing, marks, strict=True)))
    return lines


_BARS = "▁▂▃▄▅▆▇█"


def spark(losses: Sequence[float], width: int) -> str:
    """Draw a loss curve as one line of bars.

    Examples
    --------
    >>> spark([0.7, 0.35, 0.0, float("nan")], width=4)
    '█▅▁×'
    """
    scale = LossAxis.of(losses)
    shown = np.unique(np.linspace(0, len(losses) - 1, min(len(losses), width)).round().astype(int))
    heights = [losses[epoch] for epoch in shown]
    return "".join(
        _BARS[round(7 * min(max(scale.height(loss), 0.0), 1.0))] if isfinite(loss) else "×"
        for loss in heights
    )


_IN_ASCII = str.maketrans(
    {
        "▀": '"',
        "▄": ",",
        "┤": "|",
        "│": "|",
        "└": "+",
        "┌": "+",
        "┐": "+",
        "┘": "+",
        "─": "-",
        "×": "x",
        "→": ">",
        "·": "-",
    }
    | dict(zip("▁▂▃▅▆▇█", "_.:=+*#", strict=True))
)


def in_ascii(line: str) -> str:
    """Return a line of a curve or map in ASCII characters.

    Examples
    --------
    >>> in_ascii("0.7┤⠑█")
    '0.7|*#'
    """
    line = line.translate(_IN_ASCII)
    return "".join("*" if "\u2800" < mark <= "\u28ff" else mark for mark in line)
