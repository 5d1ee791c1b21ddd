"""Models of every make as a `ForwardPass`, and what the library itself answers for given rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from chainrule.arrays import Array
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.exports.estimator_passes import forward_pass_of, numbered
from chainrule.exports.forward_pass import (
    Answer,
    Classes,
    ExportError,
    Features,
    ForwardPass,
    Numbers,
    dense_layers,
    finished,
)
from chainrule.losses import Loss, get_loss
from chainrule.models import TableModel
from chainrule.perceptron import Perceptron
from chainrule.tables import ClassTarget, Table

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
    if model.predictor.network is None:
        raise ExportError(
            "an ensemble cannot be exported; 'chainrule train --quick' makes a model of one network"
        )
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
    inputs = Features(numbered(network.layers[0].n_inputs))
    encode = _encoder(inputs.names)
    return Source(
        ForwardPass(inputs, layers, link, Numbers()),
        lambda rows: network.predict(encode(rows), loss=loss),
        encode,
    )


def _of_estimator(model: MLPClassifier | MLPRegressor) -> Source:
    net = forward_pass_of(model)
    columns, scales = net.names, model._scales
    encode = _encoder(columns)

    def answer(rows: Rows) -> Array:
        x: Any = encode(rows)
        if getattr(model, "feature_names_in_", None) is not None:  # SHAP sets None
            x = pl.DataFrame(x, schema=list(columns))
        if isinstance(model, MLPClassifier):
            return model.predict_proba(x)
        return model._output_columns(x)

    def scaled(rows: Rows) -> Array:
        return np.asarray(scales.of_rows(encode(rows)))

    return Source(net, answer, scaled)


def _encoder(names: tuple[str, ...]) -> Callable[[Rows], Array]:
    return lambda rows: np.array([[row[name] for name in names] for row in rows], np.float64)
