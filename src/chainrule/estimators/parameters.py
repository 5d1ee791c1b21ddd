"""What each parameter of an estimator may be, and the one error for what it may not.

The sentences are scikit-learn's, with the nearest right name where a name was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Protocol

import numpy as np
import sklearn

from chainrule.catalog import nearest


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
