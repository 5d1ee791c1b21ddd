"""What the numbers alone tell of wrong gradients, where nobody knows how the network is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.diagnosis.book import MINI_BATCH, Mistake, get_mistake
from chainrule.diagnosis.book.programs import WHERE as PROGRAM
from chainrule.diagnosis.programs.items import Item

_SAME = 1e-5
_LAYER = "Layer.backward"


class Told(NamedTuple):
    """Mistakes of equal effect, one of which explains the gradients listed."""

    rows: tuple[Mistake, ...]
    items: tuple[Item, ...]


def told_by_numbers(items: Sequence[Item], learning_rate: float | None) -> list[Told]:
    """Return what explains the gradients that are wrong, as far as their numbers tell.

    Parameters
    ----------
    items : sequence of Item
    learning_rate : float, optional
        Of a step; None where the gradients are given.
    """
    telling = {one.is_bias for one in items if _factor(one) is not None}
    of_both = telling == {one.is_bias for one in items}
    of_all = _of_all(items, learning_rate) if of_both else ()
    if of_all:
        return [Told(of_all, tuple(items))]
    found = []
    for of_biases in (False, True):
        group = [one for one in items if one.is_bias == of_biases]
        rows = _of_group(group, of_biases, learning_rate)
        if rows:
            found.append(Told(rows, tuple(one for one in group if one.wrong)))
        else:
            found += _one_by_one(group, learning_rate)
    return found


def _row(key: str, where: str = PROGRAM, baseline: str = "") -> Mistake:
    return get_mistake(where, key, baseline)


def _layer_s(*keys: str) -> tuple[Mistake, ...]:
    return tuple(_row(key, _LAYER) for key in keys)


# Factors ----------------------------------------------------------------------------------------


def _factor(one: Item) -> float | None:
    """Return the factor between a gradient and its differences; NaN if there is none, or None."""
    if one.values.shape != one.differences.shape:
        return np.nan
    values, right = one.values[one.seen], one.differences[one.seen]
    if not right.any() and not values.any():
        return None
    at = int(np.argmax(np.abs(right)))
    if not right[at] or not np.isfinite(values).all():
        return np.nan
    factor = float(values[at] / right[at])
    return factor if _near(values, factor * right) else np.nan


def _near(one: Array, other: Array) -> bool:
    size = float(np.abs(other).max(initial=0.0))
    return bool(np.abs(one - other).max(initial=0.0) <= _SAME * size)


def _common(items: Sequence[Item]) -> float:
    """Return the one factor of all; NaN if there is none."""
    factors = [factor for one in items if (factor := _factor(one)) is not None]
    if not factors or not np.isfinite(factors).all() or np.ptp(factors) > _SAME * abs(factors[0]):
        return np.nan
    return factors[0]


def _is(factor: float, other: float) -> bool:
    return abs(factor - other) <= _SAME * abs(other)


def _is_count(factor: float) -> bool:
    return round(factor) > 1 and _is(factor, round(factor))


def _of_all(items: Sequence[Item], learning_rate: float | None) -> tuple[Mistake, ...]:
    """Return the mistakes that scale all gradients by a common factor."""
    factor = _common(items)
    if not np.isfinite(factor) or _is(factor, 1) or factor == 0:
        return ()
    rows: list[Mistake] = []
    if _is(factor, -1):
        rows.append(_row("sign"))
        rows += _layer_s("added") if learning_rate is not None else ()
    if _is_count(factor):
        rows += [_row("times-n"), _row("times-k")]
    if _is_count(1 / factor):
        rows += [_row("mean"), _row("divided-by-k")]
    rows += [_row("two-too-many")] if _is(factor, 2) else []
    rows += [_row("two-missing")] if _is(factor, 0.5) else []
    rows += _of_rate(factor, learning_rate, "no-learning-rate", "learning-rate-twice")
    return tuple(rows)


def _of_rate(factor: float, rate: float | None, *keys: str) -> tuple[Mistake, ...]:
    """Return the mistakes of η that make a factor of 1/η, or of η."""
    if rate is None or rate == 1:
        return ()
    return tuple(row for row, of in zip(_layer_s(*keys), (1 / rate, rate), strict=True)
                 if _is(factor, of))  # fmt: skip


def _of_group(
    group: Sequence[Item], of_biases: bool, learning_rate: float | None
) -> tuple[Mistake, ...]:
    """Return what makes all biases' gradients, or all weights', wrong by one factor."""
    wrong = [one for one in group if one.wrong]
    factor = _common(wrong)
    if sum(one.values.size for one in wrong) < 2 or not np.isfinite(factor):
        return ()
    letter, name = ("b", "db") if of_biases else ("W", "dW")
    rows: list[Mistake] = []
    if factor == 0:
        never = learning_rate is not None
        return _layer_s(f"{letter}-never-updated") if never else (_row(f"{name}-zero"),)
    if _is(factor, -1) and learning_rate is not None:
        rows += _layer_s(f"{letter}-added")
    if _is_count(factor):
        rows.append(_row(f"{name}-summed", _LAYER, MINI_BATCH))
    if _is_count(1 / factor):
        rows += [_row(f"{name}-averaged"), _row(f"{name}-divided-twice", _LAYER, MINI_BATCH)]
    keys = (f"{letter}-without-learning-rate", f"{letter}-learning-rate-twice")
    rows += _of_rate(factor, learning_rate, *keys)
    return tuple(rows)


# One gradient by itself --------------------------------------------------------------------------


def _one_by_one(group: Sequence[Item], learning_rate: float | None) -> Iterator[Told]:
    """Yield the mistakes that explain some of the gradients, grouped by mistake."""
    by_key: dict[str, list[Item]] = {}
    rows: dict[str, Mistake] = {}
    for one in group:
        row = _of_one(one, learning_rate) if one.wrong else None
        if row is not None:
            rows[row.key] = row
            by_key.setdefault(row.key, []).append(one)
    for key, several in by_key.items():
        yield Told((rows[key],), tuple(several))


def _of_one(one: Item, learning_rate: float | None) -> Mistake | None:
    if not one.values.any():
        letter, name = ("b", "db") if one.is_bias else ("W", "dW")
        never = _row(f"{letter}-never-updated", _LAYER)
        return _row(f"{name}-zero") if learning_rate is None else never
    key = _of_shape(one.values, one.differences) if one.seen.all() else ""
    return _row(key, _LAYER) if key and key.startswith("db") <= one.is_bias else None


def _of_shape(values: Array, right: Array) -> str:
    """Return the mistake that turns a matrix round, or makes one number of all."""
    if values.ndim == 2 and min(right.shape) > 1 and values.T.shape == right.shape:
        return "outer-transposed" if _near(values.T, right) else ""
    if (
        values.shape != right.shape
        or right.size < 2
        or not _near(values, np.full_like(values, values.flat[0]))
    ):
        return ""
    count = float(right.sum() / values.flat[0])  # of the numbers whose mean it is
    if _is(count, 1):
        return "db-sum"
    return "db-mean" if _is_count(count) and round(count) % right.size == 0 else ""
