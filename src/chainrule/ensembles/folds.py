"""Rows in folds: each member of an ensemble holds out one of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array

_ROWS_AT_ONCE = 2**14
_FEW = 20  # different values, as ratings and counts have them


def folds_of(x: Array, k: int, rng: Any, classes: NDArray[Any] | None = None) -> NDArray[np.intp]:
    """Return the fold of each row: all of about one size, with the same shares of the classes.

    Where most rows are copies of others, as after oversampling, all copies of a row go into one
    fold: a network that has learned one of them would answer for the others by heart.

    Parameters
    ----------
    x : array of shape (n, n_features)
        float32 or float64.
    k : int
        Folds.
    rng : numpy.random.Generator
    classes : array of shape (n,), optional

    Examples
    --------
    >>> x = np.repeat(np.linspace(0, 1, 30), 3)[:, np.newaxis]
    >>> folds = folds_of(x, 5, np.random.default_rng(0))
    >>> (folds[::3] == folds[1::3]).all()
    np.True_
    """
    _, first, group = np.unique(_keys(x), return_index=True, return_inverse=True)
    if not _are_copies(x, first):
        first = group = np.arange(len(x))
    order = rng.permutation(len(first))
    if classes is not None:
        order = order[np.argsort(classes[first[order]], kind="stable")]
    folds = np.empty(len(first), dtype=np.intp)
    folds[order] = np.arange(len(first)) % k
    return folds[group]


def _are_copies(x: Array, first: NDArray[np.intp]) -> bool:
    """Say whether most rows are copies of those in `first`.

    Rows of a few categories may be equal by chance. Copies have a number of many values in common.
    """
    if len(first) > len(x) / 2:
        return False
    many = max(_FEW, len(first) / 2)
    return any(len(np.unique(x[first, column])) > many for column in range(x.shape[1]))


def _keys(x: Array) -> NDArray[np.uint64]:
    """Return a number for each row; equal rows have equal ones, others hardly ever."""
    words = x.dtype.itemsize // 4
    factors = np.random.default_rng(0).integers(2**64, size=x.shape[1] * words, dtype=np.uint64)
    keys = np.empty(len(x), dtype=np.uint64)
    for start in range(0, len(x), _ROWS_AT_ONCE):
        rows = np.ascontiguousarray(x[start : start + _ROWS_AT_ONCE]) + 0.0  # -0.0 is 0.0
        bits = rows.view(np.uint32).reshape(len(rows), -1).astype(np.uint64)
        keys[start : start + len(rows)] = ((bits | 1 << 32) * (factors | 1)).sum(axis=1)
    return keys
