"""Where the time of a step goes: every kernel of a running fit, by the processor's own clock.

Each instruction of a step's program is timed while a fit runs on one thread, so that the numbers
are in the caches where a fit has them. To time it takes some twenty cycles an instruction.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from benchmarks.cells import Cell, training_cells
from benchmarks.data import LEARNING_RATE, inputs, targets
from benchmarks.peers.chainrule_ import loss_of, network
from benchmarks.results import short
from benchmarks.tables import Table
from chainrule.engines.compiled import program
from chainrule.engines.compiled.code import address_of
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.machine import Machine, host
from chainrule.engines.compiled.memory import address
from chainrule.engines.compiled.minibatch import MiniBatches
from chainrule.engines.compiled.pace import Pace
from chainrule.engines.compiled.products import Product
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.trainer import CompiledTrainer
from chainrule.engines.compiled.values import I64, Value
from chainrule.engines.compiled.workers import Workers
from chainrule.engines.task import Task, TrainingState
from chainrule.layers import joined
from chainrule.losses import get_loss
from chainrule.optimizers import get_optimizer

CELLS = ("iris", "small", "narrow", "regression", "mid", "mnist", "wide", "deep")
_WORDS = 2**16  # more than any of their programs has
_COLUMNS = ["cell", "kernel", "calls", "µs", "of the step", "GFLOP/s"]
_LEAST = 0.01  # of a step: what takes less is put together


class NamedKernels(Kernels):
    """Kernels that can be told by their addresses.

    Attributes
    ----------
    names : dict of int to str
    """

    def __init__(self, machine: Machine, dtype: str) -> None:
        super().__init__(machine, dtype)
        self.names: dict[int, str] = {}

    def _made(self, write: Any, *what: Any) -> int:
        made = super()._made(write, *what)
        self.names[made] = write.__name__
        return made


class TimedKernels(Kernels):
    """Kernels whose `run` adds up how long each instruction of a program takes.

    Attributes
    ----------
    ticks : array of int64
        Laid beside the program: an instruction's ticks stand where it does.
    """

    def __init__(self, machine: Machine, dtype: str) -> None:
        super().__init__(machine, dtype)
        self.ticks = np.zeros(_WORDS, np.int64)

    @property
    def run(self) -> int:
        """Return the kernel: Run a program, and time its instructions."""
        return address_of(program.run(self.machine, self._timed))

    @contextmanager
    def _timed(self, kernel: Kernel, place: Value) -> Iterator[None]:
        slot = place + address(self.ticks)
        before = _clock(kernel)
        yield
        kernel.store(kernel.load_int(slot) + (_clock(kernel) - before), slot)


def _clock(kernel: Kernel) -> Value:
    clock = kernel.declare("llvm.readcyclecounter", ir.FunctionType(I64, []))
    return Value(kernel, kernel.builder.call(clock, []))


def tables(rounds: int) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure and return a table and the numbers."""
    cells = training_cells(CELLS, ["relu"])
    found = [kernel for cell in cells for kernel in of_cell(cell, rounds)]
    note = (
        "One thread. A product's name has its sizes: rows of C, columns of C, and what is summed "
        f"over. Kernels that take less than {_LEAST:.0%} of a step are put together."
    )
    return [Table("Where the time of a step goes", _COLUMNS, list(map(row, found)), note)], found


def of_cell(cell: Cell, epochs: int) -> list[dict[str, Any]]:
    """Train for some epochs after a first one; return what each kernel took, the longest first."""
    kernels, timed = NamedKernels(host(), cell.dtype), TimedKernels(host(), cell.dtype)
    layers = network(cell).layers
    task = Task(
        inputs(cell), targets(cell), get_loss(loss_of(cell)), get_optimizer(cell.optimizer),
        cell.batch_size,
    )  # fmt: skip
    state = TrainingState.fresh(task, joined(layers))
    path = MiniBatches(layers, task, state.slots, kernels, Workers(1, timed), Pace(1, 1))
    trainer = CompiledTrainer(layers, task, state, lambda: path, cores=1)
    rates, seconds = np.full(cell.steps, LEARNING_RATE), 0.0
    for epoch in range(1 + epochs):
        order = np.random.default_rng(epoch).permutation(cell.rows)
        if epoch == 1:
            timed.ticks[:] = 0
        start = time.perf_counter()
        trainer.run_epoch(order, rates)
        seconds += (time.perf_counter() - start) if epoch else 0.0
    trainer.close()
    instructions = _instructions(path.program(cell.batch_size), kernels.names)
    return _summed(cell, instructions, timed.ticks, seconds / (epochs * cell.steps))


class Instruction(NamedTuple):
    """A kernel's name, where in the program it is called, and its product's operations."""

    name: str
    place: int
    flop: int


def _instructions(words: NDArray[np.int64], names: Mapping[int, str]) -> Iterator[Instruction]:
    place = 0
    while kernel := int(words[place]):
        name, flop = names.get(kernel, "totals"), 0
        if "product" in name:
            p = Product(*words[place + 2 : place + 2 + len(Product._fields)].tolist())
            name, flop = f"{name} {p.m} × {p.n}, {p.k}", 2 * p.m * p.n * p.k
        yield Instruction(name, place, flop)
        place += int(words[place + 1]) // 8


def _summed(
    cell: Cell, instructions: Iterable[Instruction], ticks: NDArray[np.int64], seconds: float
) -> list[dict[str, Any]]:
    """Add up the calls of a kernel with the same sizes."""
    found: dict[str, dict[str, Any]] = {}
    whole = ticks.sum()
    for name, place, flop in instructions:
        share = ticks[place] / whole
        one = found.setdefault(
            name, {"cell": cell.label, "kernel": name, "calls": 0, "share": 0.0, "flop": 0}
        )
        one["calls"] += 1
        one["share"] += share
        one["flop"] += flop
    small = {"cell": cell.label, "kernel": "others", "calls": 0, "share": 0.0, "flop": 0}
    for one in [one for one in found.values() if one["share"] < _LEAST]:
        for key in ("calls", "share"):
            small[key] += one[key]
        del found[one["kernel"]]
    ordered = sorted(found.values(), key=lambda one: -one["share"])
    return [one | {"seconds": one["share"] * seconds} for one in (*ordered, small)]


def row(found: dict[str, Any]) -> list[str]:
    """Return a row of the table."""
    rate = found["flop"] / found["seconds"] / 1e9 if found["seconds"] else 0.0
    return [
        found["cell"],
        found["kernel"],
        str(found["calls"]),
        short(found["seconds"] * 1e6),
        f"{found['share']:.1%}",
        short(rate) if found["flop"] else "–",
    ]
