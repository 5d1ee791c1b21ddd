"""Parameters as plain data: what JSON lacks has a tag, and an array becomes a tensor.

Objects of the library's own tables go by name and settings. Anything else is code, and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import fields
from functools import partial
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.activations import ACTIVATIONS, Activation
from chainrule.losses import LOSSES, Loss, huber
from chainrule.optimizers import OPTIMIZERS, Decaying
from chainrule.schedules import SCHEDULES

_CLASSES: dict[str, dict[str, type[Any]]] = {
    "optimizer": {**OPTIMIZERS, "decaying": Decaying},
    "schedule": {**SCHEDULES},
}


_LONGEST = 10_000  # characters: to look for the nearest name of a long text would take long


class NotDataError(ValueError):
    """A value is code, or holds some."""


def as_data(value: Any, arrays: MutableMapping[str, NDArray[Any]], name: str) -> Any:
    """Return a value as what JSON knows.

    Parameters
    ----------
    value : object
    arrays : mapping
        Gets the arrays in the value.
    name : str
        With which the arrays' names begin.

    Raises
    ------
    NotDataError
        If there is no plain data for the value.
    """
    inside = partial(as_data, arrays=arrays, name=name)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        return _array_as_data(value, arrays, name)
    if isinstance(value, float) and not isfinite(value):
        return {"float": str(float(value))}
    if isinstance(value, str) and len(value) > _LONGEST:
        raise NotDataError(f"a text of {len(value)} characters is too long")
    if type(value) in _PLAIN:
        return value
    make = _CONTAINERS.get(type(value))
    return _of_tables(value, inside) if make is None else make(value, inside)


_PLAIN = (type(None), bool, int, float, str)

_CONTAINERS: dict[type[Any], Callable[[Any, Callable[[Any], Any]], Any]] = {
    list: lambda value, inside: [inside(each) for each in value],
    tuple: lambda value, inside: {"tuple": [inside(each) for each in value]},
    dict: lambda value, inside: {"dict": [[inside(k), inside(x)] for k, x in value.items()]},
}


def _array_as_data(
    value: NDArray[Any], arrays: MutableMapping[str, NDArray[Any]], name: str
) -> Any:
    if value.dtype.kind not in "biuf" or value.dtype.itemsize > 8:
        return as_data(value.tolist(), arrays, name)
    key = f"{name}.{len(arrays)}"
    arrays[key] = value.astype(value.dtype.newbyteorder("="))
    return {"array": key}


def _of_tables(value: Any, inside: Callable[[Any], Any]) -> Any:
    for tag, classes in _CLASSES.items():
        for name, kind in classes.items():
            if type(value) is kind:
                known: Any = fields(value)
                return {tag: [name, {f.name: inside(getattr(value, f.name)) for f in known}]}
    if isinstance(value, Activation) and ACTIVATIONS.get(value.name) == value:
        return {"activation": value.name}
    if isinstance(value, Loss) and _is_in_table(value):
        return {"loss": value.name}
    if isinstance(value, Loss) and value.name == "huber":
        delta = _formula(value.value)[1].get("delta")
        if delta is not None and _same(value, huber(delta)):
            return {"huber": float(delta)}
    raise NotDataError(
        f"{value!r:.100} is neither a number, a text nor an object of chainrule's tables"
    )


def loss_name(loss: Loss) -> str:
    """Return the name of a loss in the table of losses.

    Raises
    ------
    ValueError
        If the table has no such loss.
    """
    if not _is_in_table(loss):
        raise ValueError(
            f"the loss {loss!r} cannot be saved: a file holds names, not functions; known by name: "
            f"{', '.join(LOSSES)}"
        )
    return loss.name


def _is_in_table(loss: Loss) -> bool:
    return loss.name in LOSSES and _same(loss, LOSSES[loss.name])


def _same(one: Loss, other: Loss) -> bool:
    """Say whether two losses compute the same; copies of functions with settings are not equal."""
    return all(
        _formula(a) == _formula(b) for a, b in ((one.value, other.value), (one.dz, other.dz))
    ) and (one.link == other.link)


def _formula(function: Any) -> tuple[Any, dict[str, Any]]:
    if not isinstance(function, partial):
        return function, {}
    return function.func, {name: np.asarray(x).tolist() for name, x in function.keywords.items()}


def from_data(data: Any, arrays: MutableMapping[str, NDArray[Any]]) -> Any:
    """Return the value of such data, and take its arrays out of the mapping.

    Raises
    ------
    KeyError, TypeError, ValueError
        If there is no such value.
    """
    inside = partial(from_data, arrays=arrays)
    if isinstance(data, str) and len(data) > _LONGEST:
        raise ValueError(f"a text of {len(data)} characters is no parameter")
    if isinstance(data, list):
        return [inside(each) for each in data]
    if not isinstance(data, dict):
        return data
    if len(data) != 1:
        raise ValueError(f"a value has one tag, not {len(data)}")
    ((tag, of),) = data.items()
    if tag in _CLASSES:
        name, settings = of
        return _CLASSES[tag][name](**{key: inside(each) for key, each in settings.items()})
    return _TAGS[tag](of, inside, arrays)


_TAGS: Mapping[str, Callable[[Any, Callable[[Any], Any], Any], Any]] = {
    "float": lambda of, inside, arrays: float(of),
    "tuple": lambda of, inside, arrays: tuple(map(inside, of)),
    "dict": lambda of, inside, arrays: {inside(key): inside(each) for key, each in of},
    "array": lambda of, inside, arrays: arrays.pop(of),
    "activation": lambda of, inside, arrays: ACTIVATIONS[of],
    "loss": lambda of, inside, arrays: LOSSES[of],
    "huber": lambda of, inside, arrays: huber(of),
}
