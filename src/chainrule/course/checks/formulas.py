"""A small network by the formulas alone, to compare a learner's with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

LayerNumbers = tuple[Any, Any, Any]
"""W, b and f of a layer."""


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
