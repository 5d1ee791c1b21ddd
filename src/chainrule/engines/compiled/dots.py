"""A few samples through a layer without a panel: every z is a sum along a row of W.

    Z[s, i] = b[i] + Σ_k W[i, k] · A[s, k]

A vector of W meets the same vector of A, so that neither has to be turned, and few samples leave no
lanes idle. Each sum is one chain of fused multiply-adds for each lane, and then the lanes' total;
the bits depend on k alone.
"""

from __future__ import annotations

from typing import Any

from chainrule.engines.compiled import batch
from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import Value

SAMPLES = 2  # that go over W together: it then takes hardly longer to multiply than to read W
_ROWS = 4  # of W at a time: sums enough to hide how long one multiply-add takes


def dots(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel z = W·a + b for the samples of a batch.

    Arguments: the batch; rows of W, its columns; W and the stride of its rows, b; a and the stride
    of its samples; z and the stride of its samples. Nothing is read beyond a row's end.
    """
    kernel = Kernel("dots", machine, dtype)
    record, m, k, w, w_row, b, a, a_row, z, z_row = kernel.arguments(10)

    def tile(sample: Value, samples: int, row: Value, rows: int) -> None:
        w_first = kernel.opaque(w + row * w_row)
        a_first = kernel.opaque(a + sample * a_row)
        w_places = [w_first + w_row * r for r in range(rows)]
        a_places = [a_first + a_row * s for s in range(samples)]
        sums = [[kernel.variable(kernel.full(0)) for _ in w_places] for _ in a_places]

        def add(at: Value, mask: Value | None) -> None:
            numbers = [kernel.load_some(place + at, mask) for place in a_places]
            for r, place in enumerate(w_places):
                weights = kernel.load_some(place + at, mask)
                for totals, vector in zip(sums, numbers, strict=True):
                    totals[r].value = kernel.fma(weights, vector, totals[r].value)

        kernel.each_vector(k, add)
        across = row * kernel.size
        for s, totals in enumerate(sums):
            place = z + (sample + s) * z_row + across
            kernel.store_totals([total.value for total in totals], b + across, place)

    def tiles(sample: Value, samples: int) -> None:
        whole = m // _ROWS * _ROWS
        with kernel.loop(0, whole, _ROWS) as row:
            tile(sample, samples, row, _ROWS)
        with kernel.loop(whole, m) as row:
            tile(sample, samples, row, 1)

    n = kernel.load_int(record + batch.ROWS)
    together = n // SAMPLES * SAMPLES
    with kernel.loop(0, together, SAMPLES) as sample:
        tiles(sample, SAMPLES)
    with kernel.loop(together, n) as sample:
        tiles(sample, 1)
    return kernel
