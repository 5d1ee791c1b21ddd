"""The page's own layers with known parameters, trained step by step as a reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from chainrule.course.checks.numbers import difference, matches
from chainrule.diagnosis.book import ONE_SAMPLE, PIECES
from chainrule.diagnosis.page_code import page_class, run_part

LayerNumbers = tuple[Any, Any, Any]
"""W, b and f of a layer."""

_RELATIVE = 1e-4
"""The relative tolerance for parameters after several steps."""


def drawn(layers: Sequence[tuple[int, int, Any]], seeds: Sequence[int]) -> list[LayerNumbers]:
    """Draw each layer's W and b from a seed; a layer is given as n_inputs, n_neurons and f."""
    numbers = []
    for seed, (n_inputs, n_neurons, f) in zip(seeds, layers, strict=True):
        rng = np.random.default_rng(seed)
        W, b = (rng.uniform(-1, 1, (n_neurons, k)) for k in (n_inputs, 1))
        numbers.append((W, b, f))
    return numbers


def differing_weights(
    got: Sequence[tuple[Any, Any]], wanted: Sequence[LayerNumbers]
) -> tuple[str, str]:
    """Return the name of the first differing W or b and the difference; two "" if none differs."""
    for place, ((W, b), (W_right, b_right, _)) in enumerate(zip(got, wanted, strict=True), 1):
        for name, one, right in ((f"W{place}", W, W_right), (f"b{place}", b, b_right)):
            if not matches(one, right, _RELATIVE) or np.shape(one) != right.shape:
                return name, difference(name, one, right, _RELATIVE)
    return "", ""


def predicted(layers: Sequence[LayerNumbers], x: Any) -> Any:
    """Return ŷ for the samples in the columns of x."""
    for W, b, f in layers:
        x = f(W @ x + b)
    return x


@cache
def _layer(baseline: str) -> type:
    return page_class("Layer", (), baseline)


def stepped(
    layers: Sequence[LayerNumbers],
    x: Any,
    y: Any,
    rate: float,
    *,
    lines: Mapping[str, str] | None = None,
    baseline: str = ONE_SAMPLE,
    **names: Any,
) -> list[LayerNumbers]:
    """Take one step of gradient descent by the page's code.

    Parameters
    ----------
    layers : sequence of LayerNumbers
    x, y : array of shape (n_inputs, m) and (n_outputs, m)
    rate : float
        η.
    lines : mapping of str to str, optional
        A mistake's lines of `fit`.
    baseline : str
    **names
        Further variables in the line of daⁿ, besides ŷ and y.

    Returns
    -------
    list of LayerNumbers
        The layers after the step.
    """
    own = [_layer(baseline)(*reversed(W.shape), f) for W, _, f in layers]
    a = x
    for layer, (W, b, _) in zip(own, layers, strict=True):
        layer.weights, layer.biases = W.copy(), b.copy()
        a = layer.forward(a)
    at_hand = {"np": np, "y_hat": a, "y": y, **names}
    run_part({**PIECES["Perceptron.fit"].right(baseline), **(lines or {})}["da"], at_hand)
    da = at_hand["da"]
    for layer in reversed(own):
        da = layer.backward(da, rate)
    return [(layer.weights, layer.biases, layer.activation) for layer in own]
