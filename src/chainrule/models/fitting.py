"""Train a network on a table: split, learn the columns, train, answer for the test rows."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.models.settings import Settings
from chainrule.models.tabular import TableModel
from chainrule.tables import (
    Answers,
    Columns,
    Split,
    Table,
    Target,
    learn,
    recognise,
    recognise_target,
    split_rows,
)
from chainrule.training import History


@dataclass(frozen=True, eq=False)
class PreparedTable:
    """A table that is ready to be learnt from.

    Attributes
    ----------
    answers : Answers
    columns : Columns
    target : Target
    split : Split
    x : array of shape (n_rows, n_features)
    y : array of shape (n_rows,)
        What the estimator learns: the number of each row's class, or the standardised target.
    notes : tuple of str
        What the user should be told about the table.
    """

    answers: Answers
    columns: Columns
    target: Target
    split: Split
    x: Array
    y: NDArray[Any]
    notes: tuple[str, ...]


def prepare(
    table: Table,
    target: str,
    *,
    task: Literal["auto", "classification", "regression"] = "auto",
    categories: Collection[str] = (),
    test_size: float = 0.2,
    validation_size: float = 0.2,
    seed: int = 0,
) -> PreparedTable:
    """Turn a table into numbers; scales and categories are learnt on the training rows alone.

    Parameters
    ----------
    table : Table
    target : str
        The column to be predicted.
    task : {"auto", "classification", "regression"}
    categories : collection of str
        Columns of numbers that are names.
    test_size, validation_size : float
        Shares of the rows.
    seed : int

    Raises
    ------
    TableError
        If the table cannot be learnt from.
    """
    answers = recognise_target(table, target, task)
    typed = recognise(answers.table, target=target, categories=categories)
    split = split_rows(
        answers.table.n_rows,
        answers.labels,
        test_size=test_size,
        validation_size=validation_size,
        seed=seed,
    )
    columns = learn(typed, split.train)
    learnt_target = answers.learn(split.train)
    encoded = columns.encode(typed.table, allow_new_categories=True)
    labels = answers.labels
    return PreparedTable(
        answers=answers,
        columns=columns,
        target=learnt_target,
        split=split,
        x=encoded.values,
        y=learnt_target.encode(answers.table)[:, 0] if labels is None else labels,
        notes=(
            *table.notes,
            *answers.notes,
            *typed.notes,
            *columns.notes,
            *split.notes,
            *encoded.notes,
        ),
    )


def fit(table: PreparedTable, settings: Settings) -> tuple[TableModel, History]:
    """Train an estimator on the table's training rows, stopping early on its validation rows.

    Raises
    ------
    DivergenceError
        If a loss or weight is not finite any more.
    """
    estimator = settings.estimator(table.answers.task)
    x, y, split = table.x, table.y, table.split
    options: dict[str, Any] = {}
    if table.answers.task == "classification":
        options["classes"] = np.unique(y)  # the training rows may not have them all
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # how it ended is in the history
        estimator.fit(
            x[split.train],
            y[split.train],
            X_val=x[split.validation],
            y_val=y[split.validation],
            **options,
        )
    model = TableModel(table.columns, table.target, estimator.perceptron_, estimator.loss_function_)
    return model, estimator.history_
