"""Train a network on a table: split, learn the columns, train, answer for the test rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chainrule.arrays import Array
from chainrule.losses import Loss, get_loss
from chainrule.models.settings import Settings
from chainrule.models.tabular import TableModel, class_probabilities
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
from chainrule.training import Callback, EarlyStopping, History


@dataclass(frozen=True, eq=False)
class Task:
    """A table that is ready to be learnt from.

    Attributes
    ----------
    answers : Answers
    columns : Columns
    target : Target
    split : Split
    x : array of shape (n_rows, n_features)
    y : array of shape (n_rows, n_outputs)
    notes : tuple of str
        What the user should be told about the table.
    """

    answers: Answers
    columns: Columns
    target: Target
    split: Split
    x: Array
    y: Array
    notes: tuple[str, ...]

    @property
    def loss(self) -> Loss:
        """The loss that fits the target."""
        if self.answers.task == "regression":
            return get_loss("squared_error")
        several = self.target.n_outputs > 1
        return get_loss("softmax_cross_entropy" if several else "binary_cross_entropy")


def prepare(
    table: Table,
    target: str,
    *,
    task: Literal["auto", "classification", "regression"] = "auto",
    categories: Collection[str] = (),
    test_size: float = 0.2,
    validation_size: float = 0.2,
    seed: int = 0,
) -> Task:
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
    return Task(
        answers=answers,
        columns=columns,
        target=learnt_target,
        split=split,
        x=encoded.values,
        y=learnt_target.encode(answers.table),
        notes=(
            *table.notes,
            *answers.notes,
            *typed.notes,
            *columns.notes,
            *split.notes,
            *encoded.notes,
        ),
    )


def fit(
    task: Task, settings: Settings, callbacks: Sequence[Callback] = ()
) -> tuple[TableModel, History]:
    """Train a network on the task's training rows, stopping early on its validation rows.

    Raises
    ------
    DivergenceError
        If a loss or weight is not finite any more.
    """
    rng = np.random.default_rng(settings.seed)
    network = settings.network(task.x.shape[1], task.target.n_outputs, rng)
    model = TableModel(task.columns, task.target, network, task.loss)
    train, validation = task.split.train, task.split.validation
    history = network.fit(
        task.x[train],
        task.y[train],
        settings.epochs,
        settings.learning_rate,
        loss=task.loss,
        optimizer=settings.make_optimizer(),
        batch_size=settings.batch_size,
        validation_data=(task.x[validation], task.y[validation]),
        metrics={"accuracy": _accuracy} if task.answers.task == "classification" else {},
        callbacks=[EarlyStopping(patience=settings.patience), *callbacks],
        rng=rng,
        verbose=False,
    )
    return model, history


def _accuracy(y: Array, prediction: Array) -> float:
    truth, guess = (class_probabilities(rows).argmax(axis=1) for rows in (y, prediction))
    return float((truth == guess).mean())
