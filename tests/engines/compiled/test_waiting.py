"""Workers do every job once, whether a job finds them awake, asleep or gone."""

from __future__ import annotations

import multiprocessing
import threading
import time

import numpy as np
import pytest

from chainrule import Layer, Perceptron
from chainrule.engines.compiled import Compiled, workers
from chainrule.engines.compiled.batch import BYTES
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.machine import host
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.program import Program
from chainrule.engines.compiled.workers import Workers, give_back, lent

KERNELS = Kernels(host(), np.float64)


class Doubling:
    """Jobs that double a number each, as many times as they are done."""

    def __init__(self, count):
        memory = self.memory = Memory()
        self.numbers = memory.zeros((count, 8), np.float64)
        two = memory.hold(np.full(8, 2.0))
        self.jobs = []
        for row in self.numbers:
            program, at = Program(), address(row)
            program.call(KERNELS.multiply, [at, address(two), at, 8])
            words = memory.hold(program.words())
            record = memory.zeros(BYTES // 8, np.int64)
            job = memory.hold(np.array([address(words), address(record), 1, 1, 0]))
            self.jobs.append(address(job))

    def require(self, workers, times):
        """Have the jobs done so many times, and look whether each was done every time."""
        for _ in range(times):
            self.numbers[:] = np.arange(1, len(self.numbers) + 1)[:, None]
            workers.run(self.jobs)
            expected = 2.0 * np.arange(1, len(self.numbers) + 1)[:, None]
            np.testing.assert_array_equal(
                self.numbers, np.broadcast_to(expected, (len(expected), 8))
            )


def helpers():
    return [thread for thread in threading.enumerate() if thread.name == "chainrule"]


@pytest.fixture(autouse=True)
def _without_threads_of_earlier_tests():
    """Wait for those that rest after a prediction; they end by themselves."""
    give_up = time.monotonic() + 10
    while helpers() and time.monotonic() < give_up:
        time.sleep(0.05)


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_every_job_is_done_once_a_run(count):
    workers, work = Workers(count, KERNELS), Doubling(count)
    work.require(workers, 200)
    workers.close()
    assert not helpers()


def test_jobs_that_come_while_a_worker_falls_asleep():
    workers, work = Workers(2, KERNELS), Doubling(2)
    rng = np.random.default_rng(0)
    for _ in range(300):
        until = time.perf_counter() + rng.uniform(0, 6e-4)
        while time.perf_counter() < until:
            pass
        work.require(workers, 1)
    workers.close()
    assert not helpers()


def test_fewer_jobs_than_workers():
    workers = Workers(4, KERNELS)
    for count in (1, 3, 2, 4, 1):
        Doubling(count).require(workers, 3)
    workers.close()
    assert not helpers()


def test_a_worker_that_was_not_needed_for_long_ends_and_comes_again(monkeypatch):
    monkeypatch.setattr(workers, "_SECONDS_ASLEEP", 0.02)
    pool, work = Workers(2, KERNELS), Doubling(2)
    for _ in range(3):
        work.require(pool, 5)
        assert len(helpers()) == 1
        end = time.monotonic() + 30
        while helpers() and time.monotonic() < end:
            time.sleep(0.01)
        assert not helpers()
    pool.close()


def test_a_woken_worker_that_nobody_told_finds_the_job(monkeypatch):
    """Ctrl-C between the two words of waking: the job is found when the sleep is over."""
    monkeypatch.setattr(workers, "_SECONDS_ASLEEP", 0.05)
    pool, work = Workers(2, KERNELS), Doubling(2)
    work.require(pool, 1)
    (helper,) = pool._helpers
    while helper._mailbox[0] != workers.ASLEEP:
        time.sleep(0.001)
    helper._mailbox[0] = workers.READY
    work.require(pool, 2)
    pool.close()
    assert not helpers()


def test_a_job_of_a_pool_that_nobody_has_begun_is_taken_back(monkeypatch):
    """The helper is awake but has no core: here, because it is no thread at all."""
    pool, work = Workers(2, KERNELS), Doubling(2)
    (helper,) = pool._helpers
    work.numbers[:] = 1.0
    helper._mailbox[0] = workers.READY
    assert pool.run(work.jobs, one_pool=True) == 0
    assert helper._mailbox[0] == workers.READY
    np.testing.assert_array_equal(work.numbers[:, 0], [2.0, 1.0])
    helper._mailbox[0] = workers.ASLEEP
    work.require(pool, 2)  # jobs that have no pool are all done
    pool.close()
    assert not helpers()


def test_who_waits_for_long_naps_and_says_how_often():
    """The helper comes to its job late: here, the test does it."""
    pool, work, naps = Workers(2, KERNELS), Doubling(2), []
    (helper,) = pool._helpers
    while not any(naps):
        helper._mailbox[0] = workers.READY
        caller = threading.Thread(target=lambda: naps.append(pool.run(work.jobs)))
        caller.start()
        while helper._mailbox[0] != work.jobs[1]:
            time.sleep(0.001)
        time.sleep(0.02)
        helper._mailbox[0] = workers.READY
        caller.join()
    helper._mailbox[0] = workers.ASLEEP
    pool.close()
    assert not helpers()


def test_closing_twice_and_without_a_thread():
    pool = Workers(3, KERNELS)
    pool.close()
    pool.close()
    pool = Workers(3, KERNELS)
    Doubling(3).require(pool, 1)
    pool.close()
    pool.close()


def test_workers_are_lent_again_to_one_borrower_at_a_time():
    first, second = lent(2, KERNELS), lent(2, KERNELS)
    assert first is not second
    give_back(first)
    assert lent(2, KERNELS) is first
    assert lent(2, KERNELS) is not second


def large_prediction():
    rng = np.random.default_rng(0)
    model = Perceptron([Layer(100, 300, "tanh", rng=rng), Layer(300, 300, "tanh", rng=rng)])
    x = rng.normal(size=(600, 100))
    alone = model.predict(x, engine=Compiled(1))
    return np.array_equal(model.predict(x, engine=Compiled(2)), alone)


def _predict_into(queue):
    queue.put(large_prediction())


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork"
)
def test_a_forked_child_predicts_though_its_parent_s_workers_rest():
    assert large_prediction()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_predict_into, args=(queue,))
    child.start()
    assert queue.get(timeout=60)
    child.join()
    assert child.exitcode == 0
