"""Train what the settings ask for on a prepared table: one network, or an ensemble."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from chainrule.arrays import Array
from chainrule.checkpoints import CheckpointWarning
from chainrule.ensembles import FittedEnsemble, conformal_quantiles, fit_ensemble
from chainrule.losses import Loss, get_loss
from chainrule.models.predictors import LoneNetwork
from chainrule.models.preparing import PreparedTable
from chainrule.models.record import TrainingRecord
from chainrule.models.settings import EnsembleSettings, Settings
from chainrule.models.tabular import TableModel
from chainrule.tables import ClassTarget, Target
from chainrule.tabular.roles import feature_roles


class Trained(NamedTuple):
    """A model, with the ensemble's fit that it comes from: held-out answers and all.

    Attributes
    ----------
    model : TableModel
    fitted : FittedEnsemble or None
        None for one network.
    """

    model: TableModel
    fitted: FittedEnsemble | None = None


def fit(
    table: PreparedTable,
    settings: Settings | EnsembleSettings,
    *,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> Trained:
    """Train on the table's training rows.

    Parameters
    ----------
    table : PreparedTable
    settings : Settings or EnsembleSettings
        One network stops early on the table's validation rows; the networks of an ensemble hold
        out folds of the training rows.
    checkpoint, resume
        As of the estimators' `fit`.

    Raises
    ------
    CheckpointError
        If the training cannot go on from the checkpoints.
    DivergenceError
        If a loss or weight is not finite any more.
    KeyboardInterrupt
        If Ctrl-C comes before an ensemble has learned something.
    """
    return _WAYS[type(settings)](table, settings, checkpoint, resume)


def _fit_network(
    table: PreparedTable, settings: Settings, checkpoint: Path | None, resume: bool
) -> Trained:
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
    history = estimator.history_
    rows = {name: len(getattr(split, name)) for name in ("train", "validation", "test")}
    record = TrainingRecord(
        settings.as_dict(), rows, [history], interrupted=bool(history.interrupted)
    )
    predictor = LoneNetwork(estimator.perceptron_, estimator.loss_function_)
    return Trained(TableModel(table.columns, table.target, predictor, record))


def _fit_ensemble(
    table: PreparedTable, settings: EnsembleSettings, checkpoint: Path | None, resume: bool
) -> Trained:
    train = table.split.train
    is_class = isinstance(table.target, ClassTarget)
    fitted = fit_ensemble(
        table.x[train],
        table.outputs[train],
        _loss_of(table.target),
        feature_roles(table.columns),
        settings.recipe,
        seed=settings.seed,
        classes=table.y[train] if is_class else None,
        folds=table.folds,
        max_time=settings.max_time,
        checkpoint=checkpoint,
        resume=resume,
        shows_progress=True,
    )
    rows = {"train": len(train), "test": len(table.split.test)}
    record = TrainingRecord(
        settings.as_dict(),
        rows,
        fitted.histories,
        held_out=_said_by(fitted),
        interrupted=fitted.interrupted,
    )
    model = TableModel(table.columns, table.target, fitted.ensemble, record)
    if not is_class:
        model = _with_intervals(model, table.y[train, np.newaxis], fitted)
    return Trained(model, fitted)


def _loss_of(target: Target) -> Loss:
    if not isinstance(target, ClassTarget):
        return get_loss("squared_error")
    return get_loss("binary_cross_entropy" if target.n_outputs == 1 else "softmax_cross_entropy")


def _said_by(fitted: FittedEnsemble) -> dict[str, float]:
    return {
        "loss": fitted.loss,
        "baseline loss": fitted.baseline_loss,
        "temperature": fitted.temperature,
    }


def _with_intervals(model: TableModel, y: Array, fitted: FittedEnsemble) -> TableModel:
    """Return the model with its errors on held-out rows, and answers in the range of targets."""
    truth = np.array(model.target.decode(y))
    within = float(truth.min()), float(truth.max())
    target = msgspec.structs.replace(model.target, within=within)
    answers = np.array(target.decode(fitted.held_out))
    return replace(model, target=target, errors=conformal_quantiles(truth - answers))


_WAYS: Mapping[type[Any], Callable[..., Trained]] = {
    Settings: _fit_network,
    EnsembleSettings: _fit_ensemble,
}
