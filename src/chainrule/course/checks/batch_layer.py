"""Chapter 7, a layer's step for a batch: which of dz, dW, db, da_prev and the update is wrong.

Sums in place of averages are no mistake by themselves, for 1/m may stand in daⁿ: the check of
`Perceptron.fit` sees the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from chainrule.activations import sigmoid, tanh
from chainrule.course.checks.batch_failures import failed
from chainrule.course.checks.batch_mistakes import DA, DB, DW, DZ, STEPS, M
from chainrule.course.checks.learner import Learner
from chainrule.course.checks.numbers import alike, difference, numbers_in
from chainrule.course.checks.placing import placed
from chainrule.diagnosis import Finding
from chainrule.diagnosis.sources import line_of

_TABLES: dict[str, Any] = {"dz": DZ, "dW": DW, "db": DB, "da_prev": DA, "step": STEPS}
_RIGHT = {
    "dz": "dz = da ⊙ f′(z)",
    "dW": "dW = (1/m) dz · a_prevᵀ",
    "db": "db = (1/m) Σ dz over the columns",
    "da_prev": "da_prev = Wᵀ · dz, (n_inputs, m)",
    "step": "W ← W − η dW, b ← b − η db",
}
_WORDS = {
    "dz": ("dz", "derivative"),
    "dW": ("d_weights", "dW", "self.weights"),
    "db": ("d_biases", "db", "self.biases"),
    "da_prev": ("da_prev", "return"),
    "step": ("self.weights", "weights"),
}
_SUMMED = ("dW-summed", "db-summed")
_RATE = 0.3


class _Explanation(NamedTuple):
    """A row of each table, by its key; "" is the right one."""

    dz: str = ""
    dW: str = ""  # noqa: N815  # the formula's symbol
    db: str = ""
    da_prev: str = ""
    step: str = ""

    @property
    def mistakes(self) -> dict[str, str]:
        """The keys by the quantity; sums are none where both are sums."""
        summed = (self.dW, self.db) == _SUMMED
        return {
            name: key
            for name, key in zip(_TABLES, self, strict=True)
            if key and not (summed and key in _SUMMED)
        }

    @property
    def title(self) -> str:
        return " and ".join(_TABLES[name][key][0] for name, key in self.mistakes.items())


def look_at_backward(learner: Learner) -> Iterator[Finding | str]:
    """Yield what is wrong with a layer's step for a batch."""
    kind = learner.kind("Layer")
    learner.method("Layer", "backward")
    cases = [_Case(kind, *sizes) for sizes in ((3, 2, sigmoid), (2, 3, tanh), (3, 5, sigmoid))]
    failure = next((case.failure for case in cases if case.failure is not None), None)
    if failure is not None:
        yield failure
        return
    if any(not one.mistakes for one in _explaining(cases, [("", "")])):
        return
    found = _explaining(cases, list(product(DZ, STEPS)))
    fewest = min((len(one.mistakes) for one in found), default=0)
    yield from _findings(kind, [one for one in found if len(one.mistakes) == fewest], cases)


def _findings(kind: type, best: list[_Explanation], cases: Sequence[_Case]) -> Iterator[Finding]:
    """Yield the mistakes; where several explain all that was seen, they are one finding."""
    quantity, seen = next((case.first for case in cases if case.first), ("", ""))
    if not best:
        yield Finding(
            "not-recognised",
            f"wrong, not recognised: the first quantity that differs is {quantity}",
            quantity,
            seen,
            _RIGHT.get(quantity, ""),
            line_of(kind, "backward", _WORDS.get(quantity, ("return",))),
        )
        return
    titles = list(dict.fromkeys(one.title for one in best))
    mistakes = dict(best[0].mistakes)
    if len(titles) > 1:
        name = next(iter(mistakes))
        yield _finding(
            kind, name, "one-of-several",
            f"one of these, which do the same: {'; or '.join(titles)}", seen,
        )  # fmt: skip
        return
    for name, key in mistakes.items():
        yield _finding(kind, name, key, _TABLES[name][key][0], seen)
        seen = ""


def _finding(kind: type, name: str, key: str, title: str, seen: str) -> Finding:
    line = line_of(kind, "backward", _WORDS[name])
    return Finding(key, title, "W" if name == "step" else name, seen, _RIGHT[name], line)


class _Case:
    """What a learner's layer did with a batch, and what it was given."""

    def __init__(self, kind: type, n_inputs: int, n_neurons: int, f: Any) -> None:
        rng = np.random.default_rng(n_inputs * 10 + n_neurons)
        self.W, self.b = (
            rng.uniform(-1, 1, (n_neurons, n_inputs)),
            rng.uniform(-1, 1, (n_neurons, 1)),
        )
        self.x, self.da = rng.normal(size=(n_inputs, M)), rng.normal(size=(n_neurons, M))
        self.f, self.z = f, self.W @ self.x + self.b
        self.da_prev: Any = None
        self.failure: Finding | None = None
        layer = kind(n_inputs, n_neurons, f)
        read = placed(layer, self.W, self.b)
        layer.forward(self.x.copy())
        try:
            self.da_prev = layer.backward(self.da.copy(), _RATE)
        except ValueError as error:  # what NumPy says of shapes
            self.failure = failed(kind, error, n_inputs, n_neurons)
        self.W_new, self.b_new = read()

    @property
    def first(self) -> tuple[str, str] | None:
        """The first quantity that differs from the right one, and how."""
        dz = DZ[""][1](self.f, self.z, self.da)
        seen = {
            "dW": (_change(self.W, self.W_new), DW[""][1](dz, self.x, self.da)),
            "db": (_change(self.b, self.b_new), DB[""][1](dz, self.da)),
            "da_prev": (self.da_prev, DA[""][1](self.W, None, dz, self.da)),
        }
        for name, (got, want) in seen.items():
            if not alike(got, want):
                return name, f"with m = {M} samples {difference(name, got, want)}"
        return None

    def explaining(self, dz_key: str, step: str) -> Iterator[_Explanation]:
        """Yield the mistakes that, with these two, do what was seen."""
        dz = DZ[dz_key][1](self.f, self.z, self.da)
        rate_W, rate_b = STEPS[step][1](_RATE)
        new_W = {w: self.W - rate_W * rule(dz, self.x, self.da) for w, (_, rule) in DW.items()}
        fitting_W = [w for w, new in new_W.items() if alike(self.W_new, new)]
        if not fitting_W:
            return
        new_b = {b: self.b - rate_b * rule(dz, self.da) for b, (_, rule) in DB.items()}
        fitting_b = [b for b, new in new_b.items() if alike(self.b_new, new)]
        for w, (d, (_, rule)) in product(fitting_W, DA.items()):
            da_prev = rule(self.W, new_W[w], dz, self.da)
            if self.da_prev is None if da_prev is None else alike(self.da_prev, da_prev):
                yield from (_Explanation(dz_key, w, b, d, step) for b in fitting_b)


def _explaining(
    cases: Sequence[_Case], dz_and_step: Sequence[tuple[str, str]]
) -> list[_Explanation]:
    """Return the mistakes that together do what was seen in every case."""
    found: set[_Explanation] | None = None
    for case in cases:
        here = {one for keys in dz_and_step for one in case.explaining(*keys)}
        found = here if found is None else found & here
    return sorted(found or ())


def _change(old: Any, new: Any) -> Any:
    numbers = numbers_in(new)
    same = numbers is not None and numbers.shape == old.shape
    return (old - numbers) / _RATE if same else new
