"""How a table is read, put into one object: before any training, for a person or as JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from chainrule.tables.columns import learn
from chainrule.tables.errors import TableError
from chainrule.tables.inference.absent import about_unused
from chainrule.tables.inference.columns import infer, infer_kind
from chainrule.tables.inference.targets import InferredTarget, TaskKind, infer_target
from chainrule.tables.kinds.dates import Date
from chainrule.tables.kinds.kind import Boolean, Category, Kind, read_as
from chainrule.tables.kinds.missing import MissingWords
from chainrule.tables.kinds.numbers import Number
from chainrule.tables.names import clean_name
from chainrule.tables.notes import Note
from chainrule.tables.table import Table
from chainrule.tables.targets import require_target

_EXAMPLES = 3
_MOST_LEVELS = 50


@dataclass(frozen=True)
class InspectedColumn:
    """One column as it is read.

    Attributes
    ----------
    name : str
    kind : str
        number, boolean, category or date.
    written : str
        What a value is, in words.
    missing : float
        The share of the rows that hold none.
    levels : list of str, or None
        The different values of a category or boolean, the first 50; None for numbers and dates.
    n_levels : int
        How many different values there are.
    examples : list of str
        As they stand in the file.
    left_out : str or None
        Why the column is no feature.
    """

    name: str
    kind: str
    written: str
    missing: float
    levels: list[str] | None
    n_levels: int
    examples: list[str]
    left_out: str | None


@dataclass(frozen=True)
class InspectedTarget:
    """What is to be learnt; `classes` is None for a number."""

    name: str
    task: TaskKind
    classes: list[str] | None
    sentence: str


@dataclass(frozen=True)
class Inspection:
    """How a table is read.

    Attributes
    ----------
    name : str
    format : dict of str to str
        How the file is written.
    n_rows : int
    columns : tuple of InspectedColumn
        The target too.
    target : InspectedTarget or None
    notes : tuple of Note
    """

    name: str
    format: dict[str, str]
    n_rows: int
    columns: tuple[InspectedColumn, ...]
    target: InspectedTarget | None
    notes: tuple[Note, ...]

    @property
    def features(self) -> list[str]:
        """The columns that are learnt from."""
        name = self.target.name if self.target else None
        return [c.name for c in self.columns if c.left_out is None and c.name != name]

    @property
    def left_out(self) -> dict[str, str]:
        """The columns that are not, and why."""
        return {c.name: c.left_out for c in self.columns if c.left_out is not None}

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
        target = self.target
        return {
            "file": self.name,
            "format": self.format,
            "rows": self.n_rows,
            "columns": [vars(column) for column in self.columns],
            "features": self.features,
            "left_out": self.left_out,
            "target": target
            and {"name": target.name, "task": target.task, "classes": target.classes},
            "notes": [note.as_dict() for note in self.notes],
        }


def inspect(
    table: Table,
    target: str | None = None,
    *,
    task: TaskKind | str = "auto",
    categories: Collection[str] = (),
    kinds: Mapping[str, Kind] | None = None,
    words: MissingWords | None = None,
) -> Inspection:
    """Infer all that training would, and train nothing.

    Parameters
    ----------
    table : Table
    target : str, optional
        The column to be predicted; without it all columns are taken as features.
    task : {"auto", "classification", "regression"}
    categories : collection of str
        Columns of numbers that are names.
    kinds : mapping of str to Kind, optional
        Of columns whose kind is not to be inferred.
    words : MissingWords, optional

    Raises
    ------
    TableError
        If the table cannot be learnt from, as in training.
    """
    kinds = {clean_name(name): kind for name, kind in (kinds or {}).items()}
    answers, notes, rows = None, [*table.notes, *about_unused(table, words)], table
    if target is not None:
        target = clean_name(target)
        require_target(table, target)
        answers = infer_target(table, target, task, kind=kinds.get(target), words=words)  # type: ignore[arg-type]
        notes.extend(answers.notes)
        if answers.rows is not None:
            rows = table.take(answers.rows)
    typed = infer(rows, target=target, categories=categories, kinds=kinds, words=words)
    notes.extend(typed.notes)
    left_out = dict(typed.left_out)
    try:
        columns = learn(typed, np.arange(rows.n_rows))
    except TableError as error:
        if target is not None:
            raise
        notes.append(Note(str(error)))
    else:
        left_out = columns.left_out
        notes.extend(columns.notes)
    described = []
    for name in table.columns:
        if name == target and answers is not None:
            described.append(_target_column(table, name, answers))
        elif name in typed.kinds:
            values, kind = typed.table.frame[name], typed.kinds[name]
            described.append(_column(table, name, kind, values, left_out.get(name)))
        else:
            kind = infer_kind(table, name, words).kind
            values, _ = read_as(table.frame[name], kind, words or MissingWords())
            described.append(_column(table, name, kind, values, left_out.get(name)))
    told = (
        None
        if answers is None
        else InspectedTarget(str(target), answers.task, answers.classes, answers.sentence)
    )
    return Inspection(table.name, table.format, table.n_rows, tuple(described), told, tuple(notes))


def _target_column(table: Table, name: str, answers: InferredTarget) -> InspectedColumn:
    missing = 1.0 - answers.table.n_rows / table.n_rows
    classes = answers.classes
    kind = _kind_name(answers.kind)
    n_levels = len(classes) if classes else table.frame[name].n_unique()
    return InspectedColumn(
        name, kind, answers.kind.noun, missing, classes, n_levels, _examples(table, name), None
    )


def _column(
    table: Table, name: str, kind: Kind, values: pl.Series, left_out: str | None
) -> InspectedColumn:
    filled = values.drop_nulls()
    levels = None
    if isinstance(kind, Category):
        levels = filled.cast(pl.String).unique().sort().head(_MOST_LEVELS).to_list()
    elif isinstance(kind, Boolean):
        texts = table.frame[name].cast(pl.String).unique(maintain_order=True).drop_nulls()
        levels = [text for text in texts if Boolean().read(pl.Series([text]))[0] is not None]
    missing = values.null_count() / max(1, len(values))
    return InspectedColumn(
        name,
        _kind_name(kind),
        kind.noun,
        missing,
        levels,
        filled.n_unique(),
        _examples(table, name),
        left_out,
    )


def _kind_name(kind: Kind) -> str:
    names = {Number: "number", Boolean: "boolean", Date: "date"}
    return names.get(type(kind), "category")


def _examples(table: Table, name: str) -> list[str]:
    head = table.frame[name].head(200).drop_nulls().unique(maintain_order=True)
    return [str(value) for value in head.head(_EXAMPLES)]
