"""The path of batches: a step's programs, run by the workers side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.engines.compiled import batch
from chainrule.engines.compiled.blocks import Blocks
from chainrule.engines.compiled.cuts import cut_batch
from chainrule.engines.compiled.forward import Table
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.pace import Pace
from chainrule.engines.compiled.step import StepWriter
from chainrule.engines.compiled.waiting import LINE
from chainrule.engines.compiled.workers import Workers, system_calls
from chainrule.engines.compiled.workspace import Workspace
from chainrule.engines.task import Task
from chainrule.layers import Layer


class _Jobs(NamedTuple):
    """The workers' programs; arguments of `program.run`, each with a 0 behind; their addresses."""

    programs: list[NDArray[np.int64]]
    arguments: NDArray[np.int64]
    addresses: list[int]


class MiniBatches:
    """The path of batches: programs, run by the workers side by side.

    Parameters
    ----------
    layers : sequence of Layer
    task : Task
    slots : array of shape (n_slots, n_parameters)
    kernels : Kernels
    workers : Workers
    pace : Pace
        Says how many of the workers run.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        task: Task,
        slots: NDArray[Any],
        kernels: Kernels,
        workers: Workers,
        pace: Pace,
    ) -> None:
        self._memory = memory = Memory()
        self._layers, self._task, self._kernels = layers, task, kernels
        self._workers, self._pace = workers, pace
        self._space = Workspace.for_batches(layers, task, slots, kernels, workers.count, memory)
        self._tables = Table(task.x, kernels.dtype), Table(task.y, kernels.dtype)
        self.records = self._space.records
        self._meeting = memory.zeros((workers.count, LINE // 8), np.int64)  # of the barrier
        self._writers: dict[int, StepWriter] = {}  # by the rows of a batch
        self._jobs: dict[tuple[int, int], _Jobs] = {}  # by that, and the number of workers
        for rows in {task.batch_size, task.n_rows % task.batch_size} - {0}:
            self._written(rows, workers.count)  # what cannot be traced shows now
        self._turn = self._turning()

    def _written(self, rows: int, workers: int) -> _Jobs:
        """Return the workers' jobs for batches of a size."""
        if (rows, workers) not in self._jobs:
            memory, step = self._memory, self._writer(rows)
            meeting = address(self._meeting)
            jobs = memory.zeros((workers, 5), np.int64)
            programs = []
            for i in range(workers):
                barrier = [meeting, i, workers, *system_calls()]
                programs.append(step.program(i, workers, barrier))
                jobs[i] = address(programs[i]), address(self.records[i]), 0, rows, 0
            self._jobs[rows, workers] = _Jobs(programs, jobs, [address(job) for job in jobs])
        return self._jobs[rows, workers]

    def _writer(self, rows: int) -> StepWriter:
        if rows not in self._writers:
            self._writers[rows] = StepWriter(
                *(self._kernels, self._layers, self._task, self._tables, self._space, rows),
                self._memory,
            )
        return self._writers[rows]

    def _turning(self) -> Callable[[], None] | None:
        """Return what makes all copies of Wᵀ, if there are any."""
        if all(copy is None for copy in self._space.turned):
            return None
        record = self._memory.zeros(batch.BYTES // 8, np.int64)
        turning = self._writer(self._task.batch_size).turning()
        return turning.alone(self._kernels.run, record, self._memory)

    def program(self, rows: int) -> NDArray[np.int64]:
        """Return the program of a step on so many rows, as one worker runs it."""
        return self._written(rows, 1).programs[0]

    def run(self, rows: int, steps: int) -> None:
        """Run steps on batches of `rows` samples, unless one asks to stop."""
        self._rows = rows
        if self._turn:  # θ may have changed since the last epoch
            self._turn()
        if rows < self._task.batch_size:  # a smaller last batch tells nothing of the others
            self._run_steps(rows, steps, self._pace.fastest())
            return
        while steps and not batch.stopped(self.records[0]):
            workers, most = self._pace.choice()
            count = min(steps, most)
            self._written(rows, workers)  # which is not to be measured
            with self._pace.measured(workers, count):
                self._run_steps(rows, count, workers)
            steps -= count

    def _run_steps(self, rows: int, steps: int, workers: int) -> None:
        jobs = self._written(rows, workers)
        for numbers in (self._meeting, *self._writer(rows).places):
            numbers[:] = 0  # a step that is done again has the number it had
        jobs.arguments[:, 2] = steps
        for record in self.records[1:workers]:
            record[:] = self.records[0]
        self._workers.run(jobs.addresses)

    def gradients(self) -> Iterator[tuple[int, str, Array]]:
        """Yield dz, dW, db of each layer from the last step, from the last layer to the first."""
        space = self._space
        panels = cut_batch(self._rows, space.width, self._kernels.lanes)
        spans = space.spans(panels)
        for number in reversed(range(len(self._layers))):
            layer = self._layers[number]
            parts = space.dz[number].reshape(-1, layer.n_neurons, space.dz[number].shape[1])
            samples = (sum(panel.samples for panel in span) for span in spans)
            dz = np.concatenate([parts[i, :, :m] for i, m in enumerate(samples)], axis=1)
            a_prev = space.by_sample[number][: self._rows]
            yield number + 1, "dz", dz
            with np.errstate(all="ignore"):
                for quantity, numbers in _gradients(layer, dz, a_prev):
                    yield number + 1, quantity, numbers

    def close(self) -> None:
        """End the threads."""
        self._workers.close()


def _gradients(layer: Layer, dz: Array, a_prev: Array) -> Iterator[tuple[str, Array]]:
    """Yield dW, db of each of a layer's blocks that learn."""
    for block in Blocks.of(layer).blocks:
        if block.parameters:
            rows = dz[block.first_neuron : block.first_neuron + block.n_neurons]
            yield "dW", rows @ a_prev[:, block.first_input : block.first_input + block.n_inputs]
            yield "db", rows.sum(axis=1)
