"""How a learner's layer is read, and the layer as the formulas have it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.diagnosis.conventions import is_argument

COLUMNS, ROWS, FLAT = "columns", "rows", "flat"


class Place(NamedTuple):
    """Where an object keeps an array: an attribute, or a key or an attribute of that.

    Examples
    --------
    >>> str(Place("params", "W")), str(Place("weight", "", "data"))
    ("params['W']", 'weight.data')
    """

    attribute: str
    key: str = ""
    inner: str = ""

    def __str__(self) -> str:
        if self.key:
            return f"{self.attribute}[{self.key!r}]"
        return f"{self.attribute}.{self.inner}" if self.inner else self.attribute

    @classmethod
    def of(cls, text: str) -> Place:
        """Read ``"W"``, ``"params['W']"`` or ``"weight.data"``."""
        found = re.fullmatch(r"(\w+)(?:\[['\"](.+)['\"]\]|\.(\w+))?", text)
        if found is None:
            raise ValueError(f"a place is an attribute or a key of one, got {text!r}")
        return cls(found[1], found[2] or "", found[3] or "")

    @property
    def label(self) -> str:
        """What the array is called: of a dict of gradients, and of a `grad`, that of a gradient."""
        name = self.key or self.attribute.lstrip("_")
        is_gradient = "grad" in (self.attribute if self.key else self.inner).lower()
        return f"d_{name}" if is_gradient and (self.key or self.inner) else name

    def get(self, owner: Any) -> Any:
        """Return what is there."""
        value = getattr(owner, self.attribute)
        if self.key:
            return value[self.key]
        return getattr(value, self.inner) if self.inner else value

    def set(self, owner: Any, value: Any) -> None:
        """Put a value there."""
        if self.key:
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
        How the constructor is given one: "object", "the file's own", "name", "class",
        "function and derivative", or "none".
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

    @property
    def is_the_page_s(self) -> bool:
        """Whether the class is made and used as on the page."""
        return self == PAGE

    def __str__(self) -> str:
        shape = "(n_inputs, n_neurons)" if self.transposed else "(n_neurons, n_inputs)"
        told = [
            f"made from {' and '.join(self.sizes)}{_GIVEN[self.activation]}",
            f"`{self.weights}` {shape}, `{self.biases}`",
            f"samples {'are flat vectors' if self.samples == FLAT else f'in {self.samples}'}",
            f"`{self.forward}`, then `{self.backward}` of {self.argument}",
        ]
        if self.d_weights:
            told.append(f"gradients kept in `{self.d_weights}` and `{self.d_biases}`")
            told.append(f"stepped by `{self.step}`" if self.step else "stepped by the check")
        told += [
            f"{name} left in `{getattr(self, name)}`"
            for name in ("a", "da_prev")
            if getattr(self, name)
        ]
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
    "class": " and an activation's class",
    "function and derivative": ", a function and its derivative",
    "none": "",
}


@dataclass(frozen=True)
class Calls:
    """How a learner's methods are called.

    Attributes
    ----------
    backward, step : callable, optional
        Get the learner's layer, and by keyword `da`, `inputs` and `learning_rate`.
    rate : bool
        Whether the layer has a learning rate of its own that is to be set.
    zero : str
        The method that sets kept gradients back; "" if there is none.
    """

    backward: Callable[..., Any] | None = None
    step: Callable[..., Any] | None = None
    rate: bool = False
    zero: str = ""


@dataclass(eq=False)
class ReadLayer:
    """A learner's layer with the page's names, shapes and calls.

    Attributes
    ----------
    own : object
        The learner's layer.
    f : Activation
        What it computes with.
    reading : Reading
    calls : Calls
    """

    own: Any
    f: Any
    reading: Reading
    calls: Calls
    _x: Any = None
    _z: Any = None

    @property
    def weights(self) -> Any:
        """W, of shape (n_neurons, n_inputs)."""
        W = Place.of(self.reading.weights).get(self.own)
        return np.asarray(W).T if self.reading.transposed else W

    @weights.setter
    def weights(self, W: Any) -> None:
        theirs = np.array(W).T.copy() if self.reading.transposed else W
        Place.of(self.reading.weights).set(self.own, theirs)

    @property
    def biases(self) -> Any:
        """b, in the shape in which the layer keeps it."""
        return Place.of(self.reading.biases).get(self.own)

    @biases.setter
    def biases(self, b: Any) -> None:
        Place.of(self.reading.biases).set(self.own, b)

    def forward(self, x: Array) -> Any:
        """Return a, a column for each sample."""
        self._x = self._theirs(x)
        self._z = np.asarray(self.weights, float) @ x + np.reshape(self.biases, (-1, 1))
        a = getattr(self.own, self.reading.forward)(self._x)
        return self._ours(Place.of(self.reading.a).get(self.own) if self.reading.a else a)

    def backward(self, da: Array, learning_rate: float) -> Any:
        """Let the layer step, and return da_prev."""
        assert self.calls.backward is not None
        given = {"da": da, "-da": -da, "dz": None}[self.reading.argument]
        if given is None:
            given = da * self.f.derivative(self._z)
        if self.calls.rate:
            setattr(self.own, rate_of(self.own), learning_rate)
        self._zero()
        answer = self.calls.backward(
            self.own, da=self._theirs(given), inputs=self._x, learning_rate=learning_rate
        )
        if self.reading.da_prev:
            answer = Place.of(self.reading.da_prev).get(self.own)
        gradients = {}
        if self.reading.returned and isinstance(answer, tuple):
            gradients = dict(zip(self.reading.returned, answer, strict=True))
            answer = gradients.get("da_prev")
        answer = np.array(answer) if isinstance(answer, np.ndarray) else answer
        self._step(learning_rate, gradients)
        answer = self._ours(answer)
        turned = self.reading.argument == "-da" and isinstance(answer, np.ndarray)
        return -answer if turned else answer

    def _zero(self) -> None:
        """Set kept gradients back, unless the layer's own methods are to do it."""
        if self.calls.zero:
            getattr(self.own, self.calls.zero)()
        elif self.calls.step is None:
            for kept in filter(None, (self.reading.d_weights, self.reading.d_biases)):
                with contextlib.suppress(AttributeError, KeyError):
                    place = Place.of(kept)
                    place.set(self.own, np.zeros_like(place.get(self.own)))

    def _step(self, learning_rate: float, gradients: Mapping[str, Any]) -> None:
        if self.calls.step is not None:
            self.calls.step(self.own, learning_rate=learning_rate)
            return
        for name, d_name, symbol in (("weights", "d_weights", "dW"), ("biases", "d_biases", "db")):
            kept = getattr(self.reading, d_name)
            gradient = Place.of(kept).get(self.own) if kept else gradients.get(symbol)
            if gradient is not None:
                place = Place.of(getattr(self.reading, name))
                now, gradient = np.asarray(place.get(self.own)), np.asarray(gradient)
                fits = gradient.size == now.size and name == "biases"
                place.set(
                    self.own,
                    now - learning_rate * (gradient.reshape(now.shape) if fits else gradient),
                )

    def _theirs(self, columns: Array) -> Any:
        if self.reading.samples == ROWS:
            return columns.T.copy()
        return columns.ravel() if self.reading.samples == FLAT else columns

    def _ours(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray | list) or self.reading.samples == COLUMNS:
            return value
        array = np.asarray(value)
        if self.reading.samples == FLAT:
            return array.reshape(-1, 1) if array.ndim == 1 else value
        return array.T if array.ndim == 2 else value


def rate_of(own: Any) -> str:
    """Return the attribute of a layer that is its learning rate; "" if there is none."""
    for name, value in vars(own).items():
        if is_argument(name, "learning rate") and isinstance(value, float):
            return name
    return ""
