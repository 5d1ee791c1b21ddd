"""Which mistake the gradients of a program of any make have: a class, functions, a script.

Differences of its loss say whether they are right. If they are not, and the data are known, it is
found out how its network is built, and the book's lines are run over all its layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.diagnosis.book import Mistake, found
from chainrule.diagnosis.findings import Diagnosis, Finding
from chainrule.diagnosis.programs.explaining import Explanation, Seen, explanations
from chainrule.diagnosis.programs.items import Item, items, likely_line, without_gradient
from chainrule.diagnosis.programs.numbers import Told, told_by_numbers
from chainrule.diagnosis.programs.reading import Network, oriented, read_network
from chainrule.gradients import GradientCheck, check_gradients
from chainrule.gradients.claims import given
from chainrule.gradients.parameters import Parameter
from chainrule.gradients.programs import Program
from chainrule.gradients.updates import updated

_GUARDED = 1e-3  # a relative error up to it can come from a guard in the loss
_BEFORE = {"daⁿ", "dz", "da_prev"}  # in lines before that of a gradient
_DELTAS = ("dZ", "dz", "delta", "delta_", "d")
_ROUNDED = 1e-12  # of the largest gradient: softmax's dz sum up to 0, but for this much
_UNREAD = (
    "how the network is built could not be found out from its parameters, x, y and loss: this is "
    "what the numbers alone tell"
)
_NO_DATA = "with x= and y=, the data that the loss is of, more mistakes are known"


@dataclass(frozen=True, eq=False)
class _Case:
    """All that was seen of a program whose gradients are wrong."""

    check: GradientCheck
    items: list[Item]
    missing: list[str]
    source: Any
    learning_rate: float | None
    network: Network | None = None

    def finding(self, row: Mistake, item: Item, where: str = "") -> Finding:
        """Return the finding for a mistake, with its effect on a gradient."""
        words = (item.name, item.parameter.name, *row.words)
        if row.quantity in _BEFORE:
            words = (*self._deltas(item), *row.words, *words)
        line = likely_line(self.source, words)
        return Finding(row.key, f"{row.title}{where}", row.quantity, item.told, row.right, line)

    def _deltas(self, item: Item) -> list[str]:
        """Return what a program may call the dz that a gradient is made of."""
        chain = self.network.chain if self.network else ()
        parameters = self.network.parameters if self.network else []
        for layer, link in enumerate(chain, 1):
            if item.parameter in [parameters[i] for i in (link.W, link.b) if i is not None]:
                return [f"{name}{layer}" for name in _DELTAS]
        return []

    def unknown(self, several: Sequence[Item]) -> Finding:
        """Return the finding of gradients that no mistake explains."""
        first, *others = several
        names = " and ".join(one.parameter.name for one in others)
        which = f"the first gradient that differs, from the last layer back, is that of "\
                f"{first.parameter.name}" + (f"; {names} as well" if names else "")  # fmt: skip
        line = likely_line(self.source, (first.name, first.parameter.name))
        row = found("Layer", "not-recognised", first.told, line, which=which)
        right = "db = Σ dz over the samples" if first.is_bias else "dW = dz · a_prevᵀ"
        return replace(row, quantity="db" if first.is_bias else "dW", right=right)


def look_at_program(
    loss: Any,
    parameters: Any,
    *,
    gradients: Any = None,
    step: Any = None,
    learning_rate: float | None = None,
    x: Any = None,
    y: Any = None,
) -> Diagnosis:
    """Find out which mistake a program's gradients have.

    Parameters
    ----------
    loss, parameters, gradients, step, learning_rate
        As `check_gradients` takes them.
    x, y : array, optional
        The data that the loss is of, samples in rows or in columns. Without them only what the
        numbers alone tell is said.

    Raises
    ------
    TypeError, ValueError
        As `check_gradients` does.

    Examples
    --------
    >>> x, y = np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 0.0]]), np.array([1.0, 0.0, 2.0])
    >>> p = {"w": np.array([0.3, -0.2]), "b": 0.1}
    >>> loss = lambda: np.mean((x @ p["w"] + p["b"] - y) ** 2)
    >>> error = 2 * (y - x @ p["w"] - p["b"]) / 3
    >>> gradients = {"dw": error @ x, "db": error.sum()}
    >>> print(look_at_program(loss, p, gradients=gradients, x=x, y=y))
    read as: 3 samples, in rows: w, b, identity; the loss is the squared error, a mean over samples
    <BLANKLINE>
    ✗ y − ŷ in place of ŷ − y: every step goes up the loss
        right:   daⁿ = ∂L/∂ŷ of the very loss that is computed, with its 1/m and its ½
        seen:    the gradient of w[0] is 2.25; by differences it is −2.25
    """
    how = {"gradients": gradients, "step": step, "learning_rate": learning_rate}
    check = check_gradients(loss, parameters=parameters, **how)
    if check.ok:
        return Diagnosis((), tuple(check.notes))
    data = None if x is None or y is None else (x, y)
    case = _looked_at(check, loss, parameters, data, how)
    if case.network is None:
        return _by_numbers(case, asked=data is not None)
    return _by_network(case, case.network)


def _looked_at(
    check: GradientCheck, loss: Any, parameters: Any, data: Any, how: dict[str, Any]
) -> _Case:
    rate = how["learning_rate"]
    with np.errstate(all="ignore"), Program(loss, parameters, np.random.default_rng(0)) as program:
        if how["step"] is None:
            claims = given(program, how["gradients"])
        else:
            claims = updated(program, how["step"], rate)
            rate = 1.0 if rate is None else rate
        seen = items(program, claims)
        missing = without_gradient(program, claims)
        network = None
        if data is not None:
            network = _read(program, [*(one.parameter for one in seen), *missing], data)
    names = [one.name for one in missing]
    source = how["gradients"] if how["step"] is None else how["step"]
    return _Case(check, seen, names, source, rate if how["step"] is not None else None, network)


def _read(program: Program, claimed: list[Parameter], data: Any) -> Network | None:
    """Return how a program is built, of what its loss depends on, or else of all parameters.

    On those of a neuron that relu keeps at 0 a loss does not depend.
    """
    still = [one for one in program.held if one.looks_like_one and one not in claimed]
    idle = [one for one in (*claimed, *still) if not program.depends_on(one)]
    known = [one for one in claimed if one not in idle]
    return read_network(program, known, *data) or (
        read_network(program, [*known, *idle], *data) if idle else None
    )


def _of_missing(case: _Case) -> Iterator[Finding]:
    for name in case.missing:
        row = found("a program", "gradient-missing", f"{name} has none", name=name)
        yield replace(row, line=likely_line(case.source, (name,)))


# By the network ----------------------------------------------------------------------------------


def _by_network(case: _Case, network: Network) -> Diagnosis:
    seen = [_seen(case, network, layer) for layer in range(len(network.chain))]
    matching = explanations(network, seen, case.learning_rate)
    differ = (_item_of(case, network, *place) for place in matching[0].unknown)
    unknown = [one for one in differ if one is not None]
    unknown += [one for one in case.items if one.wrong and one.parameter not in network.parameters]
    findings = [*_of_missing(case), *_named(case, network, matching)]
    if not findings and not unknown:
        wrong = [one for one in case.items if one.wrong]
        if all(one.error < _GUARDED for one in wrong):
            return Diagnosis((), tuple(case.check.notes), str(network))
        unknown = wrong[::-1]
    remarks: tuple[str, ...] = ()
    if unknown:
        findings.append(case.unknown(unknown))
        remarks = tuple(case.check.notes)
    return Diagnosis(tuple(findings), remarks, str(network))


def _seen(case: _Case, network: Network, layer: int) -> Seen:
    """Return the gradients of a layer, (out, in) and (out, 1)."""
    W, b = (_item_of(case, network, layer + 1, name) for name in ("W", "b"))
    of_W = None if W is None else oriented(W.values, network.chain[layer].by_rows)
    of_b = None if b is None else _column(b)
    sizes = (np.abs(array).max(initial=0.0) for one in case.items
             for array in (one.values, one.differences))  # fmt: skip
    largest = float(max(sizes))
    rounding = _ROUNDED * largest if np.isfinite(largest) else 0.0
    return Seen(of_W, of_b, rounding + max(one.rounding if one else 0.0 for one in (W, b)))


def _column(b: Item) -> Array:
    fits = b.values.size == b.parameter.saved.size
    return b.values.reshape(-1, 1) if fits else b.values


def _item_of(case: _Case, network: Network, layer: int, name: str) -> Item | None:
    place = network.chain[layer - 1].W if name == "W" else network.chain[layer - 1].b
    if place is None:
        return None
    parameter = network.parameters[place]
    return next((one for one in case.items if one.parameter is parameter), None)


def _named(case: _Case, network: Network, matching: Sequence[Explanation]) -> Iterator[Finding]:
    """Yield the mistakes common to all explanations, then one finding for the alternatives."""
    shared = frozenset.intersection(*(one.keys for one in matching))
    for row, where in sorted(matching[0].placed, key=lambda placed: -max(placed[1])):
        if row.key in shared:
            yield case.finding(row, _first(case, network, row, where), _where(network, row, where))
    if len(matching) > 1:
        rest = [[p for p in one.placed if p[0].key not in shared] for one in matching]
        these = [
            " and ".join(f"{row.title}{_where(network, row, where)}" for row, where in placed)
            for placed in rest
        ]
        row, where = rest[0][0]
        yield _one_of_several(case, row, _first(case, network, row, where), these)


def _one_of_several(case: _Case, row: Mistake, item: Item, these: Sequence[str]) -> Finding:
    first = case.finding(row, item)
    several = found(
        "Layer", "one-of-several", first.evidence, first.line, these="; or ".join(these)
    )
    return replace(several, quantity=first.quantity, right=first.right)


def _where(network: Network, row: Mistake, where: Sequence[int]) -> str:
    """Return which layers a mistake is in, where there are several to choose from."""
    n = len(network.chain)
    if n == 1 or max(where) > n:
        return ""
    possible = range(2, n + 1) if row.quantity == "da_prev" else range(1, n + 1)
    if len(where) == len(possible) > 1:
        return ", in every layer"
    numbers = [str(layer) for layer in sorted(where)]
    return f", in layer{'s' if len(numbers) > 1 else ''} {' and '.join(numbers)}"


def _first(case: _Case, network: Network, row: Mistake, where: Sequence[int]) -> Item:
    """Return the first wrong gradient, from the last layer back, that a mistake can have spoilt."""
    top = min(max(where), len(network.chain)) - (row.quantity == "da_prev")
    names = ("b", "W") if row.quantity in ("db", "b") else ("W", "b")
    order = [_item_of(case, network, layer, name) for layer in range(top, 0, -1) for name in names]
    order += case.items[::-1]
    return next(one for one in order if one is not None and one.wrong)


# By the numbers alone --------------------------------------------------------------------------


def _by_numbers(case: _Case, asked: bool) -> Diagnosis:
    told = told_by_numbers(case.items, case.learning_rate)
    findings = [*_of_missing(case), *(_of_told(case, one) for one in told)]
    explained = [item for one in told for item in one.items]
    unknown = [one for one in case.items[::-1] if one.wrong and one not in explained]
    remarks = [_UNREAD if asked else _NO_DATA]
    if unknown:
        findings.append(case.unknown(unknown))
        remarks += case.check.notes
    return Diagnosis(tuple(findings), tuple(remarks))


def _of_told(case: _Case, told: Told) -> Finding:
    wrong = next(one for one in reversed(told.items) if one.wrong)
    everything = len(told.items) == len(case.items)
    names = " and ".join(one.parameter.name for one in told.items if one.wrong)
    where = "" if everything else f" ({names})"
    if len(told.rows) == 1:
        return case.finding(told.rows[0], wrong, where)
    return _one_of_several(case, told.rows[0], wrong, [f"{row.title}{where}" for row in told.rows])
