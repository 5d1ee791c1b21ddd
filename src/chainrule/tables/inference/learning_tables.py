"""Infer what a table offers to learn: its target, then the kind of every feature column."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from chainrule.tables.inference.absent import about_unused
from chainrule.tables.inference.columns import Typed, infer
from chainrule.tables.inference.targets import InferredTarget, infer_target
from chainrule.tables.kinds.kind import Kind
from chainrule.tables.kinds.missing import MissingWords
from chainrule.tables.names import clean_name
from chainrule.tables.notes import Note
from chainrule.tables.table import Table


class LearningTable(NamedTuple):
    """A table whose columns are read; rows without a target are left out.

    Attributes
    ----------
    target : str
        The clean name of the column to be predicted.
    answers : InferredTarget
    typed : Typed
    notes : tuple of Note
        About the file, the target and the feature columns.
    """

    target: str
    answers: InferredTarget
    typed: Typed
    notes: tuple[Note, ...]


def infer_learning_table(
    table: Table,
    target: str,
    *,
    task: Literal["auto", "classification", "regression"] = "auto",
    categories: Collection[str] = (),
    kinds: Mapping[str, Kind] | None = None,
    words: MissingWords | None = None,
) -> LearningTable:
    """Infer the target and the feature columns of a table, and read them.

    Parameters
    ----------
    table : Table
        One for one use loses its columns.
    target : str
    task : {"auto", "classification", "regression"}
    categories : collection of str
        Columns of numbers that are names.
    kinds : mapping of str to Kind, optional
        Of columns whose kind is not to be inferred.
    words : MissingWords, optional
        By which missing values are told.

    Raises
    ------
    TableError
        If the table cannot be learnt from.
    """
    target = clean_name(target)
    given = {clean_name(name): kind for name, kind in (kinds or {}).items()}
    answers = infer_target(table, target, task, kind=given.get(target), words=words)
    notes = (*table.notes, *about_unused(table, words), *answers.notes)
    if answers.rows is not None:
        table = table.take(answers.rows)
    typed = infer(table, target=target, categories=categories, kinds=given, words=words)
    return LearningTable(target, answers, typed, (*notes, *typed.notes))
