"""What an array is in this package, and how a door checks one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array, csr_matrix, sparray, spmatrix

Array: TypeAlias = NDArray[np.floating[Any]]
"""A float32 or float64 array."""

Rows: TypeAlias = "Array | csr_array | csr_matrix"
"""One sample per row, dense or in SciPy's compressed sparse rows."""

RowsLike: TypeAlias = "ArrayLike | sparray | spmatrix"
"""What `finite_features` makes rows of."""


def is_sparse(values: object) -> TypeGuard[Any]:
    """Say whether it is a SciPy sparse array or matrix, without importing SciPy.

    Examples
    --------
    >>> is_sparse([[0.0, 1.0]])
    False
    """
    return callable(getattr(values, "tocsr", None))


def dense(rows: Rows) -> Array:
    """Return the rows as a plain array."""
    return rows.toarray() if is_sparse(rows) else rows


def in_native_order(values: NDArray[Any]) -> NDArray[Any]:
    """Return an array whose numbers have this machine's byte order: itself where they have it.

    Examples
    --------
    >>> in_native_order(np.array([1.0, 2.0], ">f8")).dtype == np.float64
    True
    """
    return values if values.dtype.isnative else values.astype(values.dtype.newbyteorder("="))


def all_finite(numbers: Array) -> bool:
    """Say whether no number of an array is NaN or infinite.

    Where their sum is finite, all are; a look at each of them takes a byte for each.

    Examples
    --------
    >>> all_finite(np.array([1e308, 1e308])), all_finite(np.array([np.inf, -np.inf]))
    (True, False)
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(numbers.sum()) or np.isfinite(numbers).all())


def first_not_finite(values: Rows) -> tuple[int, ...] | None:
    """Return where the first NaN or infinity stands, row by row; None if all numbers are finite.

    Examples
    --------
    >>> first_not_finite(np.array([[0.0, 1.0], [np.inf, np.nan]]))
    (1, 0)
    """
    if all_finite(values.data if is_sparse(values) else values):
        return None
    if not is_sparse(values):
        return tuple(map(int, np.argwhere(~np.isfinite(values))[0]))
    at = values.tocoo()
    wrong = np.flatnonzero(~np.isfinite(at.data))
    first = wrong[np.lexsort((at.col[wrong], at.row[wrong]))[0]]
    return int(at.row[first]), int(at.col[first])


def finite_features(name: str, values: RowsLike, n_columns: int, dtype: np.dtype[Any]) -> Rows:
    """Return `values` as `finite_rows` does; SciPy's sparse ones as CSR of the dtype.

    The CSR's column numbers are sorted in every row, and none stands there twice. `values`
    stay as they are.

    Raises
    ------
    TypeError, ValueError
        As by `finite_rows`.
    """
    if not is_sparse(values):
        return finite_rows(name, values, n_columns, dtype)
    rows = values.tocsr()
    _require_numbers(name, rows.dtype)
    _require_shape(name, rows.shape, n_columns)
    if not rows.has_canonical_format:
        rows = rows.astype(np.float64)  # a copy; sums of small integers would overflow
        rows.sum_duplicates()
    raw = rows
    with np.errstate(over="ignore"):  # what overflows float32 is named below
        rows = rows.astype(dtype, copy=False)
    place = first_not_finite(rows)
    if place is not None:
        raise _not_finite(name, raw[place], place, dtype)
    return rows


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
    if is_sparse(values):
        raise TypeError(f"{name} must be a dense array, got a sparse one; pass {name}.toarray()")
    try:
        raw = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must have rows of one length, got {values!r:.80}") from None
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked values; fill them in or remove their rows")
    _require_numbers(name, raw.dtype)
    with np.errstate(over="ignore"):  # what overflows float32 is named below
        rows: Array = raw.astype(dtype, copy=False)
    if rows.ndim == 1 and n_columns == 1:
        rows = rows.reshape(-1, 1)
    _require_shape(name, rows.shape, n_columns)
    place = first_not_finite(rows)
    if place is not None:
        raise _not_finite(name, raw.reshape(rows.shape)[place], place, dtype)
    return rows


def weights_of_rows(name: str, values: ArrayLike, n: int, dtype: np.dtype[Any]) -> Array:
    """Return `values` as an array of shape (n,): what each of the n rows counts.

    Raises
    ------
    TypeError
        If the values are not numbers.
    ValueError
        If the shape is another one, a value is negative or not finite, all are 0, or their sum
        overflows.

    Examples
    --------
    >>> weights_of_rows("sample_weight", [1, 3], 2, np.dtype(float))
    array([1., 3.])
    """
    weights = finite_rows(name, values, 1, dtype).ravel()
    if len(weights) != n:
        raise ValueError(f"{name} has {len(weights)} numbers for {n} rows; give one for each")
    if (weights < 0).any():
        row = np.argmax(weights < 0)
        raise ValueError(f"{name} must be at least 0, got {weights[row]} in row {row}")
    with np.errstate(over="ignore"):  # named below
        total = weights.sum(dtype=np.float64)
    if not 0 < total < np.inf:
        raise ValueError(
            f"{name} must have a sum above 0 and finite, got {total}; only their ratios matter, "
            "so divide them all by the largest"
            if total
            else f"{name} is 0 for all rows; give a positive weight to those that count"
        )
    return weights


def _require_numbers(name: str, dtype: np.dtype[Any]) -> None:
    if dtype.kind not in "fiub":
        raise TypeError(f"{name} must be numbers, got an array of {dtype}")


def _require_shape(name: str, shape: tuple[int, ...], n_columns: int) -> None:
    if len(shape) != 2 or shape[1] != n_columns or not shape[0]:
        raise ValueError(
            f"{name} must have the shape (n, {n_columns}) with at least one row, got {shape}"
        )


def _not_finite(
    name: str, value: object, place: tuple[int, ...], dtype: np.dtype[Any]
) -> ValueError:
    return ValueError(
        f"{name} must be finite{' in float32' if dtype == np.float32 else ''}, got {value} in row "
        f"{place[0]}, column {place[1]} (counted from 0); remove the row or fill the value in"
    )
