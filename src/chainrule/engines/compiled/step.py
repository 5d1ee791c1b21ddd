"""One step on a batch as programs: the formulas of the two passes as calls of kernels.

    panels   a few samples each: gather, forward, loss, back to every layer's dz
    tasks    a few rows of a layer's weights each: dW, db, penalty, the optimizer's step

All panels come before all tasks, with a barrier between; another closes the step. Each worker has
a share of them, and then helps the others with what they have not begun. Where the weights
are fewer than the activations, dW and db are summed over groups of panels right after those, and
the tasks add the groups up.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, chain
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.engines.compiled import batch
from chainrule.engines.compiled.blocks import Block
from chainrule.engines.compiled.cuts import (
    Panel,
    WeightRows,
    WeightTask,
    cut_batch,
    cut_weights,
    rounded_up,
    shared_out,
)
from chainrule.engines.compiled.forward import Network, Table, write_layer, write_sparse_rows
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.masks import ROWS_AT_A_TIME
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.products import Product
from chainrule.engines.compiled.program import OWN, Program
from chainrule.engines.compiled.waiting import LINE
from chainrule.engines.compiled.workspace import Workspace
from chainrule.engines.task import Task
from chainrule.layers import Layer

_FEW_PIECES = 2  # for each worker: so few are not worth asking who has done them
_HELPED = 3  # other workers: their pieces have to be written down for each that helps


class _Pieces(NamedTuple):
    """The pieces of work of a step, each with a program of its own."""

    panels: list[Program]
    tasks: list[Program]


class StepWriter:
    """Writes the programs of one step, for batches of one size.

    Parameters
    ----------
    kernels : Kernels
    layers : sequence of Layer
    task : Task
    tables : pair of Table
        x and y.
    workspace : Workspace
        What a worker has to itself is the first one's, in what is written first.
    rows : int
        Of the batch: no more than the workspace has room for.
    memory : Memory
    """

    def __init__(
        self,
        kernels: Kernels,
        layers: Sequence[Layer],
        task: Task,
        tables: tuple[Table, Table],
        workspace: Workspace,
        rows: int,
        memory: Memory,
    ) -> None:
        self.kernels, self.layers, self.task, self.space = kernels, layers, task, workspace
        self.network = Network(layers, workspace.theta)
        self._all_by_sample, self._all_dz = map(_in_rows, (workspace.by_sample, workspace.dz))
        self.desk, self.record = workspace.desk, OWN + address(workspace.records[0])
        self.x, self.y = tables
        self.rows = rows
        self.size = kernels.dtype.itemsize
        self.panels = cut_batch(rows, workspace.width, kernels.lanes)
        self.spans = workspace.spans(self.panels)
        self._columns = {  # of dz: each panel's span, and where in it the panel begins
            panel.number: (number, panel.first - span[0].first)
            for number, span in enumerate(self.spans)
            for panel in span
        }
        by_groups = workspace.partials is not None
        self.groups = self.spans if by_groups else [[panel] for panel in self.panels]
        self.tasks = cut_weights(layers, task.batch_size, kernels.lanes)
        self.places = [  # of the pieces of work, for `Program.piece`
            memory.zeros((len(parts), LINE // 8), np.int64) for parts in (self.groups, self.tasks)
        ]
        self._parts = list(accumulate((len(task.parts) for task in self.tasks), initial=0))
        self.squares = memory.zeros(len(self.tasks), np.float64)  # Σg²
        self.penalties = memory.zeros(self._parts[-1], np.float64)  # R(W) of each task's parts
        self.limit = memory.hold(np.array([task.clip_norm]))
        self.dropout = task.dropout or (0.0,) * len(layers)
        scales = [1 / (1 - rate) for rate in self.dropout]
        self.dropout_scales = memory.hold(np.array(scales, kernels.dtype))
        self.shares = workspace.shares
        self.sample_weight = task.sample_weight
        if self.sample_weight is None:
            self.shares = memory.zeros(workspace.shares.size, kernels.dtype)
            self.shares[:rows] = 1 / rows  # the mean over the samples: the only 1/m there is
        else:
            self.sample_weight = memory.hold(
                np.ascontiguousarray(self.sample_weight, kernels.dtype)
            )

    def program(self, worker: int, workers: int, barrier: Sequence[int]) -> NDArray[np.int64]:
        """Return one worker's part of the step."""
        program = Program()

        def meet() -> None:
            if workers > 1:
                program.call(self.kernels.barrier, barrier)

        def add(pieces: Sequence[Program], shares: Sequence[range], places: NDArray[Any]) -> None:
            """Add the worker's own share and, if the pieces are many, what others left."""
            if len(pieces) <= _FEW_PIECES * workers or workers == 1:
                for number in shares[worker]:
                    program.add(pieces[number])
                return
            others = [*shares[worker + 1 :], *shares[:worker]][:_HELPED]
            for number in chain(shares[worker], *(share[::-1] for share in others)):
                with program.piece(self.kernels.claim, address(places[number]), self.record):
                    program.add(pieces[number])

        weights = 0 if self.sample_weight is None else address(self.sample_weight)
        program.call(self.kernels.add_weights, [self.record, weights, self.task.loss_by_rows])
        samples = [sum(panel.samples for panel in group) for group in self.groups]
        add(self._pieces.panels, shared_out(samples, workers), self.places[0])
        meet()
        self._settle_loss(program)
        tasks = shared_out([part.parameters for part in self.tasks], workers)
        add(self._pieces.tasks, tasks, self.places[1])
        meet()
        if self._clips:
            self._clip(program, tasks[worker])
            meet()
        self._settle_gradient(program)
        return program.words_of_worker(self.space.own[0], self.space.own[worker])

    @cached_property
    def _pieces(self) -> _Pieces:
        """Write every piece of work once, as the first worker does it."""
        pieces = _Pieces([Program() for _ in self.groups], [Program() for _ in self.tasks])
        for number, (program, group) in enumerate(zip(pieces.panels, self.groups, strict=True)):
            for panel in group:
                self._forward(program, panel)
                self._backward(program, panel)
            if self.space.partials is not None:
                self._partial_gradients(program, number, group)
        for number, program in enumerate(pieces.tasks):
            grad = self._grad(number)
            self._gradients(program, number, grad)
            if not self._clips:
                self._update(program, number, grad)
        return pieces

    # Panels ------------------------------------------------------------------------------

    def _forward(self, program: Program, panel: Panel) -> None:
        self._gather(program, panel)
        for number in range(len(self.layers)):
            self._drop(program, number, panel)
            if number or self.dropout[0]:  # dW = dz·a_prevᵀ reads a_prev sample by sample
                self._turn(program, number, panel, self.desk.kept[number])
            write_layer(program, self.kernels, self.network, self.desk, number, panel)

    def _turn(self, program: Program, number: int, panel: Panel, features: int) -> None:
        program.call(
            self.kernels.transpose,
            [
                *(features, panel.width * self.size, self.layers[number].n_inputs, panel.width),
                *self._by_sample(number, panel),
            ],
        )

    def _gather(self, program: Program, panel: Panel) -> None:
        """Fetch the panel's rows of x and y, x in both layouts."""
        kernels, x, y = self.kernels, self.x, self.y
        samples, row = (panel.first, panel.width), panel.width * self.size
        features, by_sample = self.desk.a_prev[0], self._by_sample(0, panel)
        if x.sparse:
            write_sparse_rows(
                program, kernels, x.arguments, self.record, panel, x.columns, by_sample, features
            )
        else:
            program.call(
                kernels.gather,
                [*x.arguments, self.record, *samples, x.columns, features, row, *by_sample],
            )
        program.call(
            kernels.gather,
            [*y.arguments, self.record, *samples, y.columns, self.desk.y, row, 0, 0],
        )

    def _drop(self, program: Program, number: int, panel: Panel) -> None:
        """a_prev ⊙ mask, where the layer has dropout."""
        keep = self.desk.keep[number]
        if not keep:
            return
        rows = rounded_up(self.layers[number].n_inputs, ROWS_AT_A_TIME)
        seed = self.task.seed
        program.call(
            self.kernels.dropout_mask,
            [
                *(self.record, panel.first, panel.width, rows, number),
                *(seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF),
                round(self.dropout[number] * 2**32),
                address(self.dropout_scales) + number * self.size,
                keep,
            ],
        )
        a_prev, kept = self.desk.a_prev[number], self.desk.kept[number]
        program.call(self.kernels.multiply, [a_prev, keep, kept, rows * panel.width])

    def _backward(self, program: Program, panel: Panel) -> None:
        kernels, size = self.kernels, self.size
        row = panel.width * size
        last = len(self.layers) - 1
        shares = address(self.shares) + panel.first * size
        if self.sample_weight is not None:
            weights = address(self.sample_weight)
            program.call(kernels.weigh, [self.record, weights, panel.first, panel.width, shares])
        program.call(  # dz = ∂L/∂z
            kernels.loss_and_dz(self.task.loss, self.layers[-1].n_neurons),
            [
                *(self.desk.z[last], self.desk.y, shares),
                *(address(self.space.values) + panel.first * size, self.desk.dz[last]),
                panel.width,
            ],
        )
        self._lay_dz(program, last, panel)
        for number in range(last, 0, -1):
            before = self.network.layers[number - 1]
            for block in self.network.layers[number].blocks:
                self._da_prev(program, number, block, panel)
            da, keep = self.desk.dz[number - 1], self.desk.keep[number]
            if keep:
                count = before.n_neurons * panel.width
                program.call(kernels.multiply, [da, keep, da, count])
            z, a = self.desk.z[number - 1], self.desk.a_prev[number]
            for run in before.runs:  # dz = da ⊙ f'(z)
                places = [place + run.first_neuron * row for place in (z, a, da)]
                count = run.n_neurons * panel.width
                program.call(kernels.backward(run.activation), [*places, count])
            self._lay_dz(program, number - 1, panel)

    def _da_prev(self, program: Program, number: int, block: Block, panel: Panel) -> None:
        """da_prev = Wᵀ·dz of a block of a layer, or da_prev = dz where inputs go through."""
        kernels, row = self.kernels, panel.width * self.size
        dz = self.desk.dz[number] + block.first_neuron * row, row
        da_prev = self.desk.dz[number - 1] + block.first_input * row, row
        turned = self.space.turned[number]
        if not block.parameters:
            program.call(kernels.copy_rows, [*dz, *da_prev, block.n_inputs, panel.width])
            return
        if turned is None:
            product = kernels.transposed_product
            W, W_row = self.network.weights(number, block), block.n_inputs * self.size
        else:
            product, W, W_row = kernels.product, address(turned), turned.strides[0]
        program.call(
            product,
            Product(
                *(block.n_inputs, panel.width, block.n_neurons),
                *(W, W_row, *dz),
                *(*da_prev, 0),
            ),
        )

    def _lay_dz(self, program: Program, number: int, panel: Panel) -> None:
        """Lay the panel's dz of a layer beside those of the other panels."""
        dz, row = self._dz(number, panel)
        program.call(
            self.kernels.copy_rows,
            [
                *(self.desk.dz[number], panel.width * self.size, dz, row),
                *(self.layers[number].n_neurons, panel.width),
            ],
        )

    # Tasks -------------------------------------------------------------------------------

    def _grad(self, number: int) -> int:
        """Return where a worker puts the task's part of the gradient."""
        return self.space.grad + (self.tasks[number].start * self.size if self._clips else 0)

    def _gradients(self, program: Program, number: int, grad: int) -> None:
        """Put the task's part of the gradient, with the penalty's, and its Σg² together."""
        kernels, size, rows = self.kernels, self.size, self.tasks[number]
        if self.space.partials is None:
            for part in rows.parts:
                place = grad + (part.start - rows.start) * size
                self._products(program, part, self.panels, place)
        else:
            first = address(self.space.partials) + rows.start * size
            stride = self.space.partials.strides[0]
            program.call(
                kernels.sum_of_parts, [first, stride, len(self.groups), rows.parameters, grad]
            )
        if self.task.penalty:
            for i, part in enumerate(rows.parts, start=self._parts[number]):
                place = grad + (part.start - rows.start) * size
                weights = (part.stop - part.first) * part.block.n_inputs
                program.call(
                    kernels.penalty_gradient(self.task.penalty),
                    [
                        *(address(self.space.theta) + part.start * size, place, weights),
                        *(self.record + batch.PENALTY_SCALE, address(self.penalties) + 8 * i),
                    ],
                )
        squares = address(self.squares) + 8 * number
        program.call(kernels.sum_of_squares, [grad, rows.parameters, squares])

    def _partial_gradients(self, program: Program, number: int, group: Sequence[Panel]) -> None:
        """Sum over a group of panels, for all weights: little to hand from worker to worker."""
        assert self.space.partials is not None
        partial_ = address(self.space.partials[number])
        for layer_number, layer in enumerate(self.network.layers):
            for block in layer.blocks:
                if block.parameters:
                    start = self.network.starts[layer_number] + block.start
                    rows = WeightRows.of(layer_number, block, 0, block.n_neurons, start)
                    self._products(program, rows, group, partial_ + start * self.size)

    def _products(
        self, program: Program, rows: WeightRows, panels: Sequence[Panel], grad: int
    ) -> None:
        """Write dW = dz·a_prevᵀ and db = dz summed over m: rows of a block, samples of panels."""
        kernels, size, head = self.kernels, self.size, panels[0]
        block, samples = rows.block, sum(panel.samples for panel in panels)
        dz, dz_row = self._dz(rows.layer, head)
        dz += block.first_neuron * dz_row
        a_prev, a_row = self._by_sample(rows.layer, head)
        program.call(
            kernels.product,
            Product(
                *(rows.stop - rows.first, block.n_inputs, samples),
                *(dz + rows.first * dz_row, dz_row),
                *(a_prev + block.first_input * size, a_row),
                *(grad, block.n_inputs * size, 0),
            ),
        )
        if rows.stop == block.n_neurons:
            db = grad + (rows.parameters - block.n_neurons) * size
            width = rounded_up(samples, kernels.lanes)  # what is beyond the samples is 0
            program.call(kernels.row_sums, [dz, dz_row, block.n_neurons, width, db])

    def _update(self, program: Program, number: int, grad: int) -> None:
        """θ ← θ − the optimizer's step, for the task's part of θ."""
        part, space = self.tasks[number], self.space
        theta, slots = (
            address(array) + part.start * self.size for array in (space.theta, space.slots)
        )
        program.call(
            self.kernels.step(self.task.optimizer),
            [
                *(theta, grad, slots, space.theta.nbytes, part.parameters),
                self.record + batch.LEARNING_RATE,
            ],
        )
        self._turn_weights(program, part)

    def turning(self) -> Program:
        """Return the program that makes all copies of Wᵀ: θ may have changed between two epochs."""
        program = Program()
        for task in self.tasks:
            self._turn_weights(program, task)
        return program

    def _turn_weights(self, program: Program, task: WeightTask) -> None:
        """Bring some rows of W into the layer's copy of Wᵀ, if there is one."""
        part = task.parts[0]  # the only one, of a layer that has a copy
        turned, n_inputs = self.space.turned[part.layer], self.layers[part.layer].n_inputs
        if turned is not None:
            rows = address(self.space.theta) + part.start * self.size, n_inputs * self.size
            columns = address(turned) + part.first * self.size, turned.strides[0]
            program.call(
                self.kernels.transpose, [*rows, part.stop - part.first, n_inputs, *columns]
            )

    @property
    def _clips(self) -> bool:
        return isfinite(self.task.clip_norm)

    def _clip(self, program: Program, mine: Sequence[int]) -> None:
        """‖g‖ is known only when all tasks are over; then each part goes on."""
        program.call(
            self.kernels.clip_factor,
            [self.record, address(self.squares), len(self.tasks), address(self.limit)],
        )
        for number in mine:
            grad, count = self._grad(number), self.tasks[number].parameters
            program.call(self.kernels.scale, [grad, count, self.record + batch.CLIP_FACTOR])
            self._update(program, number, grad)

    # Totals ------------------------------------------------------------------------------

    def _settle_loss(self, program: Program) -> None:
        count = rounded_up(self.rows, self.kernels.lanes)
        shared = self.task.penalty.divided_by_batch
        values = address(self.space.values)
        program.call(self.kernels.settle_loss, [self.record, values, count, shared])

    def _settle_gradient(self, program: Program) -> None:
        tasks = len(self.tasks)
        program.call(
            self.kernels.settle_gradient,
            [
                *(self.record, address(self.squares), tasks),
                *(address(self.penalties), self.penalties.size if self.task.penalty else 0),
            ],
        )

    # Places ------------------------------------------------------------------------------

    def _by_sample(self, number: int, panel: Panel) -> tuple[int, int]:
        """Return where the panel's part of a layer's a_prev lies sample by sample; its stride."""
        start, stride = self._all_by_sample[number]
        return start + panel.first * stride, stride

    def _dz(self, number: int, panel: Panel) -> tuple[int, int]:
        """Return where a layer's dz of the panel lies, in its span; its rows' stride."""
        start, stride = self._all_dz[number]
        span, column = self._columns[panel.number]
        row = span * self.layers[number].n_neurons
        return start + row * stride + column * self.size, stride


def _in_rows(arrays: Sequence[NDArray[Any]]) -> list[tuple[int, int]]:
    """Return address and stride of each array."""
    return [(address(array), array.strides[0]) for array in arrays]
