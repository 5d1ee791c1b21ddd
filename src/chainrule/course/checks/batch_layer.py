"""Chapter 7, a layer's step for a batch: which of dW, db and da_prev is wrong, and how.

Sums in place of averages are no mistake by themselves, for 1/m may stand in daⁿ: the check of
`Perceptron.fit` sees the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from chainrule.activations import sigmoid, tanh
from chainrule.course.checks.learner import Learner
from chainrule.course.checks.numbers import alike, difference
from chainrule.glassbox import Finding
from chainrule.glassbox.sources import line_of

_M = 4
_DW: Mapping[str, tuple[str, Any]] = {
    "": ("", lambda dz, x, da: dz @ x.T / _M),
    "dW-summed": (
        "dW is the sum over the samples; right is the average, with 1/m",
        lambda dz, x, da: dz @ x.T,
    ),
    "dW-divided-twice": ("dW is divided by m twice", lambda dz, x, da: dz @ x.T / _M**2),
    "dW-by-neurons": (
        "dW is divided by the number of neurons, not of samples",
        lambda dz, x, da: dz @ x.T / len(dz),
    ),
    "dW-without-derivative": ("dW is made of da, not of dz", lambda dz, x, da: da @ x.T / _M),
}
_DB: Mapping[str, tuple[str, Any]] = {
    "": ("", lambda dz, da: dz.mean(axis=1, keepdims=True)),
    "db-summed": (
        "db is the sum over the samples; right is the average, with 1/m",
        lambda dz, da: dz.sum(axis=1, keepdims=True),
    ),
    "db-over-everything": (
        "db is averaged over the neurons as well: all biases move alike",
        lambda dz, da: np.full((len(dz), 1), dz.mean()),
    ),
    "db-sum-of-everything": (
        "db is summed over the neurons as well: all biases move alike",
        lambda dz, da: np.full((len(dz), 1), dz.sum()),
    ),
    "db-everything-by-m": (
        "db is summed over the neurons as well: all biases move alike",
        lambda dz, da: np.full((len(dz), 1), dz.sum() / _M),
    ),
    "db-first-sample": ("db is that of the first sample only", lambda dz, da: dz[:, :1]),
    "db-first-by-m": ("db is that of the first sample only", lambda dz, da: dz[:, :1] / _M),
    "db-divided-twice": (
        "db is divided by m twice",
        lambda dz, da: dz.mean(axis=1, keepdims=True) / _M,
    ),
    "db-without-derivative": (
        "db is made of da, not of dz",
        lambda dz, da: da.mean(axis=1, keepdims=True),
    ),
    "db-not-summed": (
        "db keeps a column for each sample: the biases grow into a matrix",
        lambda dz, da: dz,
    ),
    "db-not-summed-by-m": (
        "db keeps a column for each sample: the biases grow into a matrix",
        lambda dz, da: dz / _M,
    ),
    "db-flat": (
        "db is flat, (n,): with the column b it makes a square",
        lambda dz, da: dz.mean(axis=1),
    ),
    "db-flat-sum": (
        "db is flat, (n,): with the column b it makes a square",
        lambda dz, da: dz.sum(axis=1),
    ),
    "b-never-updated": ("the biases are never updated", lambda dz, da: np.zeros((len(dz), 1))),
}
_DA: Mapping[str, tuple[str, Any]] = {
    "": ("", lambda W, new, dz, da: W.T @ dz),
    "da_prev-divided": (
        "da_prev is divided by m; the layers before would divide once more",
        lambda W, new, dz, da: W.T @ dz / _M,
    ),
    "da_prev-averaged": (
        "da_prev is averaged over the samples; each sample keeps its column",
        lambda W, new, dz, da: (W.T @ dz).mean(axis=1, keepdims=True),
    ),
    "da_prev-summed": (
        "da_prev is summed over the samples; each sample keeps its column",
        lambda W, new, dz, da: (W.T @ dz).sum(axis=1, keepdims=True),
    ),
    "updated-too-early": (
        "the weights are updated before da_prev is computed",
        lambda W, new, dz, da: new.T @ dz,
    ),
    "da-for-dz": ("da_prev is made of da, not of dz", lambda W, new, dz, da: W.T @ da),
    "returns-nothing": (
        "nothing is returned: the layer before needs da_prev",
        lambda W, new, dz, da: None,
    ),
}
_RIGHT = {
    "dW": "dW = (1/m) dz · a_prevᵀ",
    "db": "db = (1/m) Σ dz over the columns",
    "da_prev": "da_prev = Wᵀ · dz, (n_inputs, m)",
}
_WORDS = {
    "dW": ("d_weights", "dW", "self.weights"),
    "db": ("d_biases", "db", "self.biases"),
    "da_prev": ("da_prev", "return"),
}
_SUMS = frozenset({"dW-summed", "db-summed"})
_RATE = 0.3


def look_at_backward(learner: Learner) -> Iterator[Finding | str]:
    """Yield what is wrong with a layer's step for a batch."""
    kind = learner.kind("Layer")
    learner.method("Layer", "backward")
    explanations: set[tuple[str, str, str]] | None = None
    first: tuple[str, str] | None = None
    for n_inputs, n_neurons, f in ((3, 2, sigmoid), (2, 3, tanh), (3, 5, sigmoid)):
        case = _case(kind, n_inputs, n_neurons, f)
        explaining = set(_explaining(case))
        explanations = explaining if explanations is None else explanations & explaining
        first = first or _first(case)
    assert explanations is not None
    explanation = min(explanations, key=_mistakes) if explanations else None
    if explanation is not None and {*filter(None, explanation)} in (set(), set(_SUMS)):
        return
    yield from _findings(kind, explanation, first)


def _mistakes(explanation: tuple[str, str, str]) -> tuple[int, str]:
    return sum(map(bool, explanation)), "".join(explanation)


def _findings(
    kind: type, explanation: tuple[str, str, str] | None, first: tuple[str, str] | None
) -> Iterator[Finding]:
    quantity, seen = first or ("", "")
    if explanation is None:
        yield Finding(
            "not-recognised",
            f"wrong, not recognised: the first quantity that differs is {quantity}",
            quantity,
            seen,
            _RIGHT.get(quantity, ""),
            line_of(kind, "backward", _WORDS.get(quantity, ("return",))),
        )
        return
    for name, table, key in zip(_RIGHT, (_DW, _DB, _DA), explanation, strict=True):
        if key:
            yield Finding(
                key,
                table[key][0],
                name,
                seen if name == quantity else "",
                _RIGHT[name],
                line_of(kind, "backward", _WORDS[name]),
            )


class _Case:
    """What a learner's layer did with a batch, and what it was given."""

    def __init__(self, kind: type, n_inputs: int, n_neurons: int, f: Any) -> None:
        rng = np.random.default_rng(n_inputs * 10 + n_neurons)
        self.W, self.b = (
            rng.uniform(-1, 1, (n_neurons, n_inputs)),
            rng.uniform(-1, 1, (n_neurons, 1)),
        )
        self.x, self.da = rng.normal(size=(n_inputs, _M)), rng.normal(size=(n_neurons, _M))
        self.dz = self.da * f.derivative(self.W @ self.x + self.b)
        layer = kind(n_inputs, n_neurons, f)
        layer.weights, layer.biases = self.W.copy(), self.b.copy()
        layer.forward(self.x.copy())
        self.da_prev = layer.backward(self.da.copy(), _RATE)
        self.W_new, self.b_new = layer.weights, layer.biases


def _case(kind: type, n_inputs: int, n_neurons: int, f: Any) -> _Case:
    return _Case(kind, n_inputs, n_neurons, f)


def _explaining(case: _Case) -> Iterator[tuple[str, str, str]]:
    """Yield the mistakes, by their keys, that together do what was seen."""
    new_W = {w: case.W - _RATE * rule(case.dz, case.x, case.da) for w, (_, rule) in _DW.items()}
    new_b = {b: case.b - _RATE * rule(case.dz, case.da) for b, (_, rule) in _DB.items()}
    fitting_W = [w for w, new in new_W.items() if alike(case.W_new, new)]
    fitting_b = [b for b, new in new_b.items() if alike(case.b_new, new)]
    for w, (d, (_, rule)) in product(fitting_W, _DA.items()):
        da_prev = rule(case.W, new_W[w], case.dz, case.da)
        if case.da_prev is None if da_prev is None else alike(case.da_prev, da_prev):
            yield from ((w, b, d) for b in fitting_b)


def _first(case: _Case) -> tuple[str, str] | None:
    """Return the first quantity that differs from the right one, and how."""
    seen = {
        "dW": (_change(case.W, case.W_new), _DW[""][1](case.dz, case.x, case.da)),
        "db": (_change(case.b, case.b_new), _DB[""][1](case.dz, case.da)),
        "da_prev": (case.da_prev, _DA[""][1](case.W, None, case.dz, case.da)),
    }
    for name, (got, want) in seen.items():
        if not alike(got, want):
            return name, f"with m = {_M} samples {difference(name, got, want)}"
    return None


def _change(old: Any, new: Any) -> Any:
    return (old - new) / _RATE if np.shape(old) == np.shape(new) else new
