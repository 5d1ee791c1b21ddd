"""What the target is on average at each level of a category: a number where levels are many.

A level that stands in few rows says little of itself: its mean is drawn towards that of all rows
(Micci-Barreca 2001, "A preprocessing scheme for high-cardinality categorical attributes", eq. 3 to
5: empirical Bayes). A row of training must not see its own target in such a mean, so it gets one of
the rows of other folds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chainrule.scale import FloatArray

Codes = NDArray[np.integer]
"""The level of each row, −1 where it has none."""

_MOST_DRAWN = 100.0  # rows that the mean of all rows counts for, at most


def level_means(codes: Codes, y: FloatArray, n_levels: int) -> FloatArray:
    """Return how far the mean target of each level is from that of all rows.

    Parameters
    ----------
    codes : array of int of shape (n,)
    y : array of shape (n, n_outputs)
    n_levels : int

    Returns
    -------
    array of shape (n_levels, n_outputs)
        Drawn towards 0; 0 for a level without rows.

    Examples
    --------
    >>> codes = np.repeat([0, 1], 50)
    >>> y = np.repeat([[0.0], [1.0]], 50, axis=0) + 0.1 * np.tile([[-1.0], [1.0]], (50, 1))
    >>> level_means(codes, y, 3).round(2)
    array([[-0.5],
           [ 0.5],
           [ 0. ]])
    """
    known = codes >= 0
    codes, y = codes[known], y[known]
    if not len(y):
        return np.zeros((n_levels, y.shape[1]))
    y = y - y.mean(axis=0)
    counts = np.bincount(codes, minlength=n_levels).astype(np.float64)[:, np.newaxis]
    by_output = [np.bincount(codes, column, minlength=n_levels) for column in y.T]
    sums = np.stack(by_output, axis=1).astype(np.float64)
    return sums / (counts + _rows_drawn_by(codes, y, counts, sums))


def _rows_drawn_by(codes: Codes, y: FloatArray, counts: FloatArray, sums: FloatArray) -> float:
    """Return how many rows the mean of all rows counts for: variance within levels over between."""
    means = sums / np.maximum(counts, 1)
    within_squares = float(((y - means[codes]) ** 2).sum())
    freedom = len(y) - int((counts > 0).sum())
    total = float((y**2).sum()) / len(y)
    if freedom < 1 or not total:
        return 1.0
    within = within_squares / freedom
    between = total - within
    return min(within / between, _MOST_DRAWN) if between > 0 else _MOST_DRAWN


def out_of_fold(codes: Codes, y: FloatArray, folds: NDArray[np.intp], n_levels: int) -> FloatArray:
    """Return for each row the `level_means` of the rows in other folds.

    Parameters
    ----------
    codes : array of int of shape (n,)
    y : array of shape (n, n_outputs)
    folds : array of int of shape (n,)
    n_levels : int

    Returns
    -------
    array of shape (n, n_outputs)
        0 where the row has no level, or no other fold has it.
    """
    found = np.zeros(y.shape)
    for fold in np.unique(folds):
        inside = folds == fold
        means = level_means(codes[~inside], y[~inside], n_levels)
        found[inside] = at_levels(means, codes[inside])
    return found


def at_levels(means: FloatArray, codes: Codes) -> FloatArray:
    """Return the mean of each row's level, 0 where it has none."""
    return (
        np.where(codes[:, np.newaxis] < 0, 0.0, means[codes])
        if len(means)
        else np.zeros((len(codes), means.shape[1]))
    )
