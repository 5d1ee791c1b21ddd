"""The values that each parameter of an estimator may have, and the one error for all others.

The sentences are scikit-learn's, with the nearest right name where a name was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Protocol

import numpy as np
import sklearn
from sklearn.metrics import get_scorer_names

from chainrule.activations import ACTIVATIONS, Activation
from chainrule.catalog import nearest
from chainrule.estimators.steps import FOR_ALL, OF_SGD


class InvalidParameterError(ValueError, TypeError):
    """A parameter has a value that it cannot have."""


class Constraint(Protocol):
    """One of the kinds of value that a parameter may have; as a string, in words."""

    def allows(self, value: Any) -> bool:
        """Say whether the value is of this kind."""
        ...


@dataclass(frozen=True)
class OneOf:
    """One of some names."""

    names: tuple[str, ...]

    def allows(self, value: Any) -> bool:
        """Say whether it is one of the names."""
        return isinstance(value, str) and value in self.names

    def __str__(self) -> str:
        return f"a str among {{{', '.join(map(repr, sorted(self.names)))}}}"


@dataclass(frozen=True)
class Within:
    """A number between two bounds, in the notation of intervals: ``Within(Real, "[0, 1)")``.

    Parameters
    ----------
    kind : type
        Integral or Real.
    interval : str
        With "inf" where there is no bound.
    """

    kind: type[Any]
    interval: str

    def allows(self, value: Any) -> bool:
        """Say whether it is such a number within the bounds."""
        if isinstance(value, bool | np.bool_) or not isinstance(value, self.kind):
            return False
        low, high = (float(bound) for bound in self.interval[1:-1].split(","))
        above = value >= low if self.interval[0] == "[" else value > low
        below = value <= high if self.interval[-1] == "]" else value < high
        return bool(above and below)

    def __str__(self) -> str:
        name = "an int" if self.kind is Integral else "a float"
        return f"{name} in the range {self.interval}"


@dataclass(frozen=True)
class Like:
    """Whatever a test lets through, with the words for it."""

    words: str
    test: Callable[[Any], bool]

    def allows(self, value: Any) -> bool:
        """Ask the test."""
        return self.test(value)

    def __str__(self) -> str:
        return self.words


def _is_array_like(value: Any) -> bool:
    return not isinstance(value, str) and any(
        hasattr(value, name) for name in ("__len__", "shape", "__array__")
    )


def _is_random_state(value: Any) -> bool:
    if isinstance(value, Integral):
        return 0 <= int(value) < 2**32
    return value is None or isinstance(value, np.random.RandomState)


BOOLEAN = Like(
    "an instance of 'bool' or an instance of 'numpy.bool'",
    lambda value: isinstance(value, bool | np.bool_),
)
VERBOSE = Like(
    "an instance of 'bool', an instance of 'numpy.bool' or an int in the range [0, inf)",
    lambda value: isinstance(value, bool | np.bool_ | Integral) and int(value) >= 0,
)
RANDOM_STATE = Like(
    "an int in the range [0, 4294967295], an instance of 'numpy.random.mtrand.RandomState' or None",
    _is_random_state,
)
NONE = Like("None", lambda value: value is None)
INFINITY = Like("inf", lambda value: isinstance(value, Real) and value == np.inf)
ARRAY_LIKE = Like("an array-like", _is_array_like)
CALLABLE = Like("a callable", callable)

AT_LEAST_1 = Within(Integral, "[1, inf)")
AT_LEAST_0 = Within(Real, "[0.0, inf)")
ABOVE_0 = Within(Real, "(0.0, inf)")
SHARE = Within(Real, "[0.0, 1.0)")

Constraints = Mapping[str, Sequence[Constraint]]


def require_valid(caller: str, parameters: Mapping[str, Any], constraints: Constraints) -> None:
    """Look at every parameter, unless scikit-learn's configuration says to skip it.

    Raises
    ------
    InvalidParameterError
        At the first that is none of what it may be.

    Examples
    --------
    >>> require_valid("Net", {"solver": "adma"}, {"solver": [OneOf(("adam", "sgd"))]})
    Traceback (most recent call last):
    chainrule.estimators.parameters.InvalidParameterError: The 'solver' parameter of Net must be \
a str among {'adam', 'sgd'}. Got 'adma' instead; did you mean 'adam'?
    """
    if sklearn.get_config()["skip_parameter_validation"]:
        return
    for name, value in parameters.items():
        allowed = constraints.get(name)
        if allowed is None or any(constraint.allows(value) for constraint in allowed):
            continue
        raise InvalidParameterError(
            f"The {name!r} parameter of {caller} must be {_in_words(allowed)}. "
            f"Got {value!r} instead{_hint(value, allowed)}"
        )


def _in_words(constraints: Iterable[Constraint]) -> str:
    *first, last = map(str, constraints)
    return f"{', '.join(first)} or {last}" if first else last


def _hint(value: Any, constraints: Iterable[Constraint]) -> str:
    names = [name for each in constraints if isinstance(each, OneOf) for name in each.names]
    return (nearest(value, names) if isinstance(value, str) else "") or "."


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
