"""The record of the batch at hand: what differs from step to step, in memory kernels read.

One array of 8-byte slots for each worker, or for each of its programs; a name is the slot's offset
in bytes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import Value

ORDER = 0  # address of the batch's row numbers, or 0: the rows from FIRST_ROW on
FIRST_ROW = 8
ROWS = 16  # how many rows the batch has
RATES = 24  # address of the step's learning rate
LEARNING_RATE = 32  # float64; it and T are what an optimizer's kernel is given
T = 40  # float64: the step's number, from 1
STOP = 48  # not 0: here it ends, for one of the reasons below
WEIGHT = 56  # float64: the sum of the batch's sample weights
LOSS = 64  # float64: of the epoch, Σ over its batches of loss times what it counts for
SQUARES = 72  # float64: of the epoch, Σ over its steps of ‖g‖²
STEPS = 80  # steps of the epoch that are over
TOTAL_WEIGHT = 88  # float64: of the epoch, Σ over its batches of what they count for
PENALTY_SCALE = 96  # float64: what R(W) is multiplied by in this batch
CLIP_FACTOR = 104  # float64: what the gradient is multiplied by in this step
COUNTS = 112  # float64: what the batch's loss counts for in the epoch's: its weight, or its rows
LEFT = 120  # panels, besides the one at hand, of those that a prediction's worker has taken
BYTES = 128

LOSS_NOT_FINITE, GRADIENT_NOT_FINITE, ROWS_NOT_FINITE, DONE = 1, 2, 3, 4


class Totals(NamedTuple):
    """What an epoch added up."""

    loss: float
    weight: float
    squares: float
    steps: int
    stop: int


def begin(record: NDArray[np.int64], order: int, rates: int, t: int) -> None:
    """Write the record for an epoch: addresses of order and learning rates, steps so far."""
    record[:] = 0
    record[ORDER // 8], record[RATES // 8] = order, rates
    record.view(np.float64)[T // 8] = t


def go_on(record: NDArray[np.int64], rows: int, t: int) -> None:
    """Count the step that stopped as over, and move on to the next batch; `t` began the epoch."""
    record[STOP // 8] = 0
    record[STEPS // 8] += 1
    record.view(np.float64)[T // 8] = t + record[STEPS // 8]
    record[ORDER // 8] += 8 * rows
    record[FIRST_ROW // 8] += rows
    record[RATES // 8] += 8


def add(record: NDArray[np.int64], loss: float, weight: float, square: float) -> None:
    """Add a batch's loss times weight, its weight and ‖g‖² to the epoch's."""
    numbers = record.view(np.float64)
    with np.errstate(over="ignore"):
        numbers[[LOSS // 8, TOTAL_WEIGHT // 8, SQUARES // 8]] += loss, weight, square


def steps(record: NDArray[np.int64]) -> int:
    """Return how many steps of the epoch are over."""
    return int(record[STEPS // 8])


def stopped(record: Any) -> bool:
    """Say whether a step asked to stop."""
    return bool(record[STOP // 8])


def forget(record: Any) -> None:
    """Forget why a prediction stopped, and which panels were taken then."""
    record[STOP // 8] = record[LEFT // 8] = 0


def totals(record: NDArray[np.int64]) -> Totals:
    """Read what the epoch added up."""
    numbers: NDArray[Any] = record.view(np.float64)
    return Totals(
        loss=float(numbers[LOSS // 8]),
        weight=float(numbers[TOTAL_WEIGHT // 8]),
        squares=float(numbers[SQUARES // 8]),
        steps=int(record[STEPS // 8]),
        stop=int(record[STOP // 8]),
    )


def row_number(kernel: Kernel, record: Value, sample: Value) -> Value:
    """Return which row of the table the batch's sample is; beyond the last, the last."""
    order = kernel.load_int(record + ORDER)
    sample = kernel.smaller(sample, kernel.load_int(record + ROWS) - 1)
    number = kernel.variable(kernel.load_int(record + FIRST_ROW) + sample)
    with kernel.when(order != 0):
        number.value = kernel.load_int(order + sample * 8)
    return number.value
