"""The kinds of model in files, and the versions of the libraries that made a model.

A kind is a row in `KINDS`: the classes, and the module that takes such models apart into a
description and tensors and builds them again. The module is loaded when a model of its kind is met,
so that a network needs neither scikit-learn nor polars.
"""

from __future__ import annotations

import importlib
import platform
from typing import Any, NamedTuple

from chainrule.version import __version__


class Kind(NamedTuple):
    """A kind of model.

    Attributes
    ----------
    models : tuple of str
        The full names of the classes.
    home : str
        The module, with `Description`, ``taken_apart(model) -> (description, tensors)``,
        ``built(description, tensors) -> model``, which takes out of `tensors` what it uses, and
        ``purpose(model) -> Purpose``.
    article : str
        The kind in a sentence.
    """

    models: tuple[str, ...]
    home: str
    article: str


KINDS: dict[str, Kind] = {
    "network": Kind(
        ("chainrule.perceptron.Perceptron",), "chainrule.saving.networks", "a Perceptron"
    ),
    "estimator": Kind(
        (
            "chainrule.estimators.classifier.MLPClassifier",
            "chainrule.estimators.regressor.MLPRegressor",
        ),
        "chainrule.saving.estimators",
        "an estimator",
    ),
    "tabular estimator": Kind(
        (
            "chainrule.tabular.classifier.TabularClassifier",
            "chainrule.tabular.regressor.TabularRegressor",
        ),
        "chainrule.saving.tabular_estimators",
        "an estimator for tables",
    ),
    "table model": Kind(
        ("chainrule.models.tabular.TableModel",),
        "chainrule.saving.table_models",
        "a model for tables",
    ),
}


def versions(*more: str) -> dict[str, str]:
    """Return the versions of what a model was made with: chainrule, Python, NumPy, `more`."""
    found = {"chainrule": __version__, "python": platform.python_version()}
    libraries = ("numpy", *more)
    return found | {name: str(importlib.import_module(name).__version__) for name in libraries}


def kind_of(model: Any) -> str:
    """Return the kind of a model; a subclass may hold more than its class, and has no kind.

    Raises
    ------
    TypeError
        If the object is no model that can be saved.
    """
    name = f"{type(model).__module__}.{type(model).__qualname__}"
    for kind, row in KINDS.items():
        if name in row.models:
            return kind
    inside = ""
    if hasattr(model, "steps") or hasattr(model, "best_estimator_"):
        inside = (
            "; save the estimator inside it alone, or all of it with joblib or skops, whose files "
            "say what they run"
        )
    raise TypeError(
        "what can be saved is a Perceptron, a fitted MLPClassifier, MLPRegressor, "
        "TabularClassifier or TabularRegressor of chainrule, "
        f"or a model that was trained on a table; got {type(model).__name__}{inside}"
    )
