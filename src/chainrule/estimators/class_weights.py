"""What a row counts by its class."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from chainrule.arrays import Array


def are_class_weights(value: Any) -> bool:
    """Say whether it is a dict, or a list of dicts."""
    return isinstance(value, dict) or (
        isinstance(value, list | tuple) and all(isinstance(each, dict) for each in value)
    )


def weights_by_class(
    class_weight: Any, labels: NDArray[Any], classes: NDArray[Any], sample_weight: Array | None
) -> NDArray[Any]:
    """Return the weight of each row: its own times the weight of its class.

    Parameters
    ----------
    class_weight : dict, "balanced" or list of dicts
    labels : array of shape (n,) or (n, n_labels)
    classes : array
        Those that there can be.
    sample_weight : array of shape (n,), optional
        A class is as large as its rows weigh.

    Raises
    ------
    ValueError
        If a class's weight is no number of at least 0.

    Examples
    --------
    >>> labels = np.array(["a", "b", "b"])
    >>> weights_by_class({"a": 3.0}, labels, np.unique(labels), None)
    array([3., 1., 1.])
    """
    for each in class_weight if isinstance(class_weight, list | tuple) else [class_weight]:
        if isinstance(each, dict):
            _require_weights(each)
    if labels.ndim == 1 or labels.shape[1] == 1:
        if isinstance(class_weight, list | tuple):
            raise ValueError(
                "class_weight is a list of dicts where a row may have several labels; here it has "
                f"one: give a dict, got {class_weight!r}"
            )
        weights = _of_one_label(class_weight, labels.ravel(), classes, sample_weight)
    else:
        weights = compute_sample_weight(class_weight, labels)
    return weights if sample_weight is None else weights * sample_weight


def _of_one_label(
    class_weight: Any, labels: NDArray[Any], classes: NDArray[Any], sample_weight: Array | None
) -> NDArray[Any]:
    counted = slice(None) if sample_weight is None else sample_weight > 0
    if class_weight == "balanced":
        classes = np.unique(labels[counted])
    of_class = compute_class_weight(
        class_weight,
        classes=classes,
        y=labels[counted],
        sample_weight=None if sample_weight is None else sample_weight[counted],
    )
    weights = np.zeros(len(labels))
    weights[counted] = of_class[np.searchsorted(classes, labels[counted])]
    return weights


def _require_weights(class_weight: Mapping[Any, Any]) -> None:
    for label, weight in class_weight.items():
        if not isinstance(weight, Real) or not 0 <= float(weight) < np.inf:
            raise ValueError(
                f"class_weight is a number of at least 0 for each class, got {weight!r} for "
                f"{label!r}"
            )
