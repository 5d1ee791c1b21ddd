"""Small layers for running a learner's `backward`, chosen to expose mistakes.

Square and not, each activation, inputs and da of both signs, two learning rates, two calls in a
row: correct code and a wrong one differ somewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chainrule.activations import relu, sigmoid, tanh
from chainrule.arrays import Array
from chainrule.diagnosis.book import ONE_SAMPLE

_LEARNING_RATES = (0.3, 0.7)
PAGE_ACTIVATIONS = (sigmoid, tanh, relu)
"""What a layer is tried with; the page itself needs the sigmoid and relu."""

# Numbers are near if they are the same but for float32's rounding, some 1e-7 an operation, and
# for a guard such as + 1e-8. Known mistakes are 1000 times farther apart: a test holds them to it.
NEAR = 1e-5


def near(a: Any, b: Any) -> Any:
    """Say entry by entry whether two arrays of one shape are the same but for rounding."""
    return np.abs(a - b) <= NEAR * (1 + np.abs(b))


def alike(a: Any, b: Any) -> bool:
    """Say whether two results are the same but for rounding: numbers in one shape, or None."""
    if a is None or b is None:
        return a is b
    try:
        a, b = np.asarray(a, float), np.asarray(b, float)
    except (TypeError, ValueError, OverflowError):
        return False
    return a.shape == b.shape and bool(near(a, b).all())


class Outcome(NamedTuple):
    """What one call of `backward` did.

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


@dataclass(frozen=True, eq=False)
class Probe:
    """A layer and some calls of its `backward`.

    Attributes
    ----------
    f : Activation
        What the layer computes a = f(z) with.
    W, b : array
        (n_neurons, n_inputs) and (n_neurons, 1).
    calls : tuple of (x, da, learning_rate)
    given : Activation, optional
        What the layer is given as its activation, where it uses f whatever it is given.
    biased : bool
        Whether the layer has biases.
    baseline : str
        Which right code it is held to: that of one sample, of a mini-batch, of softmax.
    """

    f: Any
    W: Array
    b: Array
    calls: tuple[tuple[Array, Array, float], ...]
    given: Any = None
    biased: bool = True
    baseline: str = ONE_SAMPLE

    def __str__(self) -> str:
        n_neurons, n_inputs = self.W.shape
        name = "no activation" if self.f.name == "identity" else f"{self.f!r}"
        m = self.calls[0][0].shape[1]
        batch = f", {m} samples at once" if m > 1 else ""
        return f"a layer of {n_inputs} inputs and {n_neurons} neurons, {name}{batch}"

    @property
    def is_square(self) -> bool:
        """Whether there are as many inputs as neurons, so that some wrong shapes fit."""
        return self.W.shape[0] == self.W.shape[1]


_SIZES = ((3, 3), (3, 2), (2, 4), (3, 3), (2, 3), (3, 3))
_OF = (sigmoid, sigmoid, tanh, tanh, relu, relu)


def probes(m: int = 1) -> list[Probe]:
    """Return the layers to try, of m samples a call, those that tell most first."""
    return [
        made(n_inputs, n_neurons, f, seed, m)
        for seed, ((n_inputs, n_neurons), f) in enumerate(zip(_SIZES, _OF, strict=True))
    ]


def probes_of(f: Any, m: int = 1) -> list[Probe]:
    """Return layers of one activation, square and not."""
    return [made(*size, f, seed, m) for seed, size in enumerate(_SIZES[:3])]


def made(n_inputs: int, n_neurons: int, f: Any, seed: int, m: int = 1) -> Probe:
    """Draw a layer's numbers, and those of two calls."""
    rng = np.random.default_rng(seed)

    def numbers(*shape: int) -> Array:
        signs = np.where(rng.random(shape) < 0.5, -1.0, 1.0)
        sizes = rng.integers(20, 77, shape) / 64  # exact in every float, so that none is rounded
        return signs * sizes

    calls = tuple(
        (numbers(n_inputs, m), numbers(n_neurons, m), learning_rate)
        for learning_rate in _LEARNING_RATES
    )
    return Probe(f, numbers(n_neurons, n_inputs), numbers(n_neurons, 1), calls)


def agrees(seen: Sequence[Outcome], wanted: Sequence[Outcome]) -> bool:
    """Say whether every call did what was wanted."""
    return len(seen) == len(wanted) and all(map(same, seen, wanted))


def same(a: Outcome, b: Outcome) -> bool:
    """Say whether two outcomes are one, but for rounding."""
    if a.error or b.error:
        return a.error == b.error
    return all(alike(one, other) for one, other in zip(a[:3], b[:3], strict=True))
