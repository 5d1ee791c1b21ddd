"""What a fit leaves, besides the weights, for a later one that goes on from it. It pickles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.engines import Task, TrainingState
from chainrule.estimators.steps import Decaying, LearningRate
from chainrule.estimators.stopping import Reached
from chainrule.optimizers import Adam, AdamW, Momentum, Nesterov, Optimizer
from chainrule.training import History

_REMEMBERS_AS = {AdamW: Adam, Nesterov: Momentum}  # of one memory, different steps


@dataclass
class Continuation:
    """What `partial_fit` and exact warm starts go on with; a plain warm start takes `reached`.

    Attributes
    ----------
    rng : numpy.random.RandomState
    reached : Reached
    history : History
        Of the last call of `partial_fit`, or of the fits that go on exactly.
    earlier : int
        Epochs that have been, but are not in the history.
    rate : LearningRate, optional
    state : TrainingState, optional
        The optimizer's memory and the last order.
    optimizer : type, optional
        Whose memory that is.
    dropout_seed : int, optional
    split : tuple of arrays of int, optional
        The rows that were trained on, and those that were set apart.
    last_theta : array, optional
        The weights after the last epoch, where the best ones have taken their place.
    """

    rng: Any
    reached: Reached
    history: History = field(default_factory=History)
    rate: LearningRate | None = None
    state: TrainingState | None = None
    optimizer: type[Any] | None = None
    dropout_seed: int | None = None
    split: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None
    last_theta: Array | None = None
    earlier: int = 0

    def begin_history(self) -> None:
        """Keep no row for every call of `partial_fit`: there may be millions of them."""
        self.earlier += len(self.history)
        self.history = History()

    def forget_steps(self) -> None:
        """Keep what a plain warm start goes on with: what was reached."""
        fresh = Continuation(self.rng, self.reached)
        vars(self).update(vars(fresh))

    def as_it_is(self) -> dict[str, Any]:
        """Return what `be` brings back: what a fit changes before it begins."""
        return vars(self) | {"state_of_rng": self.rng.get_state()}

    def be(self, before: dict[str, Any]) -> None:
        """Be as it was."""
        before = dict(before)
        state_of_rng = before.pop("state_of_rng")
        vars(self).update(before)
        self.rng.set_state(state_of_rng)

    def seed_of_dropout(self) -> int:
        """Return the seed of the masks, drawn when it is first asked for."""
        if self.dropout_seed is None:
            self.dropout_seed = int.from_bytes(self.rng.bytes(8), "little")
        return self.dropout_seed

    def learning_rate(self, asked: LearningRate, *, anew: bool) -> LearningRate:
        """Return the learning rate to go on with; what is asked for now, if that is another.

        `anew` begins with the first one, however many samples have been seen.
        """
        if anew:
            self.rate = asked
        elif self.rate is None or self.rate.settings != asked.settings:
            asked.epoch_is_over(self.reached.t)
            self.rate = asked
        self.rate.horizon = asked.horizon
        return self.rate

    def training_state(self, task: Task, theta: Array, *, exact: bool) -> TrainingState:
        """Return the optimizer's memory to go on with, if it is of such an optimizer.

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
        return fresh

    def return_to_last(self, theta: Array) -> None:
        """Go on from the last epoch's weights, unless the best ones have been changed since."""
        best = self.reached.best.theta
        if self.last_theta is not None and best is not None and np.array_equal(theta, best):
            theta[:] = self.last_theta
        self.last_theta = None


def _kind(optimizer: Optimizer) -> type[Any]:
    optimizer = optimizer.optimizer if isinstance(optimizer, Decaying) else optimizer
    return _REMEMBERS_AS.get(type(optimizer), type(optimizer))
