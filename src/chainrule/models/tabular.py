"""A trained network together with all that turns a table into numbers and numbers into answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from chainrule.arrays import Array
from chainrule.losses import Loss
from chainrule.models.record import TrainingRecord
from chainrule.perceptron import Perceptron
from chainrule.row_by_row import predict_row_by_row
from chainrule.tables import ClassTarget, Columns, Findings, Note, Table, Target, table_of
from chainrule.tables.from_python import Given


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
        """Return ŷ, of shape (n, n_outputs), for encoded rows of shape (n, n_features).

        A row's outputs have the same bits whatever rows stand beside it.
        """
        return predict_row_by_row(lambda rows: self.network.predict(rows, loss=self.loss), x)

    def predict(self, rows: Given, *, strict: bool = False) -> Predictions:
        """Return the answers for rows.

        Parameters
        ----------
        rows : Table, dict, list of dict, or frame of polars or pandas
            A table for one use loses its columns.
            A dictionary is one row, or columns where all its values are lists. A row of a list
            that lacks a key which others have has a missing value there. Texts are read as the
            cells of a file are.
        strict : bool
            Whether to refuse categories that training did not see, in place of treating them as
            missing.

        Raises
        ------
        TableError
            If the rows do not have the columns and kinds of value that the model learnt.
        TypeError
            If `rows` are in none of these forms.
        """
        table = table_of(rows, self.columns.wanted)
        frame, findings = self.answers(table, strict=strict)
        about_reading = () if table is rows else table.notes
        return Predictions(frame, (*about_reading, *findings.notes))

    def answers(self, table: Table, *, strict: bool = False) -> tuple[pl.DataFrame, Findings]:
        """Return the frame of `predict` for a table, and what was found in its rows.

        Parameters
        ----------
        table : Table
        strict : bool
            As of `predict`.

        Raises
        ------
        TableError
            As `predict` does.
        """
        encoded = self.columns.encode(table, strict=strict, dtype=self.network.theta.dtype)
        outputs = self.outputs(encoded.values)
        decoded = self.target.decode(outputs)
        dtype = pl.String() if isinstance(self.target, ClassTarget) else pl.Float64()
        columns: dict[str, object] = {"prediction": pl.Series(decoded, dtype=dtype)}
        if isinstance(self.target, ClassTarget):
            shares = class_probabilities(outputs)
            for level, share in zip(self.target.levels, shares.T, strict=True):
                columns[f"probability of {level}"] = share
        return pl.DataFrame(columns), encoded.findings


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
