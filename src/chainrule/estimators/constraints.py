"""What each parameter may be that the classifier and the regressor share."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer_names

from chainrule.activations import ACTIVATIONS, Activation
from chainrule.estimators.parameters import (
    ABOVE_0,
    ARRAY_LIKE,
    AT_LEAST_0,
    AT_LEAST_1,
    BOOLEAN,
    CALLABLE,
    INFINITY,
    NONE,
    RANDOM_STATE,
    SHARE,
    VERBOSE,
    Constraints,
    Like,
    OneOf,
    Within,
)
from chainrule.estimators.steps import FOR_ALL, OF_SGD


def _is_activation(value: object) -> bool:
    formulas = callable(value) and hasattr(value, "derivative") and not isinstance(value, type)
    return formulas or isinstance(value, Activation | list | tuple | np.ndarray)


def _is_optimizer(value: object) -> bool:
    return hasattr(value, "step") and not isinstance(value, type)


def _is_schedule(value: object) -> bool:
    return callable(value) and not isinstance(value, type)


SHARED: Constraints = {
    "hidden_layer_sizes": [ARRAY_LIKE, AT_LEAST_1],
    "activation": [
        OneOf(("logistic", *ACTIVATIONS)),
        Like("an Activation, or a list with one for each hidden layer", _is_activation),
    ],
    "solver": [
        OneOf(("lbfgs", "sgd", "adam")),
        Like("an optimizer such as chainrule.optimizers.RMSProp()", _is_optimizer),
    ],
    "alpha": [AT_LEAST_0],
    "batch_size": [OneOf(("auto",)), AT_LEAST_1],
    "learning_rate": [
        OneOf((*OF_SGD, *FOR_ALL)),
        Like("a schedule such as chainrule.schedules.Cosine(warm_up=5)", _is_schedule),
    ],
    "learning_rate_init": [ABOVE_0],
    "power_t": [AT_LEAST_0],
    "max_iter": [AT_LEAST_1],
    "shuffle": [BOOLEAN],
    "random_state": [RANDOM_STATE],
    "tol": [AT_LEAST_0],
    "verbose": [VERBOSE, OneOf(("bar",))],
    "warm_start": [BOOLEAN, OneOf(("exact",))],
    "momentum": [Within(Real, "[0.0, 1.0]")],
    "nesterovs_momentum": [BOOLEAN],
    "early_stopping": [BOOLEAN],
    "validation_fraction": [SHARE],
    "beta_1": [SHARE],
    "beta_2": [SHARE],
    "epsilon": [ABOVE_0],
    "n_iter_no_change": [AT_LEAST_1, INFINITY],
    "max_fun": [AT_LEAST_1],
    "dropout": [SHARE, ARRAY_LIKE],
    "l1": [AT_LEAST_0],
    "weight_decay": [AT_LEAST_0],
    "clip_norm": [ABOVE_0, NONE],
    "warm_up": [AT_LEAST_0],
    "scoring": [NONE, CALLABLE, OneOf(("loss", *get_scorer_names()))],
    "restore_best": [BOOLEAN, OneOf(("auto",))],
    "initial_weights": [ARRAY_LIKE, NONE],
    "standardize": [BOOLEAN],
    "n_threads": [AT_LEAST_1, NONE],
}


def layer_sizes(hidden_layer_sizes: Any) -> list[int]:
    """Return the sizes of the hidden layers.

    Raises
    ------
    ValueError
        If one is no whole number above 0.

    Examples
    --------
    >>> layer_sizes(7), layer_sizes((20, 10))
    ([7], [20, 10])
    """
    try:
        sizes = list(hidden_layer_sizes)
    except TypeError:  # one number, or an array of no dimension
        sizes = [hidden_layer_sizes]
    if isinstance(hidden_layer_sizes, str) or not all(map(_is_whole, sizes)):
        raise ValueError(
            "hidden_layer_sizes are whole numbers, one for each hidden layer, got "
            f"{_in_one_line(hidden_layer_sizes, sizes)}."
        )
    if any(size <= 0 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    return [int(size) for size in sizes]


def _is_whole(size: object) -> bool:
    return isinstance(size, Integral) and not isinstance(size, bool)


def _in_one_line(given: Any, sizes: list[Any]) -> str:
    if isinstance(given, np.ndarray) and given.ndim == 0:
        return f"{given!r}, an array of no dimension; give the number itself"
    numbers = np.ndarray.tolist(given) if isinstance(given, np.ndarray) else sizes
    return " ".join(repr(given if isinstance(given, str) else numbers).split())
