"""What both networks need so that a mistake can show: most need nothing but the page's own code.

A set-up changes the right network's rules too, so that the mistake alone is what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from chainrule.course.gallery.fit_rules import RIGHT_FIT, FitRule, Moment, Rows, cross_entropy
from chainrule.course.gallery.forward_rules import ForwardRule
from chainrule.diagnosis.rules import Rule, Scene


@dataclass(frozen=True)
class SetUp:
    """What is other than on the page, for the right network as for the wrong one.

    Attributes
    ----------
    name, words : str
        In short, and as a sentence; both are empty if nothing is.
    fit, layer, forward : mapping of str to rule
        The right ones here.
    batch_size : int, optional
        Without it the samples go one by one.
    faster, farther : float
        What the learning rate, and the first point, are multiplied by.
    """

    name: str = ""
    words: str = ""
    fit: Mapping[str, FitRule] = field(default_factory=dict)
    layer: Mapping[str, Rule] = field(default_factory=dict)
    forward: Mapping[str, ForwardRule] = field(default_factory=dict)
    batch_size: int | None = None
    faster: float = 1.0
    farther: float = 1.0

    @property
    def unit(self) -> str:
        """What a step is made of."""
        return "sample" if self.batch_size is None else "batch"


ONE_BY_ONE = SetUp()
"""The page's own."""

_M = 20
_FARTHER = 100.0
_LEAST = 1e-15


def _new_order(s: Moment) -> tuple[Rows, Rows]:
    order = s.rng.permutation(s.n)
    return order, order


def _mean_over_columns(s: Scene) -> object:
    return s.dz.sum(axis=1, keepdims=True) / s.dz.shape[1]


MINI_BATCHES = SetUp(
    "mini-batches",
    f"Both networks learn in mini-batches of {_M} samples, a column each, by the code of chapter "
    f"7, at {_M} times the learning rate: a step is that of the average.",
    fit={
        "order": _new_order,
        "y": lambda s: s.labels.T,
        "loss": lambda s: s.loss + np.sum(cross_entropy(s)),
    },
    layer={"dW": lambda s: s.dz @ s.x.T / s.dz.shape[1], "db": _mean_over_columns},
    forward={"inputs": lambda layer: np.array(layer.inputs, np.float64)},
    batch_size=_M,
    faster=_M,
)


def _guarded(s: Moment) -> Moment:
    """Keep ŷ off 0 and 1, to which it is rounded where z is beyond ±37 or so."""
    return replace(s, y_hat=np.clip(s.y_hat, _LEAST, 1 - _LEAST))


OUTLIER = SetUp(
    "an outlier",
    f"One point of the outer circle lies {_FARTHER:g} times as far out, as if it were typed in "
    "another unit: sooner or later its ŷ is rounded to 0. The right network guards loss and daⁿ "
    "against that, with np.clip.",
    fit={
        "loss": lambda s: s.loss + cross_entropy(_guarded(s)),
        "da": lambda s: RIGHT_FIT["da"](_guarded(s)),
    },
    farther=_FARTHER,
)
