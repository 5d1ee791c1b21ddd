"""The training loop: epochs, what is recorded of them, and the orderly ways to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np

from chainrule.arrays import Array, Rows
from chainrule.divergence import DivergenceError
from chainrule.engines import Engine, Task, Trainer, TrainingState
from chainrule.layers import Layer, joined, make_writable
from chainrule.losses import Loss
from chainrule.schedules import Schedule
from chainrule.training.callbacks import Callback, Run
from chainrule.training.history import CALLBACK_ASKED, History
from chainrule.training.orders import Orders, generator_state, set_generator_state
from chainrule.training.state import RunState

Metric: TypeAlias = Callable[[Array, Array], float]
"""``metric(y, prediction) -> float`` on arrays of shape (n, n_outputs)."""


class Samples(NamedTuple):
    """Rows with what is right for them: x (n, n_features), y (n, n_outputs), weights (n,)."""

    x: Rows
    y: Array
    sample_weight: Array | None = None


@dataclass(frozen=True)
class Plan:
    """How a run goes; every field is what `Perceptron.fit` says of the parameter of that name."""

    epochs: int
    learning_rate: float
    schedule: Schedule
    engine: Engine
    shuffle: bool = True
    validation: Samples | None = None
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    callbacks: Sequence[Callback] = ()


def train(
    layers: Sequence[Layer],
    task: Task,
    plan: Plan,
    state: RunState | None = None,
    *,
    keeps_memory: bool = True,
) -> History:
    """Train the layers in place.

    Parameters
    ----------
    layers : sequence of Layer
    task : Task
    plan : Plan
    state : RunState, optional
        A new one, or that of an earlier run of the task, to go on with: its epochs count among
        those of the plan. Changed in place: however the run ends, it is that of the last whole
        epoch.
    keeps_memory : bool
        Whether `state` is also then that of the last whole epoch when the run ends within one;
        it costs a copy of the optimizer's memory every epoch.

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
    resumable = state is not None and keeps_memory
    state = RunState() if state is None else state
    run = Run(layers, state.history, plan.epochs, state)
    make_writable(layers)
    if run.epoch < plan.epochs:
        state.return_to_last(run.theta)
    state.steps_of(task, joined(layers))
    try:
        with ExitStack() as stack:
            for callback in plan.callbacks:
                if isinstance(callback, AbstractContextManager):
                    stack.enter_context(callback)
            _run_epochs(run, task, plan, state, _Snapshot(run, state, with_memory=resumable))
    except DivergenceError as error:
        error.weights_epoch = run.history.weights_epoch  # a callback may have restored others
        raise
    return run.history


def _run_epochs(run: Run, task: Task, plan: Plan, state: RunState, whole: _Snapshot) -> None:
    history, steps = state.history, state.steps_of(task, run.theta)
    history.stopped, history.interrupted = "", False
    try:
        with ExitStack() as stack:
            trainer = stack.enter_context(closing(plan.engine.start(run.layers, task, steps)))
            ahead = plan.shuffle and trainer.leaves_a_core
            orders = stack.enter_context(closing(Orders(state.rng, task.n_rows, ahead=ahead)))
            for row in _epochs(run, trainer, task, plan, steps, orders=orders):
                history.rows.append(row)
                history.weights_epoch = len(history)
                whole.take()
                if _asked_to_stop(run, plan.callbacks):
                    history.stopped = history.stopped or CALLBACK_ASKED
                    break
        history.stopped = history.stopped or f"all {plan.epochs} epochs are over"
    except KeyboardInterrupt:
        whole.restore()
        del history.rows[history.weights_epoch :]
        history.interrupt(plan.epochs)
    except BaseException as error:
        whole.restore()
        if isinstance(error, DivergenceError):
            error.epoch = run.epoch + 1
        raise


class _Snapshot:
    """The weights and the state of the last whole epoch, and the way back to them.

    The optimizer's memory is kept only for a caller who can go on with it: it may be large.
    """

    def __init__(self, run: Run, state: RunState, *, with_memory: bool) -> None:
        assert state.state is not None
        self._run, self._state, self._rng = run, state.state, state.rng if with_memory else None
        self._thetas = [layer.theta.copy() for layer in run.layers]
        self._slots = self._state.slots.copy() if with_memory else None
        self._note()

    def take(self) -> None:
        """Keep what there is now: all of it, also where Ctrl-C comes meanwhile."""
        try:
            self._take()
        except KeyboardInterrupt:
            self._take()
            raise

    def _take(self) -> None:
        for theta, layer in zip(self._thetas, self._run.layers, strict=True):
            np.copyto(theta, layer.theta)
        if self._slots is not None:
            np.copyto(self._slots, self._state.slots)
        self._note()

    def _note(self) -> None:
        self._t, self._order = self._state.t, self._state.order
        self._epoch = len(self._run.history)
        self._drawn = None if self._rng is None else generator_state(self._rng)

    def restore(self) -> None:
        """Go back to what was kept; a callback's own arrays stay as they are."""
        make_writable(self._run.layers)
        self._run.theta[:] = np.concatenate(self._thetas)
        if self._slots is not None:
            self._state.slots[:] = self._slots
            set_generator_state(self._rng, self._drawn)
        self._state.t, self._state.order = self._t, self._order
        self._run.history.weights_epoch = self._epoch


def _asked_to_stop(run: Run, callbacks: Sequence[Callback]) -> bool:
    """Call all of them, also after one has asked to stop."""
    answers = [callback(run) for callback in callbacks]
    return any(isinstance(answer, bool | np.bool_) and answer for answer in answers)


def _epochs(
    run: Run, trainer: Trainer, task: Task, plan: Plan, steps: TrainingState, *, orders: Orders
) -> Iterator[dict[str, float]]:
    """Run one epoch at a time and yield its row of the history."""
    n_steps = -(-task.n_rows // task.batch_size)
    within = np.arange(n_steps) / n_steps
    for epoch in range(run.epoch, plan.epochs):
        start = time.perf_counter()
        if plan.shuffle:
            steps.order = orders.after(steps.order, last=epoch + 1 == plan.epochs)
        rates = plan.learning_rate * plan.schedule(epoch + within, plan.epochs)
        result = trainer.run_epoch(steps.order, rates)
        yield {
            "epoch": epoch + 1,
            "loss": result.loss,
            **_validation(run.layers, task.loss, plan),
            "learning_rate": float(rates[-1]),
            "gradient_norm": result.gradient_norm,
            "seconds": time.perf_counter() - start,
        }


def _validation(layers: Sequence[Layer], loss: Loss, plan: Plan) -> dict[str, float]:
    """Return the loss and the metrics on the validation rows, if there are any."""
    if plan.validation is None:
        return {}
    x, y, weights = plan.validation
    z = plan.engine.predict(layers, x)
    with np.errstate(all="ignore"):  # what is not finite is named below
        mean = float(np.average(loss.value(z.T, y.T), weights=weights))
    if not np.isfinite(mean):
        raise DivergenceError(len(layers), "validation_loss")
    prediction = loss.link(z.T).T
    scores = {f"validation_{name}": float(f(y, prediction)) for name, f in plan.metrics.items()}
    return {"validation_loss": mean, **scores}
