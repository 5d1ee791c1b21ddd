"""What each column of a table became for the networks, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chainrule.ensembles import NetworkInputs
from chainrule.tables import Columns
from chainrule.tables.features import CategoryColumn, DateColumn, FeatureColumn, NumberColumn
from chainrule.tables.kinds.kind import Boolean
from chainrule.tabular.roles import feature_roles


@dataclass(frozen=True)
class ColumnUse:
    """What a column became.

    Attributes
    ----------
    name : str
    kind : str
        number, boolean, category or date; empty for a column that was left out.
    n_features : int
        Of the encoded table.
    n_levels : int
        The bins of a number, the levels of a category.
    became : str
        Those features, in words.
    left_out : str
        Why the column is no feature; empty where it is one.
    """

    name: str
    kind: str = ""
    n_features: int = 0
    n_levels: int = 0
    became: str = ""
    left_out: str = ""


def column_uses(columns: Columns, inputs: NetworkInputs) -> tuple[ColumnUse, ...]:
    """Return what each column became, those that were left out at the end.

    Parameters
    ----------
    columns : Columns
    inputs : NetworkInputs
        Of the ensemble.
    """
    embedded = {first for first, _ in feature_roles(columns).categories}
    n_embedded = len(inputs.bins) + sum(inputs.levels)
    as_they_are = set(inputs.features[n_embedded:].tolist())
    used = []
    for name, block in feature_blocks(columns).items():
        column = next(one for one in columns.features if one.name == name)
        used.append(
            _use(
                column,
                is_embedded=block.start in embedded,
                has_value=block.start in as_they_are,
            )
        )
    return (*used, *(ColumnUse(name, left_out=why) for name, why in columns.left_out.items()))


def feature_blocks(columns: Columns) -> Mapping[str, slice]:
    """Return which features of the encoded table belong to each column.

    Parameters
    ----------
    columns : Columns
    """
    blocks, first = {}, 0
    for column in columns.features:
        end = first + len(column.feature_names)
        blocks[column.name], first = slice(first, end), end
    return blocks


def _use(column: FeatureColumn, *, is_embedded: bool, has_value: bool) -> ColumnUse:
    n_features = len(column.feature_names)
    flag = "; a flag for missing" if column.has_missing else ""
    match column:
        case NumberColumn(kind=Boolean()):
            return ColumnUse(column.name, "boolean", n_features, 2, f"0 or 1{flag}")
        case NumberColumn():
            n_bins = max(0, len(column.knots) - 1)
            words = _of_number(n_bins, has_value=has_value)
            return ColumnUse(column.name, "number", n_features, n_bins, words + flag)
        case CategoryColumn():
            words = "learned vectors" if is_embedded else "one feature for each level"
            words += "; rare levels share one" if column.has_other else ""
            words += "; the target's mean at each level" if column.n_means else ""
            return ColumnUse(column.name, "category", n_features, len(column.levels), words + flag)
        case DateColumn():
            time = ", time of day" if column.has_time else ""
            days = "days, " if column.scale.varies else ""
            words = f"{days}day of year, weekday{time}"
            return ColumnUse(column.name, "date", n_features, 0, words + flag)


def _of_number(n_bins: int, *, has_value: bool) -> str:
    if not n_bins:
        return "the number"
    place = f"place among {n_bins} bins"
    return f"the number and its {place}" if has_value else f"{place} (heavy tails)"
