"""What an estimator learns from: rows, their targets as columns, and what each row counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import _check_sample_weight, validate_data

from chainrule.arrays import Array, Rows, first_not_finite, is_sparse
from chainrule.losses import Loss
from chainrule.splits import deal

_FLOATS = (np.float64, np.float32)
_SPARSE = ("csr", "csc")


class FitArguments(NamedTuple):
    """The arguments of `fit` or `partial_fit`."""

    X: Any
    y: Any
    sample_weight: Any
    X_val: Any = None
    y_val: Any = None
    sample_weight_val: Any = None
    classes: Any = None
    checkpoint: Any = None
    resume: bool = False

    def validation(self) -> tuple[Any, Any, Any] | None:
        """Return X, y and the weights of the rows to validate on, if there are any.

        Raises
        ------
        ValueError
            If some of it is missing.
        """
        if (self.X_val is None) != (self.y_val is None):
            raise ValueError("X_val and y_val go together; give both or none")
        if self.X_val is not None:
            return self.X_val, self.y_val, self.sample_weight_val
        if self.sample_weight_val is not None:
            raise ValueError("sample_weight_val goes with X_val and y_val; give all three or none")
        return None


class TrainingRows(NamedTuple):
    """Rows to learn from, or to validate on.

    Attributes
    ----------
    x : array or SciPy CSR matrix of shape (n, n_features)
    y : array of shape (n, n_outputs)
    sample_weight : array of shape (n,), optional
    labels : array
        The targets as they were given.
    """

    x: Rows
    y: Array
    sample_weight: Array | None
    labels: NDArray[Any]

    def rows(self, which: NDArray[np.intp]) -> TrainingRows:
        """Return some of the rows."""
        weights = None if self.sample_weight is None else self.sample_weight[which]
        return TrainingRows(self.x[which], self.y[which], weights, self.labels[which])


def training_rows(
    estimator: Any,
    given: tuple[Any, Any, Any],
    as_columns: Callable[[NDArray[Any]], NDArray[Any]],
    *,
    reset: bool,
    dtype: np.dtype[Any] | None = None,
    suffix: str = "",
) -> TrainingRows:
    """Check the arguments of `fit` in scikit-learn's way, and bring them to one dtype.

    Parameters
    ----------
    estimator : estimator
        Remembers the number and the names of the features, or is held to them.
    given : tuple
        X, y and sample_weight, as given to `fit`.
    as_columns : callable
        Makes columns of the targets.
    reset : bool
        Whether the features are new.
    dtype : dtype, optional
        float32 or float64: the network's. Without it that of X, float64 where X has no floats.
    suffix : str
        Of the names in messages: "_val" for rows to validate on.

    Raises
    ------
    ValueError, TypeError
        If they cannot be used.
    """
    X, y, sample_weight = given
    y_numeric = estimator._y_is_numeric
    (_require_finite_numbers if y_numeric else require_none_missing)(estimator, f"y{suffix}", y)
    if sample_weight is not None:
        _require_finite_numbers(estimator, f"sample_weight{suffix}", sample_weight)
    with np.errstate(over="ignore"):  # what overflows float32 is named below
        with _naming_what_is_missing(estimator, f"X{suffix}", X):
            X, y = validate_data(
                estimator,
                X,
                y,
                accept_sparse=list(_SPARSE),
                multi_output=True,
                y_numeric=y_numeric,
                dtype=_floats_of(X) if dtype is None else dtype,
                ensure_all_finite=False,
                reset=reset,
            )
        require_finite(estimator, f"X{suffix}", X)
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        columns = np.ascontiguousarray(as_columns(y), dtype=X.dtype)
    require_finite(estimator, f"y{suffix}", columns if columns.shape[1] > 1 else columns[:, 0])
    return TrainingRows(as_rows(X), columns, weights, y)


def _require_finite_numbers(estimator: Any, name: str, values: Any) -> None:
    """Name the first that is missing or not finite; what is no array of numbers is left alone."""
    require_none_missing(estimator, name, values)
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        return
    if numbers.ndim in (1, 2):
        require_finite(estimator, name, numbers)


def require_none_missing(estimator: Any, name: str, values: Any) -> None:
    """Look for numbers or labels that are missing: NaN, None, NaT or pandas' NA.

    Raises
    ------
    ValueError
        That names the first one's row and column; what is no array is left alone.
    """
    if is_sparse(values):
        values = values.data
    try:
        entries = np.asarray(values)
        if entries.dtype.kind in "US":  # a list's NaN is the string "nan" there
            entries = np.asarray(values, object)
    except ValueError:
        return
    if entries.ndim not in (1, 2):
        return
    missing = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else _missing(entries)
    require_finite(estimator, name, np.where(missing, np.nan, 0.0))


def _floats_of(X: Any) -> Any:
    """Return the dtypes that rows may keep; the first is for rows of any other dtype."""
    kinds = {np.dtype(kind).newbyteorder("=") for kind in _dtypes_of(X)}
    return np.float32 if kinds == {np.dtype(np.float32)} else _FLOATS


def _dtypes_of(X: Any) -> list[Any]:
    dtypes = getattr(X, "dtypes", [getattr(X, "dtype", None)])  # of a frame; of an array
    return [dtype for dtype in dtypes if isinstance(dtype, np.dtype)]


@contextmanager
def _naming_what_is_missing(estimator: Any, name: str, values: Any) -> Iterator[None]:
    """Name what NumPy has no number for; to look before would take longer than the conversion."""
    try:
        yield
    except TypeError:
        require_none_missing(estimator, name, values)
        raise


def _missing(entries: NDArray[Any]) -> NDArray[np.bool_] | np.bool_:
    """Return which entries are missing: NaN, None, NaT or pandas' NA."""
    if entries.dtype.kind in "fmM":
        return np.isnan(entries)
    if entries.dtype.kind not in "OT":  # what these hold is Python's, or pandas'
        return np.False_
    return np.reshape([_is_missing(entry) for entry in entries.ravel()], entries.shape)


def _is_missing(entry: Any) -> bool:
    try:
        return entry is None or bool(entry != entry)  # noqa: PLR0124  # as NaN and NaT are
    except (TypeError, ValueError):  # pandas' NA is equal to nothing, nor unlike it
        return type(entry).__name__ == "NAType"


def askable(estimator: Any, X: Any, dtype: np.dtype[Any]) -> Rows:
    """Check the rows that a fitted estimator is to predict, and bring them to the dtype.

    Raises
    ------
    ValueError, TypeError
        If they cannot be used.
    """
    with (
        np.errstate(over="ignore"),  # what overflows float32 is named below
        _naming_what_is_missing(estimator, "X", X),
    ):
        X = validate_data(
            estimator,
            X,
            accept_sparse=list(_SPARSE),
            dtype=dtype,
            ensure_all_finite=False,
            reset=False,
        )
    require_finite(estimator, "X", X)
    return as_rows(X)


def as_rows(X: Any) -> Rows:
    """Return sparse rows as canonical CSR; dense ones as they are."""
    if not is_sparse(X):
        return X
    rows = X.tocsr()
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows


def require_finite(estimator: Any, name: str, values: Any) -> None:
    """Look for NaN and infinities.

    Raises
    ------
    ValueError
        That names the first one's row and column.
    """
    place = first_not_finite(values)
    if place is None:
        return
    column = f", column {place[1]}" if len(place) > 1 else ""
    what = "NaN" if np.isnan(values[place]) else "infinity"
    limit = f" or a value too large for {values.dtype!r}" if what == "infinity" else ""
    raise ValueError(
        f"Input {name} contains {what}{limit} in row {place[0]}{column} (counted from 0).\n"
        f"{type(estimator).__name__} does not accept missing or infinite values: remove the row, "
        "or fill the value in, for example with sklearn.impute.SimpleImputer in a pipeline."
    )


def require_allowed(loss: Loss, y: Array, name: str = "y") -> None:
    """Look whether the targets are such that the loss is made for.

    Raises
    ------
    ValueError
        That names the first that is not.
    """
    place = loss.first_not_allowed(y)
    if place is not None:
        raise ValueError(
            f"Some values of {name} are out of the valid range of the loss {loss.name!r}: they are "
            f"{loss.labels}, got {y[place]} in row {place[0]} (counted from 0)."
        )


def require_outputs(estimator: Any, name: str, y: Array, n_outputs: int) -> None:
    """Hold targets to the number of outputs that the network has.

    Raises
    ------
    ValueError
        If it is another one.
    """
    if y.shape[1] != n_outputs:
        raise ValueError(
            f"{name} has {y.shape[1]} outputs, but {type(estimator).__name__} learns {n_outputs}"
        )


def require_weight(data: TrainingRows, what: str) -> None:
    """Look whether any row counts.

    Raises
    ------
    ValueError
        If all have the weight 0.
    """
    if data.sample_weight is not None and not data.sample_weight.any():
        raise ValueError(
            f"all rows {what} have the weight 0, by sample_weight and class_weight together; give "
            "some of them a weight above 0"
        )


def hold_out(
    n: int, share: float, rng: Any, strata: NDArray[Any] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Split n rows into some for training and some held out, as scikit-learn does.

    Parameters
    ----------
    n : int
    share : float
        Of the rows to validate on.
    rng : numpy.random.RandomState
    strata : array of shape (n, …), optional
        What both sides are to have the same shares of.

    Raises
    ------
    ValueError
        If they cannot be split so, or fewer than two are left for validation.
    """
    try:
        kept, held = deal(n, share, rng, strata)
    except ValueError as error:
        raise ValueError(
            f"{error} (early_stopping=True sets the share validation_fraction={share:g} of {n} "
            "rows apart; change it, or give X_val and y_val to fit)"
        ) from error
    if len(held) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your "
            "dataset."
        )
    return kept, held
