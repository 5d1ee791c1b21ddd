"""What was trained, together with all that turns a table into numbers and numbers into answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from chainrule.arrays import Array
from chainrule.ensembles import interval_half_width
from chainrule.losses import Loss
from chainrule.models.predictors import Predictor
from chainrule.models.record import TrainingRecord
from chainrule.perceptron import Perceptron
from chainrule.ranges import require_inner_share
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
        How the table's columns become the inputs.
    target : ClassTarget or NumberTarget
        How the outputs become answers.
    predictor : LoneNetwork or Ensemble
    record : TrainingRecord, optional
        How it was trained.
    errors : array of shape (n,), optional
        Of an ensemble for numbers: how far answers were off, on rows that its networks held out
        (`chainrule.ensembles.conformal_quantiles`); for intervals.

    Raises
    ------
    ValueError
        If the predictor does not fit the columns or the target.
    """

    columns: Columns
    target: Target
    predictor: Predictor
    record: TrainingRecord | None = None
    errors: Array = field(default_factory=lambda: np.empty(0), compare=False, repr=False)

    def __post_init__(self) -> None:
        has = self.predictor.n_inputs, self.predictor.n_outputs
        needs = len(self.columns.feature_names), self.target.n_outputs
        if has != needs:
            raise ValueError(
                f"the network takes {has[0]} inputs and gives {has[1]} outputs, but the table "
                f"has {needs[0]} features and the target needs {needs[1]} outputs"
            )

    @property
    def network(self) -> Perceptron:
        """The lone network, for encoded rows.

        Raises
        ------
        ValueError
            If the model is an ensemble.
        """
        if self.predictor.network is None:
            raise ValueError(
                f"the model is an ensemble of {len(self.predictor.networks)} networks; "
                "'chainrule train --quick' makes a model of one network"
            )
        return self.predictor.network

    @property
    def loss(self) -> Loss:
        """The loss whose link turns z into probabilities or standardised numbers."""
        return self.predictor.loss

    def outputs(self, x: Array) -> Array:
        """Return ŷ, of shape (n, n_outputs), for encoded rows of shape (n, n_features).

        A row's outputs have the same bits whatever rows stand beside it.
        """
        return self.predictor.predict(x)

    def predict(
        self, rows: Given, *, strict: bool = False, interval: float | None = None
    ) -> Predictions:
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
        interval : float in (0, 1), optional
            Adds the columns "from" and "to", between which the true number lies with this
            probability.

        Raises
        ------
        TableError
            If the rows do not have the columns and kinds of value that the model learnt.
        TypeError
            If `rows` are in none of these forms.
        ValueError
            If the model knows no intervals: only ensembles for numbers do.
        """
        table = table_of(rows, self.columns.wanted)
        frame, findings = self.answers(table, strict=strict, interval=interval)
        about_reading = () if table is rows else table.notes
        return Predictions(frame, (*about_reading, *findings.notes))

    def answers(
        self, table: Table, *, strict: bool = False, interval: float | None = None
    ) -> tuple[pl.DataFrame, Findings]:
        """Return the frame of `predict` for a table, and what was found in its rows.

        Parameters
        ----------
        table : Table
        strict, interval
            As of `predict`.

        Raises
        ------
        TableError, ValueError
            As `predict` does.
        """
        half = None if interval is None else self.half_width(interval)
        encoded = self.columns.encode(table, strict=strict, dtype=self.predictor.dtype)
        outputs = self.outputs(encoded.values)
        decoded = self.target.decode(outputs)
        dtype = pl.String() if isinstance(self.target, ClassTarget) else pl.Float64()
        columns: dict[str, object] = {"prediction": pl.Series(decoded, dtype=dtype)}
        if isinstance(self.target, ClassTarget):
            shares = class_probabilities(outputs)
            for level, share in zip(self.target.levels, shares.T, strict=True):
                columns[f"probability of {level}"] = share
        if half is not None:
            answers = np.array(decoded)
            columns |= {"from": answers - half, "to": answers + half}
        return pl.DataFrame(columns), encoded.findings

    def half_width(self, coverage: float) -> float:
        """Return how far on either side of an answer the true number lies with this probability.

        Parameters
        ----------
        coverage : float in (0, 1)

        Raises
        ------
        ValueError
            If the coverage is out of range, or nothing is known of errors on held-out rows.
        """
        require_inner_share("interval", coverage)
        if not len(self.errors):
            raise ValueError(
                "the model knows no intervals: an ensemble for numbers does, which 'chainrule "
                "train' makes without --quick"
            )
        return interval_half_width(self.errors, coverage)


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
