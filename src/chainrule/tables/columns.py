"""Columns to numbers: learnt on the training rows, kept in the model, used on any later table."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, enumerate_names, quote
from chainrule.tables.features import CategoryColumn, FeatureColumn
from chainrule.tables.findings import Findings, Unseen
from chainrule.tables.inference.columns import Typed
from chainrule.tables.kinds.kind import cast, place
from chainrule.tables.kinds.missing import MissingWords
from chainrule.tables.learning import Dropped, learn_column
from chainrule.tables.names import clean_name
from chainrule.tables.notes import Note
from chainrule.tables.table import RowNumbers, Table
from chainrule.tables.threads import for_rows, in_threads

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

    def __post_init__(self) -> None:
        for name, times in Counter(column.name for column in self.features).items():
            if not name:
                raise ValueError("a column has no name")
            if times > 1:
                raise ValueError(f"the column {quote(name)} is learnt {times} times, not once")

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
            The one that was learnt from, or another with the same columns in any order. One for
            one use loses them.
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
        extra = self._extra(table)
        kinds = {column.name: column.kind for column in self.features}
        typed = table.of(
            table.each(kinds, lambda name: cast(table, name, kinds[name], self.words))
        ).for_one_use()
        encoded = self.encode_typed(typed, strict=strict, dtype=dtype)
        return replace(encoded, findings=replace(encoded.findings, extra=extra))

    def encode_typed(
        self, table: Table, *, strict: bool = False, dtype: DTypeLike = np.float64
    ) -> Encoded:
        """Turn feature columns that are read already, as `infer` does, into numbers.

        Parameters
        ----------
        table : Table
            One for one use loses the columns.
        strict : bool
            As of `encode`.
        dtype : float type
            Of the numbers.

        Raises
        ------
        TableError
            If a category is none that training saw, and `strict` is true.
        """
        columns = {column.name: column for column in self.features}
        prepared = table.each(
            columns, lambda name: _prepared(columns[name], table.frame[name], dtype)
        )
        if strict:
            _refuse_unseen(table, prepared)
        is_unseen = np.zeros(table.n_rows, dtype=bool)
        for one in prepared:
            is_unseen[one.unseen_rows] = True
        return Encoded(_matrix(prepared, table.n_rows, dtype), _findings(prepared), is_unseen)

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


@dataclass(frozen=True, eq=False)
class _Prepared:
    """The values of a column as its feature column writes them, and facts for the notes.

    Attributes
    ----------
    column : FeatureColumn
    values : polars.Series
    n_missing : int
    unseen_rows : ndarray of int
        Where a value stands that training did not see.
    unseen : polars.Series of str
        Those values.
    """

    column: FeatureColumn
    values: pl.Series
    n_missing: int
    unseen_rows: RowNumbers
    unseen: pl.Series


def _prepared(column: FeatureColumn, values: pl.Series, dtype: DTypeLike) -> _Prepared:
    own, rows = column.prepare(values, dtype)
    return _Prepared(column, own, values.null_count(), rows, values.gather(rows).cast(pl.String))


def _matrix(prepared: list[_Prepared], n_rows: int, dtype: DTypeLike) -> NDArray[np.floating[Any]]:
    """Return the features of all columns, side by side."""
    ends = np.cumsum([0, *(len(one.column.feature_names) for one in prepared)])
    matrix = np.zeros((n_rows, int(ends[-1])), dtype=dtype)
    # Some rows at a time: the matrix's rows stay in the processor's cache for all columns.
    n_at_once = max(256, _CELLS_AT_ONCE // max(1, matrix.shape[1]))

    def write(first: int) -> None:
        rows = matrix[first : first + n_at_once]
        for one, begin, end in zip(prepared, ends, ends[1:], strict=False):
            one.column.write(one.values.slice(first, n_at_once), rows[:, begin:end])

    for_rows(n_rows)(write, range(0, n_rows, n_at_once))
    return matrix


def _refuse_unseen(table: Table, prepared: list[_Prepared]) -> None:
    """Raise at the first category that training did not see."""
    for one in prepared:
        if len(one.unseen) and isinstance(one.column, CategoryColumn):
            raise TableError(
                f"{place(table, one.column.name, int(one.unseen_rows[0]))}: "
                f"{quote(one.unseen[0])} is none of the categories seen in "
                f"training ({enumerate_names(list(one.column.levels), 5)}); without --strict they "
                "are treated as missing"
            )


def _findings(prepared: list[_Prepared]) -> Findings:
    """Return what the user should be told of the columns."""
    lacking = [one for one in prepared if one.n_missing and not one.column.has_missing]
    return Findings(
        missing={one.column.name: one.n_missing for one in lacking},
        taken_as={one.column.name: one.column.missing_is for one in lacking},
        unseen={one.column.name: Unseen.among(one.unseen) for one in prepared if len(one.unseen)},
    )


def _quoted(target: str | None) -> str:
    return "" if target is None else f"{quote(target)} "


def learn(typed: Typed, train_rows: RowNumbers, *, n_bins: int = 0) -> Columns:
    """Learn from the training rows how each column becomes features.

    Parameters
    ----------
    typed : Typed
        From `infer`.
    train_rows : ndarray of int, shape (n_train,)
    n_bins : int
        Of every column of numbers at most, for a feature that says in which bin a value stands;
        with 0 there is no such feature.

    Raises
    ------
    TableError
        If no column is left that tells anything.
    """
    frame = typed.table.frame

    def learnt_from(name: str) -> FeatureColumn | Dropped:
        return learn_column(frame[name].gather(train_rows), typed.kinds[name], n_bins)

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
            f"{typed.table.name} has no column to learn {_quoted(typed.target)}from: "
            f"{'; '.join(columns.notes)}; give at least one with different values"
            + "".join(f"; {note}" for note in typed.notes if note.column in columns.left_out)
        )
    return columns
