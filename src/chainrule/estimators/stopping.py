"""When a fit ends before its last epoch: scikit-learn's rule, as a callback of the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from chainrule.arrays import Array
from chainrule.estimators.steps import LearningRate
from chainrule.training import Run


@dataclass
class Progress:
    """What a fit has reached; a warm start goes on from it.

    Attributes
    ----------
    by_score : bool
        Whether the validation score decides, not the training loss.
    best : float
        The lowest loss, or the highest validation score, so far.
    best_epoch : int
        When that was, counted from 1; 0 before the first epoch.
    best_theta : array, optional
        The weights at the end of the best epoch, if they are kept.
    stale : int
        Epochs in a row without an improvement by `tol`.
    t : int
        Samples seen.
    losses, validation_losses, scores : list of float
        One for each epoch.
    """

    by_score: bool
    best: float = field(init=False)
    best_epoch: int = 0
    best_theta: Array | None = None
    stale: int = 0
    t: int = 0
    losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.best = -np.inf if self.by_score else np.inf

    def judge(self, *, by_score: bool) -> None:
        """Look at the loss or at the score from now on; the best of the other is no measure."""
        if by_score != self.by_score:
            fresh = Progress(by_score)
            self.by_score, self.best, self.stale = by_score, fresh.best, 0
            self.best_epoch, self.best_theta = 0, None


@dataclass
class Stopping:
    """End the run when the loss, or the validation score, does not improve any more.

    Parameters
    ----------
    progress : Progress
    rate : LearningRate
        May make smaller steps instead.
    rows : int
        Of an epoch.
    tol : float
        What counts as an improvement.
    patience : float
        The run ends when more epochs than this in a row brought none.
    score : str, optional
        The column of the history with the validation score; of a loss, the lower the better.
    by_score : bool
        Whether that counts, not the training loss.
    keeps_best : bool
        Whether the best epoch's weights are kept.
    say : callable, optional
        Told in words what happens.
    before : int
        Epochs of the history that are of earlier fits.
    """

    progress: Progress
    rate: LearningRate
    rows: int
    tol: float
    patience: float
    score: str | None
    by_score: bool
    keeps_best: bool
    say: Callable[[str], object] | None = None
    before: int = 0

    def __call__(self, run: Run) -> bool:
        """Look at the epoch; return True if it was the last one."""
        row, progress = run.history.rows[-1], self.progress
        progress.losses.append(row["loss"])
        progress.t += self.rows
        self._say(f"Iteration {run.epoch - self.before}, loss = {row['loss']:.8f}")
        if self.score is not None:
            score = row[self.score]
            progress.validation_losses.append(row["validation_loss"])
            progress.scores.append(-score if self.score.endswith("loss") else score)
            self._say(f"Validation score: {progress.scores[-1]:f}")
        self._look_at(run, progress.scores[-1] if self.by_score else row["loss"])
        self.rate.epoch_is_over(progress.t)
        return progress.stale > self.patience and self._ends(run)

    def _look_at(self, run: Run, now: float) -> None:
        progress, best = self.progress, self.progress.best
        # a score that is NaN is no improvement: every comparison with it is False
        stale = not now >= best + self.tol if self.by_score else now > best - self.tol
        progress.stale = progress.stale + 1 if stale else 0
        better = now > best if self.by_score else now < best
        if better or (self.keeps_best and progress.best_theta is None):
            progress.best, progress.best_epoch = now, len(progress.losses)
            if self.keeps_best:
                progress.best_theta = run.theta.copy()

    def _ends(self, run: Run) -> bool:
        what = "Validation score" if self.by_score else "Training loss"
        told = (
            f"{what} did not improve more than tol={self.tol:f} for "
            f"{self.patience:.0f} consecutive epochs."
        )
        if self.rate.give_way():
            self._say(f"{told} Setting learning rate to {self.rate.now:f}")
            self.progress.stale = 0
            return False
        why = " Learning rate too small." if self.rate.gives_way else ""
        self._say(f"{told}{why} Stopping.")
        run.history.stopped = self._in_words()
        return True

    def _in_words(self) -> str:
        column = (self.score if self.by_score else None) or "loss"
        by = f" by more than {self.tol:g}" if self.tol else ""
        return (
            f"{column} has not improved{by} for {self.progress.stale} epochs since epoch "
            f"{len(self.progress.losses) - self.progress.stale}"
        )

    def _say(self, words: str) -> None:
        if self.say is not None:
            self.say(words)
