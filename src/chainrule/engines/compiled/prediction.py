"""Prediction as a program: a panel of rows goes through the layers, then the next one.

The workers of a call take the panels as they come to them.

A `Predictor` is made once for a network and used for one call at a time; idle ones wait for the
next call. It holds addresses of θ, so it looks first whether the layers are still those.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array, Rows
from chainrule.engines.compiled import batch
from chainrule.engines.compiled.cuts import Panel, rounded_up, work_of_step
from chainrule.engines.compiled.forward import Desk, Network, Table, write_layer
from chainrule.engines.compiled.kernels import Kernels, is_ours
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.program import Program
from chainrule.engines.compiled.samples import Shape
from chainrule.engines.compiled.sharing import INPUTS, OUTPUTS
from chainrule.engines.compiled.waiting import LINE
from chainrule.engines.compiled.workers import Workers, borrowed
from chainrule.layers import Layer, joined
from chainrule.losses import Loss

_WIDE, _NARROW = 4, 2  # vectors of a panel's columns
_TURNS = 8  # that a worker has at least, where there are so many panels
_WORK_AT_ONCE = 2e6  # floating-point operations, beside which to take a panel costs nothing
_ALL = 2**62  # steps: as many as there are panels to take
_STOP, _LEFT = batch.STOP // 8, batch.LEFT // 8


Ending: TypeAlias = Literal["z", "a"] | Loss
"""What is predicted: the last layer's z, its a, or the loss's link of z."""


def _end(
    program: Program, kernels: Kernels, layer: Shape, ending: Ending, z: int, samples: int
) -> None:
    """Bring the last layer's z to its end: rows of so many samples, or of one."""
    if isinstance(ending, Loss):
        program.call(kernels.link(ending, layer.n_neurons), [z, samples])
    elif ending == "a":
        count = rounded_up(layer.n_neurons * samples, kernels.lanes)
        program.call(kernels.forward(layer.activation), [z, z, count])


class Predictor:
    """Computes the outputs of a network, row by row or panel by panel.

    Parameters
    ----------
    layers : sequence of Layer
    kernels : Kernels
    ending : Ending
        What the outputs are.
    """

    def __init__(self, layers: Sequence[Layer], kernels: Kernels, ending: Ending) -> None:
        self._memory = Memory()
        self._kernels, self._ending = kernels, ending
        self._network = Network(layers, joined(layers))
        self._n_outputs = layers[-1].n_neurons
        self._parts = [
            (weakref.ref(layer), weakref.ref(layer.theta), layer.activation) for layer in layers
        ]  # what the programs were made for; a predictor keeps no network alive
        self._n_inputs = layers[0].n_inputs
        self.work_of_a_row = work_of_step(layers, 1) / 3  # of the step's three products, z's
        formulas = (*(layer.activation for layer in layers), ending)
        self.stays_right = all(is_ours(f) for f in formulas if not isinstance(f, str))
        self._one = _OneRow(self._network, kernels, self._memory, ending=ending)
        self._call = _Call(self._memory)
        self._panels: list[_Panels] = []  # one for each worker
        self._last = 0, 0, False  # what they are prepared for: rows, workers, sparse or not
        self._alone = Workers(1, kernels)

    def is_current(self, layers: Sequence[Layer], ending: Ending) -> bool:
        """Say whether the programs are made for these layers, where they lie now."""
        if len(layers) != len(self._parts) or ending is not self._ending:
            return False
        for layer, (known, theta, activation) in zip(layers, self._parts, strict=True):
            same = layer is known() and layer.theta is theta()
            if not (same and layer.activation is activation):
                return False
        return True

    def takes(self, x: Any) -> bool:
        """Say whether `x` is an array of rows as the kernels read them."""
        return (
            type(x) is np.ndarray
            and x.dtype == self._kernels.dtype
            and x.ndim == 2
            and x.shape[1] == self._n_inputs
            and x.shape[0] > 0
        )

    def one(self, x: Array) -> Array | None:
        """Return the outputs of a table of one row; None if a number of it is not finite."""
        return self._one(x)

    def many(self, x: Rows, workers: int) -> Array | None:
        """Return the outputs of a table's rows; None if a number of it is not finite.

        Parameters
        ----------
        x : array or SciPy CSR matrix of shape (n, n_inputs)
        workers : int
            How many threads share the rows.
        """
        n = x.shape[0]
        outputs = np.empty((n, self._n_outputs), self._kernels.dtype)
        table = Table(x, self._kernels.dtype)
        panels = self._prepared(n, workers, table.sparse)
        self._call.begin(table, outputs)
        for each in panels:
            each.begin()
        jobs = [each.job for each in panels]
        if workers == 1:
            self._alone.run(jobs)
        else:
            with borrowed(workers, self._kernels) as several:
                several.run(jobs)
        return None if any(each.stopped for each in panels) else outputs

    def _prepared(self, n: int, workers: int, sparse: bool) -> Sequence[_Panels]:
        """Return the workers' programs for so many rows; kept for the next call like this one."""
        key = n, workers, sparse
        if key != self._last:
            self._last = 0, 0, False  # none, should this be broken off
            cut = Cut.of(n, workers, self._kernels.lanes, self.work_of_a_row)
            while len(self._panels) < workers:
                self._panels.append(
                    _Panels(self._network, self._kernels, self._call, ending=self._ending)
                )
            for panels in self._panels[:workers]:
                panels.prepare(cut, sparse=sparse)
            self._last = key
        return self._panels[:workers]


class _OneRow:
    """The program for one row: every z is a sum along a row of W."""

    def __init__(
        self, network: Network, kernels: Kernels, memory: Memory, *, ending: Ending
    ) -> None:
        layers, lanes = network.layers, kernels.lanes
        self._x = memory.zeros(rounded_up(layers[0].n_inputs, lanes), kernels.dtype)
        self._inputs = self._x[: layers[0].n_inputs].reshape(1, -1)
        self._record = memory.zeros(batch.BYTES // 8, np.int64)
        record = address(self._record)
        program = Program()
        program.call(kernels.refuse, [address(self._x), 0, record, layers[0].n_inputs])
        a = self._x
        for number, layer in enumerate(layers):
            z = memory.zeros(rounded_up(layer.n_neurons, lanes), kernels.dtype)
            program.call(
                kernels.one_sample,
                [
                    *(layer.n_neurons, layer.n_inputs, network.weights(number)),
                    *(layer.n_inputs * network.size, network.biases(number)),
                    *(address(a), address(z)),
                ],
            )
            if number + 1 < len(layers):
                program.call(kernels.forward(layer.activation), [address(z)] * 2 + [len(z)])
            a = z
        _end(program, kernels, layers[-1], ending, address(a), 1)
        self._outputs = a[: layers[-1].n_neurons].reshape(1, -1)
        self._run = program.alone(kernels.run, self._record, memory)

    def __call__(self, x: Array) -> Array | None:
        """Return the outputs, or None if a number is not finite."""
        self._inputs[...] = x
        self._run()
        if self._record[_STOP]:
            self._record[_STOP] = 0
            return None
        return self._outputs.copy()


class Cut(NamedTuple):
    """How rows are cut: panels of one width, and one of what is left.

    Attributes
    ----------
    width : int
        Rows of a panel.
    panels : int
        How many there are.
    rest : int
        Rows left.
    at_once : int
        Panels that a worker takes at a time.
    """

    width: int
    panels: int
    rest: int
    at_once: int

    @classmethod
    def of(cls, rows: int, workers: int, lanes: int, work_of_a_row: float) -> Cut:
        """Cut narrow panels where workers share few, and give many at once where they are quick."""
        vectors = -(-rows // lanes)
        many = workers == 1 or vectors > _WIDE * _TURNS * workers
        width = min(_WIDE if many else _NARROW, vectors) * lanes
        panels, rest = divmod(rows, width)
        if width == _NARROW * lanes and 0 < rest <= lanes and panels:
            panels, rest = panels - 1, rest + width  # a vector alone takes nearly as long as two
        most = max(1, panels // (_TURNS * workers))
        at_once = int(_WORK_AT_ONCE / (work_of_a_row * width))
        return cls(width, panels, rest, min(max(at_once, 1), most))


class _Call:
    """What all workers of a call read: where its rows lie, and which of them are taken."""

    def __init__(self, memory: Memory) -> None:
        numbers = memory.zeros((3, LINE // 8), np.int64)
        self.address = address(numbers)
        self.counters = [self.address + LINE, self.address + 2 * LINE]  # of panels, of the rest
        self._numbers = memoryview(numbers.reshape(-1).data)  # to write through it is twice as fast

    def begin(self, table: Table, outputs: NDArray[Any]) -> None:
        """Have the table read from its first row on, and the outputs written."""
        numbers = self._numbers
        numbers[OUTPUTS // 8], numbers[OUTPUTS // 8 + 1] = address(outputs), outputs.strides[0]
        for i, argument in enumerate(table.arguments, INPUTS // 8):
            numbers[i] = argument
        numbers[LINE // 8] = numbers[2 * LINE // 8] = 0


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


class _Panels:
    """One worker's programs: each takes panel after panel, as long as there are rows."""

    def __init__(self, network: Network, kernels: Kernels, call: _Call, *, ending: Ending) -> None:
        self._network, self._kernels, self._call, self._ending = network, kernels, call, ending
        self._memory = Memory()
        self._desk = Desk(
            network.layers, kernels, _WIDE * kernels.lanes, (), self._memory, trains=False
        )
        self._known: dict[tuple[bool, int, int], _Part] = {}
        self._used: list[_Part] = []
        self._job = self._memory.zeros(2 * 4 + 1, np.int64)
        self.job = address(self._job)

    @property
    def stopped(self) -> bool:
        """Whether the last call met a number that is not finite."""
        return any(part.record[_STOP] == batch.ROWS_NOT_FINITE for part in self._used)

    def prepare(self, cut: Cut, *, sparse: bool) -> None:
        """Write the job for rows that are cut like this: the panels, then what is left."""
        self._used, at = [], 0
        whole = cut.panels * cut.width
        parts = (0, whole, cut.width, cut.at_once), (whole, whole + cut.rest, cut.rest, 1)
        for number, (start, stop, rows, at_once) in enumerate(parts):
            if start < stop:
                part = self._part(sparse, rounded_up(rows, self._kernels.lanes), number)
                part.words[part.cut : part.cut + 4] = start, stop, rows, at_once
                self._used.append(part)
                self._job[at : at + 4] = *part.arguments, _ALL, rows
                at += 4
        self._job[at] = 0

    def begin(self) -> None:
        """Forget how the last call ended."""
        for part in self._used:
            part.record[_STOP] = part.record[_LEFT] = 0

    def _part(self, sparse: bool, width: int, number: int) -> _Part:
        key = sparse, width, number
        if key not in self._known:
            self._known[key] = self._written(*key)
        return self._known[key]

    def _written(self, sparse: bool, width: int, number: int) -> _Part:
        program, kernels, network, desk = Program(), self._kernels, self._network, self._desk
        numbers = self._memory.zeros(batch.BYTES // 8, np.int64)
        record = address(numbers)
        row, last = width * network.size, len(network.layers) - 1
        features, columns = address(desk.a_prev[0]), network.layers[0].n_inputs
        counter = self._call.counters[number]
        count = 3 if sparse else 2
        unknown = [0] * count
        take = program.call(
            kernels.take, [self._call.address, counter, record, 0, 0, 0, 0, 0, count, 0]
        )
        if sparse:
            columns = rounded_up(columns, kernels.lanes)
            by_sample = self._memory.zeros((width, columns), kernels.dtype)
            place = address(by_sample), by_sample.strides[0]
            inputs = program.call(
                kernels.gather_sparse, [*unknown, record, 0, width, columns, *place]
            )
            program.call(kernels.transpose, [*place, width, columns, features, row])
        else:
            rows = [*unknown, record, 0, width, columns, features, row, 0, 0]
            inputs = program.call(kernels.gather_finite, rows)
        for layer in range(len(network.layers)):
            write_layer(program, kernels, network, desk, layer, Panel(0, 0, width, width))
        z, n_outputs = address(desk.z[last]), network.layers[last].n_neurons
        _end(program, kernels, network.layers[last], self._ending, z, width)
        arguments = [z, row, n_outputs, record, 0, width, 0, 0]
        outputs = program.call(kernels.release, arguments) + len(arguments) - 2
        words = program.words()
        words[take + 7], words[take + 9] = (
            address(words) + 8 * place for place in (inputs, outputs)
        )
        return _Part(words, take + 3, numbers.data, (address(words), record))
