"""The micro-kernel: every matrix product of a step is this one, with other strides.

    C[i, j] = start[i] + Σ_k A[i, k] · B[k, j]

A tile of C (a few rows, one to three vectors of columns) stays in registers while k runs; a number
of A meets a whole vector of B. A is read number by number: a `product` goes along the rows of A as
they lie in memory, a `transposed_product` down its columns, so that Wᵀ may do without a copy.

    z       = W·a_prev + b     product             B = a_prev of a panel   start = b
    da_prev = Wᵀ·dz            transposed_product  B = dz of a panel       start = 0
    dW      = dz·a_prevᵀ       product             B = a_prev, sample by sample

Every number of C is one chain of fused multiply-adds in the order of k, whatever the tile, so the
bits depend on the shapes alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import Value, Variable


class Product(NamedTuple):
    """The arguments of the product kernels; addresses and strides are in bytes.

    Attributes
    ----------
    m, n, k : int
        C is (m, n); k is summed over.
    a, a_row : address and stride of A
        From row to row in memory: for `product` a row has k numbers, for `transposed_product` m.
    b, b_row : address and stride of B
        Its rows may be read up to the end of a vector; n is rounded up to one.
    c, c_row : address and stride of C
        Nothing is written beyond column n.
    start : address of m numbers, or 0
        What the sums of a row start from.
    """

    m: Any
    n: Any
    k: Any
    a: Any
    a_row: Any
    b: Any
    b_row: Any
    c: Any
    c_row: Any
    start: Any


def _tile_heights(machine: Machine, vectors: int) -> tuple[int, ...]:
    """Return how many rows a tile of so many vectors has; the first height is the usual one.

    As many sums as fit beside A's and B's numbers in the registers: AVX-512 and NEON have 32, older
    processors 16.
    Eight sums at least keep two units busy, each of which takes four cycles for a multiply-add; the
    lower tiles are for the rows that are left.
    """
    few, many = {1: (12, 16), 2: (6, 8), 3: (4, 8)}[vectors]
    highest = few if machine.is_x86 and machine.vector_bytes < 64 else many
    return highest, *(rows for rows in (8, 4, 2, 1) if rows < highest)


def product(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel C = start + A·B; its arguments are the fields of `Product`."""
    return _Writer(Kernel("product", machine, dtype), transposed=False).written()


def transposed_product(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel C = start + Aᵀ·B; its arguments are the fields of `Product`."""
    return _Writer(Kernel("transposed_product", machine, dtype), transposed=True).written()


_AT_ONCE = 4  # steps of k that are written out, to count less often

_Sums: TypeAlias = list[list[Variable]]  # by row and vector of a tile
_Offsets: TypeAlias = "list[Value | int]"  # of a tile's vectors from its first, in bytes


class _Writer:
    """Writes a product down, from all tiles to one step of one tile.

    Where LLVM saw how addresses are related, it would carry a dozen of them on from tile to tile,
    in more registers than there are; so it does not see it (`Kernel.opaque`).
    """

    def __init__(self, kernel: Kernel, *, transposed: bool) -> None:
        self.kernel, self.transposed = kernel, transposed
        self.p = Product(*kernel.arguments(len(Product._fields)))
        self.step = kernel.size * kernel.lanes

    def written(self) -> Kernel:
        """Go over C in tiles two vectors wide; three at the end, if their number is odd.

        The last vector reaches back over those before it, so that it is whole: the same numbers
        are computed again and stored again. Only where C is narrower than a vector, masks keep
        off what is not C's: to store by a mask is slow.
        """
        kernel, n, lanes = self.kernel, self.p.n, self.kernel.lanes
        pair = 2 * lanes
        vectors = (n + (lanes - 1)) // lanes
        triple = (vectors % 2 == 1) & (vectors > 1)
        by_pairs = kernel.where(triple, (vectors - 3) * lanes, n)
        with kernel.when(n >= pair), kernel.loop(0, by_pairs, pair) as column:
            self._rows_of_tiles(kernel.smaller(column, n - pair), [0, self.step])
        with kernel.when(triple):
            first = (vectors - 3) * lanes
            last = kernel.opaque((n - lanes - first) * kernel.size)
            self._rows_of_tiles(first, [0, self.step, last])
        with kernel.when((n >= lanes) & (n < pair)), kernel.loop(0, n, lanes) as column:
            self._rows_of_tiles(kernel.smaller(column, n - lanes), [0])
        with kernel.when(n < lanes):
            self._rows_of_tiles(kernel.whole(0), [0], kernel.first_lanes(n))
        return kernel

    def _rows_of_tiles(self, column: Value, vectors: _Offsets, mask: Value | None = None) -> None:
        """Go down the rows in tiles of the full height, then in ever lower ones."""
        kernel, m = self.kernel, self.p.m
        full, lower, *_ = heights = _tile_heights(kernel.machine, len(vectors))
        end = m // full * full
        few = 2 * lower - full  # rows left that, with a full tile, make two of the next height
        if few > 0:
            end = kernel.where((m - end == few) & (end > 0), end - full, end)
        done: Value = kernel.whole(0)
        for rows in heights:
            if rows != full:
                end = done + (m - done) // rows * rows
            with kernel.loop(done, end, rows) as row:
                self._tile(row, rows, column * kernel.size, vectors, mask)
            done = end

    def _tile(
        self, row: Value, rows: int, across: Value, vectors: _Offsets, mask: Value | None
    ) -> None:
        kernel, p = self.kernel, self.p
        c = kernel.opaque(p.c + row * p.c_row + across)
        places = [[c + p.c_row * r + v for v in vectors] for r in range(rows)]
        sums = [[kernel.variable(kernel.full(0)) for _ in vectors] for _ in range(rows)]
        with kernel.when(p.start != 0):
            start = kernel.opaque(p.start + row * kernel.size)
            for r in range(rows):
                number = kernel.splat(kernel.load_scalar(start + r * kernel.size))
                for total in sums[r]:
                    total.value = number
        self._sum_up(sums, row, across, vectors)
        for r in range(rows):
            for total, place in zip(sums[r], places[r], strict=True):
                kernel.store_some(total.value, place, mask)

    def _sum_up(self, sums: _Sums, row: Value, across: Value, vectors: _Offsets) -> None:
        """Add Σ_k A[i, k] · B[k, j] to the sums of a tile."""
        kernel, p, size = self.kernel, self.p, self.kernel.size
        a_k = p.a_row if self.transposed else size
        at_once = 1 if self.transposed else _AT_ONCE
        rows = range(len(sums))
        apart = [r * size if self.transposed else self._multiple(p.a_row, r) for r in rows]
        b_apart = [self._multiple(p.b_row, i) for i in range(at_once)]

        def add(a: Value, b: Value, steps: int) -> None:
            for i in range(steps):
                a_numbers = [a + apart[r] + a_k * i for r in rows]
                b_row = b + b_apart[i]
                self._add(sums, a_numbers, [b_row + v for v in vectors])

        a = kernel.opaque(p.a + row * (size if self.transposed else p.a_row))
        b = kernel.opaque(p.b + across)
        with kernel.loop(0, p.k // at_once * at_once, at_once) as k:
            add(a + k * a_k, b + k * p.b_row, at_once)
        rest = at_once // 2  # steps of k that are left, by halves
        while rest:
            with kernel.when((p.k & rest) != 0):
                done = p.k & (-2 * rest)
                add(kernel.opaque(a + done * a_k), kernel.opaque(b + done * p.b_row), rest)
            rest //= 2

    def _multiple(self, stride: Value, count: int) -> Value | int:
        """Return the stride times a count, in a register of its own."""
        return self.kernel.opaque(stride * count) if count else 0

    def _add(self, sums: _Sums, a_numbers: list[Value], b_vectors: list[Value]) -> None:
        """Add one step of k: a number of A for each row, times vectors of a row of B."""
        kernel = self.kernel
        vectors = [kernel.load(place) for place in b_vectors]
        for totals, place in zip(sums, a_numbers, strict=True):
            number = kernel.splat(kernel.load_scalar(place))
            for total, vector in zip(totals, vectors, strict=True):
                total.value = kernel.fma(number, vector, total.value)
