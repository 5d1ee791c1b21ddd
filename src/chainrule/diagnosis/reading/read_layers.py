"""A learner's layer with the names, shapes and calls of the formulas."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chainrule.activations import Activation
from chainrule.arrays import Array
from chainrule.diagnosis.layers.observing import Make
from chainrule.diagnosis.layers.probes import Probe
from chainrule.diagnosis.reading.conventions import is_argument
from chainrule.diagnosis.reading.readings import COLUMNS, FLAT, ROWS, Place, Reading

SIZES = (3, 4)
"""Of the layers that a reading is tried on."""


@dataclass(frozen=True)
class Calls:
    """How a learner's methods are called.

    Attributes
    ----------
    forward : callable, optional
        Gets the learner's layer and the inputs.
    backward, step : callable, optional
        Get the learner's layer, and by keyword `da`, `inputs`, `learning_rate` and what else a
        `backward` may be given.
    rate : bool
        Whether the layer has a learning rate of its own that is to be set.
    zero : str
        The method that sets kept gradients back; "" if there is none.
    """

    forward: Callable[..., Any] | None = None
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
    _a: Any = None
    _cache: Any = None

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
        """b, in the shape in which the layer keeps it; zeros where a layer has no biases."""
        if not self.reading.biases:
            return np.zeros((len(self.weights), 1))
        return Place.of(self.reading.biases).get(self.own)

    @biases.setter
    def biases(self, b: Any) -> None:
        if self.reading.biases:
            Place.of(self.reading.biases).set(self.own, b)

    def forward(self, x: Array) -> Any:
        """Return a, a column for each sample."""
        self._x = self._theirs(x)
        self._z = np.asarray(self.weights, float) @ x + np.reshape(self.biases, (-1, 1))
        if self.calls.forward is None:
            raise TypeError(f"{self.reading.forward} takes more than inputs")
        self._a = self.calls.forward(self.own, self._x)
        if self.reading.part >= 0:
            self._a, self._cache = _parted(self._a, self.reading.part)
        if self.reading.a:
            self._a = Place.of(self.reading.a).get(self.own)
        return self._ours(self._a)

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
            self.own, da=self._theirs(given), inputs=self._x, learning_rate=learning_rate,
            z=self._theirs(self._z), a=self._a, cache=self._cache, samples=da.shape[1],
            training=True,
        )  # fmt: skip
        if self.reading.da_prev:
            answer = Place.of(self.reading.da_prev).get(self.own)
        gradients: Mapping[str, Any] = {}
        if self.reading.returned and isinstance(answer, tuple | list | dict):
            parts = answer.values() if isinstance(answer, dict) else answer
            gradients = dict(zip(self.reading.returned, parts, strict=True))
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
        try:
            array = np.asarray(value, float)
        except (TypeError, ValueError):  # several arrays
            return value
        if self.reading.samples == FLAT:
            return array.reshape(-1, 1) if array.ndim == 1 else value
        return array.T if array.ndim == 2 else value


def _parted(parts: Any, which: int) -> tuple[Any, Any]:
    """Return a, and what stands beside it: for `backward`."""
    if not isinstance(parts, tuple | list) or len(parts) <= which:
        return parts, None
    others = [one for place, one in enumerate(parts) if place != which]
    return parts[which], others[0] if len(others) == 1 else tuple(others)


def rate_of(own: Any) -> str:
    """Return the attribute of a layer that is its learning rate; "" if there is none.

    An `alpha` may be the slope of a leaky relu: the last that is taken for one.
    """
    rates = [
        name for name, value in vars(own).items()
        if is_argument(name, "learning rate") and isinstance(value, float)
    ]  # fmt: skip
    return min(rates, key=lambda name: "alpha" in name or "gamma" in name, default="")


@dataclass(frozen=True, eq=False)
class Read:
    """A class, and how it is read.

    Attributes
    ----------
    reading : Reading
    bare : callable
        ``bare(n_inputs, n_neurons, activation)`` makes the learner's own layer.
    given : tuple of Activation
        What the constructor takes.
    fits : dict
        By the name of what was given, the f that the layer computes with, if that is known.
    calls : Calls
    hint : str
        What the name of `backward`'s argument says that it wants: "da", "dz" or "-da".
    unseen : bool
        Whether `backward` moves nothing, takes no learning rate, and keeps no gradient that is
        found: nothing that it does to W and b can be seen.
    """

    reading: Reading
    bare: Make
    given: tuple[Activation, ...]
    fits: dict[str, Activation] = field(default_factory=dict)
    calls: Calls = field(default_factory=Calls)
    hint: str = "da"
    unseen: bool = False

    def suited(self, probe: Probe) -> Probe:
        """Return a probe as it is for this layer: without biases where the layer has none.

        Parameters
        ----------
        probe : Probe
        """
        if self.reading.biases:
            return probe
        return replace(probe, b=np.zeros_like(probe.b), biased=False)

    def make(self, n_inputs: int, n_neurons: int, f: Activation) -> Any:
        """Return a layer with the page's names and shapes; a class as on the page stays as it is.

        Parameters
        ----------
        n_inputs, n_neurons : int
        f : Activation
        """
        own = self.bare(n_inputs, n_neurons, f)
        if self.reading.is_the_page_s:
            return own
        return ReadLayer(own, self.fits.get(f.name, f), self.reading, self.calls)
