"""The functions that stand in an exported Python file as they stand here.

They need NumPy alone, take nothing from this package, and read the constants that the file has
above them. Here those are empty.
"""

from __future__ import annotations

import base64
import datetime
import math
import re
from typing import Any

import numpy as np

COLUMNS: list[str] = []
MISSING: set[str] = set()  # as they are written
MISSING_IN_ANY_CASE: set[str] = set()  # in lower case
MISSING_NUMBERS: list[float] = []
DTYPE: Any = np.float64


def _array(text: str, shape: tuple[int, ...]) -> Any:
    numbers = np.frombuffer(base64.b64decode(text), np.dtype(DTYPE).newbyteorder("<"))
    return numbers.astype(DTYPE).reshape(shape)


def _cells(rows: Any) -> list[list[Any]]:
    """Return the values of each column; rows are dicts or lie in the order of COLUMNS."""
    rows = [rows] if isinstance(rows, dict) else list(rows)
    if rows and isinstance(rows[0], dict):
        for number, row in enumerate(rows):
            lacking = [name for name in COLUMNS if name not in row]
            if lacking:
                raise ValueError(f"row {number} lacks the column {lacking[0]!r}")
        return [[row[name] for row in rows] for name in COLUMNS]
    for number, row in enumerate(rows):
        if np.ndim(row) != 1 or len(row) != len(COLUMNS):
            raise ValueError(
                f"row {number} is no row of {len(COLUMNS)} values in the order of COLUMNS"
            )
    return [[row[place] for row in rows] for place in range(len(COLUMNS))]


def _plain(rows: Any) -> Any:
    """Return rows of numbers as an array of shape (n_rows, n_columns)."""
    x = np.array(_cells(rows), dtype=float).reshape(len(COLUMNS), -1).T
    if not np.isfinite(x).all():
        row, place = np.argwhere(~np.isfinite(x))[0]
        raise ValueError(f"row {row}, column {COLUMNS[place]!r}: {x[row, place]} is not finite")
    return x.astype(DTYPE)


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return value in MISSING or value.lower() in MISSING_IN_ANY_CASE
    return bool(value is None or value != value)  # noqa: PLR0124  # NaN and NaT


def _numbers(name: str, values: list[Any]) -> Any:
    """Return numbers, NaN where they are missing."""
    x = np.full(len(values), np.nan)
    for row, value in enumerate(values):
        if _is_missing(value):
            continue
        try:
            x[row] = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"row {row}, column {name!r}: {value!r} is not a number") from None
        if math.isinf(x[row]):
            raise ValueError(f"row {row}, column {name!r}: {value!r} is infinite")
    x[np.isin(x, MISSING_NUMBERS)] = np.nan
    return x


def _truths(name: str, values: list[Any]) -> Any:
    """Return 0 and 1, NaN where they are missing."""
    words = {"false": 0, "no": 0, "f": 0, "n": 0, "true": 1, "yes": 1, "t": 1, "y": 1}
    x = _numbers(name, [words.get(v.lower(), v) if isinstance(v, str) else v for v in values])
    for row in np.flatnonzero(~np.isnan(x) & (x != 0) & (x != 1)):
        raise ValueError(f"row {row}, column {name!r}: {values[row]!r} is neither true nor false")
    return x


def _standardised(x: Any, mean: float, deviation: float, exponent: int) -> Any:
    with np.errstate(over="ignore"):
        z = (np.ldexp(x, -exponent) - mean) / deviation
    return np.nan_to_num(np.clip(z, -1e6, 1e6))  # what is missing becomes the mean


def _restored(z: Any, mean: float, deviation: float, exponent: int) -> Any:
    with np.errstate(over="ignore"):
        x = np.ldexp(z.astype(float) * deviation + mean, exponent)
    return np.clip(x, -np.finfo(float).max, np.finfo(float).max)


def _number_features(x: Any, scale: Any, has_missing: bool) -> list[Any]:
    value = [_standardised(x, *scale)] if scale else []
    return value + [np.isnan(x)] * has_missing


def _binned_features(x: Any, scale: Any, has_missing: bool, mean: float, knots: Any) -> list[Any]:
    """Return also the place among knots; what is missing lies where the mean does."""
    places = np.linspace(-np.sqrt(3.0), np.sqrt(3.0), len(knots))
    place = np.interp(np.where(np.isnan(x), mean, x), knots, places)
    return [*_number_features(x, scale, False), place] + [np.isnan(x)] * has_missing


def _text(value: Any) -> str:
    """Return a category as the table's model names it: a whole number without ``.0``."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and value == int(value):
        value = int(value)
    return re.sub(r"^([+-]?[0-9]+)(?:\.0+|,00?)$", r"\1", str(value))


def _category_features(
    values: list[Any], levels: list[str], has_other: bool, has_missing: bool
) -> list[Any]:
    n_features = len(levels) + has_other + has_missing
    missing = n_features - 1 if has_missing else -1
    other = len(levels) if has_other else missing
    place = {level: number for number, level in enumerate(levels)}
    features = np.zeros((len(values), n_features + 1))  # the last for what has no feature
    for row, value in enumerate(values):
        gone = _is_missing(value)
        features[row, missing if gone else place.get(_text(value), other)] = 1
    return list(features[:, :n_features].T)


def _moments(name: str, values: list[Any]) -> Any:
    """Return moments in UTC, NaT where they are missing; texts are ISO 8601."""
    moments = np.full(len(values), "NaT", "M8[us]")
    for row, value in enumerate(values):
        if _is_missing(value):
            continue
        try:
            moment = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
            if getattr(moment, "tzinfo", None) is not None:
                moment = moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)  # noqa: UP017
            moments[row] = np.datetime64(moment, "us")
        except (TypeError, ValueError):
            raise ValueError(f"row {row}, column {name!r}: {value!r} is not a date") from None
    return moments


def _date_features(moments: Any, scale: Any, has_time: bool, has_missing: bool) -> list[Any]:
    gone = np.isnat(moments)
    filled = np.where(gone, np.datetime64(0, "us"), moments)
    day, year = filled.astype("M8[D]"), filled.astype("M8[Y]")
    days = filled.astype("i8") / 86_400e6
    begin, end = year.astype("M8[D]"), (year + 1).astype("M8[D]")
    turns = [(day - begin) / (end - begin), (day.astype("i8") + 3) % 7 / 7]
    turns += [filled.astype("i8") % 86_400_000_000 / 86_400e6] * has_time
    around = [wave(2 * np.pi * turn) for turn in turns for wave in (np.sin, np.cos)]
    elapsed = [_standardised(days, *scale)] if scale else []
    return [np.where(gone, 0, feature) for feature in elapsed + around] + [gone] * has_missing
