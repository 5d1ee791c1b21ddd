"""A fitted estimator as a `ForwardPass`: without a table's columns, hence without polars."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.exports.errors import ExportError
from chainrule.exports.forward_pass import (
    Answer,
    Classes,
    Features,
    ForwardPass,
    Labels,
    Numbers,
)
from chainrule.exports.from_layers import chain_of
from chainrule.scale import Scale


def forward_pass_of(model: MLPClassifier | MLPRegressor) -> ForwardPass:
    """Return all that leads from a row to the estimator's answer.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        Fitted.

    Raises
    ------
    ExportError
        If an activation or the loss's link is not the library's, or there is one class alone.
    """
    network, scales = model.perceptron_, model._scales
    chain, link = chain_of(network.layers, model.loss_function_)
    names = getattr(model, "feature_names_in_", None)
    columns = numbered(network.layers[0].n_inputs) if names is None else tuple(map(str, names))
    inputs = Features(columns, _scales(scales.inputs, len(columns)))
    return ForwardPass(inputs, (chain,), link, _answer(model))


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


def numbered(count: int) -> tuple[str, ...]:
    """Return the names of inputs that have none."""
    return tuple(f"x{i}" for i in range(count))


def _scales(scaler: Any, count: int) -> tuple[Scale, ...]:
    """Return scikit-learn's StandardScaler as plain numbers; nothing where there is none."""
    if scaler is None:
        return ()
    means = scaler.mean_ if scaler.with_mean else np.zeros(count)
    return tuple(Scale(float(m), float(s), 0) for m, s in zip(means, scaler.scale_, strict=True))
