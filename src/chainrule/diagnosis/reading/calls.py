"""How a learner's method is called: the role of each argument, inferred from the name."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from chainrule.diagnosis.reading.conventions import called, is_argument

_BESIDE = ("optimizer", "training", "samples", "cache", "inputs", "z", "a")
"""What may stand beside da, by its name."""


def arguments_of(owner: type, name: str) -> dict[str, str] | None:
    """Return the role of each argument of a `backward` or a step; None if a role is unknown.

    Parameters
    ----------
    owner : class
    name : str
        Of the method.
    """
    taken = taken_by(owner, name)
    if taken is None:
        return None
    if not taken and takes_any(owner, name):
        return {"*": "da"}
    told: dict[str, str] = {}
    needed = [one.name for one in taken if one.default is one.empty]
    for one in taken:
        beside = next((what for what in _BESIDE if is_argument(one.name, what)), "")
        if is_argument(one.name, "learning rate"):
            told[one.name] = "learning rate"
        elif beside == "training" or (beside and len(needed) > 1 and one.name in needed):
            told[one.name] = beside
        elif one.name in needed:
            told[one.name] = ""
    return _completed(told, taken, needed)


def _completed(
    told: dict[str, str], taken: list[inspect.Parameter], needed: list[str]
) -> dict[str, str] | None:
    """Say what the arguments are that no name tells: da, and then the learning rate."""
    unknown = [name for name, what in told.items() if not what]
    defaulted = [one.name for one in taken if one.name not in told and is_argument(one.name, "da")]
    if len(unknown) == 1 and defaulted and is_argument(unknown[0], "z"):
        told[unknown[0]] = "z"
        unknown = defaulted[:1]  # backward(z, da=1)
    if not unknown:
        beside = [name for name, what in told.items() if what in ("inputs", "z", "a", "cache")]
        unknown = beside[:1] if needed and beside else []
    if unknown:
        likely = [name for name in unknown if is_argument(name, "da")]
        first = likely[0] if likely else unknown[0]
        told[first] = "da"
        unknown.remove(first)
    if len(unknown) == 1 and "learning rate" not in told.values() and len(needed) == 2:
        told[unknown.pop()] = "learning rate"  # the second of two, whatever it is called
    return None if unknown else told


def taken_by(owner: type, name: str) -> list[inspect.Parameter] | None:
    """Return the arguments that a method takes, but for `self`."""
    try:
        taken = list(inspect.signature(getattr(owner, name)).parameters.values())
    except (TypeError, ValueError, AttributeError):
        return None
    is_bound = isinstance(inspect.getattr_static(owner, name, None), staticmethod | classmethod)
    taken = taken if is_bound else taken[1:]
    return [one for one in taken if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]


def takes_any(owner: type, name: str) -> bool:
    """Say whether a method takes `*args`."""
    kinds = {one.kind for one in inspect.signature(getattr(owner, name)).parameters.values()}
    return inspect.Parameter.VAR_POSITIONAL in kinds


def forward_name(owner: type) -> str:
    """Return the forward method's name: `__call__` if it stores attributes around `forward`."""
    names = [name for name in dir(owner) if callable(getattr(owner, name, None))]
    name = called(names, "forward")
    code = getattr(inspect.getattr_static(owner, "__call__", None), "__code__", None)
    if name and "__call__" in names and code is not None and name in code.co_names:
        keeps = any(step.opname == "STORE_ATTR" for step in dis.get_instructions(code))
        return "__call__" if keeps else name
    return name


def forward_of(owner: type, name: str) -> Callable[..., Any] | None:
    """Return what calls a `forward`; None if it needs more than inputs."""
    taken = taken_by(owner, name)
    if not taken:
        return lambda own, inputs: getattr(own, name)(inputs)
    first, *others = taken
    flags = {one.name: True for one in others if is_argument(one.name, "training")}
    if any(one.default is one.empty and one.name not in flags for one in others):
        return None
    if first.kind is first.KEYWORD_ONLY:
        return lambda own, inputs: getattr(own, name)(**{first.name: inputs}, **flags)
    return lambda own, inputs: getattr(own, name)(inputs, **flags)


def takes_a_cache(owner: type, name: str) -> bool:
    """Say whether a `backward` wants what its `forward` gives beside a."""
    arguments = (arguments_of(owner, name) or {}) if name else {}
    return bool({"cache", "inputs", "z", "a"} & set(arguments.values()))


def call_of(name: str, arguments: Mapping[str, str]) -> Callable[..., Any]:
    """Return a function that calls a method of an object with values named by role."""

    def call(own: Any, **values: Any) -> Any:
        if "*" in arguments:
            return getattr(own, name)(values["da"])
        given = {one: values.get(what.replace(" ", "_")) for one, what in arguments.items()}
        return getattr(own, name)(**given)

    return call
