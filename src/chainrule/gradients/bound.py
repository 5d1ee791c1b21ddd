"""A program's functions are called with what they ask for: nothing, or the parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

_RATES = {"learning_rate", "lr", "eta", "alpha", "rate", "step_size", "learningrate"}


def bound(
    name: str, function: Any, parameters: Any, learning_rate: float | None = None
) -> Callable[[], Any]:
    """Return a call without arguments.

    Parameters
    ----------
    name : str
        What the function is, for the message.
    function : callable
        It takes nothing; the parameters; each of them by itself; and last, if one is given, the
        learning rate.
    parameters : object
    learning_rate : float, optional

    Raises
    ------
    TypeError
        If it is no function, or asks for other things.
    """
    if not callable(function):
        raise TypeError(f"{name} must be a function, got {function!r:.80}")
    names = _required(function)
    if names is None:
        return lambda: function(parameters)
    if learning_rate is None or not _ends_in_rate(names, parameters):
        return _filled(name, function, names, parameters, [])
    return _filled(name, function, names[:-1], parameters, [learning_rate])


def takes_rate(function: Any, parameters: Any) -> bool:
    """Say whether a function's last argument is a learning rate."""
    names = _required(function) if callable(function) else None
    return names is not None and _ends_in_rate(names, parameters)


def _ends_in_rate(names: Sequence[str], parameters: Any) -> bool:
    if names and names[-1].lower() in _RATES:
        return True
    each = isinstance(parameters, list | tuple) and len(parameters) == len(names)
    return len(names) == 2 and not each


def _filled(
    name: str, function: Any, names: Sequence[str], parameters: Any, more: list[float]
) -> Callable[[], Any]:
    if not names:
        return lambda: function(*more)
    if len(names) == 1:
        return lambda: function(parameters, *more)
    if isinstance(parameters, list | tuple) and len(parameters) == len(names):
        return lambda: function(*parameters, *more)
    if isinstance(parameters, dict) and set(names) <= set(parameters):
        return lambda: function(*(parameters[name] for name in names), *more)
    raise TypeError(
        f"{name} must take no argument, or the parameters; it asks for {', '.join(names)}: bind "
        f"them, as lambda: {getattr(function, '__name__', name).strip('<>')}({', '.join(names)})"
    )


def _required(function: Any) -> list[str] | None:
    """Return the names of the arguments that must be given; None if nobody can tell."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    return [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
