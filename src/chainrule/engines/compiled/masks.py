"""Dropout's masks in machine code: the numbers of `chainrule.dropout`, a vector at a time."""

from __future__ import annotations

from typing import Any

from chainrule.engines.compiled import batch
from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import Value

ROWS_AT_A_TIME = 4  # one call of the generator gives four words, for four rows

_LOW = 0xFFFFFFFF
_ROUNDS = 10
_MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
_KEY_STEPS = 0x9E3779B9, 0xBB67AE85


def _philox(words: list[Value], key: list[Value]) -> list[Value]:
    """Philox4x32 (Salmon, Moraes, Dror & Shaw 2011); words of 32 bits in lanes of 64."""
    for _ in range(_ROUNDS):
        left, right = words[0] * _MULTIPLIERS[0], words[2] * _MULTIPLIERS[1]
        words = [
            right.logical_shift(32) ^ words[1] ^ key[0],
            right & _LOW,
            left.logical_shift(32) ^ words[3] ^ key[1],
            left & _LOW,
        ]
        key = [(k + step) & _LOW for k, step in zip(key, _KEY_STEPS, strict=True)]
    return words


def dropout_mask(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel that fills a panel's mask: 0, or 1/(1 − rate) where an input is kept.

    Arguments: the batch; the panel's first sample, its columns; rows (rounded up to four, the
    target has room); the layer's number; the seed's low and high word; the least word that
    keeps an input; address of 1/(1 − rate); target.
    """
    kernel = Kernel("dropout_mask", machine, dtype)
    record, first, columns, rows, layer, low, high, least, scale, target = kernel.arguments(10)
    size, ints = kernel.size, kernel.lane_numbers()
    t = kernel.load_double(record + batch.T).to_int() & _LOW
    kept = kernel.splat(kernel.load_scalar(scale))
    key = [ints.like(low), ints.like(high)]
    with (
        kernel.loop(0, rows, ROWS_AT_A_TIME) as row,
        kernel.loop(0, columns, kernel.lanes) as column,
    ):
        counter = [
            ints + (first + column),
            ints.like(row // ROWS_AT_A_TIME),
            ints.like(layer),
            ints.like(t),
        ]
        for i, word in enumerate(_philox(counter, key)):
            mask = kernel.where(word >= ints.like(least), kept, kernel.full(0))
            kernel.store(mask, target + ((row + i) * columns + column) * size)
    return kernel


def multiply(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel out = a ⊙ b. Arguments: a, b, out, a count of whole vectors."""
    kernel = Kernel("multiply", machine, dtype)
    a, b, out, count = kernel.arguments(4)
    with kernel.loop(0, count, kernel.lanes) as i:
        at = i * kernel.size
        kernel.store(kernel.load(a + at) * kernel.load(b + at), out + at)
    return kernel
