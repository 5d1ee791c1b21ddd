"""When a run ends before its last epoch: a figure does not improve any more.

`Best` counts, and keeps the weights; `EarlyStopping` is a callback that asks it. The estimators'
callback asks it too, with scikit-learn's rule of what an improvement is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.catalog import look_up
from chainrule.ranges import require_not_negative
from chainrule.training.callbacks import Run

Rule: TypeAlias = Callable[[float, float, float], tuple[bool, bool]]
"""``rule(now, best, margin)``: is it the best so far, and does it count as an improvement?"""


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
    """

    figure: float = np.inf
    epoch: int = 0
    theta: Array | None = None
    stale: int = 0

    def look_at(
        self, now: float, epoch: int, theta: Array | None, *, rule: Rule, margin: float
    ) -> None:
        """Take an epoch into account; NaN is no improvement, but the first epoch is the best.

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


@dataclass
class EarlyStopping:
    """End the run when a column of the history stops improving; restore the best weights.

    The best weights are restored however the run ends.

    Parameters
    ----------
    monitor : str, default "validation_loss"
        A column of the history.
    patience : int, default 10
        How many epochs without an improvement end the run.
    min_delta : float, default 0
        A change counts as an improvement when it is larger than this.
    mode : {"min", "max"}, optional
        Which direction is better; needed unless the column is a loss.

    Raises
    ------
    ValueError
        If a parameter is out of range, or (during the run) the history has no such column.

    Examples
    --------
    >>> EarlyStopping("validation_accuracy", mode="max", patience=5).mode
    'max'
    """

    monitor: str = "validation_loss"
    patience: int = 10
    min_delta: float = 0.0
    mode: Literal["min", "max"] | None = None
    _run: Run | None = field(default=None, init=False, repr=False)
    _best: Best = field(default_factory=Best, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ValueError(f"patience must be at least 1 epoch, got {self.patience!r}")
        require_not_negative("min_delta", self.min_delta)
        if self.mode is None and self.monitor.endswith("loss"):
            self.mode = "min"
        if self.mode not in ("min", "max"):
            raise ValueError(
                f"mode must be 'min' or 'max' to say which {self.monitor!r} is better, "
                f"got {self.mode!r}"
            )

    def __enter__(self) -> EarlyStopping:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._run is not None and self._best.theta is not None:
            self._run.theta[:] = self._best.theta
            self._run.history.weights_epoch = self._best.epoch
        self._run, self._best = None, Best()

    def __call__(self, run: Run) -> bool:
        """Look at the last epoch; return True when patience has run out."""
        self._run = run
        value = look_up(run.history.rows[-1], self.monitor, "column of the history")
        now = value if self.mode == "min" else -value
        self._best.look_at(now, run.epoch, run.theta, rule=by_more_than, margin=self.min_delta)
        if self._best.stale < self.patience:
            return False
        run.history.stopped = self._best.in_words(self.monitor, self.min_delta, run.epoch)
        return True
