"""Sums across the lanes of vectors, against NumPy's."""

import numpy as np
import pytest

from chainrule.engines.compiled.code import address_of, function_at
from chainrule.engines.compiled.machine import host
from chainrule.engines.compiled.simd import Kernel


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path))


def _run(kernel, *arrays):
    slots = np.array([array.ctypes.data for array in arrays], np.int64)
    function_at(address_of(kernel))(slots.ctypes.data)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("vector_bytes", [16, 32])
def test_totals_are_the_totals_of_each_bit_by_bit(vector_bytes, dtype):
    machine = host(vector_bytes)
    lanes = machine.lanes(np.dtype(dtype))
    rows = np.random.default_rng(1).normal(size=(lanes, lanes)).astype(dtype)
    for count in range(1, lanes + 1):
        kernel = Kernel("totals", machine, dtype)
        source, together, alone = kernel.arguments(3)
        vectors = [kernel.load(source + i * lanes * kernel.size) for i in range(count)]
        kernel.store(kernel.totals(vectors), together)
        for i, vector in enumerate(vectors):
            kernel.store(kernel.total(vector), alone + i * kernel.size)
        found = np.zeros((2, lanes), dtype)
        _run(kernel, rows, *found)
        np.testing.assert_array_equal(found[0, :count], found[1, :count])
        np.testing.assert_allclose(found[1, :count], rows[:count].sum(axis=1), rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("vector_bytes", [16, 32])
def test_more_totals_than_lanes_are_stored_side_by_side_and_nothing_beyond(vector_bytes, dtype):
    machine = host(vector_bytes)
    lanes = machine.lanes(np.dtype(dtype))
    rows = np.arange(5 * lanes, dtype=dtype).reshape(5, lanes)
    start, found = np.arange(1, 6).astype(dtype), np.full(6, -1, dtype)
    kernel = Kernel("store_totals", machine, dtype)
    source, start_place, place = kernel.arguments(3)
    vectors = [kernel.load(source + i * lanes * kernel.size) for i in range(5)]
    kernel.store_totals(vectors, start_place, place)
    _run(kernel, rows, start, found)
    np.testing.assert_array_equal(found, [*(rows.sum(axis=1) + start), -1])
