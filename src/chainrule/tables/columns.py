"""Columns to numbers: learnt on the training rows, kept in the model, used on any later table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, enumerate_names, quote
from chainrule.tables.features import NO_ROWS, CategoryColumn, FeatureColumn
from chainrule.tables.findings import Findings, Unseen
from chainrule.tables.inference.columns import Typed
from chainrule.tables.kinds.kind import cast, place
from chainrule.tables.kinds.missing import MissingWords
from chainrule.tables.learning import Dropped, learn_column
from chainrule.tables.names import clean_name
from chainrule.tables.notes import Note
from chainrule.tables.table import RowNumbers, Table
from chainrule.tables.threads import in_threads, in_turn

_FEW_ROWS = 2000  # to start threads takes longer than to encode them
_CELLS_AT_ONCE = 2**20  # of the matrix


@dataclass(frozen=True, eq=False)
class Encoded:
    """What a table becomes.

    Attributes
    ----------
    values : ndarray of float, shape (n_rows, n_features)
        Finite throughout.
    findings : Findings
        What the user should be told.
    unseen : ndarray of bool, shape (n_rows,)
        Which rows hold a category that training did not see.
    """

    values: NDArray[np.floating[Any]]
    findings: Findings
    unseen: NDArray[np.bool_]

    @property
    def notes(self) -> tuple[Note, ...]:
        """The findings in sentences."""
        return self.findings.notes


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
    def wanted(self) -> frozenset[str]:
        """The columns that a table needs, by their clean names."""
        return frozenset(clean_name(column.name) for column in self.features)

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
        typed = [cast(table, column.name, column.kind, self.words) for column in self.features]
        encoded = self.encode_typed(table.with_columns(typed), strict=strict, dtype=dtype)
        return replace(encoded, findings=replace(encoded.findings, extra=self._extra(table)))

    def encode_typed(
        self, table: Table, *, strict: bool = False, dtype: DTypeLike = np.float64
    ) -> Encoded:
        """Turn feature columns that are read already, as `infer` does, into numbers.

        Parameters
        ----------
        table : Table
        strict : bool
            As of `encode`.
        dtype : float type
            Of the numbers.

        Raises
        ------
        TableError
            If a category is none that training saw, and `strict` is true.
        """
        ends = np.cumsum([0, *(len(column.feature_names) for column in self.features)])
        values = np.zeros((table.n_rows, int(ends[-1])), dtype=dtype)
        # Some rows at a time: the matrix's rows stay in the processor's cache for all columns.
        n_at_once = max(256, _CELLS_AT_ONCE // max(1, values.shape[1]))
        each = in_threads if table.n_rows > _FEW_ROWS else in_turn
        prepared = each(lambda column: column.prepare(table.frame[column.name]), self.features)

        def write(first: int) -> None:
            rows = slice(first, first + n_at_once)
            for column, (own, _), begin, end in zip(
                self.features, prepared, ends, ends[1:], strict=False
            ):
                column.write(own.slice(first, n_at_once), values[rows, begin:end])

        each(write, range(0, table.n_rows, n_at_once))
        rows = [unseen for _, unseen in prepared]
        if strict:
            self._refuse_unseen(table, rows)
        is_unseen = np.zeros(table.n_rows, dtype=bool)
        is_unseen[np.concatenate([NO_ROWS, *rows])] = True
        return Encoded(values, self._findings(table.frame, rows), is_unseen)

    def _findings(self, frame: pl.DataFrame, unseen: list[RowNumbers]) -> Findings:
        missing = {
            column.name: n_missing
            for column in self.features
            if not column.has_missing and (n_missing := frame[column.name].null_count())
        }
        return Findings(
            missing=missing,
            taken_as={c.name: c.missing_is for c in self.features if c.name in missing},
            unseen={
                column.name: Unseen.among(frame[column.name].gather(rows))
                for column, rows in zip(self.features, unseen, strict=True)
                if len(rows)
            },
        )

    def _refuse_unseen(self, table: Table, rows: list[RowNumbers]) -> None:
        """Raise at the first category that training did not see."""
        for column, own in zip(self.features, rows, strict=True):
            if len(own) and isinstance(column, CategoryColumn):
                row = int(own[0])
                raise TableError(
                    f"{place(table, column.name, row)}: "
                    f"{quote(table.frame[column.name][row])} is none of the categories seen in "
                    f"training ({enumerate_names(list(column.levels), 5)}); without --strict they "
                    "are treated as missing"
                )

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

    def _extra(self, table: Table) -> tuple[str, ...]:
        known = {column.name for column in self.features} | set(self.left_out) | {self.target}
        return tuple(name for name in table.columns if name not in known)


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

    def learnt_from(name: str) -> FeatureColumn | Dropped:
        return learn_column(frame[name].gather(train_rows), typed.kinds[name])

    learnt = dict(zip(typed.kinds, in_threads(learnt_from, typed.kinds), strict=True))
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
            + "".join(f"; {note}" for note in typed.notes if note.column in columns.left_out)
        )
    return columns
