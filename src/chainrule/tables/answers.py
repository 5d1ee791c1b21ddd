"""Which task a target column poses: to tell classes apart, or to estimate a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.tables.errors import TableError, count, quote
from chainrule.tables.kinds import Category, Date, Kind, Number, cast, filled_texts
from chainrule.tables.learning import is_mostly_different
from chainrule.tables.recognising import recognise_kind
from chainrule.tables.scale import learn_scale
from chainrule.tables.table import RowNumbers, Table
from chainrule.tables.targets import ClassTarget, NumberTarget, Target, class_keys, require_target

TaskKind = Literal["classification", "regression"]

_FEW_VALUES = 10  # whole numbers with so few different ones are names of classes
_SHOWN = 10


@dataclass(frozen=True, eq=False)
class Answers:
    """What is to be learnt.

    Attributes
    ----------
    table : Table
        The rows that have an answer.
    task : {"classification", "regression"}
    labels : ndarray of int, shape (n_rows,), or None
        The class of each row of `table`; None for a number.
    sentence : str
        The task in words.
    notes : tuple of str
    """

    table: Table
    task: TaskKind
    labels: NDArray[np.intp] | None
    sentence: str
    notes: tuple[str, ...]
    _found: ClassTarget | _Numbers

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

    def learn(self, train_rows: RowNumbers) -> NumberTarget:
        scale = learn_scale(self.values.to_numpy()[train_rows])
        if not scale.varies:
            raise TableError(
                f"the target {quote(self.name)} is the same in all training rows; "
                "try another --seed or give more rows"
            )
        return NumberTarget(self.name, self.kind, scale)


def recognise_target(
    table: Table, target: str, task: Literal["auto", "classification", "regression"] = "auto"
) -> Answers:
    """Decide whether the target is a class or a number.

    Parameters
    ----------
    table : Table
    target : str
        A column; rows in which it is missing are left out.
    task : {"auto", "classification", "regression"}
        By default texts, booleans and whole numbers with few different values are classes.

    Raises
    ------
    TableError
        If there is no such column, it poses no task, or not the one asked for.
    """
    require_target(table, target)
    kind, notes = recognise_kind(table, target)
    if isinstance(kind, Date):
        raise TableError(
            f"{table.name}: the target {quote(target)} holds dates; "
            "give a class or a number to be learnt, such as the days between two dates"
        )
    table, left = _with_answers(table, target, kind)
    chosen = _task_of(table, target, kind) if task == "auto" else task
    override = task == "auto" and isinstance(kind, Number)
    if chosen == "classification":
        return _classes(table, target, kind, override, (*notes, *left))
    return _numbers(table, target, kind, override, (*notes, *left))


def _with_answers(table: Table, target: str, kind: Kind) -> tuple[Table, tuple[str, ...]]:
    """Leave out the rows whose target is missing."""
    missing = filled_texts(table.frame[target], kind).is_null().to_numpy()
    n_missing = int(missing.sum())
    if n_missing == table.n_rows:
        raise TableError(f"{table.name}: the target {quote(target)} has no values; give another")
    if n_missing == 0:
        return table, ()
    note = (
        f"{count(n_missing, 'row')} without {quote(target)} left out (an empty cell, or a word "
        "for a missing value such as NA)"
    )
    return table.take(np.flatnonzero(~missing)), (note,)


def _task_of(table: Table, target: str, kind: Kind) -> TaskKind:
    if not isinstance(kind, Number):
        return "classification"
    values = cast(table, target, kind)
    whole = bool((values.round() == values).all())
    return "classification" if whole and values.n_unique() <= _FEW_VALUES else "regression"


def _classes(
    table: Table, target: str, kind: Kind, override: bool, notes: tuple[str, ...]
) -> Answers:
    cast(table, target, kind)  # an infinity is no class
    texts = Category().read(table.frame[target])
    numeric = isinstance(kind, Number) and not _beyond_floats(table, target, kind)
    levels = _levels(texts, numeric)
    if len(levels) < 2:
        raise TableError(
            f"{table.name}: the target {quote(target)} has one class only, {quote(levels[0])}; "
            "give rows of at least two"
        )
    if is_mostly_different(len(levels), table.n_rows):
        raise TableError(
            f"{table.name}: the target {quote(target)} has {len(levels)} different values in "
            f"{count(table.n_rows, 'row')}, too many to be classes; {_instead(table, target, kind)}"
        )
    found = ClassTarget(target, tuple(levels), numeric)
    shown = ", ".join(levels[:_SHOWN]) + (", …" if len(levels) > _SHOWN else "")
    sentence = f"classification: {quote(target)} has {len(levels)} classes ({shown})"
    if override:
        sentence += "; --task regression overrides"
    labels = found.codes_of(table, texts)
    return Answers(table, "classification", labels, sentence, notes, found)


def _beyond_floats(table: Table, target: str, kind: Number) -> bool:
    """Say whether some are too large to be told apart as floats: identifiers, by their digits."""
    return bool((cast(table, target, kind).abs() >= 2**53).any())


def _levels(texts: pl.Series, numeric: bool) -> list[str]:
    """Return the classes in their natural order, each as it is first written in the file."""
    frame = pl.DataFrame([texts.rename("text"), class_keys(texts, numeric).rename("key")])
    return frame.unique("key", keep="first", maintain_order=True).sort("key")["text"].to_list()


def _instead(table: Table, target: str, kind: Kind) -> str:
    if isinstance(kind, Number):
        return "use --task regression"
    first = _first_text(table, target)
    return f"it is no number either: {first}"


def _first_text(table: Table, target: str) -> str:
    """Say which value is the first that is no number, and where."""
    texts = Category().read(table.frame[target])
    row = int(Number().read(texts).is_null().arg_true()[0])
    return f"{quote(texts[row])} in {table.where(row)}"


def _numbers(
    table: Table, target: str, kind: Kind, override: bool, notes: tuple[str, ...]
) -> Answers:
    if not isinstance(kind, Number):
        raise TableError(
            f"{table.name}: the target {quote(target)} is no number, {_first_text(table, target)}; "
            "correct it or use --task classification"
        )
    values = cast(table, target, kind)
    n_different = values.n_unique()
    if n_different < 2:
        raise TableError(
            f"{table.name}: the target {quote(target)} is {quote(table.frame[target][0])} "
            "in all rows; give rows with different values"
        )
    sentence = f"regression: {quote(target)} is a number with {n_different} different values"
    if override:
        sentence += "; --task classification overrides"
    return Answers(table, "regression", None, sentence, notes, _Numbers(target, kind, values))
