"""The path of batches of one: a kernel made for the architecture runs the epoch by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.engines.compiled import batch
from chainrule.engines.compiled.code import function_at
from chainrule.engines.compiled.forward import Table
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.registers import MOST_VECTORS, vectors
from chainrule.engines.compiled.samples import Shape
from chainrule.engines.compiled.streaming import room_needed
from chainrule.engines.task import Task
from chainrule.layers import Layer, joined


def is_online(layers: Sequence[Layer], task: Task) -> bool:
    """Say whether this path can run the task; the path of batches can run all."""
    if any(len(layer.groups) > 1 for layer in layers):
        return False
    plain = not task.penalty and not any(task.dropout) and not isfinite(task.clip_norm)
    dense = isinstance(task.x, np.ndarray)
    return task.batch_size == 1 and task.sample_weight is None and plain and dense


class Online:
    """One sample a step; small networks without an optimizer's memory stay in registers."""

    def __init__(
        self, layers: Sequence[Layer], task: Task, slots: NDArray[Any], kernels: Kernels
    ) -> None:
        self._memory = memory = Memory()
        shapes = tuple(Shape(layer.n_inputs, layer.n_neurons, layer.activation) for layer in layers)
        x, y = self._tables = [Table(rows, kernels.dtype) for rows in (task.x, task.y)]
        theta = memory.hold(joined(layers))
        self.records = [memory.zeros(batch.BYTES // 8, np.int64)]
        self._arguments = memory.zeros(10, np.int64)
        self._arguments[:7] = [
            *x.arguments,
            *y.arguments,
            address(self.records[0]),
            0,
            address(theta),
        ]
        if task.optimizer.slots == 0 and vectors(shapes, kernels.lanes) <= MOST_VECTORS:
            kernel = kernels.registers(shapes, task.loss, task.optimizer)
        else:
            kernel = kernels.streaming(shapes, task.loss, task.optimizer)
            room = memory.zeros(room_needed(shapes, kernels.lanes), kernels.dtype)
            self._arguments[7:] = [address(memory.hold(slots)), theta.nbytes, address(room)]
        self._run = function_at(kernel)

    def run(self, rows: int, steps: int) -> None:
        """Run steps on batches of `rows` samples: of one."""
        self._arguments[5] = steps
        self._run(address(self._arguments))

    def gradients(self) -> Iterator[tuple[int, str, Array]]:
        """Yield nothing: this path keeps no gradient."""
        yield from ()

    def close(self) -> None:
        """Do nothing: there are no threads."""
