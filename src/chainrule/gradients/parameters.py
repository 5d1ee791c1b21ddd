"""A program's parameters, wherever it keeps them: arrays, lists, dictionaries, objects.

Each is moved where the program reads it: arrays in place, numbers and lists of numbers by assigning
to their container. Whole numbers and float32 get a copy in float64 in their container's place. At
the end the very objects and numbers of the beginning are there again.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from chainrule.arrays import Array

Path: TypeAlias = tuple[str | int, ...]

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
        return items_of(self.above.read() if self.above else self.owner)[self.key]

    def write(self, value: Any) -> None:
        """Put a value there, into the container of the beginning, which is put back too."""
        if self.above:
            self.above.write(self.owner)
        if self.can_be_written and items_of(self.owner)[self.key] is not value:
            items_of(self.owner)[self.key] = value


def items_of(owner: Any) -> Any:
    """Return what a container's values are found in by their keys: of an object, its `vars`."""
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
        self._movable = False

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
        """Say whether both parameters are the same array or list object, at the same path."""
        same = other.value is self.value or other.value is self._working
        return same and self.path == other.path and not np.isscalar(self.value)

    def make_movable(self) -> None:
        """Let `numbers` be what the program reads.

        Raises
        ------
        TypeError
            If the values cannot be moved where they are.
        """
        if self._movable:
            return
        value = self.value
        if isinstance(value, np.ndarray) and value.dtype == np.float64 and value.flags.writeable:
            self.numbers = value
        elif not (self.place and self.place.can_be_written) and not isinstance(value, list):
            raise TypeError(
                f"{self.name} is {_kind_of(value)} that no step can move where it is: give a "
                "float64 array, or the list, dict or object that holds it"
            )
        elif isinstance(value, np.ndarray):
            self._working = self.numbers
        self._movable = True
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
        self.put_back()
        self.numbers[...] = self.saved
        if self._working is not self.value and self.place is not None:
            self.place.write(self._working)

    def put_back(self) -> None:
        """Let the very object of the beginning be there again, with its numbers."""
        if self.place is not None:
            self.place.write(self.value)
        if isinstance(self.value, list):
            _fill(self.value, deepcopy(self._first))
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
    if len(target) != len(values):  # the program has added some
        target[:] = values
    for index, value in enumerate(values):
        if isinstance(value, list):
            _fill(target[index], value)
        else:
            target[index] = value
