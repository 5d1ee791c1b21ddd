"""Rows to try a model on: values as in training, values far from them, missing and unseen ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from chainrule.exports.forward_pass import Features, ForwardPass
from chainrule.tables import Columns
from chainrule.tables.features import CategoryColumn, DateColumn, FeatureColumn, NumberColumn
from chainrule.tables.kinds.kind import Boolean

_MISSING = 0.1  # share of the values of a table
_FAR = 0.05
_UNSEEN = 0.1
_AT_KNOTS = 0.1
_BEYOND = 3.0  # half ranges
_EPOCH = dt.datetime(1970, 1, 1)  # the library's moments are in UTC, without a zone
_FIRST, _LAST = -719_162.0, 2_932_896.0  # days of the years 1 to 9999


def sample_rows(forward_pass: ForwardPass, count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return rows that go in, each a dict of its columns; None is missing.

    Parameters
    ----------
    forward_pass : ForwardPass
    count : int
    seed : int
    """
    rng = np.random.default_rng(seed)
    if isinstance(forward_pass.inputs, Features):
        columns = _numbers(forward_pass.inputs, count, rng)
    else:
        columns = _values(forward_pass.inputs, count, rng)
    return [dict(zip(forward_pass.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _numbers(inputs: Features, count: int, rng: np.random.Generator) -> list[list[float]]:
    x = rng.normal(size=(len(inputs.names), count))
    for row, scale in zip(x, inputs.scales, strict=False):
        row[:] = row * scale.deviation + scale.mean
    x = x.astype(np.float32).astype(np.float64)  # the same number for every type
    columns: list[list[float]] = x.tolist()
    return columns


def _values(columns: Columns, count: int, rng: np.random.Generator) -> list[list[Any]]:
    drawn = []
    for column in columns.features:
        values = _column(column, count, rng)
        if isinstance(column, NumberColumn) and columns.words.numbers:
            values[0] = columns.words.numbers[0]
        missing = rng.random(count) < _MISSING
        drawn.append([None if gone else v for v, gone in zip(values, missing, strict=True)])
    return drawn


def _column(column: FeatureColumn, count: int, rng: np.random.Generator) -> list[Any]:
    match column:
        case CategoryColumn():
            levels = [*column.levels, _unseen(column)]
            codes = rng.integers(len(column.levels), size=count)
            codes[rng.random(count) < _UNSEEN] = len(column.levels)
            return [levels[code] for code in codes]
        case DateColumn():
            return [_moment(days, column.has_time) for days in _spread(column, count, rng)]
        case NumberColumn(kind=Boolean()):
            return [float(bit) for bit in rng.integers(2, size=count)]
        case NumberColumn(knots=knots) if knots:
            return [float(value) for value in _among(knots, count, rng)]
        case _:
            return [float(value) for value in _spread(column, count, rng)]


def _among(knots: tuple[float, ...], count: int, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Return numbers between knots, at them, and beyond the first and the last."""
    places = rng.uniform(0, len(knots) - 1, size=count)
    at = rng.random(count) < _AT_KNOTS
    places[at] = np.rint(places[at])
    values = np.interp(places, np.arange(len(knots)), knots)
    beyond = rng.random(count) < _FAR
    beyond[:2] = True  # also in a header's own test
    middle = knots[0] / 2 + knots[-1] / 2
    ends = np.where(places < (len(knots) - 1) / 2, knots[0], knots[-1])
    values[beyond] = (ends + rng.uniform(0, _BEYOND, size=count) * (ends - middle))[beyond]
    return values


def _spread(
    column: NumberColumn | DateColumn, count: int, rng: np.random.Generator
) -> np.ndarray[Any, Any]:
    """Return numbers around those of the training, a few of them far away."""
    z = rng.normal(size=count)
    z[rng.random(count) < _FAR] *= 100.0
    return column.scale.restore(z if column.scale.varies else np.zeros(count))


def _moment(days: float, has_time: bool) -> dt.datetime:
    days = float(np.clip(days, _FIRST, _LAST))
    return _EPOCH + dt.timedelta(days=days if has_time else np.floor(days))


def _unseen(column: CategoryColumn) -> str:
    """Return a name that no level has."""
    name = "unseen"
    while name in column.levels:
        name += "_"
    return name
