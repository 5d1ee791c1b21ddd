"""Fitted estimators as plain data, for files that hold no code, and estimators made of such data.

The data are the parameters, the network, the classes, the scales and the figures of the fit. What
later fits need besides (the optimizer's memory, the orders, the generator, the rows held out) is no
part of them: an estimator made of data goes on as one whose weights were set by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from chainrule.activations import Elementwise
from chainrule.estimators.classifier import MLPClassifier, binarizer_of_classes
from chainrule.estimators.continuation import ATTRIBUTES
from chainrule.estimators.regressor import MLPRegressor, output_names
from chainrule.estimators.scales import Scales
from chainrule.perceptron import Perceptron

Estimator = MLPClassifier | MLPRegressor

ESTIMATORS: dict[str, type[Estimator]] = {
    kind.__name__: kind for kind in (MLPClassifier, MLPRegressor)
}


class ScaleData(NamedTuple):
    """The numbers of a StandardScaler.

    Attributes
    ----------
    arrays : mapping of str to array
        "mean_" (not of sparse rows), "var_", "scale_" of shape (n_columns,); "n_samples_seen_".
    with_mean : bool
        Whether the mean is subtracted.
    """

    arrays: Mapping[str, NDArray[Any]]
    with_mean: bool


@dataclass(frozen=True, eq=False)
class FittedData:
    """All that is kept of a fitted estimator.

    Attributes
    ----------
    estimator : str
        A name from `ESTIMATORS`.
    parameters : mapping of str to object
        Of the constructor.
    network : Perceptron
        With the raw output z.
    activations : sequence of str or Activation
        Of the hidden layers, as the fit was asked for them.
    out_activation : str
    classes : array of shape (n_classes,), optional
        A classifier's.
    feature_names : sequence of str, optional
    inputs, targets : ScaleData, optional
        Where `standardize` scaled them.
    figures : mapping of str to object
        Attributes that say how the fit went.
    """

    estimator: str
    parameters: Mapping[str, Any]
    network: Perceptron
    activations: Sequence[str | Elementwise]
    out_activation: str
    classes: NDArray[Any] | None = None
    feature_names: Sequence[str] | None = None
    inputs: ScaleData | None = None
    targets: ScaleData | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)


def data_of(model: Estimator) -> FittedData:
    """Return a fitted estimator's data.

    Raises
    ------
    ValueError
        If the estimator is not fitted, has a parameter that it cannot have, has callbacks, or its
        classes are not known.
    """
    name = type(model).__name__
    check_is_fitted(model)
    model._validate_params()
    if getattr(model, "_skl_callbacks", None):
        raise ValueError(
            f"the callbacks of {name} are code and cannot be saved; call set_callbacks() without "
            "any first, or pickle the estimator"
        )
    classes = None
    if isinstance(model, MLPClassifier):
        if not hasattr(model, "classes_"):
            raise ValueError(f"{name} does not know its classes: set classes_, then save it")
        classes = np.asarray(model.classes_)
    names = getattr(model, "feature_names_in_", None)
    return FittedData(
        estimator=name,
        parameters=model.get_params(deep=False),
        network=model.perceptron_,
        activations=list(model._fitted_activations),
        out_activation=model.out_activation_,
        classes=classes,
        feature_names=None if names is None else [str(each) for each in names],
        inputs=_data_of_scaler(model._scales.inputs),
        targets=_data_of_scaler(model._scales.targets),
        figures={each: getattr(model, each) for each in ATTRIBUTES if hasattr(model, each)},
    )


def _data_of_scaler(scaler: Any) -> ScaleData | None:
    if scaler is None:
        return None
    names = ("mean_", "var_", "scale_", "n_samples_seen_")
    known = {name: getattr(scaler, name) for name in names}
    arrays = {name: np.asarray(value) for name, value in known.items() if value is not None}
    return ScaleData(arrays, bool(scaler.with_mean))


def estimator_of(data: FittedData) -> Estimator:
    """Return the fitted estimator of these data.

    Raises
    ------
    ValueError, TypeError
        If a parameter has a value that it cannot have, or the data contradict each other.
    """
    first, last = data.network.layers[0], data.network.layers[-1]
    model = ESTIMATORS[data.estimator](**data.parameters)
    model._validate_params()
    model._scales = Scales(
        _scaler_of("inputs", data.inputs, first.n_inputs),
        _scaler_of("targets", data.targets, last.n_neurons),
    )
    model._fitted_activations = list(data.activations)
    model._use(data.network)
    model.n_features_in_ = first.n_inputs
    if data.feature_names is not None:
        if len(data.feature_names) != first.n_inputs:
            raise ValueError(f"{len(data.feature_names)} feature names for {first.n_inputs} inputs")
        model.feature_names_in_ = np.array(data.feature_names, dtype=object)
    model.out_activation_ = data.out_activation
    if isinstance(model, MLPClassifier):
        _know_classes(model, data)
    elif data.out_activation not in output_names(model):
        raise ValueError(f"a regressor has no output activation {data.out_activation!r}")
    for name, value in data.figures.items():
        if name not in ATTRIBUTES:
            raise ValueError(f"a fit has no figure {name!r}")
        setattr(model, name, value)
    return model


def _know_classes(model: MLPClassifier, data: FittedData) -> None:
    if data.classes is None or data.targets is not None:
        raise ValueError("a classifier has classes, and no scales of targets")
    model.classes_ = data.classes
    model._label_binarizer = binarizer_of_classes(model)
    _, output = model._loss_of_outputs()
    if output != data.out_activation:
        raise ValueError(
            f"a classifier of {len(data.classes)} classes has the output activation {output!r}, "
            f"not {data.out_activation!r}"
        )


def _scaler_of(what: str, data: ScaleData | None, count: int) -> Any:
    """Return the scaler of `count` columns that has these numbers."""
    if data is None:
        return None
    scaler = StandardScaler(with_mean=data.with_mean)
    needed = {"scale_", "var_", "n_samples_seen_"} | ({"mean_"} if data.with_mean else set())
    if not needed <= data.arrays.keys():
        raise ValueError(f"the scales of the {what} lack {', '.join(needed - data.arrays.keys())}")
    scaler.mean_ = None
    for name, array in data.arrays.items():
        of_columns = name != "n_samples_seen_"
        if of_columns and array.shape != (count,):
            raise ValueError(f"{name} of the {what} is for {array.shape} columns, not {count}")
        if of_columns and not np.isfinite(array).all():
            raise ValueError(f"{name} of the {what} is not finite")
        setattr(scaler, name, array if of_columns or array.ndim else array[()])
    if not (scaler.scale_ > 0).all():
        raise ValueError(f"a scale of the {what} is not above 0")
    scaler.n_features_in_ = count
    return scaler
