"""L-BFGS: SciPy takes the steps, an engine gives the loss of all rows and its gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple, TypeAlias

import numpy as np
from scipy.optimize import minimize

from chainrule.arrays import Array
from chainrule.divergence import DivergenceError
from chainrule.engines import Engine, Task, TrainingState
from chainrule.layers import Layer, joined

Evaluate: TypeAlias = Callable[[Array], tuple[float, Array]]
"""``evaluate(point) -> (loss, gradient)``."""

_STOPPED = 99  # SciPy's status when its callback raises StopIteration


@dataclass(frozen=True)
class _KeepGradient:
    """An optimizer that leaves θ alone and copies the gradient into its memory."""

    slots: ClassVar[int] = 1

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Copy the gradient."""
        state[0] = grad


_KEEP_GRADIENT = _KeepGradient()  # one for all fits: kernels are known by it


class Minimum(NamedTuple):
    """How a minimisation ended.

    Attributes
    ----------
    loss : float
    n_iter : int
    status : int
        SciPy's: 0 if it has converged.
    reason : str
        In SciPy's words.
    asked_to_stop, interrupted : bool
        Whether `watch` ended it, or Ctrl-C.
    """

    loss: float
    n_iter: int
    status: int
    reason: str
    asked_to_stop: bool = False
    interrupted: bool = False


def minimise(
    layers: Sequence[Layer],
    task: Task,
    engine: Engine,
    *,
    max_iter: int,
    max_fun: int,
    tol: float,
    watch: Callable[[int, float], bool] = lambda n_iter, loss: False,
    answered: Callable[[Evaluate], Evaluate] = lambda evaluate: evaluate,
) -> Minimum:
    """Bring θ to a minimum of the loss over all the task's rows.

    Liu & Nocedal 1989, "On the limited memory BFGS method for large scale optimization".

    Parameters
    ----------
    layers : sequence of Layer
        Trained in place; after Ctrl-C, or if a number is not finite any more, they have the
        weights of the last whole iteration.
    task : Task
        Its optimizer and batch size do not matter.
    engine : Engine
    max_iter, max_fun : int
        The most iterations, the most evaluations of the loss.
    tol : float
        It has converged when no entry of the gradient is larger.
    watch : callable
        ``watch(n_iter, loss) -> bool`` after every iteration; True ends it.
    answered : callable
        Given the evaluation, returns one that may know some of the answers already.

    Raises
    ------
    DivergenceError
        With the iteration as its epoch.
    """
    whole = replace(task, optimizer=_KEEP_GRADIENT, batch_size=task.n_rows)
    theta, order, rate = joined(layers), task.first_order(), np.ones(1)
    state = TrainingState.fresh(whole, theta)
    last = _Iteration(theta)
    trainer = engine.start(layers, whole, state)

    def loss_and_gradient(point: Array) -> tuple[float, Array]:
        theta[:] = point
        result = trainer.run_epoch(order, rate)
        return result.loss, state.slots[0].astype(np.float64)

    def iteration_is_over(intermediate_result: Any) -> None:
        last.take(intermediate_result)
        theta[:] = last.theta
        if watch(last.n_iter, last.loss):
            raise StopIteration

    try:
        found = minimize(
            answered(loss_and_gradient),
            theta.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=iteration_is_over,
            options={"maxfun": max_fun, "maxiter": max_iter, "gtol": tol},
        )
    except KeyboardInterrupt:
        theta[:] = last.theta
        return Minimum(last.loss, last.n_iter, _STOPPED, reason="", interrupted=True)
    except DivergenceError as error:
        theta[:] = last.theta
        error.epoch, error.weights_epoch = last.n_iter + 1, last.n_iter
        raise
    finally:
        trainer.close()
    theta[:] = found.x
    message = found.message if isinstance(found.message, str) else found.message.decode("latin1")
    stopped = found.status == _STOPPED
    return Minimum(float(found.fun), int(found.nit), int(found.status), message, stopped)


class _Iteration:
    """The weights and the loss at the end of the last whole iteration."""

    def __init__(self, theta: Array) -> None:
        self.theta, self.loss, self.n_iter = theta.copy(), np.inf, 0

    def take(self, result: Any) -> None:
        """Keep what SciPy found."""
        self.theta, self.loss = result.x.copy(), float(result.fun)
        self.n_iter += 1
