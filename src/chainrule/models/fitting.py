"""Train a network on a table: split, learn the columns, train, answer for the test rows."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.checkpoints import CheckpointWarning
from chainrule.models.record import TrainingRecord
from chainrule.models.settings import Settings
from chainrule.models.tabular import TableModel
from chainrule.tables import (
    Columns,
    InferredTarget,
    Kind,
    MissingWords,
    Note,
    Split,
    Table,
    Target,
    about_unused,
    clean_name,
    infer,
    infer_target,
    learn,
    split_rows,
)
from chainrule.training import History

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
    """

    answers: InferredTarget
    columns: Columns
    target: Target
    split: Split
    x: Array
    y: NDArray[Any]
    notes: tuple[Note, ...]
    unseen_share: float


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

    Raises
    ------
    TableError
        If the table cannot be learnt from.
    """
    target = clean_name(target)
    given = {clean_name(name): kind for name, kind in (kinds or {}).items()}
    answers = infer_target(table, target, task, kind=given.get(target), words=words)
    notes = [*table.notes, *about_unused(table, words), *answers.notes]
    if answers.rows is not None:
        table = table.take(answers.rows)
    typed = infer(table, target=target, categories=categories, kinds=given, words=words)
    split = split_rows(
        typed.table.n_rows,
        answers.labels,
        test_size=test_size,
        validation_size=validation_size,
        seed=seed,
    )
    columns = learn(typed, split.train)
    learnt_target = answers.learn(split.train)
    encoded = columns.encode_typed(typed.table.for_one_use(), dtype=FLOAT)
    labels = answers.labels
    return PreparedTable(
        answers=answers,
        columns=columns,
        target=learnt_target,
        split=split,
        x=encoded.values,
        y=learnt_target.encode(answers.table)[:, 0] if labels is None else labels,
        notes=(*notes, *typed.notes, *columns.notes, *split.notes, *encoded.notes),
        unseen_share=float(encoded.unseen[split.test].mean()) if len(split.test) else 0.0,
    )


def fit(
    table: PreparedTable,
    settings: Settings,
    *,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> tuple[TableModel, History]:
    """Train an estimator on the table's training rows, stopping early on its validation rows.

    Parameters
    ----------
    table : PreparedTable
    settings : Settings
    checkpoint, resume
        As of the estimator's `fit`.

    Raises
    ------
    CheckpointError
        If the training cannot go on from the checkpoints.
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
        warnings.simplefilter("always", CheckpointWarning)
        estimator.fit(
            x[split.train],
            y[split.train],
            X_val=x[split.validation],
            y_val=y[split.validation],
            checkpoint=checkpoint,
            resume=resume,
            **options,
        )
    rows = {name: len(getattr(split, name)) for name in ("train", "validation", "test")}
    record = TrainingRecord(settings, rows, estimator.history_)
    network, loss = estimator.perceptron_, estimator.loss_function_
    return TableModel(table.columns, table.target, network, loss, record), record.history
