"""Small layers on which a learner's `backward` is run, chosen so that mistakes show.

Square and not, sigmoid and tanh and relu, inputs and da of both signs, two learning rates, two
calls in a row: correct code and a wrong one differ somewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.activations import relu, sigmoid, tanh
from chainrule.arrays import Array
from chainrule.diagnosis.rules import RIGHT, Outcome, Rule, Scene, backward

_LEARNING_RATES = (0.3, 0.7)

# Numbers are near if they are the same but for float32's rounding, some 1e-7 an operation, and
# for a guard such as + 1e-8. Known mistakes are 1000 times farther apart: a test holds them to it.
NEAR = 1e-5


def near(a: Any, b: Any) -> Any:
    """Say entry by entry whether two arrays of one shape are the same but for rounding."""
    return np.abs(a - b) <= NEAR * (1 + np.abs(b))


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

    @property
    def is_square(self) -> bool:
        """Whether there are as many inputs as neurons, so that some wrong shapes fit."""
        return self.W.shape[0] == self.W.shape[1]

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
        sizes = rng.integers(20, 77, shape) / 64  # exact in every float, so that none is rounded
        return signs * sizes

    calls = tuple(
        (numbers(n_inputs, 1), numbers(n_neurons, 1), learning_rate)
        for learning_rate in _LEARNING_RATES
    )
    return Probe(f, numbers(n_neurons, n_inputs), numbers(n_neurons, 1), calls)


def agrees(seen: Sequence[Outcome], wanted: Iterator[Outcome]) -> bool:
    """Say whether every call did what these rules would have done."""
    for outcome in seen:  # one call after the other: most hypotheses fail at the first
        predicted = next(wanted, None)
        if predicted is None or not same(outcome, predicted):
            return False
    return next(wanted, None) is None


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
    except (TypeError, ValueError, OverflowError):
        return False
    return a.shape == b.shape and bool(near(a, b).all())


def right(probe: Probe) -> list[Outcome]:
    """Return what a right `backward` does."""
    return list(probe.predicted(RIGHT))
