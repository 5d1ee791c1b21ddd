"""The memory of a training run: `train` begins with a `RunState` and updates it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.engines import Task, TrainingState
from chainrule.layers import random_source
from chainrule.training.best import Best
from chainrule.training.history import History
from chainrule.training.orders import generator_state, set_generator_state


@dataclass(eq=False)
class RunState:
    """The memory of a training run besides θ, for a later run that goes on exactly.

    `train` starts from a state and changes it in place: however the run ends, the state is that
    of the last whole epoch. A state can be pickled; keep the network, with the weights, beside it.

    Attributes
    ----------
    rng : RandomSource
        Draws the orders; without one NumPy's global generator does.
    history : History
    state : TrainingState, optional
        The optimizer's memory, the number of steps and the last order; None before the first run.
    optimizer : type, optional
        Whose memory that is.
    dropout_seed : int, optional
    measure : str
        By which an epoch is the best; empty while nobody looks for the best.
    best : Best
    replaced : tuple of arrays, optional
        The weights after the last epoch, and the best ones that have taken their place.
    rate : object, optional
        A learning rate that remembers what became of the epochs.

    Examples
    --------
    >>> state = RunState()
    >>> len(state.history), state.state is None
    (0, True)
    """

    rng: Any = None
    history: History = field(default_factory=History)
    state: TrainingState | None = None
    optimizer: type[Any] | None = None
    dropout_seed: int | None = None
    measure: str = ""
    best: Best = field(default_factory=Best)
    replaced: tuple[Array, Array] | None = None
    rate: Any = None

    def __post_init__(self) -> None:
        self.rng = random_source(self.rng)

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes; NumPy's global generator as one of its own."""
        attributes = dict(vars(self))
        if self.rng is np.random:
            attributes["rng"] = np.random.RandomState()
            set_generator_state(attributes["rng"], generator_state(self.rng))
        return attributes

    def seed_of_dropout(self) -> int:
        """Return the seed of the masks, drawn when it is first asked for."""
        if self.dropout_seed is None:
            self.dropout_seed = int.from_bytes(self.rng.bytes(8), "little")
        return self.dropout_seed

    def steps_of(self, task: Task, theta: Array) -> TrainingState:
        """Return what is remembered of the steps; before the first run, that of no step."""
        if self.state is None:
            self.state, self.optimizer = TrainingState.fresh(task, theta), type(task.optimizer)
        return self.state

    def require_of(self, task: Task, theta: Array) -> None:
        """Look whether the steps so far were those of such a task.

        Raises
        ------
        ValueError
            If the optimizer, the network's size or dtype, or the rows are others.
        """
        if self.state is None:
            return
        asked, known = TrainingState.fresh(task, theta), self.state
        optimizers = [each and each.__name__ for each in (self.optimizer, type(task.optimizer))]
        for what, before, now in (
            ("an optimizer", *optimizers),
            ("an optimizer's memory of shape", known.slots.shape, asked.slots.shape),
            ("dtype", known.slots.dtype, asked.slots.dtype),
            ("a number of rows", len(known.order), len(asked.order)),
        ):
            if before != now:
                raise ValueError(
                    f"resume= goes on with a run that has {what} {before}, but this one has "
                    f"{now}; give what that run was given, or a new RunState()"
                )
        if not np.array_equal(np.sort(known.order), np.sort(asked.order)):
            raise ValueError(
                "resume= goes on with a run on other rows of the table; give the rows that it was "
                "given, or a new RunState()"
            )

    def best_by(self, measure: str) -> Best:
        """Return the best epoch so far by a measure; forget the best by another measure."""
        if measure != self.measure:
            self.measure, self.best, self.replaced = measure, Best(), None
        return self.best

    def use_best(self, theta: Array, best: Best, *, epoch: int, keeps_last: bool = True) -> None:
        """Have the best epoch's weights in θ, if they were kept.

        Parameters
        ----------
        theta : array
            The network's; changed in place.
        best : Best
        epoch : int
            The best one's number in the history.
        keeps_last : bool
            Whether a run is to go on from the last epoch's weights.
        """
        if best.theta is None:
            return
        if keeps_last:
            last = theta.copy() if self.replaced is None else self.replaced[0]
            self.replaced = last, best.theta
        theta[:] = best.theta
        self.history.weights_epoch = epoch

    def return_to_last(self, theta: Array) -> None:
        """Have the last epoch's weights in θ again, unless the best ones have been changed."""
        if self.replaced is not None and np.array_equal(theta, self.replaced[1]):
            theta[:] = self.replaced[0]
        self.replaced = None
