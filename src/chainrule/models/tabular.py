"""A trained network together with all that turns a table into numbers and numbers into answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from chainrule.arrays import Array
from chainrule.losses import Loss
from chainrule.models.record import TrainingRecord
from chainrule.perceptron import Perceptron
from chainrule.tables import ClassTarget, Columns, Note, Table, Target


@dataclass(frozen=True)
class Predictions:
    """A model's answers for the rows of a table.

    Attributes
    ----------
    frame : polars.DataFrame
        The column "prediction" and, for classes, "probability of <class>" each.
    notes : tuple of Note
        What the user should be told about the table.
    """

    frame: pl.DataFrame
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class TableModel:
    """From the rows of a table to predictions.

    Parameters
    ----------
    columns : Columns
        How the table's columns become the network's inputs.
    target : ClassTarget or NumberTarget
        How the network's outputs become answers.
    network : Perceptron
        Its output is the raw z.
    loss : Loss
        Its link turns z into probabilities or standardised numbers.
    record : TrainingRecord, optional
        How it was trained.

    Raises
    ------
    ValueError
        If the network does not fit the columns or the target.
    """

    columns: Columns
    target: Target
    network: Perceptron
    loss: Loss
    record: TrainingRecord | None = None

    def __post_init__(self) -> None:
        first, last = self.network.layers[0], self.network.layers[-1]
        has = first.n_inputs, last.n_neurons
        needs = len(self.columns.feature_names), self.target.n_outputs
        if has != needs:
            raise ValueError(
                f"the network takes {has[0]} inputs and gives {has[1]} outputs, but the table "
                f"has {needs[0]} features and the target needs {needs[1]} outputs"
            )

    def outputs(self, x: Array) -> Array:
        """Return ŷ, of shape (n, n_outputs), for encoded rows of shape (n, n_features)."""
        return self.network.predict(x, loss=self.loss)

    def predict(self, table: Table, *, strict: bool = False) -> Predictions:
        """Return the answers for the rows of a table.

        Parameters
        ----------
        table : Table
            One for one use loses its columns.
        strict : bool
            Whether to refuse categories that training did not see, in place of treating them as
            missing.

        Raises
        ------
        TableError
            If the table does not have the columns and kinds of value that the model learnt.
        """
        encoded = self.columns.encode(table, strict=strict, dtype=self.network.theta.dtype)
        outputs = self.outputs(encoded.values)
        columns: dict[str, object] = {"prediction": self.target.decode(outputs)}
        if isinstance(self.target, ClassTarget):
            shares = class_probabilities(outputs)
            for level, share in zip(self.target.levels, shares.T, strict=True):
                columns[f"probability of {level}"] = share
        return Predictions(pl.DataFrame(columns), encoded.notes)


def class_probabilities(outputs: Array) -> Array:
    """Return a column for each class, also where two classes share one output.

    Parameters
    ----------
    outputs : array of shape (n, 1) or (n, n_classes)

    Examples
    --------
    >>> class_probabilities(np.array([[0.25]]))
    array([[0.75, 0.25]])
    """
    return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs
