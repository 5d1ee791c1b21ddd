"""The programs of a prediction: rows are cut into panels, and a panel goes through all layers.

The workers of a call take the panels as they come to them; then the few rows that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.engines.compiled import batch
from chainrule.engines.compiled.cuts import Panel, rounded_up
from chainrule.engines.compiled.dots import SAMPLES
from chainrule.engines.compiled.few_rows import FewRows
from chainrule.engines.compiled.forward import (
    Desk,
    Ending,
    Network,
    write_ending,
    write_layer,
    write_sparse_rows,
)
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.program import Program
from chainrule.engines.compiled.sharing import INPUTS, OUTPUTS
from chainrule.engines.compiled.waiting import LINE

_WIDE, _NARROW = 4, 2  # vectors of a panel's columns
_TURNS = 8  # that a worker has at least, where there are so many panels
_WORK_AT_ONCE = 2e6  # floating-point operations, beside which to take a panel costs nothing
_ALL = 2**62  # steps: as many as there are panels to take
_WHOLE, _REST, _FEW = range(3)  # the parts of a cut


class Cut(NamedTuple):
    """How rows are cut: panels of one width, one of what is left, and a few rows without a panel.

    Attributes
    ----------
    width : int
        Rows of a panel.
    panels : int
        How many there are.
    rest : int
        Rows of another panel.
    few : int
        Rows left: how many does not depend on the number of workers.
    at_once : int
        Panels that a worker takes at a time.
    """

    width: int
    panels: int
    rest: int
    few: int
    at_once: int

    @classmethod
    def of(cls, rows: int, workers: int, lanes: int, work_of_a_row: float) -> Cut:
        """Cut narrow panels where workers share few, and give many at once where they are quick."""
        few = rows % lanes if rows % lanes <= lanes // 2 else 0
        vectors = -(-(rows - few) // lanes)
        many = workers == 1 or vectors > _WIDE * _TURNS * workers
        width = max(1, min(_WIDE if many else _NARROW, vectors)) * lanes
        panels, rest = divmod(rows - few, width)
        if width == _NARROW * lanes and 0 < rest <= lanes and panels:
            panels, rest = panels - 1, rest + width  # a vector alone takes nearly as long as two
        most = max(1, panels // (_TURNS * workers))
        at_once = int(_WORK_AT_ONCE / (work_of_a_row * width))
        return cls(width, panels, rest, few, min(max(at_once, 1), most))


class Call:
    """What all workers of a call read: where its rows lie, and which of them are taken."""

    _COUNTERS = 3  # of the rows taken: in panels, in the last panel, without one

    def __init__(self, memory: Memory) -> None:
        numbers = memory.zeros((1 + self._COUNTERS, LINE // 8), np.int64)
        self.address = address(numbers)
        self.counters = [self.address + (1 + i) * LINE for i in range(self._COUNTERS)]
        self._numbers = numbers.data

    def begin(self, inputs: Sequence[int], outputs: Sequence[int]) -> None:
        """Have a table's rows read from the first one on, and the outputs written.

        `inputs` are a `Table`'s arguments, `outputs` address and stride.
        """
        write = _FIRST_LINE[len(inputs)]
        write(self._numbers, 0, *outputs, *inputs)


def _writer(inputs: int) -> Callable[..., None]:
    """Return what writes a call's numbers at once, and zeros up to the end of the counters."""
    rest = (1 + Call._COUNTERS) * LINE - INPUTS - 8 * inputs
    return Struct(f"={OUTPUTS}x2q{INPUTS - OUTPUTS - 16}x{inputs}q{rest}x").pack_into


_FIRST_LINE = {2: _writer(2), 3: _writer(3)}


class _Part(NamedTuple):
    """A program for panels of one width, with a batch record of its own.

    Attributes
    ----------
    words : array
    cut : int
        Where in it the arguments of `take` stand that say which rows there are.
    record : memoryview
    arguments : tuple of int
        Addresses of the program and of the record.
    """

    words: NDArray[np.int64]
    cut: int
    record: Any
    arguments: tuple[int, int]


class Panels:
    """One worker's programs: each takes panel after panel, as long as there are rows.

    Parameters
    ----------
    network : Network
    kernels : Kernels
    call : Call
        That of all workers.
    ending : Ending

    Attributes
    ----------
    job : int
        Address of what the worker has to do.
    records : list of memoryview
        Of its programs; each of them ends with STOP at 0, if all numbers were finite.
    """

    def __init__(self, network: Network, kernels: Kernels, call: Call, *, ending: Ending) -> None:
        self._network, self._kernels, self._call, self._ending = network, kernels, call, ending
        self._memory = Memory()
        self._known: dict[tuple[bool, int, int], _Part] = {}
        self._desk: Desk | None = None
        self.records: list[Any] = []
        self._job = self._memory.zeros(3 * 4 + 1, np.int64)
        self.job = address(self._job)

    def prepare(self, cut: Cut, *, sparse: bool) -> None:
        """Write the job for rows that are cut like this: the panels, then what is left."""
        self.records, at = [], 0
        lanes, whole = self._kernels.lanes, cut.panels * cut.width
        padded = whole + cut.rest
        parts = {
            _WHOLE: (0, whole, cut.width, cut.at_once),
            _REST: (whole, padded, cut.rest, 1),
            _FEW: (padded, padded + cut.few, SAMPLES, 1),
        }
        for number, (start, stop, rows, at_once) in parts.items():
            if start < stop:
                width = rows if number == _FEW else rounded_up(rows, lanes)
                part = self._part(sparse, width, number)
                part.words[part.cut : part.cut + 4] = start, stop, rows, at_once
                self.records.append(part.record)
                self._job[at : at + 4] = *part.arguments, _ALL, rows
                at += 4
        self._job[at] = 0

    def _part(self, sparse: bool, width: int, number: int) -> _Part:
        key = sparse, width, number
        if key not in self._known:
            self._known[key] = self._written(*key)
        return self._known[key]

    def _written(self, sparse: bool, width: int, number: int) -> _Part:
        """Write the program: take a panel, gather, go through the layers, release."""
        program = Program()
        numbers = self._memory.zeros(batch.BYTES // 8, np.int64)
        record, counter = address(numbers), self._call.counters[number]
        unknown = [0] * (3 if sparse else 2)
        take = program.call(
            self._kernels.take,
            [self._call.address, counter, record, 0, 0, 0, 0, 0, len(unknown), 0],
        )
        if number == _FEW:
            few = FewRows(self._network, self._kernels, self._memory, width)
            inputs, outputs = few.write(program, record, self._ending, unknown, (0, 0))
        else:
            inputs, outputs = self._write_panel(program, record, width, unknown)
        words = program.words()
        words[take + 7], words[take + 9] = (
            address(words) + 8 * place for place in (inputs, outputs)
        )
        return _Part(words, take + 3, numbers.data, (address(words), record))

    def _write_panel(
        self, program: Program, record: int, width: int, unknown: Sequence[int]
    ) -> tuple[int, int]:
        """Write what a panel goes through; return the places of inputs and outputs."""
        kernels, network = self._kernels, self._network
        if self._desk is None:
            widest = _WIDE * kernels.lanes
            self._desk = Desk(network.layers, kernels, widest, (), self._memory, trains=False)
        desk = self._desk
        row, last = width * network.size, len(network.layers) - 1
        features, n_inputs = desk.a_prev[0], network.layers[0].n_inputs
        panel = Panel(0, 0, width, width)
        if len(unknown) == 3:
            by_sample = self._memory.zeros(
                (width, rounded_up(n_inputs, kernels.lanes)), kernels.dtype
            )
            place = address(by_sample), by_sample.strides[0]
            inputs = write_sparse_rows(
                program, kernels, unknown, record, panel, n_inputs, place, features
            )
        else:
            rows = [*unknown, record, 0, width, n_inputs, features, row, 0, 0]
            inputs = program.call(kernels.gather_finite, rows)
        for layer in range(len(network.layers)):
            write_layer(program, kernels, network, desk, layer, panel)
        z, shape = desk.z[last], network.layers[last]
        write_ending(program, kernels, shape, self._ending, z, width)
        arguments = [z, row, shape.n_neurons, record, 0, width, 0, 0]
        return inputs, program.call(kernels.release, arguments) + len(arguments) - 2
