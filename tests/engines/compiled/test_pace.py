"""How many workers run is found out by trying, and tried again."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import Layer, Perceptron
from chainrule.engines.compiled import Compiled
from chainrule.engines.compiled import pace as module
from chainrule.engines.compiled.pace import Pace


class Clock:
    """A clock that moves as the test says."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(module.time, "perf_counter", lambda: self.now)

    def run(self, pace, seconds_by_workers):
        """Run as the pace chooses, 10 steps at most; return how many workers that were."""
        workers, steps = pace.choice()
        steps = min(steps, 10)
        with pace.measured(workers, steps):
            self.now += seconds_by_workers[workers] * steps
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
    chosen = [clock.run(pace, seconds) for _ in range(30)]
    assert chosen[:8] == [2] * 8  # of ten steps each
    assert 1 <= chosen.count(1) <= 4
    faster_alone = [clock.run(pace, {1: 0.8, 2: 1.0}) for _ in range(30)]
    assert faster_alone[-10:].count(1) >= 9


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
