"""Run a learner's layer on a probe and record the results, however parameters are stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.diagnosis.failures import RAISED, Failure, quiet
from chainrule.diagnosis.layers.probes import Outcome, Probe

Make = Callable[[int, int, Any], Any]


@dataclass(frozen=True, eq=False)
class Observed:
    """What a learner's layer did on a probe.

    Attributes
    ----------
    outputs : list of array
        Of `forward`, call by call.
    outcomes : list of Outcome
        Of `backward`; the last one tells of a failure.
    failure : Failure, optional
    stage : {"making", "parameters", "forward", "backward"}
        How far it went.
    """

    outputs: list[Any]
    outcomes: list[Outcome]
    failure: Failure | None = None
    stage: str = "backward"

    @property
    def refuses(self) -> bool:
        """Whether a `raise` statement of the learner's code rejected the layer."""
        return self.failure is not None and re.search(r"\braise\b", self.failure.line) is not None


Tried = Sequence[tuple[Probe, Observed]]
"""Probes, and what was observed on them."""


def observe(make: Make, probe: Probe) -> Observed:
    """Run a learner's layer on a probe.

    Parameters
    ----------
    make : callable
        ``make(n_inputs, n_neurons, activation)`` returns a layer.
    probe : Probe
    """
    outputs: list[Any] = []
    outcomes: list[Outcome] = []
    stage = "making"
    try:
        with quiet():
            n_neurons, n_inputs = probe.W.shape
            layer = make(n_inputs, n_neurons, probe.given or probe.f)
            stage = "parameters"
            parameters = Parameters(layer, probe)
            for x, da, learning_rate in probe.calls:
                stage = "forward"
                outputs.append(_copy(layer.forward(x.copy())))
                stage = "backward"
                da_prev = _copy(layer.backward(da.copy(), learning_rate))
                W, b = parameters.read()
                outcomes.append(Outcome(W, b, da_prev))
                if np.shape(b) != probe.b.shape or np.shape(W) != probe.W.shape:
                    break
    except RAISED as error:
        outcomes.append(Outcome(error=_kind(error)))
        return Observed(outputs, outcomes, Failure.of(error), stage)
    return Observed(outputs, outcomes)


def _kind(error: BaseException) -> str:
    """NumPy says of shapes that do not fit: ValueError (its UFuncTypeError is about dtypes)."""
    return "ValueError" if isinstance(error, ValueError) else type(error).__name__


def _copy(value: Any) -> Any:
    """Copy a result, so that later in-place changes cannot alter the evidence."""
    if isinstance(value, np.ndarray):
        return np.array(value)
    return deepcopy(value) if isinstance(value, list) else value


class Parameters:
    """A layer's weights and biases, set to those of a probe and read in the formulas' shapes.

    They stay what the learner made them (arrays, matrices, lists, biases of shape (n,)) and where
    they are in memory, since other names may stand for the same.
    """

    def __init__(self, layer: Any, probe: Probe) -> None:
        self._layer, self._biases = layer, np.shape(layer.biases)
        self._column = probe.b.shape
        self._set("weights", probe.W)
        size_fits = int(np.prod(self._biases)) == probe.b.size
        self._set("biases", probe.b.reshape(self._biases) if size_fits else probe.b)

    def _set(self, name: str, values: Array) -> None:
        now = getattr(self._layer, name)
        if isinstance(now, np.ndarray) and now.shape == values.shape and now.dtype.kind == "f":
            try:
                np.copyto(now, values)
            except ValueError:  # read-only
                now = None
        if not np.array_equal(np.asarray(getattr(self._layer, name), float), values):
            setattr(self._layer, name, values.tolist() if isinstance(now, list) else values.copy())

    def read(self) -> tuple[Any, Any]:
        """Return copies of both; biases in another shape than at first stay in it."""
        W, b = _copy(self._layer.weights), _copy(self._layer.biases)
        if np.shape(b) == self._biases and np.size(b) == self._column[0]:
            b = np.asarray(b).reshape(self._column)
        return W, b
