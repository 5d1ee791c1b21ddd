"""Models of every make as a `ForwardPass`, and what the library itself answers for given rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from chainrule.arrays import Array
from chainrule.ensembles import Ensemble
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.exports.ensemble_passes import ensemble_pass, tabular_pass
from chainrule.exports.estimator_passes import forward_pass_of, numbered
from chainrule.exports.forward_pass import (
    Answer,
    Classes,
    Features,
    ForwardPass,
    Numbers,
    finished,
)
from chainrule.exports.from_layers import chain_of
from chainrule.losses import Loss, get_loss
from chainrule.models import TableModel
from chainrule.perceptron import Perceptron
from chainrule.tables import ClassTarget, Columns, NumberTarget, Table
from chainrule.tabular import TabularClassifier, TabularRegressor

Model: TypeAlias = (
    TableModel
    | TabularClassifier
    | TabularRegressor
    | MLPClassifier
    | MLPRegressor
    | Perceptron
    | Ensemble
)
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
        ``encode(rows) -> array of shape (n_rows, n_features)``: what a row becomes for the network.
    """

    forward_pass: ForwardPass
    answer: Callable[[Rows], Array]
    encode: Callable[[Rows], Array]


def source_of(model: Model, loss: str | Loss | None = None) -> Source:
    """Return a model as what exporters take.

    Parameters
    ----------
    model : TableModel, TabularClassifier, TabularRegressor, MLPClassifier, MLPRegressor, \
Perceptron or Ensemble
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
        case TabularClassifier() | TabularRegressor():
            return _of_tabular(model)
        case Ensemble():
            return _of_ensemble(model)
    raise TypeError(
        "what can be exported is a Perceptron, a fitted estimator of chainrule, an Ensemble, or "
        f"what chainrule.load returns; got {type(model).__name__}"
    )


def _of_table_model(model: TableModel) -> Source:
    net = _pass_of_table_model(model)
    encode = _encoder_of_table(model.columns, net.dtype)
    return Source(net, lambda rows: finished(model.outputs(encode(rows)), net.answer), encode)


def _pass_of_table_model(model: TableModel) -> ForwardPass:
    predictor, answer = model.predictor, _answer(model.target)
    if isinstance(predictor, Ensemble):
        return ensemble_pass(predictor, model.columns, answer)
    chain, link = chain_of(predictor.networks[0].layers, predictor.loss)
    return ForwardPass(model.columns, (chain,), link, answer)


def _answer(target: ClassTarget | NumberTarget) -> Answer:
    if isinstance(target, ClassTarget):
        return Classes(target.levels)
    bounds = () if target.within is None else (target.within,)
    return Numbers((target.scaling,), flat=True, bounds=bounds)


def _of_tabular(model: TabularClassifier | TabularRegressor) -> Source:
    net = tabular_pass(model)
    encode, predict = _encoder_of_table(model.columns_, np.float32), model.fitted_.ensemble.predict
    return Source(net, lambda rows: finished(predict(encode(rows)), net.answer), encode)


def _of_ensemble(ensemble: Ensemble) -> Source:
    """Return an ensemble by itself: its rows are encoded already."""
    inputs = Features(numbered(ensemble.n_inputs))
    encode = _encoder(inputs.names)
    return Source(
        ensemble_pass(ensemble, inputs, Numbers()),
        lambda rows: ensemble.predict(encode(rows)),
        encode,
    )


def _encoder_of_table(columns: Columns, dtype: Any) -> Callable[[Rows], Array]:
    return lambda rows: columns.encode(_table(rows, columns), dtype=dtype).values


def _table(rows: Rows, columns: Columns) -> Table:
    frame = pl.DataFrame(
        {
            column.name: pl.Series([row[column.name] for row in rows], strict=False)
            for column in columns.features
        }
    )
    return Table("the sample rows", frame, np.arange(1, len(rows) + 1), "row")


def _of_network(network: Perceptron, loss: Loss | None) -> Source:
    chain, link = chain_of(network.layers, loss)
    inputs = Features(numbered(network.layers[0].n_inputs))
    encode = _encoder(inputs.names)
    return Source(
        ForwardPass(inputs, (chain,), link, Numbers()),
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
