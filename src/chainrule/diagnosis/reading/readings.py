"""What is said of how a class is read: names, shapes, who steps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

COLUMNS, ROWS, FLAT = "columns", "rows", "flat"


class Place(NamedTuple):
    """Where an object keeps an array: an attribute, or an entry or an attribute of that.

    Examples
    --------
    >>> str(Place("params", "W")), str(Place("weight", "", "data")), str(Place("params", 0))
    ("params['W']", 'weight.data', 'params[0]')
    """

    attribute: str
    key: str | int = ""
    inner: str = ""

    def __str__(self) -> str:
        if self.key != "":
            return f"{self.attribute}[{self.key!r}]"
        return f"{self.attribute}.{self.inner}" if self.inner else self.attribute

    @classmethod
    def of(cls, text: str) -> Place:
        """Read ``"W"``, ``"params['W']"``, ``"params[0]"`` or ``"weight.data"``."""
        found = re.fullmatch(r"(\w+)(?:\[['\"](.+)['\"]\]|\[(\d+)\]|\.(\w+))?", text)
        if found is None:
            raise ValueError(f"a place is an attribute, or an entry of one, got {text!r}")
        return cls(found[1], int(found[3]) if found[3] else found[2] or "", found[4] or "")

    @property
    def label(self) -> str:
        """What the array is called: of a dict of gradients, and of a `grad`, that of a gradient."""
        inside = self.key != "" or self.inner
        key = ("weights", "biases")[self.key] if isinstance(self.key, int) else self.key
        name = key or self.attribute.strip("_")
        is_gradient = "grad" in (self.inner or self.attribute).lower()
        return f"d_{name}" if is_gradient and inside else name

    def get(self, owner: Any) -> Any:
        """Return what is there."""
        value = getattr(owner, self.attribute)
        if self.key != "":
            return value[self.key]
        return getattr(value, self.inner) if self.inner else value

    def set(self, owner: Any, value: Any) -> None:
        """Put a value there."""
        if self.key != "":
            getattr(owner, self.attribute)[self.key] = value
        elif self.inner:
            setattr(getattr(owner, self.attribute), self.inner, value)
        else:
            setattr(owner, self.attribute, value)


@dataclass(frozen=True)
class Reading:
    """How a class is read.

    Attributes
    ----------
    sizes : tuple of str
        ``("n_inputs", "n_neurons")``, in the constructor's order.
    activation : str
        How the constructor is given one: "object", "the file's own", "methods", "name", "class",
        "pair", "function and derivative", or "none".
    weights, biases : str
        Where they are kept.
    transposed : bool
        Whether the weights are (n_inputs, n_neurons).
    samples : {"columns", "rows", "flat"}
    forward, backward : str
        The methods' names.
    argument : {"da", "dz", "-da"}
        What `backward` is given.
    d_weights, d_biases : str
        Where gradients are kept; "" where `backward` updates by itself.
    step : str
        The method that steps; "" where there is none.
    da_prev, a : str
        Where they are left; "" where they are returned.
    returned : tuple of str
        What `backward` returns, where that is a tuple: "da_prev", "dW", "db" in some order.
    made : str
        What is otherwise in how a layer is made: "of sizes (n,)", "of a pair of sizes",
        "of arrays", "and built by `build`".
    part : int
        Which part of what `forward` returns is a, where that is a tuple; else −1.
    """

    sizes: tuple[str, str] = ("n_inputs", "n_neurons")
    activation: str = "object"
    weights: str = "weights"
    biases: str = "biases"
    transposed: bool = False
    samples: str = COLUMNS
    forward: str = "forward"
    backward: str = "backward"
    argument: str = "da"
    d_weights: str = ""
    d_biases: str = ""
    step: str = ""
    da_prev: str = ""
    a: str = ""
    returned: tuple[str, ...] = ()
    made: str = ""
    part: int = -1

    @property
    def is_the_page_s(self) -> bool:
        """Whether the class is made and used as on the page."""
        return self == PAGE

    def __str__(self) -> str:
        shape = "(n_inputs, n_neurons)" if self.transposed else "(n_neurons, n_inputs)"
        told = [
            f"made from {' and '.join(self.sizes)}{_GIVEN[self.activation]}"
            f"{', ' if self.made else ''}{self.made}",
            f"`{self.weights}` {shape}, {f'`{self.biases}`' if self.biases else 'no biases'}",
            f"samples {'are flat vectors' if self.samples == FLAT else f'in {self.samples}'}",
            f"`{self.forward}`, then `{self.backward}` of {self.argument}",
        ]
        if self.d_weights:
            kept = [f"`{one}`" for one in (self.d_weights, self.d_biases) if one]
            told.append(f"gradients kept in {' and '.join(kept)}")
            told.append(f"stepped by `{self.step}`" if self.step else "stepped by the check")
        told += [
            f"{name} left in `{getattr(self, name)}`"
            for name in ("a", "da_prev")
            if getattr(self, name)
        ]
        if self.part >= 0:
            told.append(f"a is part {self.part + 1} of what `{self.forward}` returns")
        if self.returned:
            told.append(
                f"`{self.backward}` returns {', '.join(self.returned)}; stepped by the check"
            )
        return "; ".join(told)


PAGE = Reading()
_GIVEN: Mapping[str, str] = {
    "object": " and an activation",
    "the file's own": " and the file's own activations",
    "name": " and an activation's name",
    "methods": " and an activation with methods",
    "pair": " and a pair of a function and its derivative",
    "class": " and an activation's class",
    "function and derivative": ", a function and its derivative",
    "none": "",
}
