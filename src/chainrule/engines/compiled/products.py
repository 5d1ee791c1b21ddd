"""The micro-kernel: every matrix product of a step is this one, with other strides.

    C[i, j] = start[i, j] + Σ_q Σ_k A[i, k, q] · B[k, j, q]

A tile of C (a few rows, one or two vectors of columns) stays in registers while k runs; a number
of A meets a whole vector of B. Only B and C need columns that lie side by side; A is read number
by number at any stride, so Wᵀ needs no copy:

    z       = W·a_prev + b     A = W                B = a_prev of a panel   start = b
    da_prev = Wᵀ·dz            A = W, the other way B = dz of a panel       start = 0
    dW      = dz·a_prevᵀ       A = dz, q: panels    B = a_prev, sample by sample

Every number of C is one chain of fused multiply-adds in the order of q and k, whatever the tile,
so the bits depend on the shapes alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.simd import Kernel, Value

FROM_ZERO, FROM_COLUMN, FROM_C = 0, 1, 2  # what a sum starts from: 0, start[i], C[i, j]


class Product(NamedTuple):
    """The arguments of the product kernel; addresses and strides are in bytes.

    Attributes
    ----------
    m, n, k, q : int
        C is (m, n); k and q are summed over.
    a, a_row, a_k, a_q : address and strides of A
    b, b_k, b_q : address and strides of B
        Rows of B may be read up to the end of a vector; n is rounded up to one.
    c, c_row : address and stride of C
        Nothing is written beyond column n.
    start_from : int
        FROM_ZERO, FROM_COLUMN or FROM_C.
    start : address of m numbers, used with FROM_COLUMN
    """

    m: Any
    n: Any
    k: Any
    q: Any
    a: Any
    a_row: Any
    a_k: Any
    a_q: Any
    b: Any
    b_k: Any
    b_q: Any
    c: Any
    c_row: Any
    start_from: Any
    start: Any


def _tile_heights(machine: Machine, vectors: int) -> tuple[int, ...]:
    """Return how many rows a tile of so many vectors has; the first height is the usual one.

    As many sums as fit beside A's and B's numbers in the registers: AVX2 has 16, the others 32.
    Eight sums at least keep two units busy, each of which takes four cycles for a multiply-add; the
    lower tiles are for the rows that are left.
    """
    if machine.vector_bytes == 32:
        return (6, 4, 2, 1) if vectors == 2 else (12, 8, 4, 2, 1)
    return (8, 4, 2, 1) if vectors == 2 else (16, 8, 4, 2, 1)


def product(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel; its arguments are the fields of `Product`.

    The last tiles of columns reach back over those before them, so that they are whole: the same
    numbers are computed again and stored again. Only where C is added to, or is narrower than
    a vector, masks keep the tiles off what is not theirs: to store by a mask is slow.
    """
    kernel = Kernel("product", machine, dtype)
    p = Product(*kernel.arguments(len(Product._fields)))
    lanes, pair = kernel.lanes, 2 * kernel.lanes
    adds = p.start_from == FROM_C
    reaches_back = (p.n >= lanes) & ~adds
    whole = p.n // pair * pair
    left = p.n - whole
    wide = (left > lanes) & (p.n >= pair) & reaches_back
    end = kernel.where(wide, p.n, whole)
    with kernel.loop(0, end, pair) as column:
        _rows_of_tiles(kernel, p, kernel.smaller(column, p.n - pair), 2, None)
    with kernel.either(reaches_back) as (yes, no):
        with yes, kernel.loop(end, p.n, lanes) as column:
            _rows_of_tiles(kernel, p, kernel.smaller(column, p.n - lanes), 1, None)
        with no, kernel.loop(end, p.n, lanes) as column:
            _rows_of_tiles(kernel, p, column, 1, kernel.first_lanes(p.n - column))
    return kernel


def _rows_of_tiles(
    kernel: Kernel, p: Product, column: Value, vectors: int, mask: Value | None
) -> None:
    """Go down the rows in tiles of the full height, then in ever lower ones."""
    full, lower, *_ = heights = _tile_heights(kernel.machine, vectors)
    end = p.m // full * full
    few = 2 * lower - full  # rows left that, with a full tile, make two of the next height
    if few > 0:
        end = kernel.where((p.m - end == few) & (end > 0), end - full, end)
    done: Value = kernel.whole(0)
    for rows in heights:
        if rows != full:
            end = done + (p.m - done) // rows * rows
        with kernel.loop(done, end, rows) as row:
            _tile(kernel, p, row, column, rows, vectors, mask)
        done = end


def _tile(
    kernel: Kernel,
    p: Product,
    row: Value,
    column: Value,
    rows: int,
    vectors: int,
    mask: Value | None,
) -> None:
    size, step = kernel.size, kernel.size * kernel.lanes
    c = [
        [p.c + (row + r) * p.c_row + column * size + v * step for v in range(vectors)]
        for r in range(rows)
    ]
    sums = [[kernel.variable(kernel.full(0)) for _ in range(vectors)] for _ in range(rows)]
    with kernel.when(p.start_from == FROM_COLUMN):
        for r in range(rows):
            start = kernel.splat(kernel.load_scalar(p.start + (row + r) * size))
            for v in range(vectors):
                sums[r][v].value = start
    with kernel.when(p.start_from == FROM_C):
        for r in range(rows):
            for v in range(vectors):
                sums[r][v].value = kernel.load_some(c[r][v], mask)
    a_tile, b_tile = p.a + row * p.a_row, p.b + column * size
    with kernel.loop(0, p.q) as q, kernel.loop(0, p.k) as k:
        a = a_tile + q * p.a_q + k * p.a_k
        b = b_tile + q * p.b_q + k * p.b_k
        b_vectors = [kernel.load(b + v * step) for v in range(vectors)]
        for r in range(rows):
            a_number = kernel.splat(kernel.load_scalar(a + p.a_row * r))
            for v in range(vectors):
                sums[r][v].value = kernel.fma(a_number, b_vectors[v], sums[r][v].value)
    for r in range(rows):
        for v in range(vectors):
            kernel.store_some(sums[r][v].value, c[r][v], mask)


_DOTS = 4  # rows of W at a time: enough to hide how long one multiply-add takes


def one_sample(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel z = W·a + b for one sample: sums along the rows of W.

    Arguments: rows of W, its columns; W and the stride of its rows, b; a, z. Nothing of W is
    read beyond a row's end; a has room up to the end of a vector.
    """
    kernel = Kernel("one_sample", machine, dtype)
    m, k, weights, row_stride, b, a, z = kernel.arguments(7)

    def dots(first: Value, count: int) -> None:
        rows = [weights + (first + r) * row_stride for r in range(count)]
        sums = [kernel.variable(kernel.full(0)) for _ in rows]

        def add(at: Value, mask: Value | None) -> None:
            numbers = kernel.load_some(a + at, mask)
            for row, total in zip(rows, sums, strict=True):
                total.value = kernel.fma(kernel.load_some(row + at, mask), numbers, total.value)

        kernel.each_vector(k, add)
        for r, total in enumerate(sums):
            at = (first + r) * kernel.size
            kernel.store(kernel.total(total.value) + kernel.load_scalar(b + at), z + at)

    whole = m // _DOTS * _DOTS
    with kernel.loop(0, whole, _DOTS) as row:
        dots(row, _DOTS)
    with kernel.loop(whole, m) as row:
        dots(row, 1)
    return kernel
