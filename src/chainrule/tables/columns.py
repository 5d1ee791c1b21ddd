"""Columns to numbers: learnt on the training rows, kept in the model, used on any later table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import msgspec
import numpy as np

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, enumerate_names, quote
from chainrule.tables.features import FeatureColumn
from chainrule.tables.learning import Left, learn_column
from chainrule.tables.recognising import Typed
from chainrule.tables.scale import FloatArray
from chainrule.tables.table import RowNumbers, Table


@dataclass(frozen=True, eq=False)
class Encoded:
    """What a table becomes.

    Attributes
    ----------
    values : ndarray of float64, shape (n_rows, n_features)
        Finite throughout.
    notes : tuple of str
        What the user should be told.
    """

    values: FloatArray
    notes: tuple[str, ...]


class Columns(msgspec.Struct, frozen=True):
    """All that was learnt about the feature columns of a table."""

    features: tuple[FeatureColumn, ...]
    left_out: dict[str, str]
    """Which columns are no features, and why."""
    target: str

    @property
    def feature_names(self) -> list[str]:
        """The names of the columns of the encoded matrix."""
        return [name for column in self.features for name in column.feature_names]

    @property
    def notes(self) -> tuple[str, ...]:
        """Which columns were left out and why, in words."""
        by_reason = defaultdict(list)
        for name, reason in self.left_out.items():
            by_reason[reason].append(name)
        return tuple(
            f"left out, {reason}: {enumerate_names(names)}" for reason, names in by_reason.items()
        )

    def encode(self, table: Table, *, allow_new_categories: bool = False) -> Encoded:
        """Turn the feature columns of a table into numbers.

        Parameters
        ----------
        table : Table
            The one that was learnt from, or another with the same columns in any order.
        allow_new_categories : bool
            Whether to treat categories that training did not see as missing.

        Raises
        ------
        TableError
            If a column is missing, or a value is not what its column held in training.
        """
        self._require_columns(table)
        names = [column.feature_names for column in self.features]
        values = np.empty((table.n_rows, sum(map(len, names))))
        notes = self._about_extra(table)
        first = 0
        for column, own in zip(self.features, names, strict=True):
            share = values[:, first : first + len(own)]
            notes += column.write(table, share, allow_new=allow_new_categories)
            first += len(own)
        return Encoded(values, tuple(notes))

    def _require_columns(self, table: Table) -> None:
        wanted = [column.name for column in self.features]
        missing = [name for name in wanted if name not in table.columns]
        if not missing:
            return
        unused = [name for name in table.columns if name not in wanted]
        hint = nearest(missing[0], unused) or "; add what the model was trained on"
        raise TableError(
            f"{table.name} lacks the column{'s' * (len(missing) > 1)} "
            f"{enumerate_names(missing)}{hint}"
        )

    def _about_extra(self, table: Table) -> list[str]:
        known = {column.name for column in self.features} | set(self.left_out) | {self.target}
        extra = [name for name in table.columns if name not in known]
        return [f"ignored, not in training: {enumerate_names(extra)}"] if extra else []


def learn(typed: Typed, train_rows: RowNumbers) -> Columns:
    """Learn from the training rows how each column becomes features.

    Parameters
    ----------
    typed : Typed
        From `recognise`.
    train_rows : ndarray of int, shape (n_train,)

    Raises
    ------
    TableError
        If no column is left that tells anything.
    """
    table = typed.table.take(train_rows)
    learnt = {name: learn_column(table.frame[name], kind) for name, kind in typed.kinds.items()}
    columns = Columns(
        tuple(column for column in learnt.values() if not isinstance(column, Left)),
        {name: left.reason for name, left in learnt.items() if isinstance(left, Left)},
        typed.target,
    )
    if not columns.features:
        raise TableError(
            f"{table.name} has no column to learn {quote(typed.target)} from: "
            f"{'; '.join(columns.notes)}; give at least one with different values"
        )
    return columns
