"""The mistakes that people make in a hand-written `backward`, each as what it computes.

To add one, write a row: the rules of the backward pass (see `chainrule.diagnosis.rules`) that it
replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chainrule.activations import sigmoid, tanh
from chainrule.catalog import look_up
from chainrule.diagnosis.rules import RIGHT, Outcome, Rule, Scene, backward

__all__ = ["MISTAKES", "RIGHT", "Mistake", "Outcome", "Rule", "Scene", "backward", "get_mistake"]


@dataclass(frozen=True)
class Mistake:
    """A mistake in `backward`.

    Attributes
    ----------
    key : str
    title : str
        What is wrong, in the words of the formula.
    spoils : str
        The quantity that it makes wrong first.
    right : str
        The right formula.
    rules : mapping of str to Rule
        What it computes instead.
    words : tuple of str
        What the line to look at is likely to hold.
    """

    key: str
    title: str
    spoils: str
    right: str
    rules: Mapping[str, Rule]
    words: tuple[str, ...]


def _only(name: str, rule: Rule) -> dict[str, Rule]:
    return {name: rule}


_UPDATE_W, _UPDATE_B = "W ← W − η dW", "b ← b − η db"
_W, _B = ("self.weights", "weights"), ("self.biases", "biases")
_DZ = ("dz", "derivative")
_DA_PREV = ("da_prev", "return")

MISTAKES: tuple[Mistake, ...] = (
    # What spoils dz
    Mistake("no-derivative", "f′(z) is missing: dz is da itself", "dz", "dz = da ⊙ f′(z)",
            _only("dz", lambda s: s.da), _DZ),
    Mistake("derivative-at-a", "f′ is taken at a = f(z) in place of z (or `forward` keeps a as the "
            "raw output)", "dz", "dz = da ⊙ f′(z) with the raw z",
            _only("slope", lambda s: s.f.derivative(s.f(s.z))), _DZ),
    Mistake("z-times-1-minus-z", "z(1 − z) in place of σ(z)(1 − σ(z)): that formula is for a", "dz",
            "σ′(z) = σ(z)(1 − σ(z))", _only("slope", lambda s: s.z * (1 - s.z)), _DZ),
    Mistake("1-minus-z-squared", "1 − z² in place of 1 − tanh²(z): that formula is for a", "dz",
            "tanh′(z) = 1 − tanh²(z)", _only("slope", lambda s: 1 - s.z**2), _DZ),
    Mistake("always-sigmoid", "σ′ is used for every layer, whatever its activation", "dz",
            "dz = da ⊙ f′(z) with this layer's f",
            _only("slope", lambda s: sigmoid.derivative(s.z)), _DZ),
    Mistake("always-relu", "relu′ is used for every layer, whatever its activation", "dz",
            "dz = da ⊙ f′(z) with this layer's f",
            _only("slope", lambda s: (s.z > 0).astype(float)), _DZ),
    Mistake("always-tanh", "tanh′ is used for every layer, whatever its activation", "dz",
            "dz = da ⊙ f′(z) with this layer's f",
            _only("slope", lambda s: tanh.derivative(s.z)), _DZ),
    Mistake("derivative-at-inputs", "f′ is taken at the layer's inputs in place of z", "dz",
            "dz = da ⊙ f′(z) with the raw z", _only("slope", lambda s: s.f.derivative(s.x)), _DZ),
    Mistake("derivative-twice", "f′(z) is multiplied in twice", "dz", "dz = da ⊙ f′(z)",
            _only("dz", lambda s: s.da * s.slope * s.slope), _DZ),
    Mistake("dz-negated", "dz has the wrong sign, and with it all that is made of it", "dz",
            "dz = da ⊙ f′(z)", _only("dz", lambda s: -s.da * s.slope), _DZ),
    Mistake("activation-for-derivative", "da is multiplied by f(z), not by f′(z)", "dz",
            "dz = da ⊙ f′(z)", _only("slope", lambda s: s.f(s.z)), _DZ),
    # What spoils dW
    Mistake("outer-transposed", "the outer product is the wrong way round: a_prev · dzᵀ", "dW",
            "dW = dz · a_prevᵀ", _only("dW", lambda s: s.x @ s.dz.T),
            ("d_weights", "dW", "inputs")),
    Mistake("dW-without-derivative", "dW is made of da, not of dz", "dW", "dW = dz · a_prevᵀ",
            _only("dW", lambda s: s.da @ s.x.T), ("d_weights", "dW", "inputs")),
    Mistake("dW-entry-by-entry", "dz and a_prev are multiplied entry by entry, not as an outer "
            "product", "dW", "dW = dz · a_prevᵀ",
            _only("dW", lambda s: s.dz * s.x * np.ones_like(s.W)),
            ("d_weights", "dW", "inputs")),
    Mistake("dW-from-z", "dW is made of z, not of the layer's inputs", "dW", "dW = dz · a_prevᵀ",
            _only("dW", lambda s: s.dz @ s.z.T), ("d_weights", "dW", "outputs")),
    Mistake("dW-from-a", "dW is made of the layer's own a, not of its inputs", "dW",
            "dW = dz · a_prevᵀ", _only("dW", lambda s: s.dz @ s.f(s.z).T),
            ("d_weights", "dW", "outputs")),
    Mistake("dW-accumulates", "gradients are added to those of the last call", "dW",
            "dW = dz · a_prevᵀ, anew in every call",
            {"dW": lambda s: s.dz @ s.x.T + s.kept[0], "db": lambda s: s.dz + s.kept[1]},
            ("+=", "d_weights", "dW")),
    Mistake("W-accumulates", "dW is added to that of the last call", "dW",
            "dW = dz · a_prevᵀ, anew in every call",
            _only("dW", lambda s: s.dz @ s.x.T + s.kept[0]), ("+=", "d_weights", "dW")),
    # What spoils db
    Mistake("b-accumulates", "db is added to that of the last call", "db",
            "db = dz, anew in every call", _only("db", lambda s: s.dz + s.kept[1]),
            ("+=", "d_biases", "db")),
    Mistake("db-sum", "db is one number, the sum of dz: each neuron has its own", "db", "db = dz",
            _only("db", lambda s: np.sum(s.dz)), ("d_biases", "db", "sum")),
    Mistake("db-mean", "db is one number, the mean of dz: each neuron has its own", "db", "db = dz",
            _only("db", lambda s: np.mean(s.dz)), ("d_biases", "db", "mean")),
    Mistake("db-times-inputs", "db is multiplied by the inputs: the rows of dW, summed", "db",
            "db = dz", _only("db", lambda s: s.dW.sum(axis=1, keepdims=True)), ("d_biases", "db")),
    Mistake("db-without-derivative", "db is made of da, not of dz", "db", "db = dz",
            _only("db", lambda s: s.da), ("d_biases", "db")),
    Mistake("b-into-matrix", "the biases grow into a matrix: dzᵀ is a row against their column",
            "b", "b ← b − η dz, both columns",
            _only("b", lambda s: s.b - s.learning_rate * np.asarray(s.db).T), _B),
    Mistake("b-takes-dW", "the biases are moved by dW and grow into its shape", "b", _UPDATE_B,
            _only("b", lambda s: s.b - s.learning_rate * s.dW), _B),
    # What spoils da_prev
    Mistake("updated-too-early", "the weights are updated before da_prev is computed", "da_prev",
            "da_prev = Wᵀ · dz with W as it was before the update",
            _only("da_prev", lambda s: s.W_new.T @ s.dz), _DA_PREV),
    Mistake("dW-for-W", "da_prev is made of dW, not of W", "da_prev", "da_prev = Wᵀ · dz",
            _only("da_prev", lambda s: s.dW.T @ s.dz), _DA_PREV),
    Mistake("W-not-transposed", "W is not transposed in da_prev", "da_prev", "da_prev = Wᵀ · dz",
            _only("da_prev", lambda s: s.W @ s.dz), _DA_PREV),
    Mistake("da-for-dz", "da_prev is made of da, not of dz", "da_prev", "da_prev = Wᵀ · dz",
            _only("da_prev", lambda s: s.W.T @ s.da), _DA_PREV),
    Mistake("da_prev-entry-by-entry", "Wᵀ and dz are multiplied entry by entry, not as a product",
            "da_prev", "da_prev = Wᵀ · dz", _only("da_prev", lambda s: s.W.T * s.dz), _DA_PREV),
    Mistake("da_prev-times-derivative", "da_prev is multiplied by f′ of the inputs: the layer "
            "before does that with its own f and z", "da_prev", "da_prev = Wᵀ · dz",
            _only("da_prev", lambda s: s.W.T @ s.dz * s.f.derivative(s.x)), _DA_PREV),
    Mistake("returns-flat", "da_prev is returned without its second axis: (n,) against (n, 1) "
            "makes (n, n) in the layer before", "da_prev", "da_prev = Wᵀ · dz, a column",
            _only("da_prev", lambda s: (s.W.T @ s.dz).ravel()), _DA_PREV),
    Mistake("returns-row", "da_prev is returned as a row, not as a column", "da_prev",
            "da_prev = Wᵀ · dz, a column", _only("da_prev", lambda s: (s.W.T @ s.dz).T), _DA_PREV),
    Mistake("returns-nothing", "nothing is returned: the layer before needs da_prev", "da_prev",
            "return da_prev", _only("da_prev", lambda s: None), ("def backward", "return")),
    Mistake("returns-dW", "dW is returned in place of da_prev", "da_prev", "return da_prev",
            _only("da_prev", lambda s: s.dW), ("return",)),
    Mistake("returns-dz", "dz is returned in place of da_prev", "da_prev", "return da_prev",
            _only("da_prev", lambda s: s.dz), ("return",)),
    Mistake("returns-da", "da is returned as it came", "da_prev", "return da_prev",
            _only("da_prev", lambda s: s.da), ("return",)),
    # The update
    Mistake("added", "the step is added: it goes up the loss, not down", "W", f"{_UPDATE_W}, "
            f"{_UPDATE_B}", {"W": lambda s: s.W + s.learning_rate * s.dW,
                             "b": lambda s: s.b + s.learning_rate * s.db}, _W),
    Mistake("W-added", "the weights' step is added, not subtracted", "W", _UPDATE_W,
            _only("W", lambda s: s.W + s.learning_rate * s.dW), _W),
    Mistake("b-added", "the biases' step is added, not subtracted", "b", _UPDATE_B,
            _only("b", lambda s: s.b + s.learning_rate * s.db), _B),
    Mistake("no-learning-rate", "the learning rate η is missing", "W", f"{_UPDATE_W}, {_UPDATE_B}",
            {"W": lambda s: s.W - s.dW, "b": lambda s: s.b - s.db}, _W),
    Mistake("W-without-learning-rate", "the learning rate η is missing in the weights' step", "W",
            _UPDATE_W, _only("W", lambda s: s.W - s.dW), _W),
    Mistake("b-without-learning-rate", "the learning rate η is missing in the biases' step", "b",
            _UPDATE_B, _only("b", lambda s: s.b - s.db), _B),
    Mistake("learning-rate-twice", "the learning rate η is applied twice", "W",
            f"{_UPDATE_W}, {_UPDATE_B}",
            {"W": lambda s: s.W - s.learning_rate**2 * s.dW,
             "b": lambda s: s.b - s.learning_rate**2 * s.db}, _W),
    Mistake("W-learning-rate-twice", "the learning rate η is applied twice in the weights' step",
            "W", _UPDATE_W, _only("W", lambda s: s.W - s.learning_rate**2 * s.dW), _W),
    Mistake("b-learning-rate-twice", "the learning rate η is applied twice in the biases' step",
            "b", _UPDATE_B, _only("b", lambda s: s.b - s.learning_rate**2 * s.db), _B),
    Mistake("overwritten", "the weights are overwritten by their step", "W",
            f"{_UPDATE_W}, {_UPDATE_B}",
            {"W": lambda s: -s.learning_rate * s.dW, "b": lambda s: -s.learning_rate * s.db}, _W),
    Mistake("W-overwritten", "the weights are overwritten by their step", "W", _UPDATE_W,
            _only("W", lambda s: -s.learning_rate * s.dW), _W),
    Mistake("b-overwritten", "the biases are overwritten by their step", "b", _UPDATE_B,
            _only("b", lambda s: -s.learning_rate * s.db + 0 * s.b), _B),
    Mistake("W-never-updated", "the weights are never updated", "W", _UPDATE_W,
            _only("W", lambda s: s.W), ("def backward", *_W)),
    Mistake("b-never-updated", "the biases are never updated", "b", _UPDATE_B,
            _only("b", lambda s: s.b), ("def backward", *_B)),
    Mistake("never-updated", "neither weights nor biases are ever updated", "W",
            f"{_UPDATE_W}, {_UPDATE_B}", {"W": lambda s: s.W, "b": lambda s: s.b},
            ("def backward",)),
)  # fmt: skip


def get_mistake(key: str) -> Mistake:
    """Return the mistake of that key.

    Raises
    ------
    ValueError
        If there is none.
    """
    return look_up({mistake.key: mistake for mistake in MISTAKES}, key, "mistake")
