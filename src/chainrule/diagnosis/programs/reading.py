"""How a program's network is built, found out by its numbers: nothing is assumed of its code.

Its parameters are put in a row by their shapes, W¹ b¹ W² b² …, each matrix (out, in) or (in, out).
Activations and a loss are tried, until what they make of x and y is the program's own loss, here
and wherever the parameters are moved to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, NamedTuple

import numpy as np

from chainrule.activations import (
    ACTIVATIONS,
    Elementwise,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    tanh,
)
from chainrule.arrays import Array
from chainrule.diagnosis.programs.chains import Link, chains, named_bias, sizes_of
from chainrule.diagnosis.programs.losses import LossForm, Scale, forms, scales_of
from chainrule.diagnosis.reading.own_activations import softmax
from chainrule.gradients.parameters import Parameter
from chainrule.gradients.programs import Program

_OUTPUTS = (sigmoid, softmax, identity, tanh, relu)
_USUAL = (sigmoid, tanh, relu, leaky_relu, identity)
_MOST_OF_MIXED = 40
_LAYERS_OF_MIXED = 4
_PLACES, _FAR = 5, 0.3
_SAME = 1e-6  # a guard in the loss, as log(p + 1e-8), is no other loss


class Samples(NamedTuple):
    """Inputs and answers, a sample in each column."""

    x: Array
    y: Array
    in_rows: bool


@dataclass(frozen=True, eq=False)
class Network:
    """How a program was read.

    Attributes
    ----------
    parameters : list of Parameter
    chain : tuple of Link
        From the first layer to the last.
    functions : tuple of activation
        Each layer's own.
    samples : Samples
    form : LossForm
    scales : tuple of Scale
        What the loss's factor may be made of.
    """

    parameters: list[Parameter]
    chain: tuple[Link, ...]
    functions: tuple[Any, ...]
    samples: Samples
    form: LossForm
    scales: tuple[Scale, ...]

    def arrays(self) -> list[tuple[Array, Array]]:
        """Return W (out, in) and b (out, 1) of each layer; zeros where there are no biases."""
        return _arrays(self.chain, [one.saved for one in self.parameters])

    def __str__(self) -> str:
        told = []
        for link, f in zip(self.chain, self.functions, strict=True):
            b = "" if link.b is None else f", {self.parameters[link.b].name}"
            told.append(f"{self.parameters[link.W].name}{b}, {f.name}")
        m = self.samples.x.shape[1]
        samples = "one sample" if m == 1 else f"{m} samples, in {self._side}"
        return f"{samples}: {' → '.join(told)}; the loss is {self._loss}"

    @property
    def _loss(self) -> str:
        return ", or ".join(scale.told(self.form) for scale in self.scales)

    @property
    def _side(self) -> str:
        return "rows" if self.samples.in_rows else "columns"


def read_network(
    program: Program, parameters: Sequence[Parameter], x: Any, y: Any
) -> Network | None:
    """Return how a program is built; None if nothing that is known makes its loss.

    Parameters
    ----------
    program : Program
        In use: its parameters are moved, and put back.
    parameters : sequence of Parameter
        All that its loss depends on.
    x, y : array
        What the loss is of.
    """
    moved = _moved(program, parameters)
    with np.errstate(all="ignore"):
        for functions_of, most in ((_alike, None), (_mixed, _MOST_OF_MIXED)):
            for chain, samples in islice(_built(parameters, x, y), most):
                for functions in functions_of(len(chain)):
                    found = _fitting(moved, chain, samples, functions)
                    if found:
                        return Network(list(parameters), chain, functions, samples, *found)
    return None


class _Moved(NamedTuple):
    arrays: Sequence[Array]
    loss: float


def _moved(program: Program, parameters: Sequence[Parameter]) -> list[_Moved]:
    """Return the program's loss at its parameters, and at several places near by."""
    rng = np.random.default_rng(0)
    found = [_Moved([one.saved for one in parameters], program.here)]
    for _ in range(_PLACES):
        arrays = [one.saved + _FAR * rng.normal(size=one.saved.shape) for one in parameters]
        for one, numbers in zip(parameters, arrays, strict=True):
            one.numbers[...] = numbers
            one.show()
        loss = program.loss()
        if np.isfinite(loss):
            found.append(_Moved(arrays, loss))
    program.reset()
    return found


# How parameters and samples may be put together ----------------------------------------------


def _built(
    parameters: Sequence[Parameter], x: Any, y: Any
) -> Iterator[tuple[tuple[Link, ...], Samples]]:
    shapes = [one.saved.shape for one in parameters]
    biases = [i for i, one in enumerate(parameters) if named_bias(one)]
    for inputs, in_rows in _inputs(np.asarray(x, float)):
        for chain in chains(shapes, len(inputs), biases):
            n_outputs = sizes_of(shapes[chain[-1].W], chain[-1].by_rows)[0]
            for answers in _answers(np.asarray(y, float), n_outputs, inputs.shape[1], in_rows):
                yield chain, Samples(inputs, answers, in_rows)


def _inputs(x: Array) -> Iterator[tuple[Array, bool]]:
    """Yield the ways in which x may hold its samples."""
    if x.ndim == 2:
        yield x.T, True
        yield x, False
    elif x.ndim < 2:
        yield x.reshape(-1, 1), False
        yield x.reshape(1, -1), True


def _answers(y: Array, k: int, m: int, in_rows: bool) -> Iterator[Array]:
    """Yield the ways in which y may hold k outputs of m samples."""
    if y.ndim == 2:
        yield from (one for one in ((y.T, y) if in_rows else (y, y.T)) if one.shape == (k, m))
    if y.size == k * m and 1 in (k, m) and y.shape != (k, m):
        yield y.reshape(k, m)
    if k > 1 and y.size == m and np.isin(y, range(k)).all():
        yield np.eye(k)[y.ravel().astype(int)].T


def _arrays(chain: Sequence[Link], values: Sequence[Array]) -> list[tuple[Array, Array]]:
    found = []
    for link in chain:
        W = oriented(values[link.W], link.by_rows)
        b = np.zeros((len(W), 1)) if link.b is None else values[link.b].reshape(-1, 1)
        found.append((W, b))
    return found


def oriented(W: Array, by_rows: bool) -> Array:
    """Return a program's W, or its gradient, as (out, in)."""
    if W.ndim < 2:
        return W.reshape(1, -1)
    return W if by_rows else W.T


# Activations and losses ------------------------------------------------------------------------


def _alike(n: int) -> Iterator[tuple[Any, ...]]:
    """Yield each layer's function, one for all hidden ones."""
    hidden: list[Elementwise] = [*_USUAL, *(f for f in ACTIVATIONS.values() if f not in _USUAL)]
    for f, last in product(hidden if n > 1 else hidden[:1], _OUTPUTS):
        yield (*[f] * (n - 1), last)


def _mixed(n: int) -> Iterator[tuple[Any, ...]]:
    if 2 < n <= _LAYERS_OF_MIXED:
        for several in product(*[_USUAL] * (n - 1), _OUTPUTS):
            if len(set(several[:-1])) > 1:
                yield several


def _fitting(
    moved: Sequence[_Moved], chain: tuple[Link, ...], samples: Samples, functions: tuple[Any, ...]
) -> tuple[LossForm, tuple[Scale, ...]] | None:
    """Return the loss that matches the program's own at every point, and its possible factors."""
    k, m = samples.y.shape
    outputs: list[Array] = []
    possible = list(forms(functions[-1]))
    for at, place in enumerate(moved):
        outputs.append(_output(_arrays(chain, place.arrays), samples.x, functions))
        losses = np.array([one.loss for one in moved[: at + 1]])
        possible = [form for form in possible if _factor(form, outputs, losses, samples.y)]
        if not possible:
            return None
    factor = _factor(possible[0], outputs, losses, samples.y)
    return possible[0], scales_of(possible[0], factor, k, m)


def _factor(form: LossForm, outputs: Sequence[Array], losses: Array, y: Array) -> float:
    """Return the one factor between a loss and the program's, everywhere; 0 if there is none."""
    factors = losses / np.array([form.total(y_hat, y) for y_hat in outputs])
    if not np.isfinite(factors).all() or factors[0] <= 0 or len(factors) == 0:
        return 0.0
    return float(factors[0]) if np.ptp(factors) <= _SAME * factors[0] else 0.0


def _output(arrays: Sequence[tuple[Array, Array]], x: Array, functions: Sequence[Any]) -> Array:
    a = x
    for (W, b), f in zip(arrays, functions, strict=True):
        a = f(W @ a + b)
    return a
