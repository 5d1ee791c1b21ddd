"""A fitted `TabularClassifier` or `TabularRegressor` as a description and tensors, and back."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainrule.ensembles import FittedEnsemble
from chainrule.saving.classes import Classes, classes_apart, classes_built
from chainrule.saving.ensembles import EnsembleDescription, ensemble_apart, ensemble_built
from chainrule.saving.estimators import parameter_apart
from chainrule.saving.histories import HistoryDescription, histories_apart, histories_built
from chainrule.saving.kinds import versions
from chainrule.saving.networks import Arrays
from chainrule.saving.purposes import Purpose
from chainrule.saving.table_models import errors_built, inputs_of, require_short_names
from chainrule.saving.values import from_data
from chainrule.scale import Scale
from chainrule.tables import Columns, Note
from chainrule.tabular import TabularClassifier, TabularRegressor
from chainrule.tensor_files import Tensors

Estimator: TypeAlias = TabularClassifier | TabularRegressor

_CLASSES = {kind.__name__: kind for kind in (TabularClassifier, TabularRegressor)}
_FIGURES = ("loss", "baseline_loss", "temperature", "interrupted")


class NoteDescription(msgspec.Struct, frozen=True):
    """A note, with the column and the line that it is about."""

    text: str
    column: str | None = None
    line: int | None = None


class Numbers(msgspec.Struct, frozen=True):
    """How the outputs of a regressor become numbers.

    Attributes
    ----------
    scale : Scale
    within : tuple of (float, float)
        The least and the largest number of training.
    """

    scale: Scale
    within: tuple[float, float]


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of an estimator beside its numbers.

    Attributes
    ----------
    estimator : str
        The class.
    parameters : dict
        Of the constructor, as `chainrule.saving.values` has them.
    columns : Columns
    ensemble : EnsembleDescription
    histories : tuple of HistoryDescription
    loss, baseline_loss, temperature, interrupted
        As of `chainrule.ensembles.FittedEnsemble`.
    n_features : int
        Columns of X.
    feature_names : tuple of str, optional
        Their names, where X had names.
    notes : tuple of NoteDescription
    classes : Classes, optional
        Of a classifier.
    numbers : Numbers, optional
        Of a regressor, whose tensor ``errors`` is that of a table model.
    written_with : dict of str to str
        Versions of the libraries.
    """

    estimator: Literal["TabularClassifier", "TabularRegressor"]
    parameters: dict[str, Any]
    columns: Columns
    ensemble: EnsembleDescription
    histories: Annotated[tuple[HistoryDescription, ...], msgspec.Meta(min_length=1)]
    loss: float
    baseline_loss: float
    temperature: float
    interrupted: bool = False
    n_features: Annotated[int, msgspec.Meta(ge=1)]
    feature_names: tuple[str, ...] | None = None
    notes: tuple[NoteDescription, ...] = ()
    classes: Classes | None = None
    numbers: Numbers | None = None
    written_with: dict[str, str] = msgspec.field(default_factory=dict)


def taken_apart(model: Estimator) -> tuple[Description, Tensors]:
    """Return a fitted estimator's description and its tensors.

    Raises
    ------
    ValueError
        If the estimator is not fitted, or a part of it is code.
    """
    if not hasattr(model, "fitted_"):
        raise ValueError(f"this {type(model).__name__} is not fitted; call fit before save")
    fitted, arrays = model.fitted_, dict[str, NDArray[Any]]()
    ensemble, tensors = ensemble_apart(fitted.ensemble)
    histories, of_histories = histories_apart(fitted.histories)
    names = getattr(model, "feature_names_in_", None)
    parameters = {
        name: parameter_apart(name, value, arrays)
        for name, value in model.get_params(deep=False).items()
    }
    tensors |= of_histories
    answers = _APART[type(model)](model, tensors)
    description = Description(
        estimator=type(model).__name__,  # type: ignore[arg-type]  # one of two
        parameters=parameters,
        columns=model.columns_,
        ensemble=ensemble,
        histories=histories,
        n_features=model.n_features_in_,
        feature_names=None if names is None else tuple(map(str, names)),
        notes=tuple(NoteDescription(str(n), n.column, n.line) for n in model.notes_),
        written_with=versions("sklearn"),
        **{name: getattr(fitted, name) for name in _FIGURES},
        **answers,
    )
    return description, tensors | arrays


def _classes_of(model: TabularClassifier, tensors: dict[str, NDArray[Any]]) -> dict[str, Any]:
    return {"classes": classes_apart(model.classes_, tensors)}


def _numbers_of(model: TabularRegressor, tensors: dict[str, NDArray[Any]]) -> dict[str, Any]:
    tensors["errors"] = model._errors
    return {"numbers": Numbers(model._scale, model._range)}


_APART: dict[type[Any], Any] = {TabularClassifier: _classes_of, TabularRegressor: _numbers_of}


def built(description: Description, tensors: Arrays) -> Estimator:
    """Return the estimator of a description.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the description contradicts itself or the tensors.
    """
    require_short_names(description.columns)
    parameters = {name: from_data(x, tensors) for name, x in description.parameters.items()}
    model: Any = _CLASSES[description.estimator](**parameters)
    ensemble = ensemble_built(description.ensemble, tensors)
    if ensemble.n_inputs != len(description.columns.feature_names):
        raise ValueError(f"{ensemble.n_inputs} features are not those of the columns")
    model.columns_ = description.columns
    model.notes_ = tuple(Note(n.text, column=n.column, line=n.line) for n in description.notes)
    model.fitted_ = FittedEnsemble(
        ensemble,
        np.empty((0, ensemble.n_outputs), dtype=ensemble.dtype),
        np.empty(0, dtype=np.intp),
        histories_built(description.histories, tensors),
        **{name: getattr(description, name) for name in _FIGURES},
    )
    _take_names(model, description)
    _BUILT[type(model)](model, description, tensors)
    return model


def _take_names(model: Any, description: Description) -> None:
    model.n_features_in_, names = description.n_features, description.feature_names
    if names is None:
        return
    if len(names) != description.n_features:
        raise ValueError(f"{len(names)} feature names for {description.n_features} columns")
    model.feature_names_in_ = np.array(names, dtype=object)


def _take_classes(model: Any, description: Description, tensors: Arrays) -> None:
    if description.classes is None:
        raise ValueError("a classifier has classes")
    model.classes_ = classes_built(description.classes, tensors)
    n, n_outputs = len(model.classes_), model.fitted_.ensemble.n_outputs
    if n < 2 or n_outputs != (1 if n == 2 else n):
        raise ValueError(f"{n_outputs} outputs are not those of {n} classes")


def _take_numbers(model: Any, description: Description, tensors: Arrays) -> None:
    if description.numbers is None or model.fitted_.ensemble.n_outputs != 1:
        raise ValueError("a regressor has a scale and one output")
    model._scale, model._range = description.numbers.scale, description.numbers.within
    model._errors = errors_built(tensors)


_BUILT: dict[type[Any], Any] = {TabularClassifier: _take_classes, TabularRegressor: _take_numbers}


def purpose(model: Estimator) -> Purpose:
    """Say what an estimator is for, and how it was fitted."""
    classes = list(model.classes_.tolist()) if isinstance(model, TabularClassifier) else None
    fitted, ensemble = model.fitted_, model.fitted_.ensemble
    usual = type(model)().get_params(deep=False)
    return Purpose(
        networks=ensemble.networks,
        n_inputs=ensemble.n_inputs,
        predicts="a number a row" if classes is None else f"one of {len(classes)} classes",
        output=ensemble.loss.link.name,
        inputs=inputs_of(model.columns_),
        left_out=dict(model.columns_.left_out),
        classes=classes,
        settings={
            name: repr(value)
            for name, value in model.get_params(deep=False).items()
            if repr(value) != repr(usual[name])
        },
        histories=fitted.histories,
        held_out={
            "loss": fitted.loss,
            "baseline loss": fitted.baseline_loss,
            "temperature": fitted.temperature,
        },
    )
