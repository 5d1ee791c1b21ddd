"""Arrays beside pages without access: who reads or writes too far ends the process at once."""

from __future__ import annotations

import ctypes
import mmap
from functools import cache
from types import SimpleNamespace

import numpy as np

from chainrule.engines.compiled import forward, prediction
from chainrule.engines.compiled.memory import Memory, address

PATTERN = 0xA5


class Fence:
    """Lays arrays beside pages without access.

    Parameters
    ----------
    side : str
        Where the page is that an array touches: "end" or "start".
    """

    def __init__(self, side):
        self.side = side
        self.pieces = []

    def zeros(self, shape, dtype):
        dtype = np.dtype(dtype)
        count = int(np.prod(shape))
        size = count * dtype.itemsize
        if not size:
            return np.zeros(shape, dtype)
        page = mmap.PAGESIZE
        middle = -(-size // page) * page
        memory = mmap.mmap(-1, middle + 2 * page)
        memory[page:-page] = bytes([PATTERN]) * middle
        start = page + (middle - size if self.side == "end" else 0)
        array = np.frombuffer(memory, dtype, count, start)
        first = address(array) - start
        for closed in (first, first + page + middle):
            forbid(closed, page)
        array[:] = 0
        self.pieces.append((memory, first, start, size))
        return array.reshape(shape)

    def around(self, array):
        """Return the array beside a page without access: as it is, or a copy."""
        array = np.asarray(array)
        if any(first <= address(array) < first + len(m) for m, first, _, _ in self.pieces):
            return array
        copy = self.zeros(array.shape, array.dtype)
        copy[...] = array
        return copy

    def require_whole(self):
        page = mmap.PAGESIZE
        for memory, _, start, size in self.pieces:
            rest = memory[page:start] + memory[start + size : -page]
            assert rest == bytes([PATTERN]) * len(rest), f"written beside {size} bytes"


@cache
def library():
    """Return what the system's own library has; to open it takes longer than to call it."""
    return ctypes.CDLL(None, use_errno=True)


def forbid(start, size):
    protect = library().mprotect
    assert protect(ctypes.c_void_p(start), ctypes.c_size_t(size), 0) == 0, ctypes.get_errno()


def lay_buffers_beside(fence):
    """Have all that the engine only reads, or makes for itself, laid beside pages without access.

    What a training changes (θ, the optimizer's memory) lies where the caller has it.
    """
    Memory.zeros = lambda memory, shape, dtype: memory.hold(fence.zeros(shape, dtype))
    read = forward.as_read

    def read_beside(rows, dtype):
        if isinstance(rows, np.ndarray):
            return read(fence.around(np.asarray(rows, dtype)), dtype)
        parts = {
            "data": fence.around(np.asarray(rows.data, dtype)),
            "indices": fence.around(np.asarray(rows.indices, np.int64)),
            "indptr": fence.around(np.asarray(rows.indptr, np.int64)),
        }
        return read(SimpleNamespace(**parts), dtype)

    forward.as_read = prediction.as_read = read_beside
    prediction.np = SimpleNamespace(**vars(np))
    prediction.np.empty = fence.zeros
