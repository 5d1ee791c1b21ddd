"""A small network by the formulas alone, to compare a learner's with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.course.checks.numbers import alike, difference

LayerNumbers = tuple[Any, Any, Any]
"""W, b and f of a layer."""

_RELATIVE = 1e-4
"""How far a learner's numbers after several steps may be from the formulas'."""


def drawn(layers: Sequence[tuple[int, int, Any]], seeds: Sequence[int]) -> list[LayerNumbers]:
    """Draw the numbers of layers, each given as its inputs, neurons and f, from a seed each."""
    numbers = []
    for seed, (n_inputs, n_neurons, f) in zip(seeds, layers, strict=True):
        rng = np.random.default_rng(seed)
        W, b = (rng.uniform(-1, 1, (n_neurons, k)) for k in (n_inputs, 1))
        numbers.append((W, b, f))
    return numbers


def differing_weights(
    got: Sequence[tuple[Any, Any]], wanted: Sequence[LayerNumbers]
) -> tuple[str, str]:
    """Return the name of the first W or b that differs, and how; two empty ones if none does."""
    for place, ((W, b), (W_right, b_right, _)) in enumerate(zip(got, wanted, strict=True), 1):
        for name, one, right in ((f"W{place}", W, W_right), (f"b{place}", b, b_right)):
            if not alike(one, right, _RELATIVE) or np.shape(one) != right.shape:
                return name, difference(name, one, right, _RELATIVE)
    return "", ""


def predicted(layers: Sequence[LayerNumbers], x: Any) -> Any:
    """Return ŷ for the samples in the columns of x."""
    for W, b, f in layers:
        x = f(W @ x + b)
    return x


def stepped(
    layers: Sequence[LayerNumbers],
    x: Any,
    y: Any,
    da_of: Callable[[Any, Any], Any],
    rate: float,
) -> list[LayerNumbers]:
    """Take one step by the formulas.

    Parameters
    ----------
    layers : sequence of LayerNumbers
    x, y : array of shape (n_inputs, m) and (n_outputs, m)
    da_of : callable
        Gives daⁿ for ŷ and y.
    rate : float
        η; times 1/m for the step of an average.

    Returns
    -------
    list of LayerNumbers
        As they are after it.
    """
    a, kept = x, []
    for W, b, f in layers:
        z = W @ a + b
        kept.append((a, z))
        a = f(z)
    da, after = da_of(a, y), []
    for (W, b, f), (a_prev, z) in zip(reversed(layers), reversed(kept), strict=True):
        dz = da * f.derivative(z)
        after.append((W - rate * dz @ a_prev.T, b - rate * dz.sum(axis=1, keepdims=True), f))
        da = W.T @ dz
    return after[::-1]
