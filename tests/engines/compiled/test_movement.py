"""Rows of a table into panels and back, at every width of vectors."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.guarded import Guards, call_at, made

from chainrule.engines.compiled import batch, movement
from chainrule.engines.compiled.machine import host

every_width = pytest.mark.parametrize("vector_bytes", [16, 32, None])
both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def record(guards, rows, order=None, first_row=0):
    slots = guards.array(np.zeros(batch.BYTES // 8, np.int64))
    slots[batch.ROWS // 8], slots[batch.FIRST_ROW // 8] = rows, first_row
    slots[batch.ORDER // 8] = 0 if order is None else order.ctypes.data
    return slots


def padded(count, lanes):
    return -(-count // lanes) * lanes


@every_width
@both_types
@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 30),
    columns=st.integers(1, 40),
    vectors=st.integers(1, 3),
    first=st.integers(0, 20),
    shuffled=st.booleans(),
    kernel=st.sampled_from([movement.gather, movement.gather_finite]),
    data=st.data(),
)
def test_gather_fills_both_layouts(
    vector_bytes, dtype, n, columns, vectors, first, shuffled, kernel, data
):
    machine, guards, rng = host(vector_bytes), Guards(), np.random.default_rng(0)
    lanes = machine.lanes(np.dtype(dtype))
    samples, wide = vectors * lanes, padded(columns, lanes)
    rows = data.draw(st.integers(1, n))
    x = guards.array(rng.normal(size=(n, columns)), dtype)
    order = guards.array(rng.permutation(n))
    features = guards.array(np.full((wide, samples), 7), dtype)
    by_sample = guards.array(np.full((samples, wide), 7), dtype)
    call_at(
        made(kernel, machine, dtype),
        *(x, x.strides[0], slots := record(guards, rows, order if shuffled else None)),
        *(first, samples, columns, features, features.strides[0], by_sample, by_sample.strides[0]),
    )
    assert slots[batch.STOP // 8] == 0
    numbers = np.minimum(first + np.arange(samples), rows - 1)
    expected = x[order[numbers] if shuffled else numbers]
    np.testing.assert_array_equal(by_sample[:, :columns], expected)
    np.testing.assert_array_equal(by_sample[:, columns:], 0)
    np.testing.assert_array_equal(features, by_sample.T)
    guards.check()


@every_width
@both_types
@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 20),
    columns=st.integers(1, 40),
    wrong=st.sampled_from([np.nan, np.inf, -np.inf]),
    data=st.data(),
)
def test_rows_that_are_not_finite_stop_the_batch(vector_bytes, dtype, n, columns, wrong, data):
    machine, guards = host(vector_bytes), Guards()
    lanes = machine.lanes(np.dtype(dtype))
    samples = padded(n, lanes)
    x = guards.array(np.zeros((n, columns)), dtype)
    x[data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, columns - 1))] = wrong
    features = guards.array(np.zeros((padded(columns, lanes), samples)), dtype)
    slots = record(guards, n)
    call_at(
        made(movement.gather_finite, machine, dtype),
        *(x, x.strides[0], slots, 0, samples, columns, features, features.strides[0], 0, 0),
    )
    assert slots[batch.STOP // 8] == batch.ROWS_NOT_FINITE
    guards.check()


@every_width
@both_types
@pytest.mark.parametrize("columns", [1, 5, 16, 37])
def test_gather_sparse_is_gather_of_the_dense_rows(vector_bytes, dtype, columns):
    machine, guards, rng = host(vector_bytes), Guards(), np.random.default_rng(1)
    lanes = machine.lanes(np.dtype(dtype))
    table = rng.normal(size=(9, columns)) * (rng.random((9, columns)) < 0.3)
    x = scipy.sparse.csr_array(table.astype(dtype))
    order = guards.array(rng.permutation(9))
    target = guards.array(np.full((lanes, padded(columns, lanes)), 7), dtype)
    parts = (
        guards.array(part, kind)
        for part, kind in ((x.data, dtype), (x.indices, np.int64), (x.indptr, np.int64))
    )
    call_at(
        made(movement.gather_sparse, machine, dtype),
        *(*parts, record(guards, 5, order), 0, lanes, target.shape[1], target, target.strides[0]),
    )
    numbers = order[np.minimum(np.arange(lanes), 4)]
    np.testing.assert_array_equal(target[:, :columns], table.astype(dtype)[numbers])
    np.testing.assert_array_equal(target[:, columns:], 0)
    guards.check()


@every_width
@both_types
@pytest.mark.parametrize("rows", [1, 3, 16, 33])
def test_transpose(vector_bytes, dtype, rows):
    machine, guards = host(vector_bytes), Guards()
    lanes = machine.lanes(np.dtype(dtype))
    source = guards.array(np.arange(rows * 2 * lanes).reshape(rows, 2 * lanes), dtype)
    target = guards.array(np.zeros((2 * lanes, padded(rows, lanes))), dtype)
    call_at(
        made(movement.transpose, machine, dtype),
        *(source, source.strides[0], rows, 2 * lanes, target, target.strides[0]),
    )
    np.testing.assert_array_equal(target[:, :rows], source.T)
    guards.check()


@every_width
@both_types
@pytest.mark.parametrize("features", [1, 4, 17])
def test_release_writes_the_rows_there_are_and_no_more(vector_bytes, dtype, features):
    machine, guards = host(vector_bytes), Guards()
    lanes = machine.lanes(np.dtype(dtype))
    rows, samples = lanes + 1, 2 * lanes
    shape = padded(features, lanes), samples
    source = guards.array(np.arange(shape[0] * samples).reshape(shape), dtype)
    table = guards.array(np.full((rows + 3, features), -1), dtype)
    call_at(
        made(movement.release, machine, dtype),
        *(source, source.strides[0], features, record(guards, rows, first_row=2)),
        *(0, samples, table, table.strides[0]),
    )
    np.testing.assert_array_equal(table[2 : rows + 2], source[:features, :rows].T)
    np.testing.assert_array_equal(table[:2], -1)
    np.testing.assert_array_equal(table[rows + 2 :], -1)
    guards.check()


@every_width
@both_types
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 16), (3, 37)])
def test_a_few_rows_are_copied_there_and_back(vector_bytes, dtype, rows, columns):
    machine, guards = host(vector_bytes), Guards()
    width = padded(columns, machine.lanes(np.dtype(dtype)))
    x = guards.array(np.random.default_rng(0).normal(size=(7, columns)), dtype)
    few = guards.array(np.full((rows, width), -1), dtype)
    slots = record(guards, rows, first_row=2)
    place = few, few.strides[0]
    call_at(made(movement.gather_few, machine, dtype), x, x.strides[0], slots, columns, *place)
    np.testing.assert_array_equal(few[:, :columns], x[2 : 2 + rows])
    np.testing.assert_array_equal(few[:, columns:], 0)
    assert slots[batch.STOP // 8] == 0
    table = guards.array(np.full((7, columns), -1), dtype)
    call_at(
        made(movement.release_few, machine, dtype), *place, columns, slots, table, table.strides[0]
    )
    np.testing.assert_array_equal(table[2 : 2 + rows], x[2 : 2 + rows])
    np.testing.assert_array_equal(table[:2], -1)
    np.testing.assert_array_equal(table[2 + rows :], -1)
    guards.check()


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 8), (2, 10)])
def test_a_few_rows_that_are_not_finite_stop_the_batch(wrong, row, column):
    guards = Guards()
    x, few = guards.array(np.zeros((3, 11))), guards.array(np.zeros((3, 16)))
    x[row, column] = wrong
    slots = record(guards, 3)
    call_at(made(movement.gather_few, host(), float), x, x.strides[0], slots, 11, few, 128)
    assert slots[batch.STOP // 8] == batch.ROWS_NOT_FINITE
    guards.check()


@every_width
@both_types
@pytest.mark.parametrize("more", [1, -1, 0, 3])
def test_row_sums(more, vector_bytes, dtype):
    machine, guards, rng = host(vector_bytes), Guards(), np.random.default_rng(2)
    lanes = machine.lanes(np.dtype(dtype))
    rows = lanes + more if more < 2 else 2 * lanes + more  # whole squares are transposed
    x = guards.array(rng.integers(-9, 9, size=(rows, 3 * lanes)), dtype)
    target = guards.array(np.full(rows, 7), dtype)
    call_at(made(movement.row_sums, machine, dtype), x, x.strides[0], rows, 2 * lanes, target)
    np.testing.assert_array_equal(target, x[:, : 2 * lanes].sum(axis=1))
    guards.check()


@every_width
@both_types
def test_rows_are_copied_beside_others(vector_bytes, dtype):
    machine, guards, rng = host(vector_bytes), Guards(), np.random.default_rng(2)
    lanes = machine.lanes(np.dtype(dtype))
    source = guards.array(rng.normal(size=(5, 2 * lanes)), dtype)
    target = guards.array(np.full((5, 4 * lanes), 7), dtype)
    place = target.ctypes.data + lanes * target.itemsize
    call_at(
        made(movement.copy_rows, machine, dtype),
        *(source, source.strides[0], place, target.strides[0], 5, 2 * lanes),
    )
    np.testing.assert_array_equal(target[:, lanes : 3 * lanes], source)
    assert (target[:, :lanes] == 7).all()
    assert (target[:, 3 * lanes :] == 7).all()
    guards.check()


@every_width
@both_types
def test_a_row_has_the_same_sum_whichever_way_it_is_taken(vector_bytes, dtype):
    machine, guards = host(vector_bytes), Guards()
    lanes = machine.lanes(np.dtype(dtype))
    row = np.random.default_rng(3).normal(size=4 * lanes)
    x = guards.array(np.tile(row, (lanes + 1, 1)), dtype)  # a square of rows, and one more
    target = guards.array(np.zeros(lanes + 1), dtype)
    call_at(
        made(movement.row_sums, machine, dtype),
        *(x, x.strides[0], lanes + 1, 4 * lanes, target),
    )
    assert len(set(target.tolist())) == 1
    guards.check()
