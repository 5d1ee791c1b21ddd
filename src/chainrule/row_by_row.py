"""Predictions for rows of a table whose bits do not depend on the rows beside them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chainrule.arrays import Array

_ROWS_AT_ONCE = 16
"""The rows of a call are a multiple: the vectors of every processor have 4, 8 or 16 numbers.

The engine sums single rows that fill no vector in another order, so that the last bits of a
prediction would depend on the number of rows.
"""


def predict_row_by_row(predict: Callable[[Array], Array], x: Array) -> Array:
    """Return the predictions for rows; a row has the same bits whatever rows stand beside it.

    Parameters
    ----------
    predict : callable
        From an array of shape (n, n_features), n at least 1, to one of shape (n, n_outputs).
    x : array of shape (n, n_features)

    Returns
    -------
    array of shape (n, n_outputs)

    Examples
    --------
    >>> predict_row_by_row(lambda x: x + len(x), np.zeros((3, 1)))
    array([[16.],
           [16.],
           [16.]])
    """
    n = len(x)
    whole = n - n % _ROWS_AT_ONCE
    if n == whole and n:
        return predict(x)
    filled_up = np.zeros((_ROWS_AT_ONCE, x.shape[1]), dtype=x.dtype)
    filled_up[: n - whole] = x[whole:]
    rest = predict(filled_up)[: n - whole]
    return np.concatenate([predict(x[:whole]), rest]) if whole else rest
