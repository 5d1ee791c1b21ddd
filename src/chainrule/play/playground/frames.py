"""A frame: numbers and arrays in one binary message that a page reads in place."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

_ALIGNMENT = 8
_TYPES = {"f8": "<f8", "f4": "<f4", "u1": "|u1", "i4": "<i4"}


def pack(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return one message: header length, JSON header, padding, then the arrays.

    Parameters
    ----------
    header : mapping
        JSON-compatible numbers and words; NaN becomes null.
    arrays : mapping of str to array
        Of float64, float32, uint8 or int32.

    Returns
    -------
    bytes
        A little-endian uint32 is the length of the header. Header and arrays begin at multiples of
        8 bytes from the beginning, but for the header itself, at byte 4.

    Examples
    --------
    >>> header, arrays = unpack(pack({"epoch": 3}, {"theta": np.array([1.0, 2.0])}))
    >>> header["epoch"], arrays["theta"]
    (3, array([1., 2.]))
    """
    laid = [(name, _laid(array)) for name, array in arrays.items()]
    start = 0
    while True:  # the header holds offsets, which depend on its own length
        text = msgspec.json.encode({**header, "arrays": _places(laid, start)})
        first = _aligned(4 + len(text))
        if first <= start:
            break
        start = first
    parts = [struct.pack("<I", len(text)), text, bytes(start - 4 - len(text))]
    for _, array in laid:
        data = array.tobytes()
        parts += [data, bytes(-len(data) % _ALIGNMENT)]
    return b"".join(parts)


def _laid(array: NDArray[Any]) -> NDArray[Any]:
    name = array.dtype.str[1:]
    if name not in _TYPES:
        raise TypeError(f"a frame holds arrays of {', '.join(_TYPES)}, got {array.dtype}")
    return np.asarray(array, dtype=_TYPES[name], order="C")


def _places(laid: list[tuple[str, NDArray[Any]]], offset: int) -> list[dict[str, Any]]:
    places = []
    for name, array in laid:
        kind, shape = array.dtype.str[1:], list(array.shape)
        places.append({"name": name, "dtype": kind, "shape": shape, "offset": offset})
        offset += _aligned(array.nbytes)
    return places


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the header and the arrays of a message that `pack` made."""
    (length,) = struct.unpack_from("<I", message)
    header: dict[str, Any] = msgspec.json.decode(message[4 : 4 + length])
    arrays = {
        place["name"]: np.frombuffer(
            message,
            _TYPES[place["dtype"]],
            count=int(np.prod(place["shape"], dtype=int)),
            offset=place["offset"],
        ).reshape(place["shape"])
        for place in header.pop("arrays")
    }
    return header, arrays
