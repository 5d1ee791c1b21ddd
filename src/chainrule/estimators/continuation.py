"""The memory of an estimator's fits besides the weights, for later fits; it pickles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf, isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.engines import Task, TrainingState
from chainrule.estimators.options import FitOptions
from chainrule.estimators.steps import LearningRate
from chainrule.optimizers import Adam, AdamW, Decaying, Momentum, Nesterov, Optimizer
from chainrule.training import History, RunState

_REMEMBERS_AS = {AdamW: Adam, Nesterov: Momentum}  # of one memory, different steps


@dataclass(eq=False)
class Continuation(RunState):
    """A run's memory, and what scikit-learn's ways to go on need besides.

    `partial_fit` and exact warm starts go on with all of it, a plain warm start with what was
    reached. The history is that of the last call of `partial_fit`, or of the fits that go on
    exactly; of the epochs before, their curves are kept.

    Attributes
    ----------
    score : str
        As in `FitOptions`, of the last fit, as is `measure`.
    column : str
        The history's column with the scores; of a loss, the lower the better.
    since : int
        How many of the scores are other ones than `score`.
    watched, by_score : bool
        Whether the last fit had validation rows; whether their score decided.
    began : int
        Epochs of the history that are of earlier fits.
    samples : int
        Seen in all epochs.
    earlier : int
        Epochs that have been, but are not in the history: those that a schedule counts.
    kept : tuple of lists of float
        Losses, validation losses and scores of the epochs that are in the history no more.
    settled : int
        Epochs of the history that are in these all the same, as their score is in another column.
    split : tuple of arrays of int, optional
        The rows that were trained on, and those that were held out.
    """

    score: str = ""
    column: str = ""
    since: int = 0
    watched: bool = False
    by_score: bool = False
    began: int = 0
    samples: int = 0
    earlier: int = 0
    kept: tuple[list[float], ...] = field(default_factory=lambda: ([], [], []))
    settled: int = 0
    split: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Be what was pickled; version 0.1 had other attributes."""
        vars(self).update(vars(Continuation(state["rng"])))
        reached = state.pop("reached", None)
        if reached is not None:
            self.best, self.measure, self.score = reached.best, reached.measure, reached.score
            self.samples, self.since = reached.t, reached.since
            self.kept = (reached.losses, reached.validation_losses, reached.scores)
            self.settled = len(state["history"])
            last, best = state.pop("last_theta"), reached.best.theta
            self.replaced = None if last is None or best is None else (last, best)
        vars(self).update(state)

    # The epochs -----------------------------------------------------------------------------

    def _curves_of_history(self) -> tuple[list[float], ...]:
        rows, sign = self.history.rows[self.settled :], -1 if self.column.endswith("loss") else 1
        return (
            [row["loss"] for row in rows],
            [row["validation_loss"] for row in rows if "validation_loss" in row],
            [sign * row[self.column] for row in rows if self.column in row],
        )

    def curve(self, which: int) -> list[float]:
        """Return the losses (0), validation losses (1) or scores (2) of all epochs."""
        return self.kept[which] + self._curves_of_history()[which]

    @property
    def n_epochs(self) -> int:
        """How many there have been."""
        return len(self.kept[0]) + len(self.history) - self.settled

    @property
    def last_loss(self) -> float:
        """The loss of the last epoch; ∞ before the first."""
        rows = self.history.rows[self.settled :][-1:]
        return rows[0]["loss"] if rows else self.kept[0][-1] if self.kept[0] else inf

    @property
    def best_score(self) -> float:
        """The best of the scores that can be compared."""
        known = (score for score in self.curve(2)[self.since :] if not isnan(score))
        return max(known, default=-inf)

    def _settle(self) -> None:
        for kept, new in zip(self.kept, self._curves_of_history(), strict=True):
            kept.extend(new)
        self.settled = len(self.history)

    def _begin_history(self) -> None:
        self._settle()
        self.history, self.settled = History(), 0

    # A fit begins ---------------------------------------------------------------------------

    def begin(self, options: FitOptions, *, watched: bool) -> None:
        """Get ready for a fit; what was best by another measure is not known of it."""
        self.best_by(options.measure)
        if options.score != self.score:
            self.score, self.since = options.score, len(self.curve(2))
        if options.incremental:  # no row for every call: there may be millions of them
            self.earlier += len(self.history)
            self._begin_history()
        if not options.goes_on:
            self._begin_history()
            self.rate = self.state = self.optimizer = self.dropout_seed = None
            self.split = self.replaced = None
            self.earlier = 0
        column = f"validation_{options.score_name}"
        if watched and column != self.column:
            self._settle()
            self.column = column
        self.watched, self.by_score, self.began = watched, options.by_score, len(self.history)

    def learning_rate(self, asked: LearningRate, *, anew: bool) -> LearningRate:
        """Return the learning rate to go on with; what is asked for now, if that is another.

        `anew` begins with the first one, however many samples have been seen.
        """
        if anew:
            self.rate = asked
        elif self.rate is None or self.rate.settings != asked.settings:
            asked.epoch_is_over(self.samples)
            self.rate = asked
        self.rate.horizon, self.rate.earlier = asked.horizon, self.earlier
        rate: LearningRate = self.rate
        return rate

    def go_on_with_steps(self, task: Task, theta: Array, *, exact: bool) -> None:
        """Go on with the optimizer's memory, if it is of such an optimizer.

        Parameters
        ----------
        task : Task
        theta : array
        exact : bool
            Whether the orders go on too.
        """
        fresh, kind = TrainingState.fresh(task, theta), _kind(task.optimizer)
        known = self.state
        if known is not None and kind is self.optimizer and known.slots.shape == fresh.slots.shape:
            # a file that joblib maps into memory is not to be written to, nor can it be; and the
            # user may have given weights of another float type
            slots = known.slots if known.slots.flags.writeable else known.slots.copy()
            fresh = replace(fresh, slots=np.asarray(slots, theta.dtype), t=known.t)
            if exact and len(known.order) == len(fresh.order):
                fresh = replace(fresh, order=known.order)
        self.state, self.optimizer = fresh, kind

    def restore_best(self, theta: Array, options: FitOptions, *, keeps_last: bool) -> None:
        """Have the best epoch's weights in θ, if the fit was to end with those."""
        if options.restores_best:
            before = self.n_epochs - len(self.history)  # epochs that the history does not have
            epoch = max(0, self.best.epoch - before)
            self.use_best(theta, self.best, epoch=epoch, keeps_last=keeps_last)


ATTRIBUTES: dict[str, Callable[[Continuation], Any]] = {
    "n_iter_": lambda state: len(state.history) - state.began,
    "t_": lambda state: state.samples,
    "loss_": lambda state: state.last_loss,
    "loss_curve_": lambda state: state.curve(0),
    "best_loss_": lambda state: None if state.by_score else state.best.figure,
    "validation_scores_": lambda state: state.curve(2) if state.watched else None,
    "validation_loss_curve_": lambda state: state.curve(1) if state.watched else None,
    "best_validation_score_": lambda state: state.best_score if state.watched else None,
    "history_": lambda state: state.history,
}
"""What scikit-learn's users read of a fit in steps."""


class OfSteps:
    """One of `ATTRIBUTES`: computed from the memory of the last fit in steps, unless assigned."""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    def __get__(self, model: Any, owner: type[Any] | None = None) -> Any:
        """Return the value."""
        if model is None:
            return self
        state, name = model.__dict__.get("_continuation"), self._name
        if state is None or not (state.measure or name in {"n_iter_", "t_"}):
            raise AttributeError(f"{type(model).__name__!r} object has no attribute {name!r}")
        return ATTRIBUTES[name](state)


def _kind(optimizer: Optimizer) -> type[Any]:
    optimizer = optimizer.optimizer if isinstance(optimizer, Decaying) else optimizer
    return _REMEMBERS_AS.get(type(optimizer), type(optimizer))
