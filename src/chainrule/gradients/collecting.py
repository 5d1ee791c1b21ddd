"""Find all numbers that a structure holds: lists, tuples, dictionaries and objects, nested."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from chainrule.gradients.parameters import Parameter, Path, Place, is_parameters_name, items_of

_NO_OBJECTS = (type, ModuleType, FunctionType, MethodType, BuiltinFunctionType, np.generic)
_DEEPEST = 6
_LONGEST = 1000  # a longer list beside other attributes is data,
_LARGEST = 1_000_000  # and so is a larger array
_OF_OTHERS = {"pandas", "matplotlib", "sklearn", "scipy", "torch", "tensorflow", "keras", "jax"}


def collect(values: Any) -> list[Parameter]:
    """Return all numbers of a structure, in its order, each array once.

    Parameters
    ----------
    values : array, number, list, tuple, dict or object
        Nested as one likes. Of an object, and of a dictionary with other things in it, all that
        are no numbers are left out.
    """
    found = list(_walk(values, (), None, True, []))
    has_arrays = any(one.saved.ndim for one in found)
    for one in found:
        one.surely = one.surely and not _is_setting(one, has_arrays)
    return found


def _is_setting(one: Parameter, has_arrays: bool) -> bool:
    """Say whether a value is a count or a rate, by its name, dtype and size."""
    if not one.path or not isinstance(one.path[-1], str) or is_parameters_name(one.path):
        return False
    return one.dtype.kind in "iu" or (has_arrays and not one.saved.ndim)


def _walk(
    value: Any, path: Path, place: Place | None, surely: bool, above: list[int]
) -> Iterator[Parameter]:
    if _is_number(value) or _is_numbers(value, path):
        if surely or np.size(value) <= _LARGEST or is_parameters_name(path):
            yield Parameter(path, value, place, surely)
    elif id(value) not in above and len(above) < _DEEPEST:
        surely = surely and not _is_mixed(value)
        for key, inner in _inside(value, surely):
            name = key if isinstance(key, int) else str(key)
            inner_place = Place(value, key, place)
            yield from _walk(inner, (*path, name), inner_place, surely, [*above, id(value)])


def _is_number(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiu" and value.size > 0
    return isinstance(value, int | float | np.floating | np.integer) and not isinstance(value, bool)


def _is_numbers(value: Any, path: Path) -> bool:
    """Say whether a value is a list of numbers, or nested lists of equal lengths."""
    if not isinstance(value, list) or not value:
        return False
    if all(isinstance(inner, list) for inner in value):
        same_length = len({len(inner) for inner in value}) == 1
        return same_length and all(_is_numbers(inner, (*path, 0)) for inner in value)
    return bool(path) and all(_is_number(i) and not isinstance(i, np.ndarray) for i in value)


def _inside(value: Any, surely: bool) -> Iterator[tuple[Any, Any]]:
    """Give key and value of all that a container holds."""
    if isinstance(value, list | tuple) or _is_array_of_objects(value):
        if surely or len(value) <= _LONGEST:
            yield from enumerate(value)
    elif isinstance(value, dict) or _is_object(value):
        yield from ((k, v) for k, v in list(items_of(value).items()) if not str(k).startswith("__"))


def _is_object(value: Any) -> bool:
    """Say whether it is an object of the program's own, whose attributes are to be looked at."""
    if isinstance(value, SimpleNamespace):
        return True
    module = type(value).__module__.split(".")[0]
    foreign = module in _OF_OTHERS or module in sys.stdlib_module_names
    return hasattr(value, "__dict__") and not isinstance(value, _NO_OBJECTS) and not foreign


def _is_array_of_objects(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "O" and value.ndim == 1


def _is_mixed(value: Any) -> bool:
    """Say whether it holds other things than numbers: an object, or a dict with names in it."""
    if isinstance(value, dict):
        return any(
            not (_is_number(inner) or isinstance(inner, list | tuple | dict | np.ndarray))
            for inner in value.values()
        )
    return not isinstance(value, list | tuple | np.ndarray)
