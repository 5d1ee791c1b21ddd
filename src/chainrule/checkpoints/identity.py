"""The identity of a run: everything its bits depend on, as text to compare and to show."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import numpy as np

from chainrule.arrays import Rows, is_sparse
from chainrule.checkpoints.errors import CheckpointError

_PIECE = 2**26  # bytes that one thread hashes at a time

Identity: TypeAlias = Mapping[str, str]
"""The arguments of a run as text, by name, and the fingerprints of its arrays."""

DATA = "sha256 "
"""With which a fingerprint begins."""


def in_words(value: Any) -> str:
    """Return a value as text that is the same in every process.

    Examples
    --------
    >>> in_words(0.5), in_words((64, 64))
    ('0.5', '(64, 64)')
    """
    code = getattr(value, "__code__", None)
    if code is not None:  # of a function the address tells nothing
        return f"{value.__module__}.{value.__qualname__}, line {code.co_firstlineno}"
    if isinstance(value, np.ndarray):
        return fingerprint(value)
    if isinstance(value, list | tuple):
        return f"({', '.join(map(in_words, value))})"
    return re.sub(r"( at )?0x[0-9a-fA-F]{6,}", "", repr(value))


def fingerprint(*arrays: Rows | None) -> str:
    """Return a digest of arrays: of their shapes, dtypes and every number.

    A gigabyte takes about half a second: its pieces are hashed on all processors.

    Examples
    --------
    >>> fingerprint(np.zeros(3)) == fingerprint(np.zeros(3)) != fingerprint(np.zeros((3, 1)))
    True
    """
    digest = hashlib.sha256()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for array in arrays:
            for part in _parts(array):
                digest.update(f"{part.dtype} {part.shape}".encode())
                for piece in pool.map(_hashed, _pieces(part)):
                    digest.update(piece)
    return DATA + digest.hexdigest()


def _parts(array: Any) -> list[Any]:
    if array is None:
        return []
    if is_sparse(array):
        return [array.data, array.indices, array.indptr, np.array(array.shape)]
    return [array]


def _pieces(array: Any) -> Iterator[Any]:
    rows = max(1, _PIECE // max(1, array[:1].nbytes))
    for start in range(0, len(array), rows):
        yield array[start : start + rows]


def _hashed(piece: Any) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data).digest()


def require_same(known: Identity, asked: Identity, where: object) -> None:
    """Look whether a checkpoint is of such a run.

    Raises
    ------
    CheckpointError
        If it is not; the message says what differs.
    """
    differing = [
        _difference(name, known.get(name), asked.get(name))
        for name in {**known, **asked}
        if known.get(name) != asked.get(name)
    ]
    if differing:
        raise CheckpointError(
            f"the checkpoints in {where} are of another run: {'; '.join(differing)}; give what "
            "that run was given, or another folder"
        )


def _difference(name: str, before: str | None, now: str | None) -> str:
    if any(words is not None and words.startswith(DATA) for words in (before, now)):
        return f"{name} has other rows or numbers"
    return f"{name} was {before or 'not there'} and is {now or 'not there'}"
