"""What an array is in this package, and how a door checks one."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
"""A float32 or float64 array."""


def finite_rows(name: str, values: ArrayLike, n_columns: int, dtype: np.dtype[Any]) -> Array:
    """Return `values` as an array of shape (n, n_columns) with n of at least 1.

    No copy is made of an array that has the dtype already.

    Parameters
    ----------
    name : str
        What the values are, for the messages.
    values : array of shape (n, n_columns) or, for one column, (n,)
    n_columns : int
    dtype : dtype

    Raises
    ------
    TypeError
        If the values are not numbers.
    ValueError
        If the shape is another one, or a value is NaN, infinite, masked or too large for the dtype.

    Examples
    --------
    >>> finite_rows("labels", [0, 1], 1, np.dtype(float))
    array([[0.],
           [1.]])
    """
    try:
        raw = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must have rows of one length, got {values!r:.80}") from None
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked values; fill them in or remove their rows")
    if raw.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be numbers, got an array of {raw.dtype}")
    with np.errstate(over="ignore"):  # what overflows float32 is named below
        rows: Array = raw.astype(dtype, copy=False)
    if rows.ndim == 1 and n_columns == 1:
        rows = rows.reshape(-1, 1)
    if rows.ndim != 2 or rows.shape[1] != n_columns or not len(rows):
        raise ValueError(
            f"{name} must have the shape (n, {n_columns}) with at least one row, got {rows.shape}"
        )
    if not np.isfinite(rows).all():
        row, column = np.argwhere(~np.isfinite(rows))[0]
        raise ValueError(
            f"{name} must be finite{' in float32' if dtype == np.float32 else ''}, got "
            f"{raw.reshape(rows.shape)[row, column]} in row {row}, column {column} (counted from "
            "0); remove the row or fill the value in"
        )
    return rows
