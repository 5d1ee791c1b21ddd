"""When a run ends before its last epoch: a figure does not improve any more.

`Best` counts, and keeps the weights; `EarlyStopping` is a callback that asks it. The estimators'
callback asks it too, with scikit-learn's rule of what an improvement is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from chainrule.catalog import look_up
from chainrule.ranges import require_not_negative
from chainrule.training.best import Best, by_more_than
from chainrule.training.callbacks import Run

__all__ = ["Best", "EarlyStopping"]  # pickles of version 0.1 have Best of here


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
        run, self._run = self._run, None
        if run is not None:
            run.state.use_best(run.theta, self._best, epoch=self._best.epoch)

    def __call__(self, run: Run) -> bool:
        """Look at the last epoch; return True when patience has run out."""
        if self._run is not run:
            self._run = run
            measure = f"{self.monitor}, {self.mode}, {self.min_delta}"
            self._best = run.state.best_by(measure)
        value = look_up(run.history.rows[-1], self.monitor, "column of the history")
        now = value if self.mode == "min" else -value
        self._best.look_at(now, run.epoch, run.theta, rule=by_more_than, margin=self.min_delta)
        if self._best.stale < self.patience:
            return False
        run.history.stopped = self._best.in_words(self.monitor, self.min_delta, run.epoch)
        return True
