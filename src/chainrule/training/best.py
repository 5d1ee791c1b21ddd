"""The best epoch of a run, and the epochs since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from chainrule.arrays import Array

Rule: TypeAlias = Callable[[float, float, float], tuple[bool, bool]]
"""``rule(now, best, margin)``: whether a score is the best, and whether an improvement."""


def by_more_than(now: float, best: float, margin: float) -> tuple[bool, bool]:
    """Take what is better by more than the margin for both; small gains add up until they are."""
    better = now < best - margin
    return better, better


@dataclass(eq=False)
class Best:
    """The best epoch so far, and for how many epochs nothing has improved on it.

    Attributes
    ----------
    figure : float
        By which it is the best: the lower, the better.
    epoch : int
        Counted from 1; 0 before the first.
    theta : array, optional
        The weights at its end, if they are kept.
    stale : int
        Epochs in a row without an improvement.
    seen : int
        The last epoch that was looked at.
    """

    figure: float = np.inf
    epoch: int = 0
    theta: Array | None = None
    stale: int = 0
    seen: int = 0

    def look_at(
        self, now: float, epoch: int, theta: Array | None, *, rule: Rule, margin: float
    ) -> None:
        """Take an epoch into account, once; NaN is no improvement, but the first is the best.

        Parameters
        ----------
        now : float
            The epoch's figure: the lower, the better.
        epoch : int
        theta : array or None
            The weights, if those of the best epoch are to be kept.
        rule : callable
        margin : float
        """
        if epoch <= self.seen:  # by another callback that looks for the same
            return
        self.seen = epoch
        unknown = np.isnan(now)
        better, counts = (False, False) if unknown else rule(now, self.figure, margin)
        first = self.epoch == 0
        self.stale = 0 if counts or first else self.stale + 1
        if better or first or (self.theta is None and theta is not None):
            self.figure, self.epoch = np.inf if unknown else now, epoch
            self.theta = None if theta is None else theta.copy()

    def in_words(self, column: str, margin: float, epoch: int) -> str:
        """Say at the end of an epoch that a column of the history does not improve any more."""
        by = f" by more than {margin:g}" if margin else ""
        return (
            f"{column} has not improved{by} for {self.stale} epochs since epoch "
            f"{epoch - self.stale}"
        )
