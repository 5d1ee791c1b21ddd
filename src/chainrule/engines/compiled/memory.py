"""Memory for kernels: aligned to cache lines, and held for as long as its addresses are used."""

from __future__ import annotations

import ctypes
import sys
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

_LINE = 64  # bytes of a cache line, and of the widest vector


class Memory:
    """Arrays whose addresses a program holds."""

    def __init__(self) -> None:
        self._held: list[NDArray[Any]] = []

    def zeros(self, shape: int | tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Return an array of zeros that starts at a cache line."""
        dtype = np.dtype(dtype)
        size = dtype.itemsize * (prod(shape) if isinstance(shape, tuple) else shape)
        raw = np.zeros(size + _LINE, dtype=np.uint8)
        start = -address(raw) % _LINE
        return self.hold(raw[start : start + size].view(dtype).reshape(shape))

    def zeros_in_rows(self, rows: int, columns: int, dtype: Any) -> NDArray[Any]:
        """Return rows of zeros that begin an odd number of cache lines apart, if not within two.

        A sum down the columns meets all rows at one place. Were they a power of two apart, as
        layers of 256 neurons are, they would take each other's few places in the cache.
        """
        dtype = np.dtype(dtype)
        stride = columns * dtype.itemsize
        if stride > 2 * _LINE:
            stride = (-(-stride // _LINE) | 1) * _LINE
        flat = self.zeros(((rows - 1) * stride) // dtype.itemsize + columns, dtype)
        return as_strided(flat, (rows, columns), (stride, dtype.itemsize))

    def hold(self, array: NDArray[Any]) -> NDArray[Any]:
        """Keep an array alive."""
        self._held.append(array)
        return array


def _told_address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])


def _read_address(array: NDArray[Any]) -> int:
    """Read it where NumPy's C interface has it: right behind the head of the object."""
    return ctypes.c_void_p.from_address(id(array) + object.__basicsize__).value or 0


_probe = np.zeros(3)
_can_be_read = sys.implementation.name == "cpython" and _read_address(_probe) == _told_address(
    _probe
)


address = _read_address if _can_be_read else _told_address
"""Return where an array's numbers begin; to be told takes ten times as long as to read it."""
