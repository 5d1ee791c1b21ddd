"""When a fit ends before its last epoch: scikit-learn's rule, as a callback of the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chainrule.estimators.continuation import Continuation
from chainrule.estimators.options import FitOptions
from chainrule.training import Run


class Reached:
    """What version 0.1 pickled of a fit: `Continuation` has the same."""


def as_scikit_learn(now: float, best: float, tol: float) -> tuple[bool, bool]:
    """Take whatever is better for the best; it counts if it is better by the whole of `tol`."""
    return now < best, now <= best - tol


@dataclass
class Stopping:
    """End the run when the loss, or the validation score, does not improve any more.

    Parameters
    ----------
    options : FitOptions
    state : Continuation
        Of the run.
    rows : int
        Of an epoch.
    say : callable, optional
        Told in words what happens.
    """

    options: FitOptions
    state: Continuation
    rows: int
    say: Callable[[str], object] | None = None

    def __call__(self, run: Run) -> bool:
        """Look at the epoch; return True if it was the last one."""
        row, state, options = run.history.rows[-1], self.state, self.options
        state.samples += self.rows
        self._say(f"Iteration {run.epoch - state.began}, loss = {row['loss']:.8f}")
        score = row["loss"]
        if state.watched:
            score = -row[state.column] if state.column.endswith("loss") else row[state.column]
            self._say(f"Validation score: {score:f}")
        state.best.look_at(
            -score if options.by_score else row["loss"],
            state.n_epochs,
            run.theta if options.restores_best else None,
            rule=as_scikit_learn,
            margin=options.tol,
        )
        state.rate.epoch_is_over(state.samples)
        return state.best.stale > options.patience and self._ends(run)

    def _ends(self, run: Run) -> bool:
        options, best, rate = self.options, self.state.best, self.state.rate
        told = (
            f"{'Validation score' if options.by_score else 'Training loss'} did not improve more "
            f"than tol={options.tol:f} for {options.patience:.0f} consecutive epochs."
        )
        if rate.give_way():
            self._say(f"{told} Setting learning rate to {rate.now:f}")
            best.stale = 0
            return False
        why = " Learning rate too small." if rate.gives_way else ""
        self._say(f"{told}{why} Stopping.")
        column = self.state.column if options.by_score else "loss"
        run.history.stopped = best.in_words(column, options.tol, self.state.n_epochs)
        return True

    def _say(self, words: str) -> None:
        if self.say is not None:
            self.say(words)
