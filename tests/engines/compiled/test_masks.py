"""Dropout's masks in machine code are those of `chainrule.dropout`, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import dropout
from chainrule.engines.compiled import batch
from chainrule.engines.compiled.code import address_of, function_at
from chainrule.engines.compiled.machine import host
from chainrule.engines.compiled.masks import dropout_mask, multiply


@pytest.mark.parametrize("vector_bytes", [16, 32, None])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_inputs", [1, 4, 7])
def test_the_mask_is_that_of_the_table(vector_bytes, dtype, n_inputs):
    machine = host(vector_bytes)
    columns = 2 * machine.lanes(np.dtype(dtype))
    rows, first, layer, t, rate, seed = -(-n_inputs // 4) * 4, 3, 2, 41, 0.3, 0x123456789ABCDEF0
    record = np.zeros(batch.BYTES // 8)
    record[batch.T // 8] = t
    scale = np.array([1 / (1 - rate)], dtype)
    target = np.full((rows, columns), 7, dtype)
    arguments = np.array(
        [
            *(record.ctypes.data, first, columns, rows, layer, seed & 0xFFFFFFFF, seed >> 32),
            *(round(rate * 2**32), scale.ctypes.data, target.ctypes.data),
        ],
        dtype=np.int64,
    )
    function_at(address_of(dropout_mask(machine, dtype)))(arguments.ctypes.data)
    expected = dropout.mask(seed, t, layer, rate, (n_inputs, first + columns), np.dtype(dtype))
    np.testing.assert_array_equal(target[:n_inputs], expected[:, first:])


def test_multiply_writes_the_product_elsewhere():
    machine = host()
    n = 3 * machine.lanes(np.dtype(float))
    a, b, out = np.arange(n, dtype=float), np.full(n, 2.0), np.zeros(n + 4)
    arguments = np.array([a.ctypes.data, b.ctypes.data, out.ctypes.data, n])
    function_at(address_of(multiply(machine, float)))(arguments.ctypes.data)
    np.testing.assert_array_equal(out[:n], 2 * a)
    np.testing.assert_array_equal(out[n:], 0)
