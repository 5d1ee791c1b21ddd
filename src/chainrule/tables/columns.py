"""Columns to numbers: learnt on the training rows, kept in the model, used on any later table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import DTypeLike, NDArray

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, count, enumerate_names, quote
from chainrule.tables.features import FeatureColumn
from chainrule.tables.inferring import Typed
from chainrule.tables.learning import Dropped, learn_column
from chainrule.tables.missing import MissingWords
from chainrule.tables.names import clean_name
from chainrule.tables.notes import Note
from chainrule.tables.table import RowNumbers, Table

_SHOWN = 3  # unseen categories of a column that are named


@dataclass(frozen=True, eq=False)
class Encoded:
    """What a table becomes.

    Attributes
    ----------
    values : ndarray of float, shape (n_rows, n_features)
        Finite throughout.
    notes : tuple of Note
        What the user should be told.
    unseen : ndarray of bool, shape (n_rows,)
        Which rows hold a category that training did not see.
    """

    values: NDArray[np.floating[Any]]
    notes: tuple[Note, ...]
    unseen: NDArray[np.bool_]


class Columns(msgspec.Struct, frozen=True):
    """All that was learnt about the feature columns of a table."""

    features: tuple[FeatureColumn, ...]
    left_out: dict[str, str]
    """Which columns are no features, and why."""
    target: str
    words: MissingWords = MissingWords()
    """By which missing values are told."""

    @property
    def feature_names(self) -> list[str]:
        """The names of the columns of the encoded matrix."""
        return [name for column in self.features for name in column.feature_names]

    @property
    def notes(self) -> tuple[Note, ...]:
        """Which columns were left out and why, in words."""
        by_reason = defaultdict(list)
        for name, reason in self.left_out.items():
            by_reason[reason].append(name)
        return tuple(
            Note(
                f"left out, {reason}: {enumerate_names(names)}",
                column=names[0] if len(names) == 1 else None,
            )
            for reason, names in by_reason.items()
        )

    def encode(
        self, table: Table, *, strict: bool = False, dtype: DTypeLike = np.float64
    ) -> Encoded:
        """Turn the feature columns of a table into numbers.

        Parameters
        ----------
        table : Table
            The one that was learnt from, or another with the same columns in any order.
        strict : bool
            Whether to refuse categories that training did not see, in place of treating them as
            missing.
        dtype : float type
            Of the numbers.

        Raises
        ------
        TableError
            If a column is missing, or a value is not what its column held in training.
        """
        table = self._with_clean_names(table)
        self._require_columns(table)
        names = [column.feature_names for column in self.features]
        values = np.zeros((table.n_rows, sum(map(len, names))), dtype=dtype)
        notes = self._about_extra(table)
        unseen = np.zeros(table.n_rows, dtype=bool)
        counts = dict[str, Mapping[str, int]]()
        first = 0
        for column, own in zip(self.features, names, strict=True):
            share = values[:, first : first + len(own)]
            written = column.write(table, share, self.words, strict=strict)
            notes.extend(written.notes)
            unseen[written.unseen_rows] = True
            counts[column.name] = written.unseen
            first += len(own)
        return Encoded(values, (*notes, *_about_unseen(counts)), unseen)

    def _with_clean_names(self, table: Table) -> Table:
        """Rename columns whose names an older version kept with what cannot be seen."""
        wanted = {column.name for column in self.features} - set(table.columns)
        renamed = {clean_name(name): name for name in wanted if clean_name(name) in table.columns}
        return table.renamed(renamed) if renamed else table

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

    def _about_extra(self, table: Table) -> list[Note]:
        known = {column.name for column in self.features} | set(self.left_out) | {self.target}
        extra = [name for name in table.columns if name not in known]
        return [Note(f"ignored, not in training: {enumerate_names(extra)}")] if extra else []


def _about_unseen(counts: Mapping[str, Mapping[str, int]]) -> tuple[Note, ...]:
    """Say in one sentence which categories training did not see, by column and value."""
    told = {name: unseen for name, unseen in counts.items() if unseen}
    if not told:
        return ()
    total = sum(sum(unseen.values()) for unseen in told.values())
    by_column = "; ".join(
        f"column {quote(name)}: "
        + ", ".join(f"{quote(level)} ({n})" for level, n in list(unseen.items())[:_SHOWN])
        + (f" and {len(unseen) - _SHOWN} more" if len(unseen) > _SHOWN else "")
        for name, unseen in told.items()
    )
    verb = "is" if total == 1 else "are"
    return (
        Note(
            f"{count(total, 'value')} not seen in training {verb} treated as missing ({by_column}); "
            "--strict refuses them",
            column=next(iter(told)) if len(told) == 1 else None,
        ),
    )


def learn(typed: Typed, train_rows: RowNumbers) -> Columns:
    """Learn from the training rows how each column becomes features.

    Parameters
    ----------
    typed : Typed
        From `infer`.
    train_rows : ndarray of int, shape (n_train,)

    Raises
    ------
    TableError
        If no column is left that tells anything.
    """
    frame = typed.table.frame
    learnt = {
        name: learn_column(frame[name].gather(train_rows), kind)
        for name, kind in typed.kinds.items()
    }
    dropped = {name: left.reason for name, left in learnt.items() if isinstance(left, Dropped)}
    columns = Columns(
        tuple(column for column in learnt.values() if not isinstance(column, Dropped)),
        {**typed.left_out, **dropped},
        typed.target or "",
        typed.words,
    )
    if not columns.features:
        raise TableError(
            f"{typed.table.name} has no column to learn {quote(typed.target)} from: "
            f"{'; '.join(columns.notes)}; give at least one with different values"
        )
    return columns
