"""A `TableModel` as a description and tensors, and back: the network with the table's columns."""

from __future__ import annotations

from dataclasses import asdict, replace

import msgspec

from chainrule.losses import get_loss
from chainrule.models import Settings, TableModel, TrainingRecord
from chainrule.saving.histories import HistoryDescription, history_apart, history_built
from chainrule.saving.kinds import versions
from chainrule.saving.networks import Arrays, Name, Names, network_apart, network_built
from chainrule.saving.purposes import Input, Purpose
from chainrule.saving.values import loss_name
from chainrule.tables import ClassTarget, Columns, Target
from chainrule.tables.features import CategoryColumn
from chainrule.tensor_files import Tensors

_LONGEST_NAMES = 2**24  # characters of all features' names


class RecordDescription(msgspec.Struct, frozen=True, kw_only=True):
    """How the model was trained; as `TrainingRecord`, with the history's figures as tensors."""

    settings: Settings
    rows: dict[str, int]
    history: HistoryDescription
    scores: dict[str, float | None] = msgspec.field(default_factory=dict)
    baseline: dict[str, float | None] = msgspec.field(default_factory=dict)


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of a table's model beside its numbers.

    Attributes
    ----------
    activations : tuple of str
        Of each layer, from the first to the last.
    loss : str
    columns : Columns
    target : ClassTarget or NumberTarget
    record : RecordDescription, optional
        Files before format 3 have none.
    written_with : dict of str to str
        Versions of the libraries.
    """

    activations: Names
    loss: Name
    columns: Columns
    target: Target
    record: RecordDescription | None = None
    written_with: dict[str, str] = msgspec.field(default_factory=dict)


def taken_apart(model: TableModel) -> tuple[Description, Tensors]:
    """Return a table model's description and its tensors.

    Raises
    ------
    ValueError
        If a layer has an activation, or the model a loss, that is not in the tables.
    """
    activations, tensors = network_apart(model.network)
    record = None
    if model.record is not None:
        kept = model.record
        history, of_history = history_apart(kept.history)
        tensors |= of_history
        record = RecordDescription(
            settings=kept.settings,
            rows=dict(kept.rows),
            history=history,
            scores=dict(kept.scores),
            baseline=dict(kept.baseline),
        )
    description = Description(
        activations=activations,
        loss=loss_name(model.loss),
        columns=model.columns,
        target=model.target,
        record=record,
        written_with=versions(),
    )
    return description, tensors


def built(description: Description, tensors: Arrays) -> TableModel:
    """Return the model of a description.

    Raises
    ------
    KeyError, ValueError
        If the description contradicts itself or the tensors.
    """
    _require_short_names(description.columns)
    network = network_built(description.activations, tensors)
    kept, record = description.record, None
    if kept is not None:
        history = history_built(kept.history, tensors)
        record = TrainingRecord(kept.settings, kept.rows, history, kept.scores, kept.baseline)
    loss = get_loss(description.loss)
    return TableModel(description.columns, description.target, network, loss, record)


def _require_short_names(columns: Columns) -> None:
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
        network=model.network,
        predicts=predicts,
        output=model.loss.link.name,
        inputs=[
            Input(column.name, column.kind.noun, tuple(column.feature_names))
            for column in model.columns.features
        ],
        left_out=dict(model.columns.left_out),
        classes=classes,
    )
    if record is None:
        return found
    return replace(
        found,
        settings=asdict(record.settings),
        rows=record.rows,
        history=record.history,
        scores=record.scores,
        baseline=record.baseline,
    )
