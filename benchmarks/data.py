"""Random data: the work of a step does not depend on the values, and no download is needed."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cells import Cell

Array = NDArray[np.floating[Any]]
LEARNING_RATE = 1e-3


def inputs(cell: Cell) -> Array:
    """Return standard normal rows of shape (rows, n_in), the same in every worker."""
    shape = cell.rows, cell.sizes[0]
    return np.random.default_rng(1).standard_normal(shape, dtype=np.dtype(cell.dtype).type)


def targets(cell: Cell) -> Array:
    """Return labels of shape (rows, n_out): 0 or 1, one-hot, or standard normal numbers."""
    rng = np.random.default_rng(2)
    shape = cell.rows, cell.sizes[-1]
    if cell.target == "numbers":
        return rng.standard_normal(shape).astype(cell.dtype)
    if cell.target == "binary":
        return rng.integers(0, 2, shape).astype(cell.dtype)
    return np.eye(cell.sizes[-1], dtype=cell.dtype)[rng.integers(0, cell.sizes[-1], cell.rows)]


def class_numbers(y: Array) -> NDArray[np.int64]:
    """Return the labels as whole numbers of shape (rows,), for the peers that want them so."""
    return y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0].astype(np.int64)


def weights(cell: Cell) -> list[tuple[Array, Array]]:
    """Return W (n_in, n_out) and b (n_out,) of each layer, of He's size so that nothing grows."""
    rng = np.random.default_rng(3)
    return [
        (
            (rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)).astype(cell.dtype),
            np.zeros(n_out, cell.dtype),
        )
        for n_in, n_out in pairwise(cell.sizes)
    ]


def data_bytes(cell: Cell) -> int:
    """Return the memory of a cell's inputs and targets."""
    return cell.rows * (cell.sizes[0] + cell.sizes[-1]) * np.dtype(cell.dtype).itemsize
