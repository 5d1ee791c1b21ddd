"""Arrays between guard zones, and kernels called on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engines.compiled.code import address_of, function_at
from chainrule.engines.compiled.simd import Kernel

_GUARD = 256  # bytes on each side: four of the widest vectors
_PATTERN = 0xA5


class Guards:
    """Makes arrays with a pattern before and behind them, and looks whether it is still there."""

    def __init__(self) -> None:
        self._blocks: list[NDArray[np.uint8]] = []

    def array(self, values: Any, dtype: Any = None) -> NDArray[Any]:
        """Return a copy of the values between two guard zones."""
        values = np.ascontiguousarray(values, dtype)
        block = np.full(values.nbytes + 2 * _GUARD, _PATTERN, dtype=np.uint8)
        self._blocks.append(block)
        inside = block[_GUARD : _GUARD + values.nbytes].view(values.dtype).reshape(values.shape)
        inside[...] = values
        return inside

    def check(self) -> None:
        """Fail if a guard zone was written to."""
        for block in self._blocks:
            assert (block[:_GUARD] == _PATTERN).all(), "written before an array"
            assert (block[-_GUARD:] == _PATTERN).all(), "written behind an array"


def call(kernel: Kernel, *arguments: Any) -> None:
    """Run the kernel on whole numbers, and arrays in place of their addresses."""
    call_at(address_of(kernel), *arguments)


@cache
def made(write: Callable[..., Kernel], *what: Any) -> int:
    """Return the kernel's address; to write its text down takes much longer than to run it."""
    return address_of(write(*what))


def call_at(address: int, *arguments: Any) -> None:
    """Run the kernel that lies at the address."""
    words = [a.ctypes.data if isinstance(a, np.ndarray) else int(a) for a in arguments]
    slots = np.array(words, dtype=np.int64)
    function_at(address)(slots.ctypes.data)
