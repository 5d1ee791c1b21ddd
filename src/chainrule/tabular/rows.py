"""What the estimators are given, as a table: a frame, or an array whose columns have numbers."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import (
    _check_feature_names,
    _check_n_features,
    _num_samples,
    validate_data,
)

from chainrule.tables import Table, table_of

_CATEGORY_TYPES = ("category", "Categorical", "Enum")  # of pandas and polars


def table_given(estimator: Any, X: Any, *, reset: bool) -> Table:
    """Return X as a table, in scikit-learn's way.

    Parameters
    ----------
    estimator : estimator
        Remembers the number and the names of the features, or is held to them.
    X : frame of pandas or polars, or array of shape (n, n_features)
        The columns of an array are named by their places: "x0", "x1", …
    reset : bool
        Whether the features are new.

    Raises
    ------
    ValueError, TypeError
        If it is no table of single values, or its columns are not those of the fit.
    """
    if _is_frame(X):
        if not _num_samples(X):
            raise ValueError(
                f"Found array with 0 sample(s) (shape={X.shape}) while a minimum of 1 is required "
                f"by {type(estimator).__name__}."
            )
        _check_feature_names(estimator, X, reset=reset)
        _check_n_features(estimator, X, reset=reset)
        names = [str(name) for name in X.columns]
        if len(set(names)) < len(names):
            return table_of(X, set(names))  # which says so
        columns = {str(name): _of_one_type(X[name]) for name in X.columns}
        return table_of(columns, set(names))
    rows: NDArray[Any] = validate_data(
        estimator, X, dtype=None, ensure_all_finite="allow-nan", reset=reset
    )
    _require_real(rows)
    names = [f"x{place}" for place in range(rows.shape[1])]
    columns = {name: _of_one_type(rows[:, i]) for i, name in enumerate(names)}
    return table_of(columns, set(names))


def _of_one_type(column: Any) -> Any:
    """Return the values of a column; as texts where texts stand beside other values.

    NaN stands for a missing value in columns of texts too.
    """
    if str(column.dtype) != "object":
        return np.ascontiguousarray(column) if isinstance(column, np.ndarray) else column
    values = [None if isinstance(value, float) and isnan(value) else value for value in column]
    texts = {isinstance(value, str) for value in values if value is not None}
    if len(texts) < 2:  # all are texts, or none is
        return values
    return [None if value is None else str(value) for value in values]


def category_columns(X: Any) -> tuple[str, ...]:
    """Return the columns of a frame that have its category type, whatever their levels look like.

    Parameters
    ----------
    X : frame of pandas or polars, or array
    """
    if not _is_frame(X):
        return ()
    types = X.schema.items() if hasattr(X, "schema") else X.dtypes.items()
    return tuple(str(name) for name, kind in types if str(kind).startswith(_CATEGORY_TYPES))


def _is_frame(X: Any) -> bool:
    return hasattr(X, "columns") and hasattr(X, "shape") and hasattr(X, "dtypes")


def _require_real(rows: NDArray[Any]) -> None:
    """Refuse what is no single value in an array of objects, in the words scikit-learn tests for.

    Raises
    ------
    TypeError
        At the first such value.
    """
    if rows.dtype.kind != "O":
        return
    for value in rows.flat:
        if isinstance(value, dict | list | tuple | set | np.ndarray):
            raise TypeError(
                f"argument must be a string or a real number, not {type(value).__name__!r}: X has "
                f"{value!r}"
            )
