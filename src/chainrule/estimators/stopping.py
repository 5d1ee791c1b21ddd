"""When a fit ends before its last epoch: scikit-learn's rule, as a callback of the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from chainrule.estimators.steps import LearningRate
from chainrule.training import Best, Run


def as_scikit_learn(now: float, best: float, tol: float) -> tuple[bool, bool]:
    """Take whatever is better for the best; it counts if it is better by the whole of `tol`."""
    return now < best, now <= best - tol


@dataclass
class Reached:
    """What a fit has reached; a warm start goes on from it.

    Attributes
    ----------
    measure, score : str
        What decides which epoch is best, and what the scores are: figures may be compared as long
        as these are the same.
    best : Best
        By the loss, or by minus the score.
    t : int
        Samples seen.
    losses, validation_losses, scores : list of float
        One for each epoch.
    since : int
        How many of the scores are other ones.
    """

    measure: str = ""
    score: str = ""
    best: Best = field(default_factory=Best)
    t: int = 0
    losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    since: int = 0

    def judge(self, measure: str, score: str) -> None:
        """Look at these from now on; what was best by another measure is not known of them."""
        if measure != self.measure:
            self.measure, self.best = measure, Best()
        if score != self.score:
            self.score, self.since = score, len(self.scores)


@dataclass
class Stopping:
    """End the run when the loss, or the validation score, does not improve any more.

    Parameters
    ----------
    reached : Reached
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

    reached: Reached
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
        row, reached = run.history.rows[-1], self.reached
        reached.losses.append(row["loss"])
        reached.t += self.rows
        self._say(f"Iteration {run.epoch - self.before}, loss = {row['loss']:.8f}")
        if self.score is not None:
            score = row[self.score]
            reached.validation_losses.append(row["validation_loss"])
            reached.scores.append(-score if self.score.endswith("loss") else score)
            self._say(f"Validation score: {reached.scores[-1]:f}")
        reached.best.look_at(
            -reached.scores[-1] if self.by_score else row["loss"],
            len(reached.losses),
            run.theta if self.keeps_best else None,
            rule=as_scikit_learn,
            margin=self.tol,
        )
        self.rate.epoch_is_over(reached.t)
        return reached.best.stale > self.patience and self._ends(run)

    def _ends(self, run: Run) -> bool:
        what = "Validation score" if self.by_score else "Training loss"
        told = (
            f"{what} did not improve more than tol={self.tol:f} for "
            f"{self.patience:.0f} consecutive epochs."
        )
        best = self.reached.best
        if self.rate.give_way():
            self._say(f"{told} Setting learning rate to {self.rate.now:f}")
            best.stale = 0
            return False
        why = " Learning rate too small." if self.rate.gives_way else ""
        self._say(f"{told}{why} Stopping.")
        column = (self.score if self.by_score else None) or "loss"
        run.history.stopped = best.in_words(column, self.tol, len(self.reached.losses))
        return True

    def _say(self, words: str) -> None:
        if self.say is not None:
            self.say(words)
