"""How many workers run is found out by trying, and tried again."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from chainrule import Layer, Perceptron
from chainrule.engines.compiled import Compiled
from chainrule.engines.compiled import pace as module
from chainrule.engines.compiled.pace import Pace


class Clock:
    """A clock that moves as the test says."""

    def __init__(self, monkeypatch):
        self.now = self.processors = 0.0
        monkeypatch.setattr(module.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(module.time, "process_time", lambda: self.processors)

    def run(self, pace, seconds_by_workers, most=10, ours=1.0):
        """Run as the pace chooses, so many steps at most; return how many workers that were.

        `ours` is the workers' share of their processors' time.
        """
        workers, steps = pace.choice()
        steps = min(steps, most)
        with pace.measured(workers, steps):
            self.now += seconds_by_workers[workers] * steps
            self.processors += ours * workers * seconds_by_workers[workers] * steps
        return workers


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.mark.parametrize(
    ("most", "seconds", "best"),
    [(2, {1: 3.0, 2: 2.0}, 2), (2, {1: 2.0, 2: 3.0}, 1), (6, {1: 9, 2: 5, 4: 3, 6: 4}, 4)],
)
def test_the_fastest_number_is_kept(clock, most, seconds, best):
    pace, seconds = Pace(most, steps_to_try=1), {n: s * 1e-6 for n, s in seconds.items()}
    tried = [clock.run(pace, seconds) for _ in range(3 * len(seconds))]
    assert tried == sorted(3 * [*seconds], reverse=True)
    assert [clock.run(pace, seconds) for _ in range(3)] == [best] * 3


def test_a_number_that_lost_gets_another_chance(clock):
    pace = Pace(2, steps_to_try=1)
    seconds = {1: 1e-6, 2: 5e-6}
    for _ in range(7):
        clock.run(pace, seconds)
    later = {1: 1e-6, 2: 0.5e-6}  # what kept the other core busy is over
    chosen = [clock.run(pace, later) for _ in range(60)]
    assert set(chosen[:5]) == {1}
    assert chosen[-20:].count(2) > 15


def test_fewer_workers_wait_for_their_turn_where_steps_are_long(clock):
    pace, seconds = Pace(2, steps_to_try=1), {1: 1.6, 2: 1.0}
    chosen = [clock.run(pace, seconds) for _ in range(300)]
    assert chosen[:80] == [2] * 80
    assert 1 <= chosen.count(1) <= 4
    faster_alone = [clock.run(pace, {1: 0.8, 2: 1.0}) for _ in range(300)]
    assert faster_alone[-10:].count(1) >= 9


def test_the_choice_is_looked_at_again_within_hundredths_of_a_second(clock):
    pace = Pace(2, steps_to_try=1)
    for _ in range(12):
        clock.run(pace, {1: 4e-4, 2: 2e-4}, most=1000)
    workers, steps = pace.choice()
    assert workers == 2
    assert module._BLOCK / 2 < steps * 2e-4 <= module._BLOCK


def test_small_steps_are_tried_by_one_worker_first_and_by_two_in_ever_longer_blocks(clock):
    pace, chosen = Pace(2, steps_to_try=90), []
    for _ in range(30):
        chosen.append(pace.choice())
        clock.run(pace, {1: 2e-5, 2: 1e-5}, most=1000)
    tries = [(1, 30)] * 3 + [(2, steps) for steps in (4, 8, 16, 30, 30, 30)]
    assert chosen[: len(tries)] == tries
    assert chosen[-1] == (2, 250)


def test_where_every_step_waits_for_a_lost_core_few_are_tried(clock):
    pace, steps_by_two, begun = Pace(2, steps_to_try=90), 0, clock.now
    for _ in range(200):
        workers, steps = pace.choice()
        steps_by_two += steps * (workers == 2)
        clock.run(pace, {1: 2e-5, 2: 4e-3}, most=10**6)
    assert steps_by_two <= 10 * module._PROBE
    assert steps_by_two * 4e-3 < 0.05 * (clock.now - begun)
    chosen = [clock.run(pace, {1: 2e-5, 2: 1e-5}, most=10**6) for _ in range(200)]
    assert chosen[-100:].count(2) > 90  # both cores are ours again


def test_workers_whose_core_is_lost_run_few_steps_at_once_afterwards(clock):
    pace = Pace(2, steps_to_try=90)
    for _ in range(30):
        clock.run(pace, {1: 2e-5, 2: 1e-5}, most=1000)
    clock.run(pace, {2: 4e-3}, most=1000)
    assert pace.choice()[0] == 1
    chosen = [pace.choice()]
    while chosen[-1][0] == 1:
        clock.run(pace, {1: 2e-5}, most=10**6)
        chosen.append(pace.choice())
    assert chosen[-1] == (2, module._PROBE)


def test_a_number_that_lost_its_place_is_tried_again_soon_and_then_more_seldom(clock):
    pace, quiet, beside = Pace(2, steps_to_try=10), {1: 2e-3, 2: 1e-3}, {1: 2e-3, 2: 4e-3}
    for _ in range(10):
        clock.run(pace, quiet)
    chosen = [clock.run(pace, beside) for _ in range(400)]
    tries = [i for i, workers in enumerate(chosen) if workers == 2]
    waits = [after - before - 1 for before, after in pairwise(tries)]
    assert waits[0] <= 5
    assert waits[:4] == sorted(waits[:4])
    assert waits[-1] > 70  # of 40 times its own time, twice the other's
    alone_again = [clock.run(pace, quiet) for _ in range(100)]
    assert alone_again[-1] == 2


def test_a_moment_s_disturbance_costs_little(clock):
    pace, quiet = Pace(2, steps_to_try=10), {1: 2e-3, 2: 1e-3}
    for _ in range(10):
        clock.run(pace, quiet)
    clock.run(pace, {2: 5e-3})
    chosen = [clock.run(pace, quiet) for _ in range(20)]
    assert chosen.count(1) <= 6
    assert chosen[-10:] == [2] * 10


def test_a_disturbed_time_of_long_steps_says_nothing_of_fewer_workers(clock):
    """Two took 4 times as long as in quiet: one is not expected to take 8 times as long."""
    pace = Pace(2, steps_to_try=1)
    chosen = [clock.run(pace, {1: 2.0, 2: 4.0}, ours=0.5) for _ in range(10)]
    assert chosen == [2] * 3 + [1] * 7


def test_one_worker_needs_no_trial():
    assert Pace(1, steps_to_try=1).choice() == (1, 2**62)


def test_a_trial_is_short():
    assert Pace(2, steps_to_try=7).choice() == (2, 3)  # of three


def test_what_disturbs_one_trial_does_not_count(clock):
    pace = Pace(2, steps_to_try=1)
    clock.run(pace, {2: 90e-6})  # the threads were still to be started
    chosen = [clock.run(pace, {1: 2e-6, 2: 1e-6}) for _ in range(8)]
    assert chosen == [2, 2, 1, 1, 1, 2, 2, 2]


def test_all_workers_run_where_it_is_not_to_adapt(clock):
    pace = Pace(8, steps_to_try=1, adaptive=False)
    assert [clock.run(pace, {8: 1.0}) for _ in range(3)] == [8] * 3


def test_a_smaller_last_batch_is_not_taken_for_the_pace(monkeypatch):
    steps = []
    measured = Pace.measured

    def noted(pace, count, n):
        steps.append(n)
        return measured(pace, count, n)

    monkeypatch.setattr(Pace, "measured", noted)
    rng = np.random.default_rng(0)
    model = Perceptron([Layer(3, 2, "identity", rng=rng)])
    x, y = rng.normal(size=(130, 3)), rng.normal(size=(130, 2))
    options = {"loss": "squared_error", "batch_size": 20, "engine": Compiled(1), "verbose": False}
    model.fit(x, y, 4, 0.1, **options)
    assert steps == [6] * 4


@pytest.mark.parametrize("sizes", [(20, 64, 3), (30, 128, 128, 3)], ids=["groups", "tasks"])
def test_bits_are_the_same_if_the_number_of_workers_changes_at_any_step(monkeypatch, sizes):
    rng, chosen = np.random.default_rng(0), []

    def choice(pace):
        chosen.append(int(rng.integers(1, 4)))
        return chosen[-1], int(rng.integers(1, 4))

    x, y = rng.normal(size=(500, sizes[0])), rng.normal(size=(500, sizes[-1]))
    options = {"loss": "squared_error", "optimizer": "adam", "batch_size": 90, "verbose": False}

    def theta(engine):
        pairs = enumerate(pairwise(sizes))
        model = Perceptron([Layer(n_in, n_out, "tanh", rng=i) for i, (n_in, n_out) in pairs])
        model.fit(x, y, 6, 1e-3, rng=0, **options, engine=engine)
        return model.theta

    alone = theta(Compiled(1))
    monkeypatch.setattr(Pace, "choice", choice)
    monkeypatch.setattr(Pace, "fastest", lambda pace: int(rng.integers(1, 4)))
    np.testing.assert_array_equal(theta(Compiled(3)), alone)
    assert set(chosen) == {1, 2, 3}
