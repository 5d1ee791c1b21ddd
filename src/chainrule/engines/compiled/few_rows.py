"""Rows that go through the layers without a panel: one row alone, or what panels leave over.

Their z are sums along the rows of W (`dots`). In a panel they would leave half of a vector idle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.engines.compiled import batch
from chainrule.engines.compiled.blocks import Block, Run
from chainrule.engines.compiled.cuts import rounded_up
from chainrule.engines.compiled.forward import Ending, Network, write_ending
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.program import Program

_Place: TypeAlias = tuple[int, int]  # address and stride


class FewRows:
    """What a few rows need on their way: every layer's z, one sample beside the other.

    Parameters
    ----------
    network : Network
    kernels : Kernels
    memory : Memory
    samples : int
        How many there are at most.
    """

    def __init__(self, network: Network, kernels: Kernels, memory: Memory, samples: int) -> None:
        self._network, self._kernels = network, kernels

        spare = kernels.lanes if any(layer.is_grouped for layer in network.layers) else 0

        def zeros(count: int) -> NDArray[Any]:
            """Return room for whole vectors, also from a later block's first number on."""
            columns = rounded_up(count, kernels.lanes) + spare
            return memory.zeros((samples, columns), kernels.dtype)

        self._x = zeros(network.layers[0].n_inputs)
        self._z = [zeros(layer.n_neurons) for layer in network.layers]

    def write(
        self,
        program: Program,
        record: int,
        ending: Ending,
        inputs: Sequence[int],
        outputs: Sequence[int],
    ) -> tuple[int, int]:
        """Write what the rows go through; return the places of inputs and outputs.

        Parameters
        ----------
        program : Program
        record : int
            Address of the batch record, which says how many rows there are.
        ending : Ending
        inputs, outputs : sequence of int
            A `Table`'s arguments, three where it is sparse; address and stride of the outputs.
        """
        network, kernels, a = self._network, self._kernels, self._x
        first, last = network.layers[0], network.layers[-1]
        place = address(a), a.strides[0]
        if len(inputs) == 3:
            rows = [*inputs, record, 0, len(a), a.shape[1], *place]
            places = program.call(kernels.gather_sparse, rows)
        else:
            places = program.call(kernels.gather_few, [*inputs, record, first.n_inputs, *place])
        for number, (layer, z) in enumerate(zip(network.layers, self._z, strict=True)):
            target = address(z), z.strides[0]
            for run in layer.runs:  # from left to right: whole vectors reach into the next run
                for block in run.blocks:
                    self._write_z(program, record, number, block, place, target)
                if layer is not last:
                    self._write_a(program, run, z, whole=not layer.is_grouped)
            a, place = z, target
        for row in a:
            write_ending(program, kernels, last, ending, address(row), 1)
        release = program.call(kernels.release_few, [*place, last.n_neurons, record, *outputs])
        return places, release + 4

    def _write_z(
        self, program: Program, record: int, number: int, block: Block, a: _Place, z: _Place
    ) -> None:
        """Write z = W·a_prev + b of a block, or z = a_prev where inputs go through."""
        network, size = self._network, self._network.size
        a_prev, target = a[0] + block.first_input * size, z[0] + block.first_neuron * size
        if not block.parameters:
            columns = rounded_up(block.n_neurons, self._kernels.lanes)
            rows = [a_prev, a[1], target, z[1], len(self._x), columns]
            program.call(self._kernels.copy_rows, rows)
            return
        w = network.weights(number, block), block.n_inputs * size
        sizes = block.n_neurons, block.n_inputs
        places = a_prev, a[1], target, z[1]
        program.call(
            self._kernels.dots, [record, *sizes, *w, network.biases(number, block), *places]
        )

    def _write_a(self, program: Program, run: Run, z: NDArray[Any], *, whole: bool) -> None:
        """Write a = f(z) of a run, in z's place; of all rows at once if the run has all neurons."""
        forward, lanes = self._kernels.forward(run.activation), self._kernels.lanes
        for row in [z] if whole else z:
            start = address(row) + run.first_neuron * self._network.size
            count = z.size if whole else rounded_up(run.n_neurons, lanes)
            program.call(forward, [start, start, count])


class OneRow:
    """The program for one row alone.

    Parameters
    ----------
    network : Network
    kernels : Kernels
    ending : Ending
    """

    def __init__(self, network: Network, kernels: Kernels, *, ending: Ending) -> None:
        self._memory = memory = Memory()
        program = Program()
        record = memory.zeros(batch.BYTES // 8, np.int64)
        self._x = memory.zeros((1, network.layers[0].n_inputs), kernels.dtype)
        self._outputs = memory.zeros((1, network.layers[-1].n_neurons), kernels.dtype)
        FewRows(network, kernels, memory, 1).write(
            program, address(record), ending, (address(self._x), 0), (address(self._outputs), 0)
        )
        self._run = program.alone(kernels.run, record, memory)
        self._record = record.data

    def __call__(self, x: Array) -> Array | None:
        """Return the outputs, or None if a number is not finite."""
        self._x[...] = x
        self._run()
        if batch.stopped(self._record):
            batch.forget(self._record)
            return None
        return self._outputs.copy()
