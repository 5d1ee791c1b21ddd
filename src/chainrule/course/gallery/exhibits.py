"""All mistakes that the gallery shows: of `backward`, of `fit`, and of the first weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chainrule.catalog import nearest
from chainrule.course.gallery.fit_mistakes import FIT_MISTAKES
from chainrule.course.gallery.fit_rules import FitRule
from chainrule.course.gallery.forward_rules import ForwardRule
from chainrule.course.gallery.lines import WRONG_LINES
from chainrule.course.gallery.set_ups import ONE_BY_ONE, SetUp
from chainrule.diagnosis.mistakes import MISTAKES
from chainrule.diagnosis.rules import Rule

CONSTANT = 0.5
"""What all weights begin with under "constant-weights"; there the biases begin with 0."""


@dataclass(frozen=True)
class Exhibit:
    """A mistake that can be switched on.

    Attributes
    ----------
    key, title, spoils, right : str
        As in `diagnosis.mistakes.Mistake`.
    layer : mapping of str to Rule
        What `backward` computes instead.
    fit : mapping of str to FitRule
        What `fit` does instead.
    forward : mapping of str to ForwardRule
        What a layer's `forward` computes instead.
    constant : float, optional
        What all weights begin with.
    set_up : SetUp
        What both networks need so that it shows.
    """

    key: str
    title: str
    spoils: str
    right: str
    layer: Mapping[str, Rule] = field(default_factory=dict)
    fit: Mapping[str, FitRule] = field(default_factory=dict)
    forward: Mapping[str, ForwardRule] = field(default_factory=dict)
    constant: float | None = None
    set_up: SetUp = ONE_BY_ONE

    @property
    def lines(self) -> Mapping[str, str]:
        """What stands in the learner's code, by the part of it."""
        return WRONG_LINES.get(self.key, {})

    @property
    def parts(self) -> set[str]:
        """What it exchanges."""
        start = {"initial weights"} if self.constant is not None else set()
        return {*(f"`{name}` in forward" for name in self.forward),
                *(f"`{name}` in backward" for name in self.layer),
                *(f"`{name}` in fit" for name in self.fit), *start}  # fmt: skip


_Z = Exhibit(
    "n-by-n",
    "(n,) or a row against a column (n, 1): their sum is (n, n)",
    "z",
    "W · a_prev and b are columns (n_neurons, 1)",
    forward={"z": lambda layer: layer.weights @ layer.inputs.ravel() + layer.biases},
)
_PRODUCT = Exhibit(
    "backward-fails",
    "`backward` cannot be computed: da and f′(z) are multiplied as matrices, not entry by entry",
    "dz",
    "dz = da ⊙ f′(z)",
    layer={"dz": lambda s: s.da @ s.slope},
)
_ALIKE = "their gradients are equal, and they stay alike"
_FIRST_WEIGHTS = (
    ("constant-weights", f"all neurons begin with the same numbers: {_ALIKE}", CONSTANT),
    ("zero-weights", f"all neurons begin with 0: {_ALIKE}", 0.0),
)

EXHIBITS: dict[str, Exhibit] = {
    exhibit.key: exhibit
    for exhibit in (
        _Z,
        *(Exhibit(m.key, m.title, m.spoils, m.right, layer=m.rules) for m in MISTAKES),
        _PRODUCT,
        *(
            Exhibit(key, title, "W", "draw the initial weights at random", constant=constant)
            for key, title, constant in _FIRST_WEIGHTS
        ),
        *(
            Exhibit(m.key, m.title, m.spoils, m.right, fit=m.rules, set_up=m.set_up)
            for m in FIT_MISTAKES
        ),
    )
}

QUANTITIES: dict[str, str] = {
    "dz": "dz = da ⊙ f′(z)",
    "dW": "dW = dz · a_prevᵀ",
    "db": "db = dz",
    "da_prev": "da_prev = Wᵀ · dz",
    "W": "W, its first value and its update W ← W − η dW",
    "b": "b, and its update b ← b − η db",
    "daⁿ": "daⁿ = (ŷ − y) / (ŷ(1 − ŷ))",
    "da": "da, on its way back through the layers",
    "η": "η, the learning rate",
    "y": "y, the labels",
    "a⁰": "a⁰, the rows that are visited",
    "z": "z = W · a_prev + b",
    "L": "L, the loss that is printed",
}
"""What a mistake can spoil, in the order of the list."""


def by_quantity() -> dict[str, list[Exhibit]]:
    """Return the mistakes by the quantity that they spoil.

    Examples
    --------
    >>> [exhibit.key for exhibit in by_quantity()["y"]]
    ['shuffled-apart', 'labels-inverted']
    """
    return {
        quantity: [exhibit for exhibit in EXHIBITS.values() if exhibit.spoils == quantity]
        for quantity in QUANTITIES
    }


def chosen(keys: Sequence[str]) -> tuple[Exhibit, ...]:
    """Return the mistakes of one or two keys.

    Raises
    ------
    ValueError
        If there is no such key, or two of them cannot be made at once.

    Examples
    --------
    >>> [exhibit.title for exhibit in chosen(["db-sum"])]
    ['db is one number, the sum of dz: each neuron has its own']
    """
    for key in keys:
        if key not in EXHIBITS:
            hint = nearest(key, EXHIBITS) or ";"
            raise ValueError(f"unknown mistake {key!r}{hint} 'chainrule course gallery' lists all")
    exhibits = tuple(EXHIBITS[key] for key in keys)
    if not 1 <= len(exhibits) <= 2:
        raise ValueError(f"one or two mistakes can be switched on, got {len(exhibits)}")
    common = set.intersection(*(exhibit.parts for exhibit in exhibits)) if exhibits[1:] else set()
    if common:
        raise ValueError(
            f"{keys[0]} and {keys[1]} both change {', '.join(sorted(common))}; choose two that can "
            "be made at once"
        )
    _require_one_set_up(exhibits)
    return exhibits


def _require_one_set_up(exhibits: Sequence[Exhibit]) -> None:
    names = [exhibit.set_up.name or "as on the page" for exhibit in exhibits]
    if len(set(names)) > 1:
        told = " and ".join(
            f"{one.key} ({name})" for one, name in zip(exhibits, names, strict=True)
        )
        raise ValueError(f"{told} need different networks; switch on one after the other")
