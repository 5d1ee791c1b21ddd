"""How columns are learnt for an ensemble, and what their features are to its networks."""

from __future__ import annotations

from chainrule.ensembles import BinnedNumber, FeatureRoles, Recipe
from chainrule.tables import Columns, Typed, learn
from chainrule.tables.features import CategoryColumn, DateColumn, FeatureColumn, NumberColumn
from chainrule.tables.kinds.kind import Boolean
from chainrule.tables.kinds.numbers import Number
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
        elif isinstance(column, CategoryColumn) and n_features > _FEW_LEVELS:
            categories.append((first, first + n_features))
        first += n_features
    return FeatureRoles(tuple(numbers), tuple(categories))


def _has_a_number(column: FeatureColumn) -> bool:
    """Say whether the first feature of a column is a number, other than 0 and 1."""
    if isinstance(column, NumberColumn):
        return column.scale.varies and not isinstance(column.kind, Boolean)
    return isinstance(column, DateColumn) and column.scale.varies
