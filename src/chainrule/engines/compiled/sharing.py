"""How workers share work out while they are at it: who comes first does the next piece.

What is computed does not depend on who computes it. So a worker whose core is slow, or is taken
away for a while, is waited for no longer than for the piece at hand.

In training the same pieces stand in every worker's program, and a number for each says in which
step it was done last (`claim`). In prediction a counter says which rows are next (`take`).
"""

from __future__ import annotations

from chainrule.engines.compiled import batch
from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.program import HEAD
from chainrule.engines.compiled.simd import Kernel

OUTPUTS, INPUTS = 0, 16  # of a call of `take`: what the two instructions of a program are given


def claim(machine: Machine) -> Kernel:
    """Write the kernel that begins a piece of work, or passes it over if another worker has it.

    Arguments: the piece's number: T's bits of the step in which it was done last; the batch
    record; the bytes of the piece. To pass it over, the instruction says that it is longer.
    """
    kernel = Kernel("claim", machine)
    place, record, piece = kernel.arguments(3)
    step = kernel.load_int(record + batch.T)
    taken = kernel.variable(kernel.load_int(place) == step)
    with kernel.when(~taken.value):
        taken.value = kernel.exchanged(place, step) == step
    length = kernel.where(taken.value, piece, 0) + HEAD + 3 * 8
    kernel.store(length, kernel.arguments_address() - 8)
    return kernel


def take(machine: Machine) -> Kernel:
    """Write the kernel that begins a panel of the rows that nobody has taken yet.

    If there are none left, the batch is stopped as DONE. The last panel may be smaller, if one is
    taken at a time.

    Arguments: the call: what the instructions for outputs and inputs are given; the counter of
    rows taken; the batch record; the first of the rows and the last, exclusive; rows of a panel,
    panels at a time; where the program has the arguments for the inputs, how many; and for the two
    of the outputs.
    """
    kernel = Kernel("take", machine)
    call, counter, record, start, stop, panel, at_once, inputs, count, outputs = kernel.arguments(
        10
    )
    left = kernel.load_int(record + batch.LEFT)
    with kernel.either(left > 0) as (going_on, beginning):
        with going_on:
            kernel.store(left - 1, record + batch.LEFT)
        with beginning:
            first = start + kernel.added(counter, at_once * panel)
            with kernel.either(first < stop) as (some, none):
                with some:
                    panels = kernel.smaller(at_once, (stop - first + panel - 1) // panel)
                    kernel.store(panels - 1, record + batch.LEFT)
                    kernel.store(first, record + batch.FIRST_ROW)
                    kernel.store(kernel.smaller(panel, stop - first), record + batch.ROWS)
                    with kernel.loop(0, count * 8, 8) as at:
                        kernel.store(kernel.load_int(call + INPUTS + at), inputs + at)
                    for word in (0, 8):
                        kernel.store(kernel.load_int(call + OUTPUTS + word), outputs + word)
                with none:
                    kernel.store(kernel.whole(batch.DONE), record + batch.STOP)
    return kernel
