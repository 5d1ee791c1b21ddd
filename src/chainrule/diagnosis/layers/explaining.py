"""Which of the book's mistakes do what a learner's `backward` did, quantity by quantity.

Given a rule for dz, the new weights, the new biases and da_prev are explained each by itself: by
the right lines, by those of a mistake, or by two mistakes in different lines. Where no rule for dz
is known, dz is read off the step of the biases or of the weights, and the other quantities tell
whether they are made of it. The explanation with the fewest unknown quantities, and then with the
fewest mistakes, is the answer; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from chainrule.diagnosis.book import (
    ONE_SAMPLE,
    PIECES,
    Mistake,
    get_mistake,
    lines_of,
    mistakes_in,
)
from chainrule.diagnosis.book.batches import AS_FLAT, SUMS
from chainrule.diagnosis.layers.bench import Bench, outcomes
from chainrule.diagnosis.layers.observing import Observed, Tried
from chainrule.diagnosis.layers.probes import Probe, alike

_WHERE = "Layer.backward"
_EARLY = get_mistake(_WHERE, "updated-too-early")

Way = tuple[Mistake, ...]
"""Mistakes that together explain the value of a quantity; empty where the value is right."""


@dataclass(frozen=True)
class Explanation:
    """What explains all that was seen.

    Attributes
    ----------
    mistakes : tuple of Mistake
    unknown : tuple of str
        Quantities that no mistake explains: "dz", "dW", "db", "da_prev".
    """

    mistakes: Way
    unknown: tuple[str, ...] = ()

    @property
    def cost(self) -> tuple[int, int, bool]:
        """How much it leaves open, how much it says is wrong, and whether dz is read off."""
        return len(self.unknown), len(self.mistakes), "dz" in self.unknown

    @property
    def title(self) -> str:
        """The titles of all mistakes, joined on one line."""
        return " and ".join(mistake.title for mistake in self.mistakes)


def explanations(tried: Tried) -> list[Explanation]:
    """Return the best explanations of what a layer did on its probes; several do the same.

    Parameters
    ----------
    tried : sequence of (Probe, Observed)
        All of one baseline.

    Returns
    -------
    list of Explanation
        Empty where no call came to its end. Where some raised, and that is no known mistake's
        doing, they explain the others.
    """
    cases = [_Case(probe, observed) for probe, observed in tried]
    cases = [case for case in cases if case.seen]
    if not cases:
        return []
    found: list[Explanation] = []
    with np.errstate(all="ignore"):
        for dz in ((), *((row,) for row in _rows(cases[0].probe.baseline)["dz"])):
            found += _all_explained(cases, dz)
        if not any(not one.unknown for one in found):
            found += [_given_dz(cases, look) for look in (_dz_of_the_biases, _dz_of_the_weights)]
        least = min(one.cost for one in found)
        best = list(dict.fromkeys(one for one in found if one.cost == least))
        return [one for one in best if fails_alike(one, tried)] or best


@cache
def _rows(baseline: str) -> dict[str, list[Mistake]]:
    """Return the mistakes that replace the lines of one part, by the part."""
    own = mistakes_in(_WHERE, baseline)
    shared = () if baseline == ONE_SAMPLE else mistakes_in(_WHERE)
    replaced = {part for row in own for part in row.lines} & PIECES[_WHERE].baselines.get(
        baseline, {}
    ).keys()
    rows: dict[str, list[Mistake]] = {part: [] for part in PIECES[_WHERE].parts}
    for row in (*shared, *own):
        if row.both or row.order or (row in shared and row.lines.keys() & replaced):
            continue
        if row in shared and row.key == AS_FLAT:
            continue
        rows[next(iter(row.lines))].append(row)
    return rows


class _Case:
    """The completed calls of one probe, and the parameters before each call."""

    def __init__(self, probe: Probe, observed: Observed) -> None:
        self.probe = probe
        self.seen = [outcome for outcome in observed.outcomes if not outcome.error]
        self.before = [(probe.W, probe.b), *((one.W, one.b) for one in self.seen[:-1])]
        self.right = PIECES[_WHERE].right(probe.baseline)

    def does(self, quantity: str, way: Way, dz: _Dz, others: Way = ()) -> bool:
        """Say whether these mistakes do what was seen of a quantity, in every call.

        Parameters
        ----------
        quantity : {"W", "b", "da_prev"}
        way : tuple of Mistake
        dz : callable
            Sets dz on a bench.
        others : tuple of Mistake
            What is wrong with dW, which db and da_prev may be made of.
        """
        lines = {**self.right, **lines_of((*others, *way))}
        bench = Bench(self.probe)
        try:
            for call, seen in enumerate(self.seen):
                bench.begin(call, *self.before[call])
                dz(self, bench, call)
                if not alike(getattr(seen, quantity), _made(bench, quantity, lines, way, seen)):
                    return False
        except Exception:  # what the lines of a mistake raise is no number
            return False
        return True


_Dz = Callable[[_Case, Bench, int], None]


def _made(bench: Bench, quantity: str, lines: dict[str, str], way: Way, seen: Any) -> Any:
    """Return what the lines make of a quantity in the call at hand."""
    bench.run(lines["dW"])
    if quantity == "W":
        bench.run(lines["W"])
        return bench.layer.weights
    if quantity == "b" and not bench.probe.biased:
        return bench.layer.biases
    if quantity == "b":
        bench.run(lines["db"], lines["b"])
        return bench.layer.biases
    if _EARLY in way:
        bench.layer.weights = np.asarray(seen.W, float)
    bench.run(lines["da_prev"])
    return bench.returned(lines["return"])


# Given a rule for dz --------------------------------------------------------------------------


def _by(rows: Way) -> _Dz:
    """Return what sets dz by the lines of a mistake, or by the right ones."""

    def set_dz(case: _Case, bench: Bench, call: int) -> None:
        bench.run(rows[0].lines["dz"] if rows else case.right["dz"])

    return set_dz


def _all_explained(cases: Sequence[_Case], dz: Way) -> Iterator[Explanation]:
    """Yield the explanations with one rule for dz."""
    set_dz = _by(dz)
    of_W = _ways(cases, "W", set_dz)
    dW = tuple(row for row in of_W[0] if "dW" in row.lines) if of_W else ()
    of_b, of_da_prev = (_ways(cases, name, set_dz, dW) for name in ("b", "da_prev"))
    if dz and sum(map(bool, (of_W, of_b, of_da_prev))) < 2:
        return  # a dz that is wrong shows in more than one quantity
    named = (("dW", of_W), ("db", of_b), ("da_prev", of_da_prev))
    unknown = tuple(name for name, ways in named if not ways)
    for ways in product(*(ways or [()] for _, ways in named)):
        yield Explanation(_merged((*dz, *(row for way in ways for row in way))), unknown)


def _given_dz(cases: Sequence[_Case], set_dz: _Dz) -> Explanation:
    """Return what is wrong besides dz, where dz is none that is known."""
    unknown: list[str] = ["dz"]
    mistakes: list[Mistake] = []
    for name, quantity in (("dW", "W"), ("db", "b"), ("da_prev", "da_prev")):
        ways = _ways(cases, quantity, set_dz)
        mistakes += ways[0] if ways else ()
        unknown += [] if ways else [name]
    return Explanation(_merged(tuple(mistakes)), tuple(unknown))


def _dz_of_the_biases(case: _Case, bench: Bench, call: int) -> None:
    """Set the dz that the biases were moved by."""
    learning_rate = case.probe.calls[call][2]
    bench.names["dz"] = (case.before[call][1] - np.asarray(case.seen[call].b)) / learning_rate


def _dz_of_the_weights(case: _Case, bench: Bench, call: int) -> None:
    """Set the dz whose outer product with the inputs the weights were moved by."""
    x, _, learning_rate = case.probe.calls[call]
    dW = (case.before[call][0] - np.asarray(case.seen[call].W)) / learning_rate
    bench.names["dz"] = dW @ x / np.sum(x * x)


def _ways(cases: Sequence[_Case], quantity: str, dz: _Dz, others: Way = ()) -> list[Way]:
    """Return the shortest ways that explain a quantity in every case; none if none does."""
    found: list[Way] = []
    for way in _candidates(quantity, cases[0].probe.baseline):
        if found and len(way) > len(found[0]):
            break
        if all(case.does(quantity, way, dz, others) for case in cases):
            found.append(way)
    return found


@cache
def _candidates(quantity: str, baseline: str) -> list[Way]:
    """Return the ways in which a quantity may come about, the shortest first."""
    rows = _rows(baseline)
    first, second = {"W": ("dW", "W"), "b": ("db", "b"), "da_prev": ("da_prev", "return")}[quantity]
    early: list[Way] = [(), (_EARLY,)] if quantity == "da_prev" else [()]
    ways = [
        (*order, *one, *other)
        for one in ((), *((row,) for row in rows[first]))
        for other in ((), *((row,) for row in rows[second]))
        for order in early
        if quantity != "da_prev" or not other or not (one or order)  # what is not returned
    ]
    return sorted(ways, key=len)


def _merged(mistakes: Way) -> Way:
    """Put one row where two stand that have a row of their own together, or none."""
    keys = {mistake.key for mistake in mistakes}
    if set(SUMS) <= keys:  # 1/m may stand elsewhere, once for both
        mistakes = tuple(one for one in mistakes if one.key not in SUMS)
    for row in mistakes_in(_WHERE):
        if row.both and set(row.both) <= keys:
            mistakes = (row, *(one for one in mistakes if one.key not in row.both))
    return mistakes


# Where the learner's code raised --------------------------------------------------------------


def fails_alike(explanation: Explanation, tried: Tried) -> bool:
    """Say whether the mistakes raise where the learner's code did, and nowhere else."""
    for probe, observed in tried:
        last = observed.outcomes[-1]
        if last.error:
            wanted = outcomes(probe, explanation.mistakes)
            if len(wanted) != len(observed.outcomes) or wanted[-1].error != last.error:
                return False
    return True
