"""The report of a finished run, gathered from its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from chainrule.ensembles import FittedEnsemble
from chainrule.models import (
    EnsembleSettings,
    PreparedTable,
    Settings,
    TableModel,
    TrainingRecord,
    class_probabilities,
    n_parameters,
    shape_in_words,
)
from chainrule.reports import (
    Report,
    Result,
    Section,
    classification_result,
    regression_result,
)
from chainrule.tables import ClassTarget
from chainrule.tabular import ensemble_report
from chainrule.training import History
from chainrule.version import __version__


def summary(
    title: str,
    table: PreparedTable,
    settings: Settings | EnsembleSettings,
    model: TableModel,
    times: Times,
) -> Report:
    """Answer for the test rows and put together all that the report says.

    Parameters
    ----------
    title : str
    table : PreparedTable
    settings : Settings or EnsembleSettings
    model : TableModel
        Trained on the table.
    times : Times
    """
    record = _record(model)
    return Report(
        version=__version__,
        title=title,
        target=model.target.name,
        result=_result(table, model),
        splits=record.rows,
        history=mean_history(record.histories),
        best_epoch=record.histories[0].weights_epoch if len(record.histories) == 1 else None,
        facts={
            "Task": table.answers.sentence,
            "Features": f"{table.x.shape[1]}",
            **_about_unseen(table),
            "Network": shape_in_words(model.predictor),
            "Parameters": f"{n_parameters(model.predictor)}",
            **settings.facts(),
            **how_it_went(record),
            "Training time": f"{times.seconds:.1f} s, {times.cpu_seconds:.1f} CPU s",
        },
        notes=table.notes,
    )


def about_ensemble(fitted: FittedEnsemble, table: PreparedTable) -> list[Section]:
    """Return what a page says of an ensemble: importance of columns, members, calibration.

    Parameters
    ----------
    fitted : FittedEnsemble
    table : PreparedTable
    """
    train, test = table.split.train, table.split.test
    classes = table.target.levels if isinstance(table.target, ClassTarget) else ()
    x, y = table.x, table.outputs
    report = ensemble_report(
        *(fitted, table.columns, x[train], y[train]), classes=classes, test=(x[test], y[test])
    )
    return report.sections


class Times(NamedTuple):
    """How long the training took, and how much of all processors together."""

    seconds: float
    cpu_seconds: float


def _record(model: TableModel) -> TrainingRecord:
    assert model.record is not None
    return model.record


def how_it_went(record: TrainingRecord) -> dict[str, str]:
    """Return the facts of the training: epochs, best epochs, losses on held-out rows.

    Parameters
    ----------
    record : TrainingRecord
    """
    histories, said = record.histories, record.held_out
    if not said:
        return {
            "Stopped": histories[0].stopped,
            "Weights": f"of epoch {histories[0].weights_epoch}",
        }
    alone = [history["validation_loss"][history.weights_epoch - 1] for history in histories]
    return {
        "Stopped": ("interrupted, " if record.interrupted else "") + _after(map(len, histories)),
        "Weights": "of the epochs " + ", ".join(str(each.weights_epoch) for each in histories),
        "Held-out loss": f"{said['loss']:.3g}, of each network {min(alone):.3g} to "
        f"{max(alone):.3g}, baseline {said['baseline loss']:.3g}",
        **_sure(said["temperature"]),
        **_instead(said),
    }


def _after(epochs: Iterable[int]) -> str:
    few, *_, many = sorted([*epochs] * 2)
    return f"after {few} to {many} epochs" if few < many else f"after {many} epochs"


def _sure(temperature: float) -> dict[str, str]:
    """Say how sure single networks are; of numbers there is nothing to say."""
    if temperature == 1.0:
        return {}
    sure = "too sure" if temperature > 1.0 else "not sure enough"
    return {"Temperature": f"{temperature:.2f}: a network alone would be {sure}"}


def _instead(said: Mapping[str, float]) -> dict[str, str]:
    """Return a note where one answer for all rows took the place of the networks."""
    if said["loss"] < said["baseline loss"]:
        return {}
    return {"Baseline": "given for all rows, as the networks were no better on held-out rows"}


def mean_history(histories: Sequence[History]) -> dict[str, list[float]]:
    """Return the figures of each epoch, averaged over the networks that came so far.

    Parameters
    ----------
    histories : sequence of History
    """
    columns = histories[0].as_columns()
    longest = max(map(len, histories))
    return {
        name: [
            float(np.mean([history.rows[i][name] for history in histories if i < len(history)]))
            for i in range(longest)
        ]
        for name in columns
    }


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


def _result(table: PreparedTable, model: TableModel) -> Result:
    train, test, y = table.split.train, table.split.test, table.y
    outputs = model.outputs(table.x[test])
    if isinstance(model.target, ClassTarget):
        probabilities = class_probabilities(outputs)
        return classification_result(y[train], y[test], probabilities, model.target.levels)
    truth = np.array(model.target.decode(y[:, np.newaxis]))
    return regression_result(truth[train], truth[test], np.array(model.target.decode(outputs)))
