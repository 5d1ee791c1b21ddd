"""Ensembles, and the estimators that fit them to tables, as a `ForwardPass`."""

from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_is_fitted

from chainrule.ensembles import Ensemble
from chainrule.exports.chains import Dense
from chainrule.exports.errors import ExportError
from chainrule.exports.forward_pass import (
    Answer,
    Classes,
    Features,
    ForwardPass,
    Numbers,
    Selection,
)
from chainrule.exports.from_layers import chain_of, link_of
from chainrule.tables import Columns
from chainrule.tables.errors import quote
from chainrule.tables.features import CategoryColumn
from chainrule.tabular import TabularClassifier, TabularRegressor


def tabular_pass(model: TabularClassifier | TabularRegressor) -> ForwardPass:
    """Return all that leads from a table's row to the estimator's answer.

    Parameters
    ----------
    model : TabularClassifier or TabularRegressor

    Raises
    ------
    ExportError
        If a weight is not finite.
    NotFittedError
        If the estimator is not fitted.
    """
    check_is_fitted(model)
    return ensemble_pass(model.fitted_.ensemble, model.columns_, _answer(model))


def _answer(model: TabularClassifier | TabularRegressor) -> Answer:
    if isinstance(model, TabularClassifier):
        return Classes(tuple(np.asarray(model.classes_).tolist()))
    return Numbers((model._scale,), flat=True, bounds=(model._range,))


def ensemble_pass(ensemble: Ensemble, inputs: Columns | Features, answer: Answer) -> ForwardPass:
    """Return all that leads from a row to an ensemble's answer.

    Parameters
    ----------
    ensemble : Ensemble
    inputs : Columns or Features
        What becomes the rows that the ensemble takes.
    answer : Classes, Labels or Numbers
        What becomes of the outputs.

    Raises
    ------
    ExportError
        If an activation or the loss's link is none of the library's, or a weight is not finite, or
        a column has means of the target.
    """
    if isinstance(inputs, Columns):
        _require_no_means(inputs)
    if not ensemble.networks:
        return _constant_pass(ensemble, inputs, answer)
    taken = ensemble.inputs
    chains = [chain_of(network.layers, ensemble.loss)[0] for network in ensemble.networks]
    selection = Selection(taken.features, taken.low, taken.high)
    return ForwardPass(inputs, tuple(chains), link_of(ensemble.loss), answer, selection)


def _require_no_means(columns: Columns) -> None:
    for column in columns.features:
        if isinstance(column, CategoryColumn) and column.n_means:
            raise ExportError(
                f"the column {quote(column.name)} has {len(column.all_levels)} levels, each with "
                "the target's mean, which no format can hold yet; leave the column out, or group "
                "its rare levels"
            )


def _constant_pass(ensemble: Ensemble, inputs: Columns | Features, answer: Answer) -> ForwardPass:
    """Return the baseline as a network of one layer, whose only input is always 0."""
    constant, zero = np.asarray(ensemble.constant, np.float64), np.zeros(1)
    layer = (Dense(np.zeros((len(constant), 1)), constant, "identity"),)
    selection = Selection(np.zeros(1, np.intp), zero, zero)
    return ForwardPass(inputs, ((layer,),), link_of(ensemble.loss), answer, selection)
