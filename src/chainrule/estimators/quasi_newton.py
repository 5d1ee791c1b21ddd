"""L-BFGS: SciPy takes the steps, an engine gives the loss of all rows and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np
from scipy.optimize import minimize

from chainrule.arrays import Array
from chainrule.engines import Engine, Task, TrainingState
from chainrule.layers import Layer, joined


@dataclass(frozen=True)
class _KeepGradient:
    """An optimizer that goes nowhere: it leaves the gradient in its memory."""

    slots: ClassVar[int] = 1

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Copy the gradient."""
        state[0] = grad


class Minimum(NamedTuple):
    """How a minimisation ended.

    Attributes
    ----------
    loss : float
    n_iter : int
    converged : bool
    reason : str
        In SciPy's words.
    """

    loss: float
    n_iter: int
    converged: bool
    reason: str


def minimise(
    layers: Sequence[Layer],
    task: Task,
    engine: Engine,
    *,
    max_iter: int,
    max_fun: int,
    tol: float,
) -> Minimum:
    """Bring θ to a minimum of the loss over all the task's rows.

    Liu & Nocedal 1989, "On the limited memory BFGS method for large scale optimization".

    Parameters
    ----------
    layers : sequence of Layer
        Trained in place.
    task : Task
        Its optimizer and batch size do not matter.
    engine : Engine
    max_iter, max_fun : int
        The most iterations, the most evaluations of the loss.
    tol : float
        It has converged when no entry of the gradient is larger.
    """
    n = len(task.y)
    whole = replace(task, optimizer=_KeepGradient(), batch_size=n)
    theta, order, rate = joined(layers), np.arange(n), np.ones(1)
    state = TrainingState.fresh(whole, theta)
    trainer = engine.start(layers, whole, state)

    def loss_and_gradient(point: Array) -> tuple[float, Array]:
        theta[:] = point
        result = trainer.run_epoch(order, rate)
        return result.loss, state.slots[0].astype(np.float64)

    try:
        found = minimize(
            loss_and_gradient,
            theta.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            options={"maxfun": max_fun, "maxiter": max_iter, "gtol": tol},
        )
    finally:
        trainer.close()
    theta[:] = found.x
    message = found.message if isinstance(found.message, str) else found.message.decode("latin1")
    return Minimum(float(found.fun), int(found.nit), found.status == 0, message)
