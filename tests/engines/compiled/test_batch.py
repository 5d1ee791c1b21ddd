"""The record of a batch counts each step once, however it ended."""

import numpy as np
import pytest

from chainrule.engines.compiled import batch


def test_a_step_that_is_done_again_in_numpy_counts_once():
    record = np.zeros(batch.BYTES // 8, np.int64)
    batch.begin(record, 1000, 2000, t=5)
    numbers = record.view(np.float64)
    for step in (1, 2):
        numbers[batch.T // 8] += 1  # as the machine code does when a step begins
        record[batch.STOP // 8] = 1
        batch.add(record, loss=0.5, weight=7.0, square=4.0)
        batch.go_on(record, rows=7, t=5)
        assert numbers[batch.T // 8] == 5 + step
        assert batch.steps(record) == step
        assert not batch.stopped(record)
    assert batch.totals(record)[:3] == (1.0, 14.0, 8.0)
    assert record[batch.ORDER // 8] == 1000 + 2 * 7 * 8


@pytest.mark.filterwarnings("error")
def test_squares_that_overflow_are_infinite_without_a_word():
    record = np.zeros(batch.BYTES // 8, np.int64)
    for _ in range(2):
        batch.add(record, loss=0.0, weight=1.0, square=1.7e308)
    assert batch.totals(record).squares == np.inf
