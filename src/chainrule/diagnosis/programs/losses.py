"""The losses that a program's own loss is held to, and the factors in front of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chainrule.activations import sigmoid
from chainrule.arrays import Array
from chainrule.diagnosis.book import Mistake, mistakes_in, programs
from chainrule.diagnosis.reading.own_activations import softmax


@dataclass(frozen=True)
class LossForm:
    """A loss, summed over samples and outputs.

    Attributes
    ----------
    name : str
    total : callable
        ``total(ŷ, y)`` is the sum.
    da : str
        The line that makes its daⁿ.
    mistakes : tuple of Mistake
        Lines that make another daⁿ or dzⁿ in its place, times the loss's factor or in all.
    """

    name: str
    total: Callable[[Array, Array], float]
    da: str
    mistakes: tuple[Mistake, ...] = ()


class Scale(NamedTuple):
    """The factor of a loss.

    Attributes
    ----------
    factor : float
        What the sum is multiplied by.
    halved : bool
    samples, outputs : bool
        Whether it is a mean over them.
    """

    factor: float
    halved: bool
    samples: bool
    outputs: bool
    known: bool = True

    def told(self, form: LossForm) -> str:
        """Return the loss in words."""
        if not self.known:
            return f"{self.factor:.4g} times the {form.name}"
        over = [name for name, mean in (("samples", self.samples), ("outputs", self.outputs))
                if mean]  # fmt: skip
        how = f"a mean over {' and '.join(over)}" if over else "a sum"
        return f"{'half ' if self.halved else ''}the {form.name}, {how}"


def scales_of(form: LossForm, factor: float, k: int, m: int) -> tuple[Scale, ...]:
    """Return what a factor may be made of: ½, 1/m, 1/k; the likeliest first.

    Examples
    --------
    >>> [one.told(SQUARED) for one in scales_of(SQUARED, 0.1, k=1, m=5)]
    ['half the squared error, a mean over samples']
    """
    found = [
        Scale(factor, halved, samples, outputs)
        for outputs, samples in ((False, False), (False, True), (True, True), (True, False))
        for halved in (False, True)
        if (not halved or form is SQUARED) and (not samples or m > 1) and (not outputs or k > 1)
        and _is_made(factor, halved, m if samples else 1, k if outputs else 1)
    ]  # fmt: skip
    return tuple(found) or (Scale(factor, False, samples=False, outputs=False, known=False),)


def _is_made(factor: float, halved: bool, m: int, k: int) -> bool:
    made = (0.5 if halved else 1.0) / (m * k)
    return abs(made - factor) <= 1e-6 * factor


def _entropy(y_hat: Array, y: Array) -> float:
    return -float(np.sum(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))


_OF_FIT = {row.key: row for row in mistakes_in("Perceptron.fit")}
_BINARY = ("sigma-prime-lost", "sign-and-sigma-prime", "sigma-prime-twice", "squared-error",
           "brackets", "first-term", "second-term", "term-sign", "loss-for-derivative",
           "labels-inverted")  # fmt: skip

SQUARED = LossForm("squared error", lambda y_hat, y: float(np.sum((y_hat - y) ** 2)),
                   "da = 2 * (y_hat - y)", programs.MIXED_UP)  # fmt: skip
BINARY = LossForm("binary cross-entropy", _entropy, "da = (y_hat - y) / (y_hat * (1 - y_hat))",
                  tuple(_OF_FIT[key] for key in _BINARY))  # fmt: skip
CROSS_ENTROPY = LossForm(
    "cross-entropy", lambda y_hat, y: -float(np.sum(y * np.log(y_hat))), "da = -y / y_hat",
    (*(_OF_FIT[key] for key in ("sigma-prime-lost", "squared-error")), *programs.OF_SOFTMAX),
)  # fmt: skip


def forms(output: Any) -> Iterator[LossForm]:
    """Yield the losses that an output of this activation may have."""
    if output in (sigmoid, softmax):
        yield from (BINARY, CROSS_ENTROPY) if output is sigmoid else (CROSS_ENTROPY, BINARY)
    yield SQUARED
