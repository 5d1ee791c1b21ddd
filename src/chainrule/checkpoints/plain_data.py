"""Objects of a run as plain data, JSON and arrays, and back: exact, and without running code.

A dataclass is written by its name and fields, and made again of those that this version knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeAlias

import numpy as np

from chainrule.engines import TrainingState
from chainrule.training import History
from chainrule.training.best import Best

_KNOWN = {kind.__name__: kind for kind in (Best, History, TrainingState)}
_TYPES = {
    "figure": float, "epoch": int, "stale": int, "seen": int, "theta": np.ndarray | None,
    "rows": list, "stopped": str, "interrupted": bool, "weights_epoch": int,
    "slots": np.ndarray, "t": int, "order": np.ndarray,
}  # fmt: skip
"""Of the fields of these."""

Arrays: TypeAlias = dict[str, Any]
"""NumPy arrays by name, beside the JSON data that names them."""


def as_data(value: Any, arrays: Arrays) -> Any:
    """Return a value as JSON data, with names in place of arrays.

    Parameters
    ----------
    value : object
        None, a truth, number, string or array, or lists, tuples, dicts or known dataclasses of
        such.
    arrays : dict
        Taken further.

    Raises
    ------
    TypeError
        If the value is of another kind.

    Examples
    --------
    >>> as_data((1, 0.5, None), {})
    {'tuple': [1, {'float': '0x1.0000000000000p-1'}, None]}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str) or (type(value) is int and _is_short(value)):
        return value
    kind = type(value).__name__
    if kind == "list" and value:
        kind = "floats" if _are_floats(value) else "rows" if all(map(_is_row, value)) else kind
    if kind in _KNOWN:
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        return {kind: {name: as_data(each, arrays) for name, each in named.items()}}
    if kind not in _KINDS:
        raise TypeError(f"{value!r} cannot be kept in a checkpoint")
    return {kind: _KINDS[kind][0](value, arrays)}


def from_data(data: Any, arrays: Mapping[str, Any]) -> Any:
    """Return the value that `as_data` was given.

    Raises
    ------
    ValueError, KeyError, TypeError, AttributeError
        If this is not what `as_data` returns.
    """
    if data is None or isinstance(data, bool | str | int):
        return data
    ((kind, content),) = data.items()
    if kind in _KNOWN:
        named = {name: from_data(part, arrays) for name, part in content.items()}
        for name, value in named.items():
            if not isinstance(value, _TYPES[name]):
                raise ValueError(f"{name} of {kind} is {value!r}")
        return _KNOWN[kind](**named)
    return _KINDS[kind][1](content, arrays)


def _is_short(number: int) -> bool:
    return abs(number) < 2**53  # other programs read numbers of JSON as floats


def _are_floats(values: list[Any]) -> bool:
    return all(type(each) is float for each in values)


def _array_as_data(array: Any, arrays: Arrays) -> str:
    name = f"array{len(arrays)}"
    arrays[name] = array
    return name


def _each_as_data(values: Any, arrays: Arrays) -> list[Any]:
    return [as_data(each, arrays) for each in values]


def _each(content: Any, arrays: Mapping[str, Any]) -> list[Any]:
    return [from_data(each, arrays) for each in content]


def _is_row(value: Any) -> bool:
    """Say whether a value is a row of figures, as the history has one for each epoch."""
    return isinstance(value, dict) and all(
        isinstance(name, str) and type(figure) in (int, float) for name, figure in value.items()
    )


def _columns(rows: list[dict[str, float]], arrays: Arrays) -> list[Any]:
    """Return the name, the figures and the rows that have them, of each column."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = []
    for name in names:
        places = [place for place, row in enumerate(rows) if name in row]
        figures = [rows[place][name] for place in places]
        whole = all(type(figure) is int for figure in figures)
        found = np.array(figures, np.int64 if whole else np.float64), np.array(places)
        columns.append([name, *(as_data(array, arrays) for array in found)])
    return columns


def _rows(columns: list[Any], arrays: Mapping[str, Any]) -> list[dict[str, float]]:
    n = max(len(from_data(places, arrays)) for _, _, places in columns)
    rows: list[dict[str, float]] = [{} for _ in range(n)]  # each has an epoch and a loss
    for name, *parts in columns:
        figures, places = (from_data(part, arrays).tolist() for part in parts)
        for figure, place in zip(figures, places, strict=True):
            rows[place][name] = figure
    return rows


_KINDS: dict[str, tuple[Any, Any]] = {
    "int": (lambda value, arrays: hex(value), lambda text, arrays: int(text, 16)),
    "float": (lambda value, arrays: value.hex(), lambda text, arrays: float.fromhex(text)),
    "ndarray": (_array_as_data, lambda name, arrays: arrays[name]),
    "floats": (
        lambda values, arrays: _array_as_data(np.array(values), arrays),
        lambda name, arrays: arrays[name].tolist(),
    ),
    "rows": (_columns, _rows),
    "list": (_each_as_data, _each),
    "tuple": (_each_as_data, lambda content, arrays: tuple(_each(content, arrays))),
    "dict": (
        lambda value, arrays: [_each_as_data(item, arrays) for item in value.items()],
        lambda items, arrays: dict(_each(item, arrays) for item in items),
    ),
}
"""How a value of a kind becomes data, and how it comes back."""
