"""Rows that go through the layers without a panel: one row alone, or what panels leave over.

Their z are sums along the rows of W (`dots`). In a panel they would leave half of a vector idle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.engines.compiled import batch
from chainrule.engines.compiled.cuts import rounded_up
from chainrule.engines.compiled.forward import Ending, Network, write_ending
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.program import Program


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

        def zeros(count: int) -> NDArray[Any]:
            return memory.zeros((samples, rounded_up(count, kernels.lanes)), kernels.dtype)

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
            w = network.weights(number), layer.n_inputs * network.size
            sizes = layer.n_neurons, layer.n_inputs
            target = address(z), z.strides[0]
            program.call(
                kernels.dots, [record, *sizes, *w, network.biases(number), *place, *target]
            )
            if layer is not last:
                forward = kernels.forward(layer.activation)
                program.call(forward, [address(z), address(z), z.size])
            a, place = z, target
        for row in a:
            write_ending(program, kernels, last, ending, address(row), 1)
        release = program.call(kernels.release_few, [*place, last.n_neurons, record, *outputs])
        return places, release + 4


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
