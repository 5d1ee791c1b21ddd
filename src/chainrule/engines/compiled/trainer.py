"""A training run in machine code: Python sees an epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isfinite, sqrt
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.divergence import DivergenceError, require_finite_epoch, require_finite_step
from chainrule.engines import reference
from chainrule.engines.compiled import batch
from chainrule.engines.compiled.cuts import work_of_step
from chainrule.engines.compiled.memory import address
from chainrule.engines.task import EpochResult, Task, TrainingState
from chainrule.layers import Layer, joined

_WORK_AT_A_TIME = 2e10  # floating-point operations: some tenths of a second, then Ctrl-C is heard


class Path(Protocol):
    """One of the ways to compute a step."""

    records: list[NDArray[np.int64]]  # the batch's, one for each worker

    def run(self, rows: int, steps: int) -> None:
        """Run steps on batches of `rows` samples."""
        ...

    def gradients(self) -> Iterator[tuple[int, str, Array]]:
        """Yield dz, dW, db of each layer from the last step, from the last layer to the first."""
        ...

    def close(self) -> None:
        """Let go of threads and arrays."""
        ...


class CompiledTrainer:
    """Runs epochs, and names what is not finite.

    Parameters
    ----------
    layers : sequence of Layer
    task : Task
    state : TrainingState
    make_path : callable
        ``make_path() -> Path``: how a step is computed, for θ where it lies now.
    cores : int
        That this run may use.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        task: Task,
        state: TrainingState,
        make_path: Callable[[], Path],
        cores: int,
    ) -> None:
        self._layers, self._task, self._state = layers, task, state
        self._make_path, self._path = make_path, make_path()
        self.leaves_a_core = cores > len(self._path.records)
        self._theta = joined(layers)
        self._parts = [layer.theta for layer in layers]
        self._at_a_time = max(1, int(_WORK_AT_A_TIME / work_of_step(layers, task.batch_size)))

    def run_epoch(self, order: NDArray[np.integer[Any]], learning_rates: Array) -> EpochResult:
        """Train for one epoch.

        Raises
        ------
        DivergenceError
            As soon as a number is not finite.
        """
        self._follow_the_weights()
        rows_in_order = np.ascontiguousarray(order, dtype=np.int64)
        rates = np.ascontiguousarray(learning_rates, dtype=np.float64)
        self._rates = rates
        places = address(rows_in_order), address(rates)
        for record in self._path.records:
            batch.begin(record, *places, self._state.t)
        n, size = len(order), self._task.batch_size
        for rows, count in ((size, n // size), (n % size, 1)):
            if rows:
                self._run(rows, count, rows_in_order)
        self._require_finite_weights()
        totals = batch.totals(self._path.records[0])
        require_finite_epoch(self._layers, self._task.penalty, totals.loss)
        self._state.t += totals.steps
        return EpochResult(
            loss=totals.loss / (totals.weight or 1.0),
            gradient_norm=sqrt(totals.squares / totals.steps),
        )

    def _follow_the_weights(self) -> None:
        """Make a new path if θ lies elsewhere now: a callback may have regrouped the layers."""
        known = zip(self._layers, self._parts, strict=True)
        if all(layer.theta is part for layer, part in known):
            return
        theta = joined(self._layers)
        if address(theta) != address(self._theta):
            self._path.close()
            self._path = self._make_path()
        self._theta, self._parts = theta, [layer.theta for layer in self._layers]

    def _run(self, rows: int, count: int, order: NDArray[np.int64]) -> None:
        """Run steps on batches of one size, a while at a time."""
        record = self._path.records[0]
        end = batch.steps(record) + count
        while (left := end - batch.steps(record)) > 0:
            self._path.run(rows, min(self._at_a_time, left))
            if batch.stopped(record):
                self._look_into(batch.totals(record), order)
                for each in self._path.records:
                    batch.go_on(each, rows, self._state.t)

    def close(self) -> None:
        """Let go of the threads and arrays."""
        self._path.close()

    def _look_into(self, totals: batch.Totals, order: NDArray[np.int64]) -> None:
        """Name the first number that is not finite in the step that stopped.

        If there is none (it was ‖g‖² that overflowed), the step is brought to its end.
        """
        if totals.stop == batch.LOSS_NOT_FINITE:
            self._step_in_numpy(totals, order)
            return
        for number, quantity, numbers in self._path.gradients():
            if not np.isfinite(numbers).all():
                raise DivergenceError(number, quantity)
        if isfinite(self._task.clip_norm):
            raise DivergenceError(1, "gradient norm")

    def _step_in_numpy(self, totals: batch.Totals, order: NDArray[np.int64]) -> None:
        """Do the step again, from weights that are as they were before it."""
        self._require_finite_weights()
        rows = order[totals.steps * self._task.batch_size :][: self._task.batch_size]
        t = self._state.t + totals.steps + 1
        with np.errstate(all="ignore"):
            step = reference.differentiate(self._layers, self._task, rows, t)
            require_finite_step(self._layers, step.values, step.gradients, step.penalties)
            if not np.isfinite(step.loss):
                raise DivergenceError(len(self._layers), "loss")
            theta, grad = joined(self._layers), reference.flat(self._layers, step.gradients)
            rate = float(self._rates[totals.steps])
            self._task.optimizer.step(theta, grad, self._state.slots, t, rate)
        for record in self._path.records:
            batch.add(record, step.loss * step.weight, step.weight, step.gradient_norm**2)

    def _require_finite_weights(self) -> None:
        if np.isfinite(self._theta).all():
            return
        for number, layer in enumerate(self._layers, start=1):
            for quantity, numbers in (("W", layer.weights), ("b", layer.biases)):
                if not np.isfinite(numbers).all():
                    raise DivergenceError(number, quantity)
