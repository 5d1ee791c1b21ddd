"""A `TableModel` as a description and tensors, and back: networks with the table's columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainrule.losses import get_loss
from chainrule.models import LoneNetwork, Predictor, TableModel, TrainingRecord
from chainrule.saving.ensembles import EnsembleDescription, ensemble_apart, ensemble_built
from chainrule.saving.histories import HistoryDescription, histories_apart, histories_built
from chainrule.saving.kinds import versions
from chainrule.saving.networks import Arrays, Name, Names, network_apart, network_built
from chainrule.saving.purposes import Input, Purpose
from chainrule.saving.values import loss_name
from chainrule.tables import ClassTarget, Columns, Target
from chainrule.tables.features import CategoryColumn
from chainrule.tensor_files import Tensors

_LONGEST_NAMES = 2**24  # characters of all features' names
_ERRORS = "errors"

Setting = str | bool | int | float | tuple[str | int | float, ...] | None
"""What was chosen: for people to read."""


class RecordDescription(msgspec.Struct, frozen=True, kw_only=True):
    """How the model was trained; as `TrainingRecord`, with the histories' figures as tensors.

    `history` is that of the first network, `others` are those of the others.
    """

    settings: dict[str, Setting]
    rows: dict[str, int]
    history: HistoryDescription
    others: tuple[HistoryDescription, ...] = ()
    held_out: dict[str, float] = msgspec.field(default_factory=dict)
    interrupted: bool = False
    scores: dict[str, float | None] = msgspec.field(default_factory=dict)
    baseline: dict[str, float | None] = msgspec.field(default_factory=dict)


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of a table's model beside its numbers.

    Attributes
    ----------
    activations : tuple of str
        Of each layer of a lone network, from the first to the last.
    loss : str
        Of a lone network.
    ensemble : EnsembleDescription, optional
        In place of a lone network.
    columns : Columns
    target : ClassTarget or NumberTarget
    record : RecordDescription, optional
        Files before format 3 have none.
    written_with : dict of str to str
        Versions of the libraries.
    """

    columns: Columns
    target: Target
    activations: Names | None = None
    loss: Name | None = None
    ensemble: EnsembleDescription | None = None
    record: RecordDescription | None = None
    written_with: dict[str, str] = msgspec.field(default_factory=dict)


def taken_apart(model: TableModel) -> tuple[Description, Tensors]:
    """Return a table model's description and its tensors.

    Raises
    ------
    ValueError
        If a layer has an activation, or the model a loss, that is not in the tables.
    """
    predictor, tensors = _predictor_apart(model.predictor)
    record = None
    if model.record is not None:
        record, of_histories = _record_apart(model.record)
        tensors |= of_histories
    if len(model.errors):
        tensors[_ERRORS] = model.errors
    description = Description(
        columns=model.columns,
        target=model.target,
        record=record,
        written_with=versions(),
        **predictor,
    )
    return description, tensors


def _predictor_apart(predictor: Predictor) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the fields of a description that tell of a network or an ensemble, and the tensors."""
    if predictor.network is None:
        ensemble: Any = predictor
        description, tensors = ensemble_apart(ensemble)
        return {"ensemble": description}, tensors
    activations, tensors = network_apart(predictor.network)
    return {"activations": activations, "loss": loss_name(predictor.loss)}, tensors


def _record_apart(kept: TrainingRecord) -> tuple[RecordDescription, dict[str, NDArray[Any]]]:
    (first, *others), tensors = histories_apart(kept.histories)
    record = RecordDescription(
        settings=dict(kept.settings),
        rows=dict(kept.rows),
        history=first,
        others=tuple(others),
        held_out=dict(kept.held_out),
        interrupted=kept.interrupted,
        scores=dict(kept.scores),
        baseline=dict(kept.baseline),
    )
    return record, tensors


def built(description: Description, tensors: Arrays) -> TableModel:
    """Return the model of a description.

    Raises
    ------
    KeyError, ValueError
        If the description contradicts itself or the tensors.
    """
    require_short_names(description.columns)
    predictor = _predictor_built(description, tensors)
    record = None if description.record is None else _record_built(description.record, tensors)
    return TableModel(
        description.columns, description.target, predictor, record, errors_built(tensors)
    )


def errors_built(tensors: Arrays) -> NDArray[Any]:
    """Return the errors on held-out rows, and take them out of the mapping; none without any.

    Raises
    ------
    ValueError
        If they are no distances.
    """
    errors = tensors.pop(_ERRORS, np.empty(0))
    if errors.ndim != 1 or errors.dtype != np.float64 or not (errors >= 0).all():
        raise ValueError(f"errors are no distances: {errors.shape} of {errors.dtype}")
    return errors


def _predictor_built(description: Description, tensors: Arrays) -> Predictor:
    if description.ensemble is not None:
        return ensemble_built(description.ensemble, tensors)
    if description.activations is None or description.loss is None:
        raise ValueError("it describes neither a network nor an ensemble")
    network = network_built(description.activations, tensors)
    return LoneNetwork(network, get_loss(description.loss))


def _record_built(kept: RecordDescription, tensors: Arrays) -> TrainingRecord:
    return TrainingRecord(
        kept.settings,
        kept.rows,
        histories_built((kept.history, *kept.others), tensors),
        kept.held_out,
        kept.interrupted or kept.history.interrupted,
        kept.scores,
        kept.baseline,
    )


def require_short_names(columns: Columns) -> None:
    """Bound the names of the features: a column's name stands in each of them.

    Raises
    ------
    ValueError
        If they are longer than any table's.
    """
    each = (
        len(c.name) * (len(c.levels) if isinstance(c, CategoryColumn) else 9)
        for c in columns.features
    )
    total = sum(each)
    if total > _LONGEST_NAMES:
        raise ValueError(f"the names of the features have {total} characters")


def inputs_of(columns: Columns) -> list[Input]:
    """Return the columns, each with its kind and its features."""
    return [
        Input(column.name, column.kind.noun, tuple(column.feature_names))
        for column in columns.features
    ]


def purpose(model: TableModel) -> Purpose:
    """Say what a model for tables is for, and how it was trained."""
    target, record = model.target, model.record
    if isinstance(target, ClassTarget):
        classes = list(target.levels)
        predicts = f"{target.name}: one of {len(classes)} classes"
    else:
        classes = None
        unit = (target.kind.prefix or target.kind.suffix).strip()
        predicts = f"{target.name}: a number" + (f" ({unit})" if unit else "")
        predicts += f", {target.mean:.4g} ± {target.scale:.4g} in training"
    found = Purpose(
        networks=model.predictor.networks,
        n_inputs=model.predictor.n_inputs,
        predicts=predicts,
        output=model.loss.link.name,
        inputs=inputs_of(model.columns),
        left_out=dict(model.columns.left_out),
        classes=classes,
    )
    if record is None:
        return found
    return replace(
        found,
        settings=record.settings,
        rows=record.rows,
        histories=record.histories,
        held_out=record.held_out,
        scores=record.scores,
        baseline=record.baseline,
    )
