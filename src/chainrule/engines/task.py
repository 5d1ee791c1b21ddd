"""What an engine is asked to do, what it remembers meanwhile, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array, Rows
from chainrule.layers import Layer
from chainrule.losses import Loss
from chainrule.optimizers import Optimizer, fresh_state
from chainrule.penalties import NO_PENALTY, Penalty


@dataclass(frozen=True, eq=False)
class Task:
    """What to learn and how: the same for all epochs of a run.

    Attributes
    ----------
    x : array or SciPy CSR matrix of shape (n, n_features)
    y : array of shape (n, n_outputs)
    loss : Loss
        Of the last layer's z.
    optimizer : Optimizer
    batch_size : int
        Rows per step; the last step of an epoch may have fewer.
    sample_weight : array of shape (n,), optional
        Of the network's dtype, at least 0. A batch's loss is Σ wᵢ ℓᵢ / Σ wᵢ; a batch without
        any weight has the loss 0.
    penalty : Penalty
        Added to the loss of every batch.
    dropout : tuple of float
        For each layer, the share of its inputs that is left out in a step; () means none.
    clip_norm : float
        A gradient whose norm ‖g‖₂ is above this is scaled down to it.
    seed : int
        Of the dropout masks.
    loss_by_rows : bool
        Whether an epoch's loss is the mean of its batches' by their numbers of rows, as by
        scikit-learn, also where the samples have weights; else by the sums of the weights.
    rows : array of int of shape (n_rows,), optional
        The rows of the table that are learned from, so that tasks on different rows share one
        table; by default all of them.
    """

    x: Rows
    y: Array
    loss: Loss
    optimizer: Optimizer
    batch_size: int
    sample_weight: Array | None = None
    penalty: Penalty = NO_PENALTY
    dropout: tuple[float, ...] = ()
    clip_norm: float = inf
    seed: int = 0
    loss_by_rows: bool = False
    rows: NDArray[np.integer[Any]] | None = None

    @property
    def n_rows(self) -> int:
        """The number of rows that an epoch visits."""
        return len(self.y if self.rows is None else self.rows)

    def first_order(self) -> NDArray[np.integer[Any]]:
        """Return the rows in the order in which they stand; the first epoch permutes a copy."""
        return np.arange(len(self.y)) if self.rows is None else self.rows


@dataclass(eq=False)
class TrainingState:
    """What training remembers between steps besides θ, so that a run can go on exactly.

    Attributes
    ----------
    slots : array of shape (optimizer.slots, n_parameters)
        The optimizer's memory; updated in place.
    t : int
        Steps taken so far.
    order : array of int of shape (n_rows,)
        The order of the last epoch; each epoch permutes it further.
    """

    slots: Array
    t: int
    order: NDArray[np.integer[Any]]

    @classmethod
    def fresh(cls, task: Task, theta: Array) -> TrainingState:
        """Return the state before the first step."""
        return cls(slots=fresh_state(task.optimizer, theta), t=0, order=task.first_order())


class EpochResult(NamedTuple):
    """What is known of an epoch when it is over.

    Attributes
    ----------
    loss : float
        Mean over the samples, by their weight, each taken just before the step that used it;
        with the penalty as it was then.
    gradient_norm : float
        Root mean square over the steps of ‖∂L/∂θ‖₂, before clipping.
    """

    loss: float
    gradient_norm: float


class Trainer(Protocol):
    """A training that runs; an engine may hold threads and buffers in it.

    Attributes
    ----------
    leaves_a_core : bool
        Whether, while an epoch runs, a core is free for something else of the same run.
    """

    leaves_a_core: bool

    def run_epoch(self, order: NDArray[np.integer[Any]], learning_rates: Array, /) -> EpochResult:
        """Train the layers in place for one epoch, and count its steps in the state.

        Parameters
        ----------
        order : array of int of shape (n_rows,)
            The rows in the order in which they are visited.
        learning_rates : array of shape (n_steps,)

        Raises
        ------
        DivergenceError
            As soon as a number is not finite.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds; called once, however the run ends."""
        ...


class Engine(Protocol):
    """What the training loop asks of an engine."""

    @property
    def name(self) -> str:
        """Its name in the table of engines."""
        ...

    def start(self, layers: Sequence[Layer], task: Task, state: TrainingState, /) -> Trainer:
        """Get ready to train the layers in place."""
        ...

    def predict(self, layers: Sequence[Layer], x: Rows, /) -> Array:
        """Return the last layer's z, of shape (n, n_outputs), for the rows of `x`."""
        ...

    def output(self, layers: Sequence[Layer], x: Any, loss: Loss | None, /) -> Array | None:
        """Return the last layer's a, or the loss's link of its z, at once if `x` allows.

        None says that `x` is to be checked and brought to the network's dtype first, or that
        it has a number that is not finite.
        """
        ...
