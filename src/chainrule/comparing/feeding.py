"""The columns of a table in the forms that other libraries take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from chainrule.arrays import Array
from chainrule.tables.features import elapsed_days, time_of_day


def plain_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Return numbers as floats, truths as 0 and 1, and dates as numbers; categories stay.

    A date becomes its days since 1970, its day of the year, its weekday, and the part of its day
    that is over.

    Parameters
    ----------
    frame : polars.DataFrame
        As of a `Problem`.
    """
    return pl.DataFrame([one for column in frame for one in _plain(column)])


def _plain(column: pl.Series) -> list[pl.Series]:
    if isinstance(column.dtype, pl.Enum):
        return [column]
    if column.dtype not in (pl.Datetime, pl.Date):
        return [column.cast(pl.Float64)]
    moments = column.cast(pl.Datetime("us"))
    parts = {
        "days": elapsed_days(moments),
        "day of year": moments.dt.ordinal_day(),
        "weekday": moments.dt.weekday(),
        "time of day": time_of_day(moments),
    }
    return [part.cast(pl.Float64).alias(f"{column.name}: {name}") for name, part in parts.items()]


def are_categories(frame: pl.DataFrame) -> list[bool]:
    """Say for each of the plain columns whether its values are names."""
    return [isinstance(kind, pl.Enum) for kind in plain_columns(frame.head(1)).dtypes]


def numbering(frame: pl.DataFrame) -> Callable[[pl.DataFrame], Array]:
    """Learn to write columns as a matrix, in which categories are whole numbers.

    The most frequent level is 0. Missing values and levels that were not seen are NaN.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows to learn from.

    Returns
    -------
    callable
        From a frame to an array of float64.

    Examples
    --------
    >>> frame = pl.DataFrame({"a": [1.0, None, 2.0], "b": ["v", "u", "v"]})
    >>> frame = frame.cast({"b": pl.Enum(["u", "v"])})
    >>> numbering(frame)(frame)
    array([[ 1.,  0.],
           [nan,  1.],
           [ 2.,  0.]])
    """
    levels = {
        column.name: column.drop_nulls().value_counts(sort=True)[:, 0].cast(pl.String)
        for column in frame
        if isinstance(column.dtype, pl.Enum)
    }

    def written(column: pl.Series) -> Array:
        if column.name not in levels:
            return column.to_numpy().astype(np.float64)
        known = levels[column.name]
        codes = column.cast(pl.String).replace_strict(
            known, range(len(known)), default=None, return_dtype=pl.Float64
        )
        return codes.to_numpy()

    return lambda rows: np.column_stack([written(column) for column in plain_columns(rows)])


def as_pandas(frame: pl.DataFrame) -> Any:
    """Return columns as a frame of pandas, with categories of its own type.

    Parameters
    ----------
    frame : polars.DataFrame
    """
    import pandas as pd

    columns = {}
    for column in plain_columns(frame):
        if isinstance(column.dtype, pl.Enum):
            codes = column.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
            levels = column.dtype.categories.to_list()
            columns[column.name] = pd.Categorical.from_codes(codes, levels)
        else:
            columns[column.name] = column.to_numpy()
    return pd.DataFrame(columns)
