"""A program's parameters, wherever it keeps them: arrays, lists, dictionaries, objects.

Each is moved where the program reads it: arrays in place, numbers and lists of numbers by assigning
to their container. Whole numbers and float32 get a copy in float64 in their container's place. At
the end the very objects and numbers of the beginning are there again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from chainrule.arrays import Array

Path: TypeAlias = tuple[str | int, ...]

_NO_OBJECTS = (type, ModuleType, FunctionType, MethodType, BuiltinFunctionType, np.generic)
_DEEPEST = 6
_LONGEST = 1000  # a longer list beside other attributes is data,
_LARGEST = 1_000_000  # and so is a larger array
_PARAMETERS = re.compile(
    r"_*(w|b|weights?|bias(es)?|theta|gamma|beta|kernel|coefs?|intercepts?)(?=$|\d|_)",
    re.IGNORECASE,
)


class Place(NamedTuple):
    """Where a value is: a key of a container, which is itself at a place of another.

    A program may put a new list where the old one was, so that the way is gone anew every time.
    """

    owner: Any
    key: Any
    above: Place | None

    @property
    def can_be_written(self) -> bool:
        """Whether the container lets its values be replaced."""
        return not isinstance(self.owner, tuple)

    def read(self) -> Any:
        """Return what is there now."""
        return _items(self.above.read() if self.above else self.owner)[self.key]

    def write(self, value: Any) -> None:
        """Put a value there, into the container of the beginning, which is put back too."""
        if self.above:
            self.above.write(self.owner)
        if self.can_be_written and _items(self.owner)[self.key] is not value:
            _items(self.owner)[self.key] = value


def _items(owner: Any) -> Any:
    return owner if isinstance(owner, dict | list | tuple | np.ndarray) else vars(owner)


class Parameter:
    """Numbers that a program may compute with.

    Parameters
    ----------
    path : tuple of str and int
        The keys, attributes and places that lead to it.
    value : array, number or list of numbers
    place : Place, optional
        Where it can be replaced.
    surely : bool
        Whether it was given as a parameter; False where it is one attribute of many.

    Attributes
    ----------
    numbers : array of float64
        Move these, and call `show`.
    saved : array of float64
        The numbers of the beginning.
    """

    def __init__(self, path: Path, value: Any, place: Place | None, surely: bool) -> None:
        self.path, self.value, self.place, self.surely = path, value, place, surely
        self.saved = np.array(value, np.float64)
        self.numbers = self.saved.copy()
        self._first = deepcopy(value)
        self._working: Any = value

    @property
    def name(self) -> str:
        """Return its name as code has it: ``W1``, ``W2[0]``, ``parameters[0][1]``."""
        named = self.path and isinstance(self.path[0], str)
        head, rest = (self.path[0], self.path[1:]) if named else ("parameters", self.path)
        return f"{head}{''.join(f'[{key}]' if isinstance(key, int) else f'.{key}' for key in rest)}"

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the dtype of the values that were given."""
        return np.asarray(self.value).dtype

    @property
    def looks_like_one(self) -> bool:
        """Whether it was given as a parameter, or has a parameter's name."""
        return self.surely or is_parameters_name(self.path)

    def is_at(self, other: Parameter) -> bool:
        """Say whether another one is this one's very array or list, at the same place."""
        same = other.value is self.value or other.value is self._working
        return same and self.path == other.path and not np.isscalar(self.value)

    def make_movable(self) -> None:
        """Let `numbers` be what the program reads.

        Raises
        ------
        TypeError
            If the values cannot be moved where they are.
        """
        value = self.value
        array = isinstance(value, np.ndarray)
        if array and value.dtype == np.float64 and value.flags.writeable:
            self.numbers = value
        elif not (self.place and self.place.can_be_written) and not isinstance(value, list):
            raise TypeError(
                f"{self.name} is {_kind_of(value)} that no step can move where it is: give a "
                "float64 array, or the list, dict or object that holds it"
            )
        elif array:
            self._working = self.numbers
            self.reset()

    def show(self) -> None:
        """Let the program see `numbers` as they are now."""
        if isinstance(self.value, list):
            _fill(self.value, self.numbers.tolist())
        elif not isinstance(self.value, np.ndarray) and self.place is not None:
            self.place.write(float(self.numbers))

    def now(self) -> Array:
        """Return a copy of what the program holds there; nothing if it is no numbers any more."""
        try:
            return np.array(self.place.read() if self.place else self._working, np.float64)
        except (KeyError, IndexError, TypeError, ValueError):
            return np.empty(0)

    def reset(self) -> None:
        """Let the numbers be those of the beginning."""
        self.numbers[...] = self.saved
        if self.place is not None and not np.isscalar(self.value):
            self.place.write(self._working)
        self.show()

    def put_back(self) -> None:
        """Let the very object of the beginning be there again, with its numbers."""
        if self.place is not None:
            self.place.write(self.value)
        if isinstance(self.value, list):
            _fill(self.value, self._first)
        elif isinstance(self.value, np.ndarray) and self.value.flags.writeable:
            self.value[...] = self._first


def is_parameters_name(path: Path) -> bool:
    """Say whether a name on the way is one that parameters usually have: W1, bias, theta."""
    return any(isinstance(key, str) and _PARAMETERS.match(key) for key in path)


def _kind_of(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return "a number"
    return f"a {'' if value.flags.writeable else 'read-only '}{value.dtype} array"


def _fill(target: list[Any], values: list[Any]) -> None:
    for index, value in enumerate(values):
        if isinstance(value, list):
            _fill(target[index], value)
        else:
            target[index] = value


def collect(values: Any) -> list[Parameter]:
    """Return all numbers of a structure, in its order, each array once.

    Parameters
    ----------
    values : array, number, list, tuple, dict or object
        Nested as one likes. Of an object, and of a dictionary with other things in it, all that
        are no numbers are left out.
    """
    return list(_walk(values, (), None, True, []))


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
    """Say whether it is a list of numbers, or of lists of them of one length."""
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
    elif isinstance(value, dict) or (
        hasattr(value, "__dict__") and not isinstance(value, _NO_OBJECTS)
    ):
        yield from ((k, v) for k, v in list(_items(value).items()) if not str(k).startswith("__"))


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
