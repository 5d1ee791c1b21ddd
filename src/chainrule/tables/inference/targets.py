"""Which task a target column poses: to tell classes apart, or to estimate a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.scale import learn_scale
from chainrule.tables.errors import TableError, count, quote
from chainrule.tables.inference.absent import about_kept, about_missing, perhaps_missing, places_of
from chainrule.tables.inference.columns import infer_kind
from chainrule.tables.inference.doubts import about_sentinels
from chainrule.tables.kinds.dates import Date
from chainrule.tables.kinds.kind import (
    Boolean,
    Category,
    Kind,
    cast,
    distinct,
    filled_values,
    is_text,
)
from chainrule.tables.kinds.missing import MissingWords
from chainrule.tables.kinds.numbers import Number, ambiguous
from chainrule.tables.learning import is_mostly_different
from chainrule.tables.names import clean_name
from chainrule.tables.notes import Note, option_value
from chainrule.tables.table import RowNumbers, Table
from chainrule.tables.targets import ClassTarget, NumberTarget, Target, class_keys, require_target

TaskKind = Literal["classification", "regression"]

_FEW_VALUES = 10  # whole numbers with so few different ones are names of classes
_SHOWN = 10


@dataclass(frozen=True, eq=False)
class InferredTarget:
    """What is to be learnt.

    Attributes
    ----------
    table : Table
        The target alone, of the rows that have an answer.
    task : {"classification", "regression"}
    labels : ndarray of int, shape (n_rows,), or None
        The class of each row of `table`; None for a number.
    sentence : str
        The task in words.
    kind : Kind
        Of the column.
    rows : ndarray of int, or None
        Which rows of the table those are; None for all.
    notes : tuple of Note
    """

    table: Table
    task: TaskKind
    labels: NDArray[np.intp] | None
    sentence: str
    kind: Kind
    _found: ClassTarget | _Numbers
    rows: RowNumbers | None = None
    notes: tuple[Note, ...] = ()

    @property
    def classes(self) -> list[str] | None:
        """The classes in their natural order; None for a number."""
        return list(self._found.levels) if isinstance(self._found, ClassTarget) else None

    def learn(self, train_rows: RowNumbers) -> Target:
        """Return the target; of a number, its mean and scale over the training rows.

        Raises
        ------
        TableError
            If all training rows have the same number.
        """
        return self._found.learn(train_rows) if isinstance(self._found, _Numbers) else self._found


@dataclass(frozen=True, eq=False)
class _Numbers:
    name: str
    kind: Number
    values: pl.Series
    words: MissingWords

    def learn(self, train_rows: RowNumbers) -> NumberTarget:
        scale = learn_scale(self.values.to_numpy()[train_rows])
        if not scale.varies:
            raise TableError(
                f"the target {quote(self.name)} is the same in all training rows; "
                "try another --seed or give more rows"
            )
        return NumberTarget(self.name, self.kind, scale, self.words)


def infer_target(
    table: Table,
    target: str,
    task: Literal["auto", "classification", "regression"] = "auto",
    *,
    kind: Kind | None = None,
    words: MissingWords | None = None,
) -> InferredTarget:
    """Decide whether the target is a class or a number.

    Parameters
    ----------
    table : Table
    target : str
        A column; rows in which it is missing are left out.
    task : {"auto", "classification", "regression"}
        By default texts, booleans and whole numbers with few different values are classes.
    kind : Kind, optional
        Of the column, in place of the inferred one.
    words : MissingWords, optional

    Raises
    ------
    TableError
        If there is no such column, it poses no task, or not the one asked for.
    """
    words = words or MissingWords()
    target = clean_name(target)
    require_target(table, target)
    inferred = infer_kind(table, target, words)
    notes = inferred.notes if kind is None else ()
    kind = kind or inferred.kind
    if isinstance(kind, Date):
        raise TableError(
            f"{table.name}: the target {quote(target)} holds dates; "
            "give a class or a number to be learnt, such as the days between two dates"
        )
    notes = (*notes, *about_missing(table, {target: inferred.missing}))
    table = table.of([table.frame[target]])
    table, rows, left = _with_answers(table, target, kind, words)
    column = _Column(table, target, kind, words)
    override = task == "auto" and isinstance(kind, Number)
    chosen = _task_of(column) if task == "auto" else task
    found = (_classes if chosen == "classification" else _numbers)(column, override)
    notes = (*notes, *left, *_about_values(column))
    return replace(found, rows=rows, notes=notes)


@dataclass(frozen=True, eq=False)
class _Column:
    """The target alone, of the rows that have an answer, and how it is read."""

    table: Table
    name: str
    kind: Kind
    words: MissingWords

    @property
    def values(self) -> pl.Series:
        return self.table.frame[self.name]

    @property
    def typed(self) -> pl.Series:
        return cast(self.table, self.name, self.kind, self.words)

    @property
    def texts(self) -> pl.Series:
        """The target as texts: those of the file, or of its numbers and truths."""
        values = self.values
        return values.cast(pl.String) if is_text(values) else Category().read(values)


def _with_answers(
    table: Table, target: str, kind: Kind, words: MissingWords
) -> tuple[Table, RowNumbers | None, tuple[Note, ...]]:
    """Leave out the rows whose target is missing; set nothing else right."""
    missing = filled_values(table.frame[target], kind, words).is_null().to_numpy()
    n_missing = int(missing.sum())
    if n_missing == table.n_rows:
        raise TableError(f"{table.name}: the target {quote(target)} has no values; give another")
    if n_missing == 0:
        return table, None, ()
    first = int(np.flatnonzero(missing)[0])
    note = Note(
        f"{count(n_missing, 'row')} without {quote(target)} left out (an empty cell, or a word "
        "for a missing value such as NA)",
        column=target,
        line=int(table.places[first]),
    )
    rows = np.flatnonzero(~missing)
    return table.take(rows), rows, (note,)


def _about_values(column: _Column) -> Iterator[Note]:
    """Say which class or number may be none, but stand for a missing value."""
    values = column.values
    if isinstance(column.kind, Number):
        yield from about_sentinels(column.table, values, column.typed)
    elif isinstance(column.kind, Category) and is_text(values):
        words = perhaps_missing(distinct(values), column.words)
        places = places_of(values, pl.Series(words, dtype=pl.String))
        yield from about_kept(column.table, {column.name: places}, "a class")


def _task_of(column: _Column) -> TaskKind:
    if not isinstance(column.kind, Number):
        return "classification"
    values = column.typed
    whole = bool((values.round() == values).all())
    return "classification" if whole and values.n_unique() <= _FEW_VALUES else "regression"


def _classes(column: _Column, override: bool) -> InferredTarget:
    table, target, kind = column.table, column.name, column.kind
    typed, texts = column.typed, column.texts  # an infinity is no class
    numeric = _are_plain_numbers(kind) and not _beyond_floats(typed)
    boolean = isinstance(kind, Boolean)
    levels = _levels(texts, numeric, boolean)
    if len(levels) < 2:
        raise TableError(
            f"{table.name}: the target {quote(target)} has one class only, {quote(levels[0])}; "
            "give rows of at least two"
        )
    if is_mostly_different(len(levels), table.n_rows):
        raise TableError(
            f"{table.name}: the target {quote(target)} has {len(levels)} different values in "
            f"{count(table.n_rows, 'row')}, too many to be classes; {_instead(column)}"
        )
    found = ClassTarget(target, tuple(levels), numeric, boolean, column.words)
    shown = ", ".join(levels[:_SHOWN]) + (", …" if len(levels) > _SHOWN else "")
    sentence = f"classification: {quote(target)} has {len(levels)} classes ({shown})"
    if override:
        sentence += "; --task regression overrides"
    labels = found.codes_of(table, texts)
    return InferredTarget(table, "classification", labels, sentence, kind, found)


def _are_plain_numbers(kind: Kind) -> bool:
    return isinstance(kind, Number) and not (kind.thousands or kind.prefix or kind.suffix)


def _beyond_floats(numbers: pl.Series) -> bool:
    """Say whether some are too large to be told apart as floats: identifiers, by their digits."""
    return bool((numbers.abs() >= 2**53).any())


def _levels(texts: pl.Series, numeric: bool, boolean: bool) -> list[str]:
    """Return the classes in their natural order, each as it is first written in the file."""
    keys = class_keys(texts, numeric=numeric, boolean=boolean)
    frame = pl.DataFrame([texts.rename("text"), keys.rename("key")])
    return frame.unique("key", keep="first", maintain_order=True).sort("key")["text"].to_list()


def _instead(column: _Column) -> str:
    if isinstance(column.kind, Number):
        return "use --task regression"
    if doubt := _doubt(column):
        return doubt
    word = option_value(column.texts[_first_unread(column)])
    return f"it is no number either: {_first_text(column)}; --missing {word} leaves its rows out"


def _doubt(column: _Column) -> str | None:
    """Say that the marks in the target are for thousands or decimals, where that is the doubt."""
    texts = column.texts.unique(maintain_order=True)
    doubt = ambiguous(texts.filter(~column.words.mask(texts, among_values=True)))
    return doubt and doubt.replace("{column}", option_value(column.name))


def _first_text(column: _Column) -> str:
    """Say which value is the first that is no number, and where."""
    row = _first_unread(column)
    return f"{quote(column.texts[row])} in {column.table.where(row)}"


def _first_unread(column: _Column) -> int:
    return int(Number().read(column.texts).is_null().arg_true()[0])


def _numbers(column: _Column, override: bool) -> InferredTarget:
    table, target, kind = column.table, column.name, column.kind
    if not isinstance(kind, Number):
        raise TableError(
            f"{table.name}: the target {quote(target)} is no number, {_first_text(column)}; "
            + (_doubt(column) or "correct it or use --task classification")
        )
    values = column.typed
    n_different = values.n_unique()
    if n_different < 2:
        raise TableError(
            f"{table.name}: the target {quote(target)} is {quote(column.values[0])} "
            "in all rows; give rows with different values"
        )
    sentence = f"regression: {quote(target)} is a number with {n_different} different values"
    if override:
        sentence += "; --task classification overrides"
    found = _Numbers(target, kind, values, column.words)
    return InferredTarget(table, "regression", None, sentence, kind, found)
