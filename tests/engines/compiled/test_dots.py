"""A few samples through a layer against NumPy, at every width of vectors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.guarded import Guards, call_at, made

from chainrule.engines.compiled import batch
from chainrule.engines.compiled.dots import dots
from chainrule.engines.compiled.machine import host

TOLERANCE = {np.float32: 2e-6, np.float64: 4e-15}


def run(n, m, k, vector_bytes, dtype, seed=0):
    """Return Z of the kernel and of NumPy, and what the sums are made of."""
    machine = host(vector_bytes)
    rng, guards = np.random.default_rng(seed), Guards()
    W, b = guards.array(rng.normal(size=(m, k)), dtype), guards.array(rng.normal(size=m), dtype)
    A = guards.array(rng.normal(size=(n, k)), dtype)
    Z = guards.array(rng.normal(size=(n, m)), dtype)
    record = guards.array(np.zeros(batch.BYTES // 8, np.int64))
    record[batch.ROWS // 8] = n
    call_at(
        made(dots, machine, dtype),
        *(record, m, k, W, W.strides[0], b, A, A.strides[0], Z, Z.strides[0]),
    )
    guards.check()
    return Z, A.astype(float) @ W.T + b, abs(A) @ abs(W.T) + abs(b)


@pytest.mark.parametrize("vector_bytes", [16, 32, None])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=40, deadline=None)
@given(n=st.integers(0, 5), m=st.integers(1, 20), k=st.integers(1, 70))
def test_it_is_numpys(vector_bytes, dtype, n, m, k):
    Z, expected, scale = run(n, m, k, vector_bytes, dtype)
    assert (abs(Z - expected) <= TOLERANCE[dtype] * scale).all()


def test_a_worked_layer():
    """z = 1·4 + 2·5 + 3·6 + 0.5."""
    guards = Guards()
    W, a, b = (guards.array(np.array(numbers, float)) for numbers in ([1, 2, 3], [4, 5, 6], [0.5]))
    z, record = guards.array(np.zeros(1)), guards.array(np.zeros(batch.BYTES // 8, np.int64))
    record[batch.ROWS // 8] = 1
    call_at(made(dots, host(), np.float64), record, 1, 3, W, 24, b, a, 24, z, 8)
    assert z[0] == 32.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bits_of_a_sample_do_not_depend_on_those_beside_it(dtype):
    together = [run(n, 11, 37, None, dtype)[0][0] for n in (1, 2, 3, 4)]
    assert len({z.tobytes() for z in together}) == 1
