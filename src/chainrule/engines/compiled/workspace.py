"""What lies between the kernels of a step: every array they hand to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engines.compiled import batch
from chainrule.engines.compiled.blocks import Blocks
from chainrule.engines.compiled.cuts import (
    Panel,
    cut_batch,
    cut_weights,
    gradient_by_groups,
    has_copy_of_weights,
    rounded_up,
    spans_of,
    width_of_panels,
)
from chainrule.engines.compiled.forward import Desk
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.program import OWN
from chainrule.engines.task import Task
from chainrule.layers import Layer, joined


@dataclass(frozen=True)
class Workspace:
    """The arrays between the kernels: parameters, gradient, the activations of one batch.

    Attributes
    ----------
    width : int
        Of the panels.
    theta : array of shape (n_parameters,)
    grad : int
        Where the gradient goes, by address: of all of θ if it is clipped, else a worker's own, of
        the task at hand.
    slots : array of shape (n_slots, n_parameters)
    by_sample : list of arrays of shape (rows, n_inputs)
        Every layer's a_prev, rows and columns rounded up to the lanes; of a grouped layer with room
        for a vector more.
    dz : list of arrays of shape (spans × n_neurons, columns)
        Every layer's: the panels of a span lie side by side.
    values : array of shape (rows,)
        The samples' losses, times their share.
    shares : array of shape (rows,)
        wᵢ / Σw, if the samples have weights.
    desk : Desk
        The first worker's, its addresses marked as its own.
    own : list of lists of arrays
        What each worker has to itself: the record of the batch, then everyone's in the same order.
    turned : list of arrays of shape (n_inputs, n_neurons), or None
        Wᵀ of the layers that have a copy of it.
    partials : array of shape (groups, n_parameters), optional
        Each group of panels' part of the gradient, where that is less than a_prev and dz.
    """

    width: int
    theta: NDArray[Any]
    grad: int
    slots: NDArray[Any]
    by_sample: list[NDArray[Any]]
    dz: list[NDArray[Any]]
    values: NDArray[Any]
    shares: NDArray[Any]
    desk: Desk
    own: list[list[NDArray[Any]]]
    turned: list[NDArray[Any] | None]
    partials: NDArray[Any] | None

    def spans(self, panels: Sequence[Panel]) -> list[Sequence[Panel]]:
        """Return the panels whose dz lie side by side: those that are summed over at once."""
        return spans_of(panels, by_groups=self.partials is not None)

    @property
    def records(self) -> list[NDArray[np.int64]]:
        """Return the batch's records, one for each worker."""
        return [record for record, *_ in self.own]

    @classmethod
    def for_batches(
        cls,
        layers: Sequence[Layer],
        task: Task,
        slots: NDArray[Any],
        kernels: Kernels,
        workers: int,
        memory: Memory,
    ) -> Workspace:
        """Allocate it for batches of up to the task's size."""
        lanes = kernels.lanes
        width = width_of_panels(layers, task.batch_size, lanes)
        panels = cut_batch(task.batch_size, width, lanes)
        rows = rounded_up(task.batch_size, lanes)
        by_groups = gradient_by_groups(layers, panels)
        spans = spans_of(panels, by_groups=by_groups)
        last = cut_batch(task.n_rows % task.batch_size, width, lanes)  # it may be grouped otherwise
        columns = max(
            sum(panel.width for panel in span)
            for span in [*spans, *spans_of(last, by_groups=by_groups)]
        )

        def zeros(*shape: int) -> NDArray[Any]:
            return memory.zeros(shape, kernels.dtype)

        theta = joined(layers)
        blocks = [Blocks.of(layer) for layer in layers]
        desk = Desk(blocks, kernels, width, task.dropout, memory, trains=True, mark=OWN)
        first = [memory.zeros(batch.BYTES // 8, np.int64), *desk.arrays]
        if isfinite(task.clip_norm):
            grad = address(zeros(theta.size))
        else:
            largest = max(part.parameters for part in cut_weights(layers, task.batch_size, lanes))
            first.append(zeros(largest))
            grad = OWN + address(first[-1])
        others = [[memory.zeros(a.shape, a.dtype) for a in first] for _ in range(workers - 1)]
        return cls(
            width=width,
            theta=theta,
            grad=grad,
            slots=slots,
            by_sample=[
                memory.zeros_in_rows(rows, _columns(layer, lanes), kernels.dtype)
                for layer in blocks
            ],
            dz=[
                memory.zeros_in_rows(len(spans) * layer.n_neurons, columns, kernels.dtype)
                for layer in layers
            ],
            values=zeros(rows),
            shares=zeros(rows),
            desk=desk,
            own=[first, *others],
            turned=[
                memory.zeros_in_rows(
                    layer.n_inputs, rounded_up(layer.n_neurons, lanes), kernels.dtype
                )
                if has_copy_of_weights(layers, number, task.batch_size, lanes)
                else None
                for number, layer in enumerate(layers)
            ],
            partials=zeros(len(spans), theta.size) if by_groups else None,
        )


def _columns(layer: Blocks, lanes: int) -> int:
    """Return room for whole vectors of a_prev, also from a later block's first input on."""
    return rounded_up(layer.n_inputs, lanes) + (lanes if layer.is_grouped else 0)
