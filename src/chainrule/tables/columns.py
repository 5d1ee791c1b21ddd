"""Columns to numbers: learnt on the training rows, kept in the model, used on any later table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, count, enumerate_names, quote
from chainrule.tables.features import CategoryColumn, FeatureColumn
from chainrule.tables.inference.columns import Typed
from chainrule.tables.kinds.kind import cast, place
from chainrule.tables.kinds.missing import MissingWords
from chainrule.tables.learning import Dropped, learn_column
from chainrule.tables.names import clean_name
from chainrule.tables.notes import Note
from chainrule.tables.table import RowNumbers, Table
from chainrule.tables.threads import in_threads

_SHOWN = 3  # unseen categories of a column that are named
_CELLS_AT_ONCE = 2**20  # of the matrix


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

    def __post_init__(self) -> None:
        for name, times in Counter(column.name for column in self.features).items():
            if times > 1:
                raise ValueError(f"the column {quote(name)} is learnt {times} times, not once")

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
        extra = self._about_extra(table)
        kinds = {column.name: column.kind for column in self.features}
        typed = table.of(
            table.each(kinds, lambda name: cast(table, name, kinds[name], self.words))
        ).for_one_use()
        encoded = self.encode_typed(typed, strict=strict, dtype=dtype)
        return replace(encoded, notes=(*extra, *encoded.notes))

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
        notes = (*_about_missing(prepared), *_about_unseen(prepared))
        return Encoded(_matrix(prepared, table.n_rows, dtype), notes, is_unseen)

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

    in_threads(write, range(0, n_rows, n_at_once))
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


def _about_missing(prepared: list[_Prepared]) -> Iterator[Note]:
    """Say that values are missing where training had none; what to do then was not learnt."""
    for one in prepared:
        column = one.column
        if one.n_missing and not column.has_missing:
            yield Note(
                f"column {quote(column.name)}: {count(one.n_missing, 'missing value')}, though "
                f"none when it was trained; {column.missing_is}",
                column=column.name,
            )


def _about_unseen(prepared: list[_Prepared]) -> Iterator[Note]:
    """Say in one sentence which categories training did not see, by column and value."""
    unseen = {one.column.name: one.unseen for one in prepared if len(one.unseen)}
    total = sum(map(len, unseen.values()))
    if total:
        verb = "is" if total == 1 else "are"
        by_column = "; ".join(
            f"column {quote(name)}: {_counted(values)}" for name, values in unseen.items()
        )
        yield Note(
            f"{count(total, 'value')} not seen in training {verb} treated as missing "
            f"({by_column}); --strict refuses them",
            column=next(iter(unseen)) if len(unseen) == 1 else None,
        )


def _counted(values: pl.Series) -> str:
    """Return the most frequent values with how often each stands there."""
    times = values.rename("value").value_counts(name="times")
    ranked = times.sort("times", "value", descending=[True, False]).rows()
    shown = ", ".join(f"{quote(value)} ({n})" for value, n in ranked[:_SHOWN])
    return shown + (f" and {len(ranked) - _SHOWN} more" if len(ranked) > _SHOWN else "")


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
