"""Kernels that move numbers: rows of the table into a panel, and between the two layouts.

A panel holds some samples of a batch, a multiple of the lanes. *Feature-major*, one row a
feature and one column a sample, is what the products of the forward pass read; *sample-major*,
one row a sample, is what dW = dz·a_prevᵀ reads.
"""

from __future__ import annotations

from typing import Any

from chainrule.engines.compiled.batch import FIRST_ROW, ROWS, ROWS_NOT_FINITE, STOP, row_number
from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import Value


def _transposed(kernel: Kernel, rows: list[Value]) -> list[Value]:
    """Transpose a square of as many vectors as lanes, by exchanging ever larger blocks."""
    size = kernel.lanes
    block = 1
    while block < size:
        lanes = range(size)
        upper = [lane + size - block if lane & block else lane for lane in lanes]
        lower = [lane + size if lane & block else lane + block for lane in lanes]
        for i in (i for i in lanes if not i & block):
            a, b = rows[i], rows[i + block]
            rows[i], rows[i + block] = kernel.shuffle(a, b, upper), kernel.shuffle(a, b, lower)
        block *= 2
    return rows


class _Watch:
    """Looks at vectors, and stops the batch if a number of theirs is not finite."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._wrong = kernel.variable(kernel.full(0))

    def look_at(self, numbers: Value) -> None:
        """Take the vector in: a lane becomes NaN, unless its number is finite."""
        self._wrong.value = self._wrong.value + (numbers - numbers)

    def stop_if_wrong(self, record: Value) -> None:
        """Stop the batch, if there was such a number."""
        kernel = self._kernel
        with kernel.when(kernel.total(self._wrong.value) != 0.0):
            kernel.store(kernel.whole(ROWS_NOT_FINITE), record + STOP)


def gather(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel that copies rows of a table into a panel, in one layout or both.

    Arguments: x, stride of its rows; the batch; which of its samples is the panel's first,
    samples of the panel (a multiple of the lanes); columns; target feature-major and its
    stride; target sample-major (0: none) and its stride.

    Samples beyond the batch's last repeat it: finite numbers, whose weight is 0. Both targets
    have room for the columns rounded up to the lanes; the surplus is filled with zeros.
    """
    return _gather(Kernel("gather", machine, dtype), refuses=False)


def gather_finite(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel that does the same, and stops at rows that are not finite."""
    return _gather(Kernel("gather_finite", machine, dtype), refuses=True)


def _gather(kernel: Kernel, *, refuses: bool) -> Kernel:
    (x, x_row, batch, first, samples, columns, features, features_row, by_sample, by_sample_row) = (
        kernel.arguments(10)
    )
    lanes, size = kernel.lanes, kernel.size
    whole = columns // lanes * lanes
    watch = _Watch(kernel) if refuses else None
    with kernel.loop(0, samples, lanes) as sample:
        rows = [x + row_number(kernel, batch, first + sample + i) * x_row for i in range(lanes)]

        def copy_block(column: Value, mask: Value | None) -> None:
            addresses = (row + column * size for row in rows)
            block = [
                kernel.load(a) if mask is None else kernel.load_masked(a, mask) for a in addresses
            ]
            if watch:
                for vector in block:
                    watch.look_at(vector)
            with kernel.when(by_sample != 0):
                for i, vector in enumerate(block):
                    place = by_sample + (sample + i) * by_sample_row + column * size
                    kernel.store(vector, place)
            for j, vector in enumerate(_transposed(kernel, block)):
                kernel.store(vector, features + (column + j) * features_row + sample * size)

        with kernel.loop(0, whole, lanes) as column:
            copy_block(column, None)
        with kernel.when(columns > whole):
            copy_block(whole, kernel.first_lanes(columns - whole))
    if watch:
        watch.stop_if_wrong(batch)
    return kernel


def transpose(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel target[j, i] = source[i, j].

    Arguments: source and its stride, its rows (any number), its columns (a multiple of the
    lanes), target and its stride. Rows of the target are written up to the end of a vector.
    """
    kernel = Kernel("transpose", machine, dtype)
    source, source_row, rows, columns, target, target_row = kernel.arguments(6)
    lanes, size = kernel.lanes, kernel.size
    with kernel.loop(0, rows, lanes) as row:
        addresses = [source + kernel.smaller(row + i, rows - 1) * source_row for i in range(lanes)]
        with kernel.loop(0, columns, lanes) as column:
            block = [kernel.load(address + column * size) for address in addresses]
            for j, vector in enumerate(_transposed(kernel, block)):
                kernel.store(vector, target + (column + j) * target_row + row * size)
    return kernel


def row_sums(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel target[j] = Σ_s x[j, s], in an order that the shapes decide.

    Arguments: x, stride of its rows; rows, columns (a multiple of the lanes); target.

    As many rows as lanes are summed at once.
    """
    kernel = Kernel("row_sums", machine, dtype)
    x, x_row, rows, columns, target = kernel.arguments(5)
    lanes, size = kernel.lanes, kernel.size

    def vectors(row: Value, count: int) -> list[Value]:
        sums = [kernel.variable(kernel.full(0)) for _ in range(count)]
        with kernel.loop(0, columns, lanes) as column:
            place = x + row * x_row + column * size
            for i, total in enumerate(sums):
                total.value = total.value + kernel.load(place + i * x_row)
        return [total.value for total in sums]

    whole = rows // lanes * lanes
    with kernel.loop(0, whole, lanes) as row:
        kernel.store(kernel.totals(vectors(row, lanes)), target + row * size)
    with kernel.loop(whole, rows) as row:
        kernel.store(kernel.total(vectors(row, 1)[0]), target + row * size)
    return kernel


def copy_rows(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel that copies rows from one array into another.

    Arguments: source, stride of its rows; target, stride of its rows; rows, columns (a multiple of
    the lanes).
    """
    kernel = Kernel("copy_rows", machine, dtype)
    source, source_row, target, target_row, rows, columns = kernel.arguments(6)
    with kernel.loop(0, columns, kernel.lanes) as column:  # they are few, the rows are many
        across = column * kernel.size
        with kernel.loop(0, rows) as row:
            numbers = kernel.load(source + row * source_row + across)
            kernel.store(numbers, target + row * target_row + across)
    return kernel


def gather_sparse(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel that copies rows of a CSR matrix into a panel, sample by sample.

    Arguments: data, indices and indptr (whole numbers of 64 bits); the batch; the panel's first
    sample, samples of the panel; columns rounded up to the lanes; target and its stride.
    """
    kernel = Kernel("gather_sparse", machine, dtype)
    data, indices, indptr, record, first, samples, columns, target, target_row = kernel.arguments(9)
    size = kernel.size
    with kernel.loop(0, samples) as sample:
        place = target + sample * target_row
        with kernel.loop(0, columns, kernel.lanes) as column:
            kernel.store(kernel.full(0), place + column * size)
        row = row_number(kernel, record, first + sample) * 8
        begin, end = kernel.load_int(indptr + row), kernel.load_int(indptr + row + 8)
        with kernel.loop(begin, end) as i:
            column = kernel.load_int(indices + i * 8)
            kernel.store(kernel.load_scalar(data + i * size), place + column * size)
    return kernel


def release(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel that puts a panel's columns into rows of a table.

    Arguments: source feature-major (its rows rounded up to the lanes are readable) and its
    stride; how many features; the batch, whose FIRST_ROW says where the rows go; the panel's
    first sample, samples of the panel; the table and the stride of its rows.
    """
    kernel = Kernel("release", machine, dtype)
    source, source_row, features, record, first, samples, table, table_row = kernel.arguments(8)
    lanes, size = kernel.lanes, kernel.size
    rows = kernel.load_int(record + ROWS)
    table = table + kernel.load_int(record + FIRST_ROW) * table_row
    with kernel.loop(0, samples, lanes) as sample, kernel.loop(0, features, lanes) as feature:
        places = (source + (feature + j) * source_row + sample * size for j in range(lanes))
        block = _transposed(kernel, [kernel.load(place) for place in places])
        mask = kernel.first_lanes(features - feature)
        for i, vector in enumerate(block):
            number = first + sample + i
            with kernel.when(number < rows):
                kernel.store_masked(vector, table + number * table_row + feature * size, mask)
    return kernel


def gather_few(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel that copies a batch's rows as they are, and stops at any not finite.

    Arguments: x, stride of its rows; the batch; columns; target and its stride. The target has
    room for the columns rounded up to the lanes; the surplus is filled with zeros.
    """
    kernel = Kernel("gather_few", machine, dtype)
    x, x_row, record, columns, target, target_row = kernel.arguments(6)
    watch = _Watch(kernel)
    with kernel.loop(0, kernel.load_int(record + ROWS)) as sample:
        row = x + row_number(kernel, record, sample) * x_row
        place = target + sample * target_row

        def copy(at: Value, mask: Value | None, row: Value = row, place: Value = place) -> None:
            numbers = kernel.load_some(row + at, mask)
            watch.look_at(numbers)
            kernel.store(numbers, place + at)

        kernel.each_vector(columns, copy)
    watch.stop_if_wrong(record)
    return kernel


def release_few(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel that copies samples into the rows of a table.

    Arguments: source, one sample a row (readable up to the end of a vector), and its stride; how
    many features; the batch, whose FIRST_ROW says where they go; the table and the stride of its
    rows.
    """
    kernel = Kernel("release_few", machine, dtype)
    source, source_row, features, record, table, table_row = kernel.arguments(6)
    table = table + kernel.load_int(record + FIRST_ROW) * table_row
    with kernel.loop(0, kernel.load_int(record + ROWS)) as sample:
        numbers, row = source + sample * source_row, table + sample * table_row

        def copy(at: Value, mask: Value | None, numbers: Value = numbers, row: Value = row) -> None:
            kernel.store_some(kernel.load(numbers + at), row + at, mask)

        kernel.each_vector(features, copy)
    return kernel
