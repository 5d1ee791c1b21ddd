"""The training loop: epochs, what is recorded of them, and the orderly ways to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.divergence import DivergenceError
from chainrule.engines import Engine, Epoch
from chainrule.initializers import RandomSource
from chainrule.layers import Layer, joined
from chainrule.losses import Loss
from chainrule.optimizers import Optimizer, fresh_state
from chainrule.schedules import Schedule
from chainrule.training.callbacks import Callback, Run
from chainrule.training.history import History

Metric: TypeAlias = Callable[[Array, Array], float]
"""``metric(y, prediction) -> float`` on arrays of shape (n, n_outputs)."""


class Samples(NamedTuple):
    """Rows to learn from or to validate on: x (n, n_features), y (n, n_outputs)."""

    x: Array
    y: Array


@dataclass(frozen=True)
class Plan:
    """How to train; every field is what `Perceptron.fit` says of the parameter of that name.

    Attributes
    ----------
    loss : Loss
        Of the last layer's z.
    """

    loss: Loss
    optimizer: Optimizer
    learning_rate: float
    schedule: Schedule
    epochs: int
    batch_size: int
    engine: Engine
    rng: RandomSource
    shuffle: bool = True
    validation: Samples | None = None
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    callbacks: Sequence[Callback] = ()


def train(layers: Sequence[Layer], samples: Samples, plan: Plan) -> History:
    """Train the layers in place.

    Parameters
    ----------
    layers : sequence of Layer
    samples : Samples
    plan : Plan

    Returns
    -------
    History
        Ctrl-C ends the run with the weights of the last whole epoch, and the history says so.

    Raises
    ------
    DivergenceError
        If a loss or weight is not finite any more; the layers then have the weights of the
        last whole epoch.
    """
    run = Run(layers, History(), plan.epochs)
    try:
        with ExitStack() as stack:
            for callback in plan.callbacks:
                if isinstance(callback, AbstractContextManager):
                    stack.enter_context(callback)
            _run_epochs(run, samples, plan)
    except DivergenceError as error:
        error.weights_epoch = run.history.weights_epoch  # a callback may have restored others
        raise
    return run.history


def _run_epochs(run: Run, samples: Samples, plan: Plan) -> None:
    history = run.history
    whole = run.theta.copy(), 0  # weights and rows of the last whole epoch
    try:
        for row in _epochs(run.layers, samples, plan):
            history.rows.append(row)
            whole = run.theta.copy(), len(history)
            history.weights_epoch = len(history)
            if _asked_to_stop(run, plan.callbacks):
                history.stopped = history.stopped or "a callback asked to stop"
                break
        history.stopped = history.stopped or f"all {plan.epochs} epochs are over"
    except KeyboardInterrupt:
        run.theta[:], history.weights_epoch = whole
        del history.rows[history.weights_epoch :]
        history.interrupted = True
        history.stopped = f"interrupted when {run.epoch} of {plan.epochs} epochs were over"
    except BaseException as error:
        run.theta[:], _ = whole
        if isinstance(error, DivergenceError):
            error.epoch = run.epoch + 1
        raise


def _asked_to_stop(run: Run, callbacks: Sequence[Callback]) -> bool:
    """Call all of them, also after one has asked to stop."""
    answers = [callback(run) for callback in callbacks]
    return any(isinstance(answer, bool | np.bool_) and answer for answer in answers)


def _epochs(layers: Sequence[Layer], samples: Samples, plan: Plan) -> Iterator[dict[str, float]]:
    """Run one epoch at a time and yield its row of the history."""
    n = len(samples.x)
    n_steps = -(-n // plan.batch_size)
    order = np.arange(n)
    state = fresh_state(plan.optimizer, joined(layers))
    for epoch in range(plan.epochs):
        start = time.perf_counter()
        if plan.shuffle:
            order = order[plan.rng.permutation(n)]  # on top of the last order, as the page does
        times = epoch + np.arange(n_steps) / n_steps
        rates = plan.learning_rate * plan.schedule(times, plan.epochs)
        result = plan.engine.run_epoch(
            layers,
            Epoch(
                *samples,
                order,
                plan.batch_size,
                rates,
                plan.loss,
                plan.optimizer,
                state,
                t=epoch * n_steps,
            ),
        )
        yield {
            "epoch": epoch + 1,
            "loss": result.loss,
            **_validation(layers, plan),
            "learning_rate": float(rates[-1]),
            "gradient_norm": result.gradient_norm,
            "seconds": time.perf_counter() - start,
        }


def _validation(layers: Sequence[Layer], plan: Plan) -> dict[str, float]:
    """Return the loss and the metrics on the validation rows, if there are any."""
    if plan.validation is None:
        return {}
    x, y = plan.validation
    z = plan.engine.predict(layers, x)
    with np.errstate(all="ignore"):  # what is not finite is named below
        loss = float(plan.loss.value(z.T, y.T).mean())
    if not np.isfinite(loss):
        raise DivergenceError(len(layers), "validation_loss")
    prediction = plan.loss.link(z.T).T
    scores = {f"validation_{name}": float(f(y, prediction)) for name, f in plan.metrics.items()}
    return {"validation_loss": loss, **scores}
