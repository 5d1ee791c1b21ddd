"""How workers wait for each other: at a barrier within a step, at a mailbox between two jobs.

A job is a list of runs of programs: for each the four arguments of `program.run`, then a 0. A
worker's mailbox is one number:

    READY     it looks into the mailbox all the time, for some tenths of a millisecond
    ASLEEP    it has gone back to Python, and has to be woken there
    CLAIMED   a job will come at once
    CLOSED    there will be no more jobs
    WORKING   it is at a job
    else      the address of a job that it has not begun
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir

from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import I32, I64, Value

READY, ASLEEP, CLAIMED, CLOSED, WORKING = 0, 1, 2, 3, 4
NOT_DONE = -1  # in place of how often the caller napped: nothing was done
LINE = 128  # bytes from one number that workers write to the next: two cache lines

_KERNEL = ir.FunctionType(ir.VoidType(), [I64.as_pointer()])
_YIELD = ir.FunctionType(I32, [])
_SLEEP = ir.FunctionType(I32, [I32])
_BLOCK = 32  # bytes of a run's arguments in a job
_SPINS_BEFORE_YIELD = 2000  # some 20 microseconds: longer than workers of one fit are apart
_YIELDS_BEFORE_NAP = 1000  # some 0.4 milliseconds: a worker without a core is gone for 1 to 4
_NAP = 50  # microseconds
SECONDS_OF_A_NAP = 1e-4  # with what Linux adds
_SPINS_BEFORE_SLEEP = 20000  # longer than Python needs from one epoch to the next


def barrier(machine: Machine) -> Kernel:
    """Write the kernel that waits until all workers have called it.

    Each tells the others by a line of its own: one way from core to core is all that the last
    one is waited for.

    Arguments: address of a number for each worker, a `LINE` apart, all zero at first: how often it
    has come; which of them is the caller's; how many there are; the two addresses of `SystemCalls`.
    """
    kernel = Kernel("barrier", machine)
    numbers, mine, workers, *system = kernel.arguments(5)
    own = numbers + mine * LINE
    now = kernel.load_int(own) + 1
    kernel.builder.store_atomic(now.ir, _pointer(kernel, own), "release", 8)
    with kernel.loop(0, workers) as other:
        _wait_while(kernel, lambda: _read(kernel, numbers + other * LINE) < now, system)
    return kernel


def work_along(machine: Machine) -> Kernel:
    """Write the kernel that has every worker do its job, the first of them the caller's own.

    If a worker is asleep, nothing is done. Where the jobs take their pieces of work from one pool,
    the caller's own job leaves no piece, so a job that nobody has begun by then is taken back: its
    worker may be waiting for a core that another program has.

    Arguments: address of the jobs, of the first mailbox, how many mailboxes; 1 if the jobs have one
    pool, else 0; addresses of the kernel `run` and of `SystemCalls`; where to write how often the
    caller napped before the last job was done, or `NOT_DONE`.
    """
    kernel = Kernel("work_along", machine)
    jobs, mailboxes, count, one_pool, run, *system, result = kernel.arguments(8)
    builder = kernel.builder
    claimed = kernel.variable(kernel.whole(0))
    naps = kernel.variable(kernel.whole(NOT_DONE))

    def mailbox(i: Value) -> ir.Value:
        return _pointer(kernel, mailboxes + i * LINE)

    def job(i: Value) -> Value:
        return kernel.load_int(jobs + i * 8 + 8)

    with (
        kernel.loop(0, count) as i,
        kernel.when(claimed.value == i),
        kernel.when(_swapped(kernel, mailbox(i), READY, CLAIMED)),
    ):
        claimed.value = claimed.value + 1
    everybody = claimed.value == count
    with kernel.loop(0, claimed.value) as i:
        sent = kernel.where(everybody, job(i), READY)
        builder.store_atomic(sent.ir, mailbox(i), "release", 8)
    with kernel.when(everybody):
        _do(kernel, kernel.load_int(jobs), run)
        naps.value = kernel.whole(0)
        with kernel.loop(0, count) as i:
            with kernel.when(one_pool != 0):
                _swapped(kernel, mailbox(i), job(i), READY)
            napped = _wait_while(
                kernel, lambda: _read(kernel, mailboxes + i * LINE) >= WORKING, system
            )
            naps.value = naps.value + napped
    kernel.store(naps.value, result)
    return kernel


def serve(machine: Machine) -> Kernel:
    """Write the kernel that does what comes into a mailbox, until nothing comes for a while.

    Arguments: address of the mailbox; of the kernel `run`; of the system's function that lets
    another thread run.
    """
    kernel = Kernel("serve", machine)
    address, run, sched_yield = kernel.arguments(3)
    mailbox = _pointer(kernel, address)
    spins = kernel.variable(kernel.whole(0))
    serving = kernel.variable(kernel.whole(1))
    with kernel.repeat(lambda: serving.value != 0):
        found = _read(kernel, address)
        with kernel.either(found > WORKING) as (work, nothing):
            with work, kernel.when(_swapped(kernel, mailbox, found, WORKING)):
                _do(kernel, found, run)
                kernel.builder.store_atomic(I64(READY), mailbox, "release", 8)
                spins.value = kernel.whole(0)
            with nothing:
                spins.value = spins.value + 1
                kernel.pause()
                with kernel.when(spins.value % _SPINS_BEFORE_YIELD == 0):
                    _call(kernel, sched_yield, _YIELD)
                with kernel.when((found == CLOSED) | (found == ASLEEP)):
                    serving.value = kernel.whole(0)
                with (
                    kernel.when(spins.value > _SPINS_BEFORE_SLEEP),
                    kernel.when(_swapped(kernel, mailbox, READY, ASLEEP)),
                ):
                    serving.value = kernel.whole(0)
    return kernel


def _swapped(kernel: Kernel, place: ir.Value, old: Value | int, new: int) -> Value:
    """Put the new number in the old one's place, and say whether the old one was there."""
    builder = kernel.builder
    expected = kernel.whole(0).like(old)
    found = builder.cmpxchg(place, expected.ir, I64(new), "acq_rel", "acquire")
    return Value(kernel, builder.extract_value(found, 1))


def _do(kernel: Kernel, job: Value, run: Value) -> None:
    at = kernel.variable(job)
    with kernel.repeat(lambda: kernel.load_int(at.value) != 0):
        function = kernel.builder.inttoptr(run.ir, _KERNEL.as_pointer())
        kernel.builder.call(function, [_pointer(kernel, at.value)])
        at.value = at.value + _BLOCK


def _wait_while(kernel: Kernel, condition: Callable[[], Value], system: Sequence[Value]) -> Value:
    """Spin, then yield, then nap while the condition holds; return how often it napped.

    Whoever is waited for so long has lost its core to another program. It is scheduled the sooner,
    the more cores are idle.
    """
    sched_yield, usleep = system
    spins, naps = kernel.variable(kernel.whole(0)), kernel.variable(kernel.whole(0))
    with kernel.repeat(condition):
        spins.value = spins.value + 1
        kernel.pause()
        with kernel.when(spins.value > _SPINS_BEFORE_YIELD):
            late = spins.value > _SPINS_BEFORE_YIELD + _YIELDS_BEFORE_NAP
            with kernel.either(late) as (nap, no_nap):
                with nap:
                    naps.value = naps.value + 1
                    _call(kernel, usleep, _SLEEP, I32(_NAP))
                with no_nap:
                    _call(kernel, sched_yield, _YIELD)
    return naps.value


def _call(kernel: Kernel, function: Value, type_: ir.FunctionType, *arguments: ir.Value) -> None:
    builder = kernel.builder
    builder.call(builder.inttoptr(function.ir, type_.as_pointer()), arguments)


def _pointer(kernel: Kernel, address: Value) -> ir.Value:
    return kernel.builder.inttoptr(address.ir, I64.as_pointer())


def _read(kernel: Kernel, address: Value) -> Value:
    return Value(kernel, kernel.builder.load_atomic(_pointer(kernel, address), "acquire", 8))
