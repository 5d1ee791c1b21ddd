"""Rows for training, for validation and for the final test: none of them in two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.ranges import require_rate
from chainrule.splits import deal
from chainrule.tables.errors import TableError, count
from chainrule.tables.notes import Note
from chainrule.tables.table import RowNumbers

_FEWEST_ROWS = 10


@dataclass(frozen=True, eq=False)
class Split:
    """Row indices in ascending order; together they are all the rows."""

    train: RowNumbers
    validation: RowNumbers
    test: RowNumbers
    notes: tuple[Note, ...] = ()


def split_rows(
    n_rows: int,
    labels: NDArray[np.intp] | None = None,
    *,
    test_size: float,
    validation_size: float,
    seed: int,
) -> Split:
    """Deal the rows out at random, the same way for the same seed.

    Parameters
    ----------
    n_rows : int
    labels : ndarray of int, shape (n_rows,), optional
        The class of each row: each part gets its share of each class, if each class has
        enough rows.
    test_size, validation_size : float
        Fractions of all the rows, from 0 up to but without 1, together less than 1.
    seed : int

    Raises
    ------
    ValueError
        If the fractions are out of range.
    TableError
        If there are too few rows.
    """
    n_test, n_validation = _sizes(n_rows, test_size, validation_size)
    everything = np.arange(n_rows)
    notes: tuple[Note, ...] = ()
    if labels is not None and not _can_stratify(labels, n_test, n_validation):
        labels = None
        notes = (
            Note(
                "a class has too few rows to share out, so rows are dealt out regardless of class"
            ),
        )
    rest, test = _deal(everything, labels, n_test, seed)
    train, validation = _deal(rest, labels, n_validation, seed)
    return Split(train, validation, test, notes)


def require_shares(test_size: float, validation_size: float) -> None:
    """Raise ValueError unless both are in [0, 1) and leave rows to train on."""
    require_rate("test_size", test_size)
    require_rate("validation_size", validation_size)
    if test_size + validation_size >= 1.0:
        raise ValueError(
            f"test_size {test_size} and validation_size {validation_size} leave no rows to train "
            "on; give fractions that sum to less than 1"
        )


def _sizes(n_rows: int, test_size: float, validation_size: float) -> tuple[int, int]:
    require_shares(test_size, validation_size)
    if n_rows < _FEWEST_ROWS:
        raise TableError(
            f"{count(n_rows, 'row')} cannot be shared out; give {_FEWEST_ROWS} or more"
        )
    n_test, n_validation = (_share(n_rows, size) for size in (test_size, validation_size))
    if n_rows - n_test - n_validation < 2:
        raise TableError(
            f"of {n_rows} rows {n_test} for the test and {n_validation} for validation leave too "
            "few for training; give smaller fractions or more rows"
        )
    return n_test, n_validation


def _share(n_rows: int, size: float) -> int:
    return max(1, round(n_rows * size)) if size > 0.0 else 0


def _can_stratify(labels: NDArray[np.intp], n_test: int, n_validation: int) -> bool:
    """Say whether each class can be in each part that is not empty."""
    _, times = np.unique(labels, return_counts=True)
    n_rest = len(labels) - n_test
    # A class's share of a part is rounded at each deal: down by less than one row in the test,
    # and what that leaves over or short is rounded again for validation and training.
    fewest = [
        (n_test, 1.0),
        (n_validation, 1.0 + n_validation / n_rest),
        (n_rest - n_validation, 3.0),
    ]
    return all(part == 0 or times.min() * part >= rows * len(labels) for part, rows in fewest)


def _deal(
    rows: RowNumbers, labels: NDArray[np.intp] | None, n_held: int, seed: int
) -> tuple[RowNumbers, RowNumbers]:
    """Split rows into kept ones and `n_held` held-out ones, both ascending."""
    if n_held == 0:
        return rows, rows[:0]
    kept, held = deal(len(rows), n_held, seed, None if labels is None else labels[rows])
    return np.sort(rows[kept]), np.sort(rows[held])
