"""What held-out rows say of an ensemble, and what each column of its table became."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.ensembles import (
    FittedEnsemble,
    held_out_losses,
    losses_on,
    permutation_importance,
)
from chainrule.reports import ClassificationResult, Section, classification_result
from chainrule.reports.scores import calibration_error
from chainrule.tables import Columns
from chainrule.tabular.column_use import ColumnUse, column_uses, feature_blocks
from chainrule.tabular.sections import sections_of

_CELLS = 2_000_000  # of rows × columns × permutations: seconds, for a table of any width
_ROWS = (200, 4000)


@dataclass(frozen=True)
class ColumnImportance:
    """How much the members rely on a column.

    Attributes
    ----------
    name : str
    mean : float
        By how much the mean loss of held-out rows grows when the column's values are permuted.
    spread : float
        Its standard deviation over members and permutations.
    """

    name: str
    mean: float
    spread: float


@dataclass(frozen=True)
class MemberScore:
    """How good one network of an ensemble is.

    Attributes
    ----------
    n_rows : int
        That it held out.
    best_epoch : int or None
        From which it has its weights.
    loss : float
        The mean loss of those rows.
    test_loss : float or None
        The mean loss of test rows, the same for all members; None where there are none.
    """

    n_rows: int
    best_epoch: int | None
    loss: float
    test_loss: float | None = None


@dataclass(frozen=True, eq=False)
class EnsembleReport:
    """What is to be said of a fitted ensemble.

    Attributes
    ----------
    importance : tuple of ColumnImportance
        The most important column first.
    members : tuple of MemberScore
    loss, baseline_loss : float
        The mean loss of all held-out rows, each by the member that held it out; that of one answer
        for all rows.
    test_loss : float or None
        The mean loss of the ensemble's answers for test rows.
    temperature : float
        By which a single network is too sure.
    held_out : ClassificationResult or None
        Single members' probabilities for the rows that they held out; None for numbers.
    columns : tuple of ColumnUse
    """

    importance: tuple[ColumnImportance, ...]
    members: tuple[MemberScore, ...]
    loss: float
    baseline_loss: float
    test_loss: float | None
    temperature: float
    held_out: ClassificationResult | None
    columns: tuple[ColumnUse, ...]

    @property
    def calibration_error(self) -> float | None:
        """The expected calibration error of single members on held-out rows; None for numbers."""
        if self.held_out is None:
            return None
        return calibration_error(self.held_out.true, self.held_out.probabilities)

    @property
    def sections(self) -> list[Section]:
        """The parts of a page about it."""
        return sections_of(self)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain types."""
        return {section.key: section.data for section in self.sections}

    def __str__(self) -> str:
        return "\n\n".join(section.as_text() for section in self.sections)


def ensemble_report(
    fitted: FittedEnsemble,
    columns: Columns,
    x: Array,
    y: Array,
    *,
    classes: Sequence[str] = (),
    test: tuple[Array, Array] | None = None,
    repeats: int = 5,
    seed: int = 0,
) -> EnsembleReport:
    """Look at a fitted ensemble from all sides, on rows that its members did not see.

    Parameters
    ----------
    fitted : FittedEnsemble
    columns : Columns
    x : array of shape (n, n_features)
        The encoded rows of the fit, in their order.
    y : array of shape (n, n_outputs)
        As the loss takes it.
    classes : sequence of str
        Their names; empty for numbers.
    test : (array, array), optional
        Further encoded rows and their targets.
    repeats : int
        Permutations of each column for each member.
    seed : int
        Of the permutations, and of the rows that are drawn where there are many.

    Raises
    ------
    ValueError
        If the rows are not those of the fit.
    """
    alone, together = (None, None) if test is None else losses_on(fitted.ensemble, *test)
    return EnsembleReport(
        _importance(fitted, columns, x, y, repeats=repeats, seed=seed),
        _members(fitted, y, alone),
        fitted.loss,
        fitted.baseline_loss,
        together,
        fitted.temperature,
        _held_out(fitted, y, classes) if classes else None,
        column_uses(columns, fitted.ensemble.inputs),
    )


def _importance(
    fitted: FittedEnsemble, columns: Columns, x: Array, y: Array, *, repeats: int, seed: int
) -> tuple[ColumnImportance, ...]:
    blocks = feature_blocks(columns)
    most = int(np.clip(_CELLS // (len(blocks) * repeats), *_ROWS))
    found = permutation_importance(
        fitted, x, y, list(blocks.values()), repeats=repeats, most_rows=most, seed=seed
    )
    each = [
        ColumnImportance(name, float(increases.mean()), float(increases.std()))
        for name, increases in zip(blocks, found, strict=True)
    ]
    return tuple(sorted(each, key=lambda one: -one.mean))


def _members(fitted: FittedEnsemble, y: Array, alone: Array | None) -> tuple[MemberScore, ...]:
    losses = held_out_losses(fitted, y)
    n_rows = np.bincount(fitted.held_out_by[fitted.held_out_by >= 0], minlength=len(losses))
    on_test = [None] * len(losses) if alone is None or fitted.is_baseline else alone.tolist()
    return tuple(
        MemberScore(int(n), history.weights_epoch, float(loss), test_loss)
        for n, history, loss, test_loss in zip(
            n_rows, fitted.histories, losses, on_test, strict=True
        )
    )


def _held_out(fitted: FittedEnsemble, y: Array, classes: Sequence[str]) -> ClassificationResult:
    known = fitted.held_out_by >= 0
    outputs = fitted.ensemble.loss.link(fitted.held_out[known].T.astype(np.float64)).T
    targets = y[known]
    if len(classes) == 2:
        codes, probabilities = targets[:, 0].astype(np.intp), np.hstack([1 - outputs, outputs])
    else:
        codes, probabilities = targets.argmax(axis=1), outputs
    return classification_result(codes, codes, probabilities, classes)
