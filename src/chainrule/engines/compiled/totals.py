"""What a step adds up: the weight of its batch, its loss, ‖g‖², and whether all is finite.

Every worker adds the same numbers in the same order into its own record, so all of them come to
the same decision without a word.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engines.compiled import batch
from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import Value


def _add_to(kernel: Kernel, address: Value, number: Value) -> None:
    kernel.store(kernel.load_double(address) + number, address)


def _is_finite(number: Value) -> Value:
    return number - number == 0.0


def _sum(kernel: Kernel, address: Value, count: Value) -> Value:
    """Return the sum of `count` float64."""
    total = kernel.variable(kernel.double(0.0))
    with kernel.loop(0, count) as i:
        total.value = total.value + kernel.load_double(address + i * 8)
    return total.value


def add_weights(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel Σw over the batch: what its loss counts for in the epoch's.

    Every worker calls it, also one that has no panel.

    Arguments: record; sample weights of all rows, or 0: each sample weighs 1; 1 if the batch's
    loss counts for its number of rows in the epoch's, else for its weight.
    """
    kernel = Kernel("add_weights", machine, dtype)
    record, weights, by_rows = kernel.arguments(3)
    rows = kernel.load_int(record + batch.ROWS)
    total = kernel.variable(rows.to_float(8))
    with kernel.when(weights != 0):
        total.value = kernel.double(0.0)
        with kernel.loop(0, rows) as sample:
            total.value = total.value + _weight(kernel, record, weights, sample)
    kernel.store(total.value, record + batch.WEIGHT)
    counts = kernel.where(by_rows != 0, rows.to_float(8), total.value)
    kernel.store(counts, record + batch.COUNTS)
    return kernel


def weigh(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel wᵢ / Σw for the samples of a panel; 0 beyond the batch's last sample.

    Arguments: record; sample weights of all rows; the panel's first sample, how many it has;
    target. A batch without any weight gets zeros.
    """
    kernel = Kernel("weigh", machine, dtype)
    record, weights, first, samples, target = kernel.arguments(5)
    rows = kernel.load_int(record + batch.ROWS)
    total = kernel.load_double(record + batch.WEIGHT)
    share = kernel.where(total > 0.0, 1.0 / total, kernel.double(0.0))
    with kernel.loop(0, samples) as i:
        weight = _weight(kernel, record, weights, first + i)
        here = kernel.where(first + i < rows, weight * share, 0.0)
        kernel.store(here.rounded_to(kernel.size), target + i * kernel.size)
    return kernel


def _weight(kernel: Kernel, record: Value, weights: Value, sample: Value) -> Value:
    row = batch.row_number(kernel, record, sample)
    return kernel.load_scalar(weights + row * kernel.size).rounded_to(8)


def settle_loss(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel that adds the batch's loss to the epoch's, or stops.

    Arguments: record; the samples' losses, already times their share of the weight; how many;
    1 if the penalty is divided by the batch's weight.
    """
    kernel = Kernel("settle_loss", machine, dtype)
    record, values, count, penalty_is_shared = kernel.arguments(4)
    weight = kernel.load_double(record + batch.WEIGHT)
    share = kernel.where(weight > 0.0, 1.0 / weight, kernel.double(0.0))
    kernel.store(kernel.where(penalty_is_shared != 0, share, 1.0), record + batch.PENALTY_SCALE)
    total = kernel.variable(kernel.full(0).rounded_to(8))
    with kernel.loop(0, count, kernel.lanes) as i:
        total.value = total.value + kernel.load(values + i * kernel.size).rounded_to(8)
    loss = kernel.total(total.value)
    with kernel.either(_is_finite(loss)) as (finite, not_finite):
        with finite:
            counts = kernel.load_double(record + batch.COUNTS)
            _add_to(kernel, record + batch.LOSS, loss * counts)
            _add_to(kernel, record + batch.TOTAL_WEIGHT, counts)
        with not_finite:
            kernel.store(kernel.whole(batch.LOSS_NOT_FINITE), record + batch.STOP)
    return kernel


def settle_gradient(machine: Machine) -> Kernel:
    """Write the kernel that adds ‖g‖² and the penalty to the epoch's, or stops.

    Arguments: record; the tasks' Σg², the tasks' R(W), how many there are of each (no R(W): 0).
    """
    kernel = Kernel("settle_gradient", machine, np.float64)
    record, squares, tasks, penalties, n_penalties = kernel.arguments(5)
    square = _sum(kernel, squares, tasks)
    _add_to(kernel, record + batch.SQUARES, square)
    with kernel.when(~_is_finite(square)):
        kernel.store(kernel.whole(batch.GRADIENT_NOT_FINITE), record + batch.STOP)
    scale = kernel.load_double(record + batch.PENALTY_SCALE)
    penalty = _sum(kernel, penalties, n_penalties) * scale
    _add_to(kernel, record + batch.LOSS, penalty * kernel.load_double(record + batch.COUNTS))
    return kernel


def clip_factor(machine: Machine) -> Kernel:
    """Write the kernel that finds what brings ‖g‖ down to the limit: limit/‖g‖, at most 1.

    It stops if ‖g‖ is not finite.

    Arguments: record; the tasks' Σg², how many; address of the limit (float64).
    """
    kernel = Kernel("clip_factor", machine, np.float64)
    record, squares, tasks, limit_address = kernel.arguments(4)
    norm = kernel.intrinsic("sqrt", _sum(kernel, squares, tasks))
    with kernel.when(~_is_finite(norm)):
        kernel.store(kernel.whole(batch.GRADIENT_NOT_FINITE), record + batch.STOP)
    limit = kernel.load_double(limit_address)
    kernel.store(kernel.where(norm > limit, limit / norm, 1.0), record + batch.CLIP_FACTOR)
    return kernel
