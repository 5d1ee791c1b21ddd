"""What the book's lines make of one layer of a program: dz, dW, db and da_prev of all samples.

Lines of one sample are run on all columns at once. Where 1/m stands is not seen from outside: it
may be in daⁿ, so that dW and db are sums, or in dW and db. Mistakes are tried in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.diagnosis.book import (
    MINI_BATCH,
    ONE_SAMPLE,
    PIECES,
    SOFTMAX,
    Mistake,
    get_mistake,
    mistakes_in,
    programs,
)
from chainrule.diagnosis.page_code import run_part
from chainrule.diagnosis.reading.own_activations import softmax

_WHERE = "Layer.backward"
_BACKWARD = PIECES[_WHERE]
_EARLY = get_mistake(_WHERE, "updated-too-early")
_ZERO = {"dW-zero", "db-zero"}
_UNSEEN = {"W-accumulates", "b-accumulates"}  # in the first call
_SUM = {"db-sum", "db-sum-of-everything", "db-everything-by-m"}
_MEAN = {"db-mean", "db-over-everything"}
_OF_ANY_F = {"no-derivative", "activation-for-derivative", "dz-negated"}
_MATCHED = 1e-6  # of an array's largest entry

Rows = tuple[Mistake, ...]


class Taken(NamedTuple):
    """Mistakes of an update step, and the gradient implied; None if any gradient is possible."""

    rows: Rows
    values: Array | None


class Way(NamedTuple):
    """Mistakes, none for right code, and the values that they produce."""

    rows: Rows
    values: Array


@dataclass(frozen=True, eq=False)
class LayerAt:
    """A layer of a program, with all that its forward pass made.

    Attributes
    ----------
    number : int
        From 1.
    f : activation
    W, b : array
        (out, in) and (out, 1).
    a_prev, z_prev, z : array
        A sample in each column; of the first layer, `z_prev` is x.
    averaged : bool
        Whether the loss is a mean over several samples.
    learning_rate : float, optional
        Of a step; None where the gradients are given.
    """

    number: int
    f: Any
    W: Array
    b: Array
    a_prev: Array
    z_prev: Array
    z: Array
    averaged: bool
    learning_rate: float | None

    @property
    def m(self) -> int:
        """The number of samples."""
        return self.z.shape[1]

    def made(self, name: str, *parts: str, **known: Any) -> Any:
        """Return what lines assign to a name; None if they raise."""
        layer = SimpleNamespace(
            weights=self.W.copy(), biases=self.b.copy(), inputs=self.a_prev, outputs=self.z,
            z_before=self.z_prev, activation=self.f, d_weights=0.0, d_biases=0.0,
        )  # fmt: skip
        names = {"np": np, "self": layer, "learning_rate": self.learning_rate, **known}
        layer.weights = names.pop("weights", layer.weights)
        try:
            for part in parts:
                run_part(part, names)
        except Exception:  # what the lines of a mistake raise is no number
            return None
        owner = vars(layer) if name in vars(layer) and name not in names else names
        return owner.get(name)

    # The quantities, right first ---------------------------------------------------------------

    def dz(self, da: Array) -> list[Way]:
        """Return the ways to make dz of da."""
        baseline = SOFTMAX if self.f == softmax else ONE_SAMPLE
        right = self.made("dz", _BACKWARD.right(baseline)["dz"], da=da)
        found = (((row,), self.made("dz", row.lines["dz"], da=da)) for row in _dz_rows(baseline))
        return _different(right, found)

    def gradients(self, dz: Array) -> tuple[Array, Array]:
        """Return the right dW and db of a dz."""
        return dz @ self.a_prev.T, dz.sum(axis=1, keepdims=True)

    def d_weights(self, dz: Array, da: Array) -> list[Way]:
        """Return the ways to make dW, of dz and da."""
        known, scaled = {"dz": dz, "da": da}, {"dz": dz * self.m, "da": da * self.m}
        trials = [(row, known) for row in self._rows("dW")]
        trials += [(row, scaled) for row in self._averages("dW")]
        found = [
            ((row,), self.made("d_weights", row.lines["dW"], **names)) for row, names in trials
        ]
        return _different(self.gradients(dz)[0], found)

    def d_biases(self, dz: Array, da: Array) -> list[Way]:
        """Return the ways to make db, of dz, da and dW."""
        dW, right = self.gradients(dz)
        known = {"dz": dz, "da": da, "d_weights": dW}
        found = [
            ((row,), self._summed(self.made("d_biases", row.lines["db"], **known)))
            for row in self._rows("db")
        ]
        scaled = {"dz": dz * self.m, "da": da * self.m, "d_weights": dW}
        found += [
            ((row,), self._like_b(self.made("d_biases", row.lines["db"], **scaled)))
            for row in self._averages("db")
        ]
        return _different(right, found)

    def da_prev(self, dz: Array, da: Array, W_after: Array | None) -> list[Way]:
        """Return the ways to make da_prev; `W_after` is the program's own W after its step."""
        known = {"dz": dz, "da": da, "d_weights": self.gradients(dz)[0]}
        right = self.made("da_prev", _BACKWARD.parts["da_prev"], **known)
        found = list(self._back(known))
        if W_after is not None:
            late = {**known, "weights": W_after}
            found.append(((_EARLY,), self.made("da_prev", _BACKWARD.parts["da_prev"], **late)))
            found += [((_EARLY, *rows), values) for rows, values in self._back(late)]
        shape = self.a_prev.shape
        return [way for way in _different(right, found) if way.values.shape in (shape, (1, self.m))]

    def _back(self, known: dict[str, Any]) -> Iterator[tuple[Rows, Any]]:
        """Yield what mistakes make of da_prev."""
        for row in self._rows("da_prev"):
            yield (row,), self.made("da_prev", row.lines["da_prev"], **known)
        for row in self._averages("da_prev"):
            yield (row,), self._per_sample(self.made("da_prev", row.lines["da_prev"], **known))

    def stepped(self, part: str, seen: Array) -> list[Taken]:
        """Return the gradients that may explain an observed step, with the step's mistakes.

        A step is linear in its gradient, plus something that is without it: two runs of a line
        tell both.

        Parameters
        ----------
        part : {"W", "b"}
        seen : array
            (before − after) / η.
        """
        ways = [Taken((), seen)]
        for row in _update_rows(part) if self.learning_rate is not None else ():
            nothing, ones = (self._step(part, row, np.full(seen.shape, g)) for g in (0.0, 1.0))
            if nothing is None or ones is None:
                continue
            if not np.any(ones - nothing):
                if alike(nothing, seen):
                    ways.append(Taken((row,), None))
                continue
            ways.append(Taken((row,), (seen - nothing) / (ones - nothing)))
        return ways

    def _step(self, part: str, row: Mistake, gradient: Array) -> Any:
        """Return what a step of this row's line shows as the gradient."""
        old, name, of = {
            "W": (self.W, "weights", "d_weights"), "b": (self.b, "biases", "d_biases"),
        }[part]  # fmt: skip
        new = self.made(name, row.lines[part], **{of: gradient})
        fits = gradient.shape == old.shape == np.shape(new)
        return (old - new) / self.learning_rate if fits else None

    # Rows and shapes ---------------------------------------------------------------------------

    def _rows(self, part: str) -> Iterator[Mistake]:
        averages = () if self.averaged or self.m == 1 else programs.AVERAGED
        for row in (*mistakes_in(_WHERE), *programs.OF_LAYERS, *averages):
            is_zero = row.key in _ZERO and self.learning_rate is not None  # it is never updated
            if set(row.lines) == {part} and not (row.order or is_zero or row.key in _UNSEEN):
                yield row

    def _averages(self, part: str) -> Iterator[Mistake]:
        for row in mistakes_in(_WHERE, MINI_BATCH) if self.averaged else ():
            if set(row.lines) == {part}:
                yield row

    def _summed(self, db: Any) -> Any:
        if np.shape(db) == self.z.shape and self.m > 1:
            return db.sum(axis=1, keepdims=True)
        return self._like_b(db)

    def _like_b(self, db: Any) -> Any:
        if np.ndim(db) == 0 and db is not None:
            return np.full(self.b.shape, db)
        return db if np.shape(db) == self.b.shape else None

    def _per_sample(self, da_prev: Any) -> Any:
        if np.shape(da_prev) == (len(self.a_prev), 1):
            return np.repeat(da_prev, self.m, axis=1)
        return da_prev


@cache
def _dz_rows(baseline: str) -> Rows:
    """Return the rows of dz, those of no derivative first."""
    rows = [row for row in mistakes_in(_WHERE) if set(row.lines) == {"dz"}]
    if baseline == SOFTMAX:
        rows = [row for row in rows if row.key in _OF_ANY_F]
        rows += [row for row in mistakes_in(_WHERE, SOFTMAX) if set(row.lines) == {"dz"}]
        return tuple(rows)
    rows += [row for row in programs.OF_LAYERS if set(row.lines) == {"dz"}]
    return tuple(row for row in rows if row.key != "backward-fails")


@cache
def _update_rows(part: str) -> Rows:
    return tuple(
        row for row in mistakes_in(_WHERE)
        if set(row.lines) == {part} and row.key not in ("b-into-matrix", "b-takes-dW")
    )  # fmt: skip


def _different(right: Array, found: Iterable[tuple[Rows, Any]]) -> list[Way]:
    """Return the right way, and those that make other numbers."""
    ways = [Way((), right)]
    for rows, values in found:
        if values is None or np.ndim(values) != 2 or alike(values, right):
            continue
        if not any(_one_meaning(rows, way.rows) and alike(values, way.values) for way in ways):
            ways.append(Way(rows, np.asarray(values, float)))
    return ways


def _one_meaning(rows: Rows, others: Rows) -> bool:
    keys, known = ({row.key for row in several} for several in (rows, others))
    return bool(known) and (keys == known or any(keys | known <= one for one in (_SUM, _MEAN)))


def says_nothing(row: Mistake, n_neurons: int) -> bool:
    """Say whether a row speaks of several neurons where there is one."""
    return n_neurons == 1 and row.key in _SUM | _MEAN


def alike(one: Array, other: Array, rounding: float = 0.0) -> bool:
    """Say whether two arrays are the same but for rounding, as shares of their largest entry."""
    if one.shape != other.shape:
        return False
    size = max(float(np.abs(one).max(initial=0.0)), float(np.abs(other).max(initial=0.0)))
    return bool(np.abs(one - other).max(initial=0.0) <= _MATCHED * size + rounding)


@cache
def both_rows() -> Rows:
    """Return the mistakes that combine a mistake of W with a mistake of b."""
    return tuple(row for row in mistakes_in(_WHERE) if row.both)
