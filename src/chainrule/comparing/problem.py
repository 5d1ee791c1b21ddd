"""A table as every method gets it: the same columns, the same rows to learn from and to answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.tables import (
    InferredTarget,
    Kind,
    MissingWords,
    Note,
    Split,
    Table,
    infer_learning_table,
    learn,
    split_rows,
)
from chainrule.tables.kinds.kind import Boolean, Category, cast


@dataclass(frozen=True, eq=False)
class Problem:
    """A table to be learnt from, and its splits.

    Attributes
    ----------
    frame : polars.DataFrame
        The feature columns: floats, booleans, datetimes, and enumerations for categories; null is
        missing.
    y : array of shape (n_rows,)
        The place of each row's class in `classes`, or its number.
    classes : tuple of str
        Empty for numbers.
    splits : tuple of Split
        Rows to learn from, and rows to be answered; none for validation.
    seed : int
        Of the first split; each further one has the next number.
    target, sentence : str
        The column to be predicted, and the task in words.
    notes : tuple of Note
    """

    frame: pl.DataFrame
    y: NDArray[Any]
    classes: tuple[str, ...]
    splits: tuple[Split, ...]
    seed: int
    target: str
    sentence: str
    notes: tuple[Note, ...] = ()

    @property
    def task(self) -> Literal["classification", "regression"]:
        """What the target poses."""
        return "classification" if self.classes else "regression"


def problem_of(
    table: Table,
    target: str,
    *,
    task: Literal["auto", "classification", "regression"] = "auto",
    categories: Collection[str] = (),
    kinds: Mapping[str, Kind] | None = None,
    words: MissingWords | None = None,
    test_size: float = 0.2,
    seed: int = 0,
    repeats: int = 1,
) -> Problem:
    """Read the columns of a table, and deal its rows out once for each repeat.

    Columns with one value, identifiers and free text are left out for all methods alike.

    Parameters
    ----------
    table : Table
    target : str
        The column to be predicted.
    task : {"auto", "classification", "regression"}
    categories : collection of str
        Columns of numbers that are names.
    kinds : mapping of str to Kind, optional
        Of columns whose kind is not to be inferred.
    words : MissingWords, optional
        By which missing values are told.
    test_size : float
        Share of the rows to be answered.
    seed : int
    repeats : int
        How many splits there are.

    Raises
    ------
    TableError
        If the table cannot be learnt from.

    Examples
    --------
    >>> from chainrule.tables import load_example
    >>> problem = problem_of(*load_example("wine"), repeats=2)
    >>> problem.task, problem.frame.shape, [len(split.test) for split in problem.splits]
    ('classification', (178, 13), [36, 36])
    """
    target, answers, typed, notes = infer_learning_table(
        table, target, task=task, categories=categories, kinds=kinds, words=words
    )
    columns = learn(typed, np.arange(typed.table.n_rows))
    splits = tuple(
        split_rows(
            typed.table.n_rows,
            answers.labels,
            test_size=test_size,
            validation_size=0.0,
            seed=seed + number,
        )
        for number in range(repeats)
    )
    return Problem(
        pl.DataFrame([_column(typed.table.frame[c.name], c.kind) for c in columns.features]),
        _targets(answers, target, words),
        tuple(answers.classes or ()),
        splits,
        seed,
        target,
        answers.sentence,
        (*notes, *columns.notes, *splits[0].notes),
    )


def _column(values: pl.Series, kind: Kind) -> pl.Series:
    """Return a column as a series whose type says its kind."""
    if isinstance(kind, Boolean):
        return values.cast(pl.Boolean)
    if isinstance(kind, Category):
        names = values.cast(pl.String)
        return names.cast(pl.Enum(names.drop_nulls().unique().sort()))
    return values


def _targets(answers: InferredTarget, target: str, words: MissingWords | None) -> NDArray[Any]:
    if answers.labels is not None:
        return answers.labels
    return cast(answers.table, target, answers.kind, words).to_numpy().astype(np.float64)
