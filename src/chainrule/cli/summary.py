"""The report of a finished run, gathered from its parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chainrule.models import PreparedTable, Settings, TableModel, class_probabilities
from chainrule.reports import Report, Result, classification_result, regression_result
from chainrule.tables import ClassTarget
from chainrule.training import History
from chainrule.version import __version__


def summary(
    title: str, table: PreparedTable, settings: Settings, model: TableModel, history: History
) -> Report:
    """Answer for the test rows and put together all that the report says.

    Parameters
    ----------
    title : str
    table : PreparedTable
    settings : Settings
    model : TableModel
        Trained on the table.
    history : History
        Of that training.
    """
    network = model.network
    return Report(
        version=__version__,
        title=title,
        target=model.target.name,
        result=_result(table, model),
        splits={
            "train": len(table.split.train),
            "validation": len(table.split.validation),
            "test": len(table.split.test),
        },
        history=history.as_columns(),
        best_epoch=history.weights_epoch,
        facts={
            "Task": table.answers.sentence,
            "Features": f"{table.x.shape[1]}",
            **_about_unseen(table),
            "Network": shape(model, settings),
            "Parameters": f"{network.theta.size}",
            "Optimizer": f"{settings.make_optimizer()!r}",
            "Learning rate": f"{settings.learning_rate:g}",
            "Batch size": f"{settings.batch_size}",
            "Seed": f"{settings.seed}",
            "Stopped": history.stopped,
            "Weights": f"of epoch {history.weights_epoch}",
            "Training time": f"{sum(history['seconds']):.1f} s",
        },
        notes=table.notes,
    )


def scored(model: TableModel, report: Report) -> TableModel:
    """Return the model with the report's scores on the test rows in its training record."""
    if model.record is None:
        return model
    scores, baseline = (
        {name: x for name, x in found.as_json().items() if isinstance(x, float | None)}
        for found in (report.result.scores, report.result.baseline)
    )
    return replace(model, record=replace(model.record, scores=scores, baseline=baseline))


def _about_unseen(table: PreparedTable) -> dict[str, str]:
    """Say which share of the test rows holds a category that no training row has."""
    if not table.unseen_share:
        return {}
    return {"Unseen categories": f"in {100 * table.unseen_share:.2g} % of the test rows"}


def shape(model: TableModel, settings: Settings) -> str:
    """Say how many neurons each layer has: ``"30 → 64 → 64 → 1, relu"``."""
    layers = model.network.layers
    sizes = [layers[0].n_inputs, *(layer.n_neurons for layer in layers)]
    hidden = f", {settings.activation}" if settings.hidden else ", linear"
    return " → ".join(map(str, sizes)) + hidden


def _result(table: PreparedTable, model: TableModel) -> Result:
    train, test, y = table.split.train, table.split.test, table.y
    outputs = model.outputs(table.x[test])
    if isinstance(model.target, ClassTarget):
        probabilities = class_probabilities(outputs)
        return classification_result(y[train], y[test], probabilities, model.target.levels)
    truth = np.array(model.target.decode(y[:, np.newaxis]))
    return regression_result(truth[train], truth[test], np.array(model.target.decode(outputs)))
