"""The micro-kernel against NumPy, at every width of vectors, over shapes with every remainder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.guarded import Guards, call_at, made

from chainrule.engines.compiled.machine import host
from chainrule.engines.compiled.products import Product, product, transposed_product

TOLERANCE = {np.float32: 2e-6, np.float64: 4e-15}


def run(m, n, k, starts, turned, vector_bytes, dtype, seed=0):
    """Return C of the kernel and of NumPy, and what the sums are made of."""
    machine, size = host(vector_bytes), np.dtype(dtype).itemsize
    lanes = machine.lanes(np.dtype(dtype))
    rng, guards = np.random.default_rng(seed), Guards()
    padded = -(-n // lanes) * lanes
    A = guards.array(rng.normal(size=(k, m) if turned else (m, k)), dtype)
    B = guards.array(rng.normal(size=(k, padded)), dtype)
    C = guards.array(rng.normal(size=(m, n)), dtype)
    start = guards.array(rng.normal(size=m), dtype)
    before = start[:, None] if starts else 0.0
    a = A.T if turned else A
    expected = a.astype(float) @ B[:, :n].astype(float) + before
    scale = abs(a) @ abs(B[:, :n]) + abs(before)
    call_at(
        made(transposed_product if turned else product, machine, dtype),
        *Product(
            *(m, n, k),
            *(A, A.strides[0]),
            *(B, padded * size),
            *(C, n * size, start if starts else 0),
        ),
    )
    guards.check()
    return C, expected, scale


@pytest.mark.parametrize("vector_bytes", [16, 32, None])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=60, deadline=None)
@given(
    m=st.integers(1, 40),
    n=st.integers(1, 70),
    k=st.integers(1, 40),
    starts=st.booleans(),
    turned=st.booleans(),
)
def test_the_product_is_numpys(vector_bytes, dtype, m, n, k, starts, turned):
    C, expected, scale = run(m, n, k, starts, turned, vector_bytes, dtype)
    assert (abs(C - expected) <= TOLERANCE[dtype] * scale).all()


def test_a_worked_product():
    C, _, _ = run(2, 3, 1, False, False, None, np.float64)
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=2), rng.normal(size=host().lanes(np.dtype(float)))
    np.testing.assert_array_equal(C, np.outer(A, B[:3]))


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8, 13])
def test_a_number_does_not_depend_on_the_tile_it_is_computed_in(rows):
    """Rows cut off from a product have the bits they had in it."""
    machine, guards, rng = host(), Guards(), np.random.default_rng(3)
    lanes = machine.lanes(np.dtype(float))
    k, n, m = 9, 3 * lanes, 21
    A, B = guards.array(rng.normal(size=(m, k))), guards.array(rng.normal(size=(k, n)))
    whole, part = guards.array(np.zeros((m, n))), guards.array(np.zeros((rows, n)))
    kernel = made(product, machine, np.float64)
    for C, count in ((whole, m), (part, rows)):
        shapes = Product(count, n, k, A, 8 * k, B, 8 * n, C, 8 * n, 0)
        call_at(kernel, *shapes)
    np.testing.assert_array_equal(part, whole[:rows])
