"""How workers wait for each other: at a barrier within a step, at a mailbox between two jobs.

A job is a list of runs of programs: for each the four arguments of `program.run`, then a 0. A
worker's mailbox is one number:

    READY     it looks into the mailbox all the time, for some tenths of a millisecond
    ASLEEP    it has gone back to Python, and has to be woken there
    CLAIMED   a job will come at once
    CLOSED    there will be no more jobs
    else      the address of the job it is at
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import I64, Value

READY, ASLEEP, CLAIMED, CLOSED = 0, 1, 2, 3
LINE = 128  # bytes from one number that workers write to the next: two cache lines

_KERNEL = ir.FunctionType(ir.VoidType(), [I64.as_pointer()])
_GIVE_WAY = ir.FunctionType(ir.IntType(32), [])
_BLOCK = 32  # bytes of a run's arguments in a job
_SPINS_BEFORE_YIELD = 2000  # some 20 microseconds: longer than workers of one fit are apart
_SPINS_BEFORE_SLEEP = 20000  # longer than Python needs from one epoch to the next


def barrier(machine: Machine) -> Kernel:
    """Write the kernel that waits until all workers have called it.

    Each tells the others by a line of its own: one way from core to core is all that the last
    one is waited for.

    Arguments: address of a number for each worker, a `LINE` apart, all zero at first: how often it
    has come; which of them is the caller's; how many there are; address of the system's function
    that lets another thread run.
    """
    kernel = Kernel("barrier", machine)
    numbers, mine, workers, give_way = kernel.arguments(4)
    own = numbers + mine * LINE
    now = kernel.load_int(own) + 1
    kernel.builder.store_atomic(now.ir, _pointer(kernel, own), "release", 8)
    with kernel.loop(0, workers) as other:
        _wait_while(kernel, lambda: _read(kernel, numbers + other * LINE) < now, give_way)
    return kernel


def work_along(machine: Machine) -> Kernel:
    """Write the kernel that has every worker do its job, the first of them the caller's own.

    If a worker is asleep, nothing is done.

    Arguments: address of the jobs, of the first mailbox, how many mailboxes; addresses of the
    kernel `run` and of the system's function that lets another thread run; where to write 1 if
    the jobs are done, else 0.
    """
    kernel = Kernel("work_along", machine)
    jobs, mailboxes, count, run, give_way, done = kernel.arguments(6)
    builder = kernel.builder
    claimed = kernel.variable(kernel.whole(0))
    with kernel.loop(0, count) as i, kernel.when(claimed.value == i):
        mailbox = _pointer(kernel, mailboxes + i * LINE)
        with kernel.when(_swapped(kernel, mailbox, READY, CLAIMED)):
            claimed.value = claimed.value + 1
    everybody = claimed.value == count
    with kernel.loop(0, claimed.value) as i:
        job = kernel.where(everybody, kernel.load_int(jobs + i * 8 + 8), READY)
        mailbox = _pointer(kernel, mailboxes + i * LINE)
        builder.store_atomic(job.ir, mailbox, "release", 8)
    with kernel.when(everybody):
        _do(kernel, kernel.load_int(jobs), run)
        with kernel.loop(0, count) as i:
            _wait_while(kernel, lambda: _read(kernel, mailboxes + i * LINE) > CLOSED, give_way)
    kernel.store(kernel.where(everybody, kernel.whole(1), 0), done)
    return kernel


def serve(machine: Machine) -> Kernel:
    """Write the kernel that does what comes into a mailbox, until nothing comes for a while.

    Arguments: address of the mailbox; of the kernel `run`; of the system's function that lets
    another thread run.
    """
    kernel = Kernel("serve", machine)
    address, run, give_way = kernel.arguments(3)
    mailbox = _pointer(kernel, address)
    spins = kernel.variable(kernel.whole(0))
    serving = kernel.variable(kernel.whole(1))
    with kernel.repeat(lambda: serving.value != 0):
        found = _read(kernel, address)
        with kernel.either(found > CLOSED) as (work, nothing):
            with work:
                _do(kernel, found, run)
                kernel.builder.store_atomic(I64(READY), mailbox, "release", 8)
                spins.value = kernel.whole(0)
            with nothing:
                spins.value = spins.value + 1
                kernel.pause()
                with kernel.when(spins.value % _SPINS_BEFORE_YIELD == 0):
                    _let_others_run(kernel, give_way)
                with kernel.when((found == CLOSED) | (found == ASLEEP)):
                    serving.value = kernel.whole(0)
                with (
                    kernel.when(spins.value > _SPINS_BEFORE_SLEEP),
                    kernel.when(_swapped(kernel, mailbox, READY, ASLEEP)),
                ):
                    serving.value = kernel.whole(0)
    return kernel


def _swapped(kernel: Kernel, place: ir.Value, old: int, new: int) -> Value:
    """Put the new number in the old one's place, and say whether the old one was there."""
    builder = kernel.builder
    found = builder.cmpxchg(place, I64(old), I64(new), "acq_rel", "acquire")
    return Value(kernel, builder.extract_value(found, 1))


def _do(kernel: Kernel, job: Value, run: Value) -> None:
    at = kernel.variable(job)
    with kernel.repeat(lambda: kernel.load_int(at.value) != 0):
        function = kernel.builder.inttoptr(run.ir, _KERNEL.as_pointer())
        kernel.builder.call(function, [_pointer(kernel, at.value)])
        at.value = at.value + _BLOCK


def _wait_while(kernel: Kernel, condition: Callable[[], Value], give_way: Value) -> None:
    spins = kernel.variable(kernel.whole(0))
    with kernel.repeat(condition):
        spins.value = spins.value + 1
        kernel.pause()
        with kernel.when(spins.value > _SPINS_BEFORE_YIELD):
            _let_others_run(kernel, give_way)


def _let_others_run(kernel: Kernel, give_way: Value) -> None:
    builder = kernel.builder
    builder.call(builder.inttoptr(give_way.ir, _GIVE_WAY.as_pointer()), [])


def _pointer(kernel: Kernel, address: Value) -> ir.Value:
    return kernel.builder.inttoptr(address.ir, I64.as_pointer())


def _read(kernel: Kernel, address: Value) -> Value:
    return Value(kernel, kernel.builder.load_atomic(_pointer(kernel, address), "acquire", 8))
