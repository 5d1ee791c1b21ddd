"""Work that workers share out while they are at it: all of it is done, and nothing twice."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.guarded import Guards, call_at, made

from chainrule import Layer, Perceptron
from chainrule.engines.compiled import Compiled, batch, sharing
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.machine import host
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.panels import Cut
from chainrule.engines.compiled.program import Program
from chainrule.engines.compiled.waiting import LINE
from chainrule.engines.compiled.workers import system_calls

KERNELS = Kernels(host(), np.float64)
LANES = host().lanes(np.dtype(np.float64))
HALF = 8 * LANES  # bytes of a vector: kernels write whole ones
STOP, FIRST_ROW, ROWS, LEFT = (
    slot // 8 for slot in (batch.STOP, batch.FIRST_ROW, batch.ROWS, batch.LEFT)
)


class Pieces:
    """Pieces of work that double numbers: the same ones in every worker's program."""

    def __init__(self, pieces, workers, steps, *, meet=True):
        memory = self.memory = Memory()
        self.numbers = memory.zeros((pieces, 2 * LANES), np.float64)
        self.numbers[:] = 1.0
        two = memory.hold(np.full(2 * LANES, 2.0))
        places = memory.zeros((pieces, LINE // 8), np.int64)
        meeting = address(memory.zeros((workers, LINE // 8), np.int64))
        self.runs = []
        for worker in range(workers):
            program = Program()
            record = memory.zeros(batch.BYTES // 8, np.int64)
            for number in np.roll(range(pieces), -worker):
                row = address(self.numbers[number])
                with program.piece(KERNELS.claim, address(places[number]), address(record)):
                    program.call(KERNELS.multiply, [row, address(two), row, LANES])
                    program.call(KERNELS.multiply, [row + HALF, address(two), row + HALF, LANES])
            if meet:
                program.call(KERNELS.barrier, [meeting, worker, workers, *system_calls()])
            self.runs.append(program.alone(KERNELS.run, record, memory, steps=steps))

    def run_alone(self, worker):
        self.runs[worker]()

    def run(self):
        threads = [
            threading.Thread(target=self.run_alone, args=(worker,))
            for worker in range(len(self.runs))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
@pytest.mark.parametrize("pieces", [1, 2, 7, 23])
def test_every_piece_is_done_once_a_step(workers, pieces):
    work = Pieces(pieces, workers, steps=40)
    work.run()
    np.testing.assert_array_equal(work.numbers, 2.0**40)
    work.run()  # the steps' numbers go on
    np.testing.assert_array_equal(work.numbers, 2.0**80)


def test_a_worker_that_is_late_finds_its_pieces_done():
    work = Pieces(9, 2, steps=1, meet=False)
    work.run_alone(0)
    np.testing.assert_array_equal(work.numbers, 2.0)
    work.run_alone(1)
    np.testing.assert_array_equal(work.numbers, 2.0)


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(0, 50),
    panels=st.integers(1, 40),
    panel=st.integers(1, 9),
    at_once=st.integers(1, 7),
    more=st.integers(0, 8),
    takers=st.lists(st.integers(0, 2), max_size=60),
)
def test_rows_are_taken_once_by_whoever_asks(start, panels, panel, at_once, more, takers):
    guards = Guards()
    call = guards.array([11, 12, 21, 22, 23], np.int64)
    counter = guards.array([0], np.int64)
    records = [guards.array(np.zeros(batch.BYTES // 8, np.int64)) for _ in range(3)]
    inputs, outputs = guards.array(np.zeros(3, np.int64)), guards.array(np.zeros(2, np.int64))
    more = more % panel if at_once == 1 else 0  # rows of a last, smaller panel
    stop, taken, done = start + panels * panel + more, [], set()
    for taker in [*takers, *range(3)] + [0, 1, 2] * (panels + 1):
        record = records[taker]
        if taker in done:
            continue
        numbers = (start, stop, panel, at_once, inputs, 3, outputs)
        call_at(made(sharing.take, host()), call, counter, record, *numbers)
        if record[STOP]:
            assert record[STOP] == batch.DONE
            done.add(taker)
        else:
            taken += range(record[FIRST_ROW], record[FIRST_ROW] + record[ROWS])
            record[FIRST_ROW] += panel  # as `program.run` does
    assert len(done) == 3
    assert sorted(taken) == list(range(start, stop))
    assert not any(record[LEFT] for record in records)
    np.testing.assert_array_equal(inputs, [21, 22, 23])
    np.testing.assert_array_equal(outputs, [11, 12])
    guards.check()


@given(
    rows=st.integers(1, 10**6),
    workers=st.integers(1, 64),
    lanes=st.sampled_from([2, 4, 8, 16]),
    work=st.floats(1, 1e9),
)
def test_panels_and_the_rest_are_all_rows(rows, workers, lanes, work):
    cut = Cut.of(rows, workers, lanes, work)
    assert cut.panels * cut.width + cut.rest + cut.few == rows
    assert cut.rest <= max(cut.width, 3 * lanes)
    assert cut.few == Cut.of(rows, 1, lanes, work).few <= lanes // 2
    assert cut.width % lanes == 0
    assert cut.at_once >= 1
    assert cut.panels == 0 or cut.at_once * workers <= max(cut.panels, workers)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bits_of_a_fit_do_not_depend_on_who_does_which_piece(dtype):
    """So many panels and tasks that each of two workers, and mostly of three, has several."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 40)).astype(dtype), rng.integers(0, 2, (300, 1))
    trained = set()
    for threads in (1, 2, 3, 3):
        layers = [Layer(40, 130, "tanh", rng=1, dtype=dtype)]
        layers += [Layer(130, 130, "relu", rng=2, dtype=dtype)]
        net = Perceptron([*layers, Layer(130, 1, "sigmoid", rng=3, dtype=dtype)])
        engine = Compiled(threads, adaptive=False)
        net.fit(x, y, 2, 0.1, batch_size=300, engine=engine, verbose=False, rng=0)
        trained.add(net.theta.tobytes())
    assert len(trained) == 1
