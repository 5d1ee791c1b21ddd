"""Give categories of many levels a feature more: the mean of the target at the level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.scale import FloatArray
from chainrule.tables.columns import Columns
from chainrule.tables.features import CategoryColumn
from chainrule.tables.level_means import level_means, out_of_fold
from chainrule.tables.table import Table

_MOST_LEVELS = 2**16
_MOST_OUTPUTS = 16


def add_level_means(
    columns: Columns, typed: Table, y: FloatArray, folds: NDArray[np.intp]
) -> tuple[Columns, dict[str, FloatArray]]:
    """Return columns whose categories of many levels have means of the target as features.

    Those are categories with levels beyond the most frequent ones.

    Parameters
    ----------
    columns : Columns
    typed : Table
        Whose columns are read: the rows of training.
    y : array of shape (n, n_outputs)
    folds : array of int of shape (n,)

    Returns
    -------
    columns : Columns
        With the means over all rows, for later tables.
    training : dict of str to array of shape (n, n_outputs)
        For each such column, the means that the rows of training are to have: of other folds.
    """
    if y.shape[1] > _MOST_OUTPUTS:
        return columns, {}
    found: dict[str, FloatArray] = {}
    features = list(columns.features)
    for place, column in enumerate(features):
        if isinstance(column, CategoryColumn) and column.has_other:
            values = typed.frame[column.name]
            named = msgspec.structs.replace(column, all_levels=_all_levels(values))
            codes, n_levels = named.level_codes(values), len(named.all_levels)
            of_others = out_of_fold(codes, y, folds, n_levels)
            scale = np.maximum(of_others.std(axis=0), np.finfo(np.float32).tiny)
            means = (level_means(codes, y, n_levels) / scale).tolist()
            features[place] = msgspec.structs.replace(named, means=tuple(map(tuple, means)))
            found[column.name] = of_others / scale
    return msgspec.structs.replace(columns, features=tuple(features)), found


def _all_levels(values: pl.Series) -> tuple[str, ...]:
    """Return the levels, or the most frequent ones of very many, in their order as texts."""
    counted = values.drop_nulls().rename("level").value_counts(name="times")
    named = counted.with_columns(pl.col("level").cast(pl.String))
    ranked = named.sort("times", "level", descending=[True, False])
    return tuple(sorted(ranked["level"].head(_MOST_LEVELS).to_list()))


def use_means_of_other_folds(
    columns: Columns, x: NDArray[Any], training: Mapping[str, FloatArray]
) -> None:
    """Write the means that rows of training are to have into their encoded rows, in place.

    Parameters
    ----------
    columns : Columns
    x : array of shape (n, n_features)
    training : mapping of str to array
        From `add_level_means`.
    """
    end = 0
    for column in columns.features:
        end += len(column.feature_names)
        if column.name in training:
            means = training[column.name]
            x[:, end - means.shape[1] : end] = means
