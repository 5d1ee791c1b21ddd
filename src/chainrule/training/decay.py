"""Weight decay that follows a schedule of its own: strong at first, none in the last steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.arrays import Array
from chainrule.optimizers import Optimizer
from chainrule.ranges import require_not_negative, require_positive
from chainrule.schedules import Schedule


@dataclass(frozen=True)
class ScheduledDecay:
    """An optimizer with scheduled weight decay: θ ← θ − η λ s θ, then the optimizer's step.

    The factor s is the schedule's at the time of the step in epochs. Loshchilov & Hutter 2019,
    "Decoupled Weight Decay Regularization", algorithm 1, with η s as its schedule multiplier;
    RealMLP (arXiv 2407.04491) has `FlatThenCosine` as its schedule.

    Parameters
    ----------
    optimizer : Optimizer
        Without weight decay of its own: ``Adam()``.
    weight_decay : float
        λ, at least 0.
    schedule : Schedule
    epochs : float
        How many the run is to have; above 0.
    steps_per_epoch : int
        The rows by the batch size, rounded up; above 0. Machine code is made for each number of
        epochs and steps, in some hundredths of a second, and kept.

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule.optimizers import SGD
    >>> from chainrule.schedules import FlatThenCosine
    >>> decaying = ScheduledDecay(SGD(), 0.5, FlatThenCosine(), epochs=4, steps_per_epoch=10)
    >>> theta = np.array([8.0])
    >>> for t in (1, 31):  # at the beginning, and after 3 of 4 epochs, with half the decay
    ...     decaying.step(theta, np.array([0.0]), np.empty((0, 1)), t, learning_rate=1.0)
    >>> theta
    array([3.])
    """

    optimizer: Optimizer
    weight_decay: float
    schedule: Schedule
    epochs: float
    steps_per_epoch: int

    def __post_init__(self) -> None:
        require_not_negative("weight_decay", self.weight_decay)
        require_positive("epochs", self.epochs)
        require_positive("steps_per_epoch", self.steps_per_epoch)

    @property
    def slots(self) -> int:
        """As many as the optimizer's."""
        return self.optimizer.slots

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Update `theta` and the optimizer's memory in place."""
        epoch: Any = (t - 1) / self.steps_per_epoch
        theta *= 1 - learning_rate * self.weight_decay * self.schedule(epoch, self.epochs)
        self.optimizer.step(theta, grad, state, t, learning_rate)
