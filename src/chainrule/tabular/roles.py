"""How columns are learnt for an ensemble, and what their features are to its networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.ensembles import BinnedNumber, FeatureRoles, Recipe, folds_of
from chainrule.tables import Columns, Table, Typed, learn
from chainrule.tables.features import CategoryColumn, DateColumn, FeatureColumn, NumberColumn
from chainrule.tables.kinds.kind import Boolean, cast
from chainrule.tables.kinds.numbers import Number
from chainrule.tables.level_features import add_level_means, use_means_of_other_folds
from chainrule.tables.table import RowNumbers

_FEW_LEVELS = 8  # so many are told apart as well without an embedding


def learn_columns(typed: Typed, rows: RowNumbers, recipe: Recipe) -> Columns:
    """Learn the columns for an ensemble's networks, numbers with the bins of its recipe.

    Parameters
    ----------
    typed : Typed
    rows : array of int
        The rows to learn from.
    recipe : Recipe
    """
    n_numbers = sum(isinstance(kind, Number) for kind in typed.kinds.values())
    return learn(typed, rows, n_bins=recipe.bins_of_a_number(n_numbers))


def have_many_levels(columns: Columns) -> bool:
    """Say whether a category has levels beyond those that have a feature each.

    Parameters
    ----------
    columns : Columns
    """
    return any(
        isinstance(column, CategoryColumn) and column.has_other for column in columns.features
    )


def with_level_means(
    columns: Columns,
    typed: Table,
    x: Array,
    y: Array,
    rows: RowNumbers,
    *,
    recipe: Recipe,
    seed: int,
    classes: NDArray[Any] | None = None,
) -> tuple[Columns, Array, NDArray[np.intp] | None]:
    """Add the means of the target at the levels of categories that have many.

    Parameters
    ----------
    columns : Columns
    typed : Table
        Whose columns are read: all rows.
    x : array of shape (n, n_features)
        These rows, encoded.
    y : array of shape (n, n_outputs)
        What the networks are to give.
    rows : array of int of shape (n_train,)
        The rows of training.
    recipe : Recipe
    seed : int
        Of the folds.
    classes : array of shape (n_train,), optional
        As of `chainrule.ensembles.fit_ensemble`.

    Returns
    -------
    columns : Columns
    x : array of shape (n, n_features)
        A row of training has the means of other folds than its own.
    folds : array of int of shape (n_train,), or None
        For `fit_ensemble`: the member that holds out a row learns from no mean that has seen it.
        None where no category has so many levels; the columns and rows are then as they were.
    """
    if not have_many_levels(columns):
        return columns, x, None
    folds = folds_of(x[rows], recipe.members, np.random.default_rng([seed, 1]), classes)
    columns, training = add_level_means(columns, typed.take(rows), y[rows].astype(float), folds)
    x = columns.encode_typed(typed, dtype=x.dtype).values
    of_training = x[rows]
    use_means_of_other_folds(columns, of_training, training)
    x[rows] = of_training
    return columns, x, folds


def rows_of_fit(
    columns: Columns, table: Table, y: Array, folds: NDArray[np.intp], dtype: Any
) -> Array:
    """Encode the rows that an ensemble was fitted to, as it saw them.

    Parameters
    ----------
    columns : Columns
        Of the fitted ensemble.
    table : Table
    y : array of shape (n, n_outputs)
        As the loss takes it.
    folds : array of int of shape (n,)
        Of the fit: a row has the target's means of other folds.
    dtype : float type

    Returns
    -------
    array of shape (n, n_features)
    """
    x = columns.encode(table, dtype=dtype).values
    named = [c for c in columns.features if isinstance(c, CategoryColumn) and c.n_means]
    if named and len(folds) == len(x):
        typed = table.of(cast(table, column.name, column.kind, columns.words) for column in named)
        _, training = add_level_means(columns, typed, y.astype(float), folds)
        use_means_of_other_folds(columns, x, training)
    return x


def feature_roles(columns: Columns) -> FeatureRoles:
    """Return which features are numbers, which say their bins, and which are categories' levels.

    Parameters
    ----------
    columns : Columns
    """
    numbers, categories = [], []
    first = 0
    for column in columns.features:
        n_features = len(column.feature_names)
        if isinstance(column, NumberColumn) and column.knots:
            numbers.append(BinnedNumber(first, first + 1, len(column.knots) - 1))
        elif _has_a_number(column):
            numbers.append(BinnedNumber(first))
        elif isinstance(column, CategoryColumn):
            means = first + n_features - column.n_means
            numbers += [BinnedNumber(feature) for feature in range(means, first + n_features)]
            if means - first > _FEW_LEVELS:
                categories.append((first, means))
        first += n_features
    return FeatureRoles(tuple(numbers), tuple(categories))


def _has_a_number(column: FeatureColumn) -> bool:
    """Say whether the first feature of a column is a number, other than 0 and 1."""
    if isinstance(column, NumberColumn):
        return column.scale.varies and not isinstance(column.kind, Boolean)
    return isinstance(column, DateColumn) and column.scale.varies
