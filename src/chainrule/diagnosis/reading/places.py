"""The places of an object's arrays, and the choice of weights and biases among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.diagnosis.reading.conventions import called, first_called, is_called, plain
from chainrule.diagnosis.reading.readings import Place

_LISTS = ("params", "parameters", "grads", "gradients")
"""Lists that hold the weights, or their gradient, first and the biases second."""
_NOT_PARAMETERS = re.compile(
    r"(d|g|v|m|s)_?[wb].*|.*(grad|delta|veloc|moment|prev|cache|old|last).*"
)


def methods_of(owner: type) -> list[str]:
    """Return the names of a class's methods."""
    return [name for name in dir(owner) if callable(getattr(owner, name, None))]


def places_of(layer: Any) -> Iterator[tuple[Place, Any]]:
    """Yield every attribute of an object, its properties too, and every entry of its dicts."""
    owner = type(layer)
    properties = [name for name in dir(owner) if isinstance(getattr(owner, name, None), property)]
    attributes = {**vars(layer), **{name: _read(layer, name) for name in properties}}
    for name, value in attributes.items():
        if type(value).__module__ == owner.__module__ and hasattr(value, "__dict__"):
            yield from ((Place(name, "", inner), one) for inner, one in vars(value).items())
        if isinstance(value, dict):
            yield from ((Place(name, key), one) for key, one in value.items() if type(key) is str)
        if isinstance(value, list) and plain(name) in _LISTS and len(value) == 2:
            kept = value if name not in properties else []
            yield from ((Place(name, index), one) for index, one in enumerate(kept))
    yield from ((Place(name), value) for name, value in attributes.items())  # these come first


def _read(layer: Any, name: str) -> Any:
    try:
        return getattr(layer, name, None)
    except Exception:  # a property that has nothing to give yet
        return None


def is_number(value: Any) -> bool:
    """Say whether a value may be a gradient."""
    return isinstance(value, np.ndarray | list | float | np.floating)


def called_place(places: Sequence[Place], thing: str) -> Place | None:
    """Return the place that is called like a thing; None if none is."""
    by_name = {place.label: place for place in places}
    name = first_called(by_name, thing)
    return by_name[name] if name else None


def parameters_of(
    layer: Any, sizes: tuple[int, int], wanted: Mapping[str, Any]
) -> tuple[Place, Place | None, bool] | None:
    """Return where W and b are, and whether W is (n_inputs, n_neurons); None if not found.

    Parameters
    ----------
    layer : object
    sizes : tuple of int
        n_inputs and n_neurons.
    wanted : mapping
        What the user says of the reading.
    """
    n_inputs, n_neurons = sizes
    shapes = {place: shape for place, value in places_of(layer) if (shape := _shape(value))}
    fitting = {
        "weights": [place for place, shape in shapes.items() if sorted(shape) == sorted(sizes)],
        "biases": [
            place for place, shape in shapes.items()
            if shape in ((n_neurons,), (n_neurons, 1), (1, n_neurons))
        ],
    }  # fmt: skip
    found = {thing: _place(places, thing, wanted) for thing, places in fitting.items()}
    weights, biases = found["weights"], found["biases"]
    if weights is None or (biases is None and (fitting["biases"] or "biases" in wanted)):
        return None
    return weights, biases, shapes[weights] == (n_inputs, n_neurons)


def _place(places: Sequence[Place], thing: str, wanted: Mapping[str, Any]) -> Place | None:
    """Return the place chosen by the user, else by name, else the only place; None if unclear."""
    if thing in wanted:
        return next((place for place in places if str(place) == wanted[thing]), None)
    own = [place for place in places if not _is_other(place.label)]
    by_name = {place.label: place for place in own}
    name = called(by_name, thing)
    if name:
        return by_name[name]
    return own[0] if len(own) == 1 else None


def _is_other(label: str) -> bool:
    known = is_called(label, "weights") or is_called(label, "biases")
    return not known and _NOT_PARAMETERS.fullmatch(label.lower()) is not None


def _shape(value: Any) -> tuple[int, ...] | None:
    if not isinstance(value, np.ndarray | list):
        return None
    try:
        return np.asarray(value, float).shape
    except (TypeError, ValueError):
        return None
