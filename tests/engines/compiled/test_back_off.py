"""Predictions run alone while another program has a core, and on all threads again afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import Layer, Perceptron
from chainrule.engines.compiled import Compiled
from chainrule.engines.compiled import back_off as module
from chainrule.engines.compiled.back_off import BackOff
from chainrule.engines.compiled.waiting import SECONDS_OF_A_NAP


class Calls:
    """Calls of a program of the test, on a clock of the test."""

    def __init__(self, monkeypatch):
        self.now, self.back_off = 100.0, BackOff()
        monkeypatch.setattr(module.time, "perf_counter", lambda: self.now)

    def call(self, seconds, naps=0):
        """Call once, on four threads at most; return on how many."""
        threads, start = self.back_off.threads(4), self.now
        self.now += seconds
        if threads > 1:
            self.back_off.note(start, naps)
        return threads

    def seconds_alone(self):
        """Call until calls run on all threads again; return after how many seconds."""
        start = self.now
        while self.call(1e-4) == 1:
            pass
        return self.now - start


@pytest.fixture
def calls(monkeypatch):
    return Calls(monkeypatch)


def test_calls_that_do_not_wait_run_on_all_threads(calls):
    assert [calls.call(1e-4) for _ in range(100)] == [4] * 100


def test_after_a_long_wait_calls_run_alone_for_a_while(calls):
    calls.call(4e-3, naps=30)
    assert calls.call(1e-4) == 1
    assert calls.seconds_alone() == pytest.approx(0.005, abs=1e-3)
    assert [calls.call(1e-4) for _ in range(100)] == [4] * 100


def test_the_while_is_doubled_as_long_as_the_waiting_comes_back(calls):
    found = []
    for _ in range(10):
        calls.call(4e-3, naps=30)
        found.append(calls.seconds_alone())
    expected = [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 0.64, 0.64]
    assert found == pytest.approx(expected, abs=1e-3)


def test_a_later_neighbour_is_a_new_one(calls):
    for _ in range(4):
        calls.call(4e-3, naps=30)
        calls.seconds_alone()
    calls.call(0.2)  # together, and nobody was waited for
    calls.call(4e-3, naps=30)
    assert calls.seconds_alone() == pytest.approx(0.005, abs=1e-3)


def test_a_wait_that_is_short_beside_its_call_costs_less_than_to_run_alone(calls):
    calls.call(0.1, naps=round(0.02 / SECONDS_OF_A_NAP))
    assert calls.call(0.1) == 4


def test_bits_are_the_same_whatever_is_chosen(monkeypatch):
    rng = np.random.default_rng(0)
    model = Perceptron([Layer(100, 300, "tanh", rng=rng), Layer(300, 3, "tanh", rng=rng)])
    x = rng.normal(size=(611, 100))
    alone, chosen = model.predict(x, engine=Compiled(1)), []

    def threads(back_off, most):
        chosen.append(int(rng.integers(1, most + 1)))
        return chosen[-1]

    monkeypatch.setattr(BackOff, "threads", threads)
    for _ in range(12):
        np.testing.assert_array_equal(model.predict(x, engine=Compiled(3)), alone)
    assert set(chosen) == {1, 2, 3}
