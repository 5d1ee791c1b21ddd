"""Small layers on which a learner's `backward` is run, chosen so that mistakes show.

Square and not, sigmoid and tanh and relu, inputs and da of both signs, two learning rates, two calls
in a row: correct code and a wrong one differ somewhere.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.activations import relu, sigmoid, tanh
from chainrule.arrays import Array
from chainrule.glassbox.mistakes import RIGHT, Outcome, Rule, Scene, backward

_LEARNING_RATES = (0.3, 0.7)


@dataclass(frozen=True, eq=False)
class Probe:
    """A layer and two calls of its `backward`.

    Attributes
    ----------
    f : Activation
    W, b : array
        (n_neurons, n_inputs) and (n_neurons, 1).
    calls : tuple of (x, da, learning_rate)
    """

    f: Any
    W: Array
    b: Array
    calls: tuple[tuple[Array, Array, float], ...]

    def __str__(self) -> str:
        n_neurons, n_inputs = self.W.shape
        return f"a layer of {n_inputs} inputs and {n_neurons} neurons, {self.f!r}"

    def predicted(self, rules: Mapping[str, Rule]) -> Iterator[Outcome]:
        """Yield what a backward pass by these rules would do, call by call."""
        W, b, kept = self.W, self.b, (0.0, 0.0)
        for x, da, learning_rate in self.calls:
            scene = Scene(self.f, x, W @ x + b, W, b, da, learning_rate, kept=kept)
            outcome = backward(rules, scene)
            yield outcome
            if outcome.error or np.shape(outcome.b) != self.b.shape:
                return
            W, b, kept = outcome.W, outcome.b, scene.kept


def probes() -> list[Probe]:
    """Return the layers to try, those that tell most first."""
    shapes = [(3, 3, sigmoid), (3, 2, sigmoid), (2, 4, tanh), (3, 3, tanh), (2, 3, relu)]
    return [_probe(*shape, seed) for seed, shape in enumerate(shapes)]


def _probe(n_inputs: int, n_neurons: int, f: Any, seed: int) -> Probe:
    rng = np.random.default_rng(seed)

    def numbers(*shape: int) -> Array:
        signs = np.where(rng.random(shape) < 0.5, -1.0, 1.0)
        return signs * rng.uniform(0.3, 1.2, shape)

    calls = tuple(
        (numbers(n_inputs, 1), numbers(n_neurons, 1), learning_rate)
        for learning_rate in _LEARNING_RATES
    )
    return Probe(f, numbers(n_neurons, n_inputs), numbers(n_neurons, 1), calls)


@dataclass(frozen=True, eq=False)
class Failure:
    """An exception in a learner's code.

    Attributes
    ----------
    error : Exception
    line : str
        The learner's own line that raised it, or was on the way to it.
    number : int
        Of that line in its file; 0 if it is not known.
    """

    error: BaseException
    line: str
    number: int

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Find the last line that is neither ours nor NumPy's."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            name = frame.filename.replace("\\", "/")
            if "/chainrule/" not in name and "/numpy/" not in name:
                return cls(error, (frame.line or "").strip(), frame.lineno or 0)
        return cls(error, "", 0)


@dataclass(frozen=True, eq=False)
class Observed:
    """What a learner's layer did on a probe.

    Attributes
    ----------
    outputs : list of array
        Of `forward`, call by call.
    outcomes : list of Outcome
    failure : Failure, optional
    """

    outputs: list[Any]
    outcomes: list[Outcome]
    failure: Failure | None = None


def observe(make: Callable[[int, int, Any], Any], probe: Probe) -> Observed:
    """Run a learner's layer on a probe.

    Parameters
    ----------
    make : callable
        ``make(n_inputs, n_neurons, activation)`` returns a layer.
    probe : Probe
    """
    outputs: list[Any] = []
    outcomes: list[Outcome] = []
    try:
        n_neurons, n_inputs = probe.W.shape
        layer = make(n_inputs, n_neurons, probe.f)
        layer.weights, layer.biases = probe.W.copy(), probe.b.copy()
        for x, da, learning_rate in probe.calls:
            outputs.append(_copy(layer.forward(x.copy())))
            da_prev = _copy(layer.backward(da.copy(), learning_rate))
            outcomes.append(Outcome(_copy(layer.weights), _copy(layer.biases), da_prev))
            if np.shape(layer.biases) != probe.b.shape:
                break
    except Exception as error:
        outcomes.append(Outcome(error=_kind(error)))
        return Observed(outputs, outcomes, Failure.of(error))
    return Observed(outputs, outcomes)


def _kind(error: Exception) -> str:
    """NumPy says of shapes that do not fit: ValueError (its UFuncTypeError is about dtypes)."""
    return "ValueError" if isinstance(error, ValueError) else type(error).__name__


def _copy(value: Any) -> Any:
    return np.array(value) if isinstance(value, np.ndarray) else value


def agrees(seen: Sequence[Outcome], wanted: Iterator[Outcome]) -> bool:
    """Say whether every call did what these rules would have done."""
    predicted = list(wanted)
    return len(predicted) == len(seen) and all(map(same, seen, predicted))


def same(a: Outcome, b: Outcome) -> bool:
    """Say whether two outcomes are one, but for rounding."""
    if a.error or b.error:
        return a.error == b.error
    return all(_close(one, other) for one, other in zip(a[:3], b[:3], strict=True))


def _close(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    try:
        a, b = np.asarray(a, float), np.asarray(b, float)
    except (TypeError, ValueError):
        return False
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-9, atol=1e-12))


def right(probe: Probe) -> list[Outcome]:
    """Return what a right `backward` does."""
    return list(probe.predicted(RIGHT))
