"""Prediction as a program: a panel of rows goes through the layers, then the next one.

A `Predictor` is made once for a network and used for one call at a time; idle ones wait for the
next call. It holds addresses of θ, so it looks first whether the layers are still those.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array, Rows
from chainrule.engines.compiled import batch
from chainrule.engines.compiled.code import function_at
from chainrule.engines.compiled.cuts import Panel, rounded_up, work_of_step
from chainrule.engines.compiled.forward import Desk, Network, Table, write_layer
from chainrule.engines.compiled.kernels import Kernels, is_ours
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.program import Program
from chainrule.engines.compiled.samples import Shape
from chainrule.engines.compiled.workers import Workers, borrowed
from chainrule.layers import Layer, joined
from chainrule.losses import Loss

_PANEL_VECTORS = 4
_FEW_BYTES = 2**16
_STOP = batch.STOP // 8
_FIRST_ROW = batch.FIRST_ROW // 8


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
        self._run = function_at(kernels.run)
        self._n_inputs = layers[0].n_inputs
        self.work_of_a_row = work_of_step(layers, 1) / 3  # of the step's three products, z's
        formulas = (*(layer.activation for layer in layers), ending)
        self.stays_right = all(is_ours(f) for f in formulas if not isinstance(f, str))
        self._one = _OneRow(self._network, kernels, self._memory, ending=ending)
        self._panels: dict[int, list[_Panels]] = {}  # by their width
        self._shares = _Shares((0, 0, False), [], [])
        self._alone = Workers(1, kernels)
        self._last = 0, 0  # rows of the last table, and workers
        self._few: _FewRows | None = None

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
        if type(x) is np.ndarray and x.nbytes <= _FEW_BYTES:
            if self._few is not None and self._few.key == (n, workers):
                return self._few(x, self._run_all)
            if self._last == (n, workers):
                self._few = _FewRows(n, workers, self._network, self._kernels, self._ending)
        self._last = n, workers
        outputs = np.empty((n, self._n_outputs), self._kernels.dtype)
        table = Table(x, self._kernels.dtype, Memory())
        shares = self._shared(n, workers, table)
        for start, panels in zip(shares.starts, shares.panels, strict=True):
            panels.begin(start, table, outputs)
        return outputs if self._run_all(shares.panels) else None

    def _run_all(self, shares: Sequence[_Panels]) -> bool:
        """Do the workers' jobs, and say whether all numbers were finite."""
        jobs = [panels.job for panels in shares]
        if len(jobs) == 1:
            self._alone.run(jobs)
        else:
            with borrowed(len(jobs), self._kernels) as several:
                several.run(jobs)
        return not any(panels.stopped for panels in shares)

    def _shared(self, n: int, workers: int, table: Table) -> _Shares:
        """Share the rows out, if they are not shared out as in the last call."""
        key = n, workers, table.sparse
        if key != self._shares.key:
            width = _width(n, self._kernels.lanes)
            known = self._panels.setdefault(width, [])
            while len(known) < workers:
                known.append(_Panels(self._network, self._kernels, width, ending=self._ending))
            ends = _ends(n, workers, self._kernels.lanes)
            for panels, (start, stop) in zip(known, pairwise(ends), strict=False):
                panels.prepare(stop - start, table)
            self._shares = _Shares(key, ends[:-1], known[:workers])
        return self._shares


class _Shares(NamedTuple):
    """How a table's rows are shared out: for so many rows and workers, sparse or not."""

    key: tuple[int, int, bool]
    starts: Sequence[int]
    panels: Sequence[_Panels]


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
        words = memory.hold(program.words())
        arguments = memory.hold(np.array([address(words), record, 1, 1]))
        self._run = partial(function_at(kernels.run), address(arguments))

    def __call__(self, x: Array) -> Array | None:
        """Return the outputs, or None if a number is not finite."""
        self._inputs[...] = x
        self._run()
        if self._record[_STOP]:
            self._record[_STOP] = 0
            return None
        return self._outputs.copy()


class _FewRows:
    """The jobs for tables of so few rows that a copy is made sooner than the jobs are changed."""

    def __init__(
        self, rows: int, workers: int, network: Network, kernels: Kernels, ending: Ending
    ) -> None:
        self.key = rows, workers
        memory, layers = Memory(), network.layers
        self._x = memory.zeros((rows, layers[0].n_inputs), kernels.dtype)
        self._outputs = memory.zeros((rows, layers[-1].n_neurons), kernels.dtype)
        table, width = Table(self._x, kernels.dtype, memory), _width(rows, kernels.lanes)
        self._shares = []
        for start, stop in pairwise(_ends(rows, workers, kernels.lanes)):
            panels = _Panels(network, kernels, width, ending=ending)
            panels.prepare(stop - start, table)
            panels.begin(start, table, self._outputs)
            self._shares.append(panels)

    def __call__(self, x: Array, run: Callable[[Sequence[_Panels]], bool]) -> Array | None:
        """Return the outputs, or None if a number is not finite."""
        self._x[...] = x
        for panels in self._shares:
            panels.begin_again()
        return self._outputs.copy() if run(self._shares) else None


def _ends(rows: int, workers: int, lanes: int) -> list[int]:
    """Return where the workers' shares of the rows end; before them, where the first begins."""
    vectors = -(-rows // lanes)
    return [min(vectors * i // workers * lanes, rows) for i in range(workers + 1)]


def _width(rows: int, lanes: int) -> int:
    return min(_PANEL_VECTORS, -(-rows // lanes)) * lanes


class _Written(NamedTuple):
    """A program, and where in it the addresses of the table and of the outputs stand."""

    words: NDArray[np.int64]
    tables: list[int]
    outputs: int


class _Panels:
    """One worker's program: it goes from panel to panel of a table."""

    def __init__(self, network: Network, kernels: Kernels, width: int, *, ending: Ending) -> None:
        self._network, self._kernels, self._width = network, kernels, width
        self._ending = ending
        self._memory = Memory()
        self._record = self._memory.zeros(batch.BYTES // 8, np.int64)
        self._desk = Desk(network.layers, kernels, width, (), self._memory)
        self._programs: dict[tuple[bool, int], _Written] = {}
        self._used: list[_Written] = []
        self._job = self._memory.zeros(2 * 4 + 1, np.int64)
        self.job = address(self._job)

    @property
    def stopped(self) -> bool:
        """Whether the last call met a number that is not finite."""
        return bool(self._record[_STOP])

    def prepare(self, rows: int, table: Table) -> None:
        """Write the job for that many rows, of a table like this one.

        It goes from panel to panel; the last one may be narrower.
        """
        whole, rest = divmod(rows, self._width)
        self._used, at = [], 0
        for panels, samples in ((whole, self._width), (1, rest)):
            if panels and samples:
                written = self._written(table, rounded_up(samples, self._kernels.lanes))
                self._used.append(written)
                arguments = address(written.words), address(self._record), panels, samples
                self._job[at : at + 4] = arguments
                at += 4
        self._job[at] = 0

    def begin(self, start: int, table: Table, outputs: NDArray[Any]) -> None:
        """Have the job read the table from that row on, and write to the outputs."""
        self._start = start
        self.begin_again()
        target = address(outputs), outputs.strides[0]
        for written in self._used:
            words = written.words
            for place in written.tables:
                for i, argument in enumerate(table.arguments, place):
                    words[i] = argument
            words[written.outputs], words[written.outputs + 1] = target

    def begin_again(self) -> None:
        """Have the job read the same table from the same row on."""
        self._record[_STOP] = 0
        self._record[_FIRST_ROW] = self._start

    def _written(self, table: Table, width: int) -> _Written:
        key = table.sparse, width
        if key not in self._programs:
            self._programs[key] = self._program(table, width)
        return self._programs[key]

    def _program(self, table: Table, width: int) -> _Written:
        program, kernels, network, desk = Program(), self._kernels, self._network, self._desk
        record = address(self._record)
        row, last = width * network.size, len(network.layers) - 1
        features = address(desk.a_prev[0])
        unknown = [0] * len(table.arguments)
        tables = []
        if table.sparse:
            columns = rounded_up(table.columns, kernels.lanes)
            by_sample = self._memory.zeros((width, columns), kernels.dtype)
            place = address(by_sample), by_sample.strides[0]
            rows = [*unknown, record, 0, width, columns, *place]
            tables.append(program.call(kernels.gather_sparse, rows))
            program.call(kernels.transpose, [*place, width, columns, features, row])
        else:
            tables.append(program.call(kernels.refuse, [*unknown, record, table.columns]))
            rows = [*unknown, record, 0, width, table.columns, features, row, 0, 0]
            tables.append(program.call(kernels.gather, rows))
        for number in range(len(network.layers)):
            write_layer(program, kernels, network, desk, number, Panel(0, 0, width, width))
        z, n_outputs = address(desk.z[last]), network.layers[last].n_neurons
        _end(program, kernels, network.layers[last], self._ending, z, width)
        arguments = [z, row, n_outputs, record, 0, width, 0, 0]
        outputs = program.call(kernels.release, arguments) + len(arguments) - 2
        return _Written(program.words(), tables, outputs)
