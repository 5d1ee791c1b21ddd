"""Models of every make as a `ForwardPass`, and what the library itself answers for given rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from chainrule.arrays import Array
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.exports.forward_pass import (
    Answer,
    Classes,
    ExportError,
    Features,
    ForwardPass,
    Labels,
    Numbers,
    dense_layers,
    finished,
)
from chainrule.losses import Loss, get_loss
from chainrule.models import TableModel
from chainrule.perceptron import Perceptron
from chainrule.tables import ClassTarget, Table
from chainrule.tables.scale import Scale

Model: TypeAlias = TableModel | Perceptron | MLPClassifier | MLPRegressor
Rows: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Source:
    """A model to export.

    Attributes
    ----------
    forward_pass : ForwardPass
    answer : callable
        ``answer(rows) -> array of shape (n_rows, n_answers)``, by the library itself; a row is a
        dict of its columns.
    encode : callable
        ``encode(rows) -> array of shape (n_rows, n_features)``: what the first layer gets.
    """

    forward_pass: ForwardPass
    answer: Callable[[Rows], Array]
    encode: Callable[[Rows], Array]


def source_of(model: Model, loss: str | Loss | None = None) -> Source:
    """Return a model as what exporters take.

    Parameters
    ----------
    model : TableModel, Perceptron, MLPClassifier or MLPRegressor
    loss : str or Loss, optional
        Of a Perceptron, as its `predict` takes it.

    Raises
    ------
    ExportError
        If it cannot be exported.
    TypeError
        If it is no model.
    """
    match model:
        case TableModel():
            return _of_table_model(model)
        case Perceptron():
            return _of_network(model, None if loss is None else get_loss(loss))
        case MLPClassifier() | MLPRegressor():
            return _of_estimator(model)
    raise TypeError(
        "what can be exported is a Perceptron, a fitted MLPClassifier or MLPRegressor of "
        f"chainrule, or what chainrule.load returns; got {type(model).__name__}"
    )


def _of_table_model(model: TableModel) -> Source:
    target = model.target
    answer: Answer
    if isinstance(target, ClassTarget):
        answer = Classes(target.levels)
    else:
        answer = Numbers((target.scaling,), flat=True)
    layers, link = dense_layers(model.network.layers, model.loss)

    def encode(rows: Rows) -> Array:
        return model.columns.encode(_table(rows, model), dtype=layers[0].weights.dtype).values

    return Source(
        ForwardPass(model.columns, layers, link, answer),
        lambda rows: finished(model.outputs(encode(rows)), answer),
        encode,
    )


def _table(rows: Rows, model: TableModel) -> Table:
    frame = pl.DataFrame(
        {
            column.name: pl.Series([row[column.name] for row in rows], strict=False)
            for column in model.columns.features
        }
    )
    return Table("the sample rows", frame, np.arange(1, len(rows) + 1), "row")


def _of_network(network: Perceptron, loss: Loss | None) -> Source:
    layers, link = dense_layers(network.layers, loss)
    inputs = Features(_numbered(network.layers[0].n_inputs))
    encode = _encoder(inputs.names)
    return Source(
        ForwardPass(inputs, layers, link, Numbers()),
        lambda rows: network.predict(encode(rows), loss=loss),
        encode,
    )


def _of_estimator(model: MLPClassifier | MLPRegressor) -> Source:
    network, loss, scales = model.perceptron_, model.loss_function_, model._scales
    layers, link = dense_layers(network.layers, loss)
    names = getattr(model, "feature_names_in_", None)
    columns = _numbered(network.layers[0].n_inputs) if names is None else tuple(map(str, names))
    inputs = Features(columns, _scales(scales.inputs, len(columns)))
    encode = _encoder(columns)

    def answer(rows: Rows) -> Array:
        x: Any = encode(rows)
        if names is not None:
            x = pl.DataFrame(x, schema=list(columns))
        if isinstance(model, MLPClassifier):
            return model.predict_proba(x)
        return model._output_columns(x)

    def scaled(rows: Rows) -> Array:
        return np.asarray(scales.of_rows(encode(rows)))

    return Source(ForwardPass(inputs, layers, link, _answer(model)), answer, scaled)


def _answer(model: MLPClassifier | MLPRegressor) -> Answer:
    if isinstance(model, MLPRegressor):
        scales = _scales(model._scales.targets, model.perceptron_.layers[-1].n_neurons)
        return Numbers(scales, flat=not model._quantiles)
    levels = tuple(np.asarray(model.classes_).tolist())
    if model._has_labels:
        return Labels(levels)
    if len(levels) < 2:
        raise ExportError(f"the classifier knows one class alone, {levels}; there is no choice")
    return Classes(levels)


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"x{i}" for i in range(count))


def _encoder(names: tuple[str, ...]) -> Callable[[Rows], Array]:
    return lambda rows: np.array([[row[name] for name in names] for row in rows], np.float64)


def _scales(scaler: Any, count: int) -> tuple[Scale, ...]:
    """Return scikit-learn's StandardScaler as plain numbers; nothing where there is none."""
    if scaler is None:
        return ()
    means = scaler.mean_ if scaler.with_mean else np.zeros(count)
    return tuple(Scale(float(m), float(s), 0) for m, s in zip(means, scaler.scale_, strict=True))
