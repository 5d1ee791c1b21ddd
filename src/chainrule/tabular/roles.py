"""What the features of learnt columns are to an ensemble's networks."""

from __future__ import annotations

from chainrule.ensembles import BinnedNumber, FeatureRoles
from chainrule.tables import Columns
from chainrule.tables.features import CategoryColumn, DateColumn, FeatureColumn, NumberColumn
from chainrule.tables.kinds.kind import Boolean

_FEW_LEVELS = 8  # so many are told apart as well without an embedding


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
