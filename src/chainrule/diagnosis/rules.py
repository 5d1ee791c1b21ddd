"""A backward pass as seven small rules, and what a pass by other rules would do.

A mistake replaces some of the rules. What it does to W, b and da_prev can then be computed for any
layer: to recognise it, to show it, to plant it in a right network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from chainrule.arrays import Array


@dataclass
class Scene:
    """What a backward pass knows, and what it has computed so far."""

    f: Any
    x: Array
    z: Array
    W: Array
    b: Array
    da: Array
    learning_rate: float
    slope: Array = field(init=False)
    dz: Array = field(init=False)
    dW: Array = field(init=False)  # noqa: N815  # the formula's symbol
    db: Any = field(init=False)
    W_new: Array = field(init=False)
    kept: tuple[Any, Any] = (0.0, 0.0)  # the last call's dW and db


Rule = Callable[[Scene], Any]

RIGHT: dict[str, Rule] = {
    "slope": lambda s: s.f.derivative(s.z),
    "dz": lambda s: s.da * s.slope,
    "dW": lambda s: s.dz @ s.x.T,
    "db": lambda s: s.dz,
    "W": lambda s: s.W - s.learning_rate * s.dW,
    "b": lambda s: s.b - s.learning_rate * s.db,
    "da_prev": lambda s: s.W.T @ s.dz,
}


class Outcome(NamedTuple):
    """What a backward pass did.

    Attributes
    ----------
    W, b : array
        After the update.
    da_prev : object
        What it returned.
    error : str
        The kind of exception, if it raised one; then nothing else counts.
    """

    W: Any = None
    b: Any = None
    da_prev: Any = None
    error: str = ""


def backward(rules: Mapping[str, Rule], scene: Scene) -> Outcome:
    """Run a backward pass by these rules in place of the right ones."""
    rule = {**RIGHT, **rules}
    try:
        scene.slope = rule["slope"](scene)
        scene.dz = rule["dz"](scene)
        scene.dW = rule["dW"](scene)
        scene.db = rule["db"](scene)
        scene.W_new = _assigned(rule["W"](scene), scene.W)
        b = rule["b"](scene)
        da_prev = rule["da_prev"](scene)
    except ValueError:
        return Outcome(error="ValueError")
    scene.kept = scene.dW, scene.db
    return Outcome(scene.W_new, b, da_prev)


def _assigned(new: Array, old: Array) -> Array:
    """W keeps its shape, or NumPy refuses `W -= …`."""
    if np.shape(new) != np.shape(old):
        raise ValueError("the weights cannot change their shape")
    return new
