"""A step as a list of calls, and the machine code that runs the list step after step.

Python writes a program once a fit, in the order of the formulas:

    program.call(kernels.product, …)        # z = W·a_prev + b
    program.call(kernels.forward, z, a, n)  # a = f(z)

An instruction is the kernel's address, its own length in bytes and the kernel's arguments, so
that to run one is to call an address. What differs from step to step lies in the batch record.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from chainrule.engines.compiled import batch
from chainrule.engines.compiled.code import function_at
from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import I64, Value

_KERNEL = ir.FunctionType(ir.VoidType(), [I64.as_pointer()])
OWN = 1 << 62  # added to an address in what each worker has to itself
HEAD = 16  # bytes of an instruction before its arguments


class Program:
    """Calls of kernels: of a step by one worker, or of a piece of it."""

    def __init__(self) -> None:
        self._words = array("q")

    def call(self, kernel: int, arguments: Iterable[int]) -> int:
        """Append a call of the kernel at that address; return the place of its first argument."""
        arguments = list(arguments)
        self._words.extend([kernel, 8 * (2 + len(arguments)), *arguments])
        return len(self._words) - len(arguments)

    def add(self, other: Program) -> None:
        """Append the calls of another program."""
        self._words.extend(other._words)

    @contextmanager
    def piece(self, claim: int, place: int, record: int) -> Iterator[None]:
        """Have what is written in the block done by one worker in each step.

        Parameters
        ----------
        claim : int
            Address of the kernel.
        place : int
            Address of the number that all workers know the piece by; 0 at first.
        record : int
            Address of the worker's batch record.
        """
        length = self.call(claim, [place, record, 0]) + 2
        start = len(self._words)
        yield
        self._words[length] = 8 * (len(self._words) - start)

    def alone(
        self, run: int, record: NDArray[np.int64], memory: Memory, *, steps: int = 1
    ) -> Callable[[], None]:
        """Return what runs the program, once or more often, on the caller's thread.

        Parameters
        ----------
        run : int
            Address of the kernel.
        record : array of int64
            The batch record.
        memory : Memory
            Has to last as long as the program is run.
        steps : int
            How often.
        """
        words = memory.hold(self.words())
        arguments = memory.hold(np.array([address(words), address(record), steps, 1]))
        return partial(function_at(run), address(arguments))

    def words(self) -> NDArray[np.int64]:
        """Return the program as memory, with an end."""
        return np.append(np.asarray(self._words, np.int64), 0)

    def words_of_worker(
        self, first: Sequence[NDArray[Any]], own: Sequence[NDArray[Any]]
    ) -> NDArray[np.int64]:
        """Return the program with a worker's own arrays in the place of the first worker's.

        Parameters
        ----------
        first, own : sequence of arrays
            Both in the same order. A word that is an address in one of the first's, marked by
            `OWN`, becomes the same place in the worker's.
        """
        words = self.words()
        marked = words >= OWN
        places = words[marked] - OWN
        pairs = zip(map(address, first), map(address, own), strict=True)
        starts, others = np.array(sorted(pairs)).T
        array_of = np.searchsorted(starts, places, side="right") - 1
        words[marked] = places + (others - starts)[array_of]
        return words


Around: TypeAlias = Callable[[Kernel, Value], AbstractContextManager[None]]


def _nothing(kernel: Kernel, place: Value) -> AbstractContextManager[None]:
    return nullcontext()


def run(machine: Machine, around: Around = _nothing) -> Kernel:
    """Write the kernel that runs a program for a number of steps, or until one asks to stop.

    Arguments: the program, the batch record, how many steps, the rows of a step.

    `around` writes what comes before and after each instruction, given how many bytes of the
    program lie before it: to measure it.
    """
    kernel = Kernel("run", machine)
    program, record, steps, rows = kernel.arguments(4)

    def add(slot: int, number: Value | int) -> None:
        kernel.store(kernel.load_int(record + slot) + number, record + slot)

    def going() -> Value:
        return kernel.load_int(record + batch.STOP) == 0

    kernel.store(rows, record + batch.ROWS)
    over = kernel.variable(kernel.whole(0))
    with kernel.repeat(lambda: (over.value < steps) & going()):
        over.value = over.value + 1
        rates = kernel.load_int(record + batch.RATES)
        with kernel.when(rates != 0):  # 0: nothing is learned here
            kernel.store(kernel.load_double(rates), record + batch.LEARNING_RATE)
        kernel.store(kernel.load_double(record + batch.T) + 1.0, record + batch.T)
        at = kernel.variable(program)
        with kernel.repeat(lambda: (kernel.load_int(at.value) != 0) & going()):
            pointer = kernel.builder.inttoptr(kernel.load_int(at.value).ir, _KERNEL.as_pointer())
            arguments = kernel.builder.inttoptr((at.value + HEAD).ir, I64.as_pointer())
            with around(kernel, at.value - program):
                kernel.builder.call(pointer, [arguments])
            at.value = at.value + kernel.load_int(at.value + 8)
        with kernel.when(going()):
            order = kernel.load_int(record + batch.ORDER)
            add(batch.ORDER, kernel.where(order != 0, rows * 8, 0))
            add(batch.FIRST_ROW, rows)
            add(batch.RATES, kernel.where(rates != 0, kernel.whole(8), 0))
            add(batch.STEPS, 1)
    with kernel.when(kernel.load_int(record + batch.STOP) == batch.DONE):
        kernel.store(kernel.whole(0), record + batch.STOP)  # it ended well
    return kernel
