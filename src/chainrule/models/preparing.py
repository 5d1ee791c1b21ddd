"""Prepare a table for training: infer the kinds, split the rows, learn the columns, encode."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.ensembles import Recipe
from chainrule.tables import (
    ClassTarget,
    Columns,
    InferredTarget,
    Kind,
    MissingWords,
    Note,
    Split,
    Table,
    Target,
    infer_learning_table,
    learn,
    split_rows,
)
from chainrule.tabular.roles import have_many_levels, learn_columns, with_level_means

FLOAT = np.float32
"""The type of the network's inputs and weights: half the memory and time of double precision."""


@dataclass(frozen=True, eq=False)
class PreparedTable:
    """A table that is ready to be learnt from.

    Attributes
    ----------
    answers : InferredTarget
    columns : Columns
    target : Target
    split : Split
    x : array of shape (n_rows, n_features)
    y : array of shape (n_rows,)
        What the estimator learns: the number of each row's class, or the standardised target.
    notes : tuple of Note
        What the user should be told about the table.
    unseen_share : float
        The share of the test rows that hold a category which no training row has.
    folds : array of int of shape (n_train,), optional
        Those by which the training rows are encoded, if they are.
    """

    answers: InferredTarget
    columns: Columns
    target: Target
    split: Split
    x: Array
    y: NDArray[Any]
    notes: tuple[Note, ...]
    unseen_share: float
    folds: NDArray[np.intp] | None = None

    @property
    def outputs(self) -> Array:
        """What the networks of an ensemble are to give for each row, (n_rows, n_outputs)."""
        return _outputs(self.y, self.target)


def _outputs(y: NDArray[Any], target: Target) -> Array:
    if not isinstance(target, ClassTarget) or target.n_outputs == 1:
        return y[:, np.newaxis].astype(FLOAT)
    return np.eye(target.n_outputs, dtype=FLOAT)[y]


def prepare(
    table: Table,
    target: str,
    *,
    task: Literal["auto", "classification", "regression"] = "auto",
    categories: Collection[str] = (),
    kinds: Mapping[str, Kind] | None = None,
    words: MissingWords | None = None,
    test_size: float = 0.2,
    validation_size: float = 0.2,
    seed: int = 0,
    recipe: Recipe | None = None,
) -> PreparedTable:
    """Turn a table into numbers; scales and categories are learnt on the training rows alone.

    Parameters
    ----------
    table : Table
        One for one use loses its columns.
    target : str
        The column to be predicted.
    task : {"auto", "classification", "regression"}
    categories : collection of str
        Columns of numbers that are names.
    kinds : mapping of str to Kind, optional
        Of columns whose kind is not to be inferred.
    words : MissingWords, optional
        By which missing values are told.
    test_size, validation_size : float
        Shares of the rows.
    seed : int
    recipe : Recipe, optional
        Of the ensemble that is to learn from the table; its networks embed numbers by their bins.

    Raises
    ------
    TableError
        If the table cannot be learnt from.
    """
    target, answers, typed, notes = infer_learning_table(
        table, target, task=task, categories=categories, kinds=kinds, words=words
    )
    split = split_rows(
        typed.table.n_rows,
        answers.labels,
        test_size=test_size,
        validation_size=validation_size,
        seed=seed,
    )
    columns = (
        learn(typed, split.train) if recipe is None else learn_columns(typed, split.train, recipe)
    )
    learnt_target, labels = answers.learn(split.train), answers.labels
    y = learnt_target.encode(answers.table)[:, 0] if labels is None else labels
    encodes_again = recipe is not None and have_many_levels(columns)
    table = typed.table if encodes_again else typed.table.for_one_use()
    encoded, folds = columns.encode_typed(table, dtype=FLOAT), None
    x = encoded.values
    if recipe is not None:
        columns, x, folds = with_level_means(
            *(columns, table, x, _outputs(y, learnt_target), split.train),
            recipe=recipe,
            seed=seed,
            classes=None if labels is None else labels[split.train],
        )
    return PreparedTable(
        answers=answers,
        columns=columns,
        target=learnt_target,
        split=split,
        x=x,
        y=y,
        notes=(*notes, *columns.notes, *split.notes, *encoded.notes),
        unseen_share=float(encoded.unseen[split.test].mean()) if len(split.test) else 0.0,
        folds=folds,
    )
