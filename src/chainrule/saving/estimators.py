"""A fitted `MLPClassifier` or `MLPRegressor` as a description and tensors, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.estimators.as_data import (
    Estimator,
    FittedData,
    ScaleData,
    data_of,
    estimator_of,
)
from chainrule.saving.classes import Classes, classes_apart, classes_built
from chainrule.saving.histories import HistoryDescription, history_apart, history_built
from chainrule.saving.kinds import versions
from chainrule.saving.networks import Arrays, Names, network_apart, network_built
from chainrule.saving.purposes import Input, Purpose
from chainrule.saving.values import NotDataError, as_data, from_data
from chainrule.tensor_files import Tensors

_REMEDIES = {
    "random_state": "set_params(random_state=…) with a number or None first",
    "scoring": "set_params(scoring=…) with a scorer's name or None first",
    "activation": "the name of one in chainrule.activations is saved",
    "solver": "an optimizer of chainrule.optimizers is saved",
    "learning_rate": "a schedule of chainrule.schedules is saved",
    "loss": "the name of one in chainrule.losses is saved, and huber(delta)",
}
_PICKLE = "or pickle the estimator, which keeps its code's names and runs them when it is loaded"


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of an estimator beside its numbers.

    Attributes
    ----------
    estimator : str
        The class.
    parameters : dict
        Of the constructor, as `chainrule.saving.values` has them.
    activations : tuple of str
        Of each layer of the network, from the first to the last.
    fitted_activations : list
        Of the hidden layers, as the fit was asked for them.
    out_activation : str
    classes : Classes, optional
    feature_names : tuple of str, optional
    with_mean : dict of str to bool
        For "inputs" and "targets" that are scaled: whether their mean is subtracted.
    figures : dict
        How the fit went, but for the history.
    history : HistoryDescription, optional
    written_with : dict of str to str
        Versions of the libraries.
    """

    estimator: Literal["MLPClassifier", "MLPRegressor"]
    parameters: dict[str, Any]
    activations: Names
    fitted_activations: list[Any]
    out_activation: str
    classes: Classes | None = None
    feature_names: tuple[str, ...] | None = None
    with_mean: dict[Literal["inputs", "targets"], bool] = msgspec.field(default_factory=dict)
    figures: dict[str, Any] = msgspec.field(default_factory=dict)
    history: HistoryDescription | None = None
    written_with: dict[str, str] = msgspec.field(default_factory=dict)


def taken_apart(model: Estimator) -> tuple[Description, Tensors]:
    """Return a fitted estimator's description and its tensors.

    Raises
    ------
    ValueError
        If the estimator is not fitted, or a part of it is code.
    """
    data = data_of(model)
    arrays: dict[str, NDArray[Any]] = {}
    parameters = {name: parameter_apart(name, x, arrays) for name, x in data.parameters.items()}
    fitted = parameter_apart("activation", list(data.activations), arrays)
    activations, tensors = network_apart(data.network)
    figures = dict(data.figures)
    history, past = figures.pop("history_", None), None
    if history is not None:
        past, of_history = history_apart(history)
        tensors |= of_history
    scales = {"inputs": data.inputs, "targets": data.targets}
    for what, scale in scales.items():
        for name, array in ({} if scale is None else scale.arrays).items():
            tensors[f"{what}.{name}"] = array
    classes = None if data.classes is None else classes_apart(data.classes, tensors)
    for name, figure in figures.items():
        if isinstance(figure, list):  # of each epoch: a tensor, not millions of words
            figures[name] = np.array(figure, dtype=np.float64)
    description = Description(
        estimator=data.estimator,  # type: ignore[arg-type]  # one of two
        parameters=parameters,
        activations=activations,
        fitted_activations=fitted,
        out_activation=data.out_activation,
        classes=classes,
        feature_names=None if data.feature_names is None else tuple(data.feature_names),
        with_mean={
            what: scale.with_mean  # type: ignore[misc]  # one of two
            for what, scale in scales.items()
            if scale is not None
        },
        figures={name: as_data(x, arrays, "figures") for name, x in figures.items()},
        history=past,
        written_with=versions("sklearn"),
    )
    return description, tensors | arrays


def parameter_apart(name: str, value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return an estimator's parameter as plain data.

    Raises
    ------
    ValueError
        If it is code; the message says what to do.
    """
    try:
        return as_data(value, arrays, "parameters")
    except NotDataError as error:
        remedy = _REMEDIES.get(name, "set_params it to plain numbers and texts first")
        raise ValueError(
            f"the parameter {name}={value!r:.100} cannot be saved: {error}; {remedy}, {_PICKLE}"
        ) from None


def built(description: Description, tensors: Arrays) -> Estimator:
    """Return the estimator of a description.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the description contradicts itself or the tensors.
    """
    figures = {name: from_data(x, tensors) for name, x in description.figures.items()}
    for name, figure in figures.items():
        if isinstance(figure, np.ndarray):
            figures[name] = figure.tolist()
    if description.history is not None:
        figures["history_"] = history_built(description.history, tensors)
    classes = description.classes
    return estimator_of(
        FittedData(
            estimator=description.estimator,
            parameters={name: from_data(x, tensors) for name, x in description.parameters.items()},
            network=network_built(description.activations, tensors),
            activations=from_data(description.fitted_activations, tensors),
            out_activation=description.out_activation,
            classes=None if classes is None else classes_built(classes, tensors),
            feature_names=description.feature_names,
            figures=figures,
            **{what: _scale(what, mean, tensors) for what, mean in description.with_mean.items()},
        )
    )


def _scale(what: str, with_mean: bool, tensors: Mapping[str, Any]) -> ScaleData:
    mine: Any = tensors
    names = [
        name for name in ("mean_", "var_", "scale_", "n_samples_seen_") if f"{what}.{name}" in mine
    ]
    return ScaleData({name: mine.pop(f"{what}.{name}") for name in names}, with_mean)


def purpose(model: Estimator) -> Purpose:
    """Say what an estimator is for, and how it was fitted."""
    usual = type(model)().get_params(deep=False)
    chosen = {
        name: repr(value)
        for name, value in model.get_params(deep=False).items()
        if repr(value) != repr(usual[name])
    }
    names = getattr(model, "feature_names_in_", ())
    classes = list(model.classes_.tolist()) if isinstance(model, MLPClassifier) else None
    history = getattr(model, "history_", None)
    return Purpose(
        networks=[model.perceptron_],
        n_inputs=model.perceptron_.layers[0].n_inputs,
        predicts=_predicted(model),
        output=model.out_activation_,
        inputs=[Input(name, "a number", (name,)) for name in names],
        classes=classes,
        settings=chosen,
        histories=[] if history is None else [history],
    )


def _predicted(model: Estimator) -> str:
    if isinstance(model, MLPRegressor):
        several = model.n_outputs_ > 1
        return f"{model.n_outputs_} numbers a row" if several else "a number a row"
    several = model.out_activation_ == "logistic" and model.n_outputs_ > 1
    return f"{'any' if several else 'one'} of {len(model.classes_)} classes"
