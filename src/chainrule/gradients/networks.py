"""A network's dW, db and da⁰ beside central differences of its mean loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainrule.arrays import Array
from chainrule.engines.reference import backpropagate
from chainrule.gradients.differences import Compared, compare, differences
from chainrule.gradients.learners import copies_of, dtype_note, own_backward
from chainrule.losses import Loss
from chainrule.tracing.networks import NetworkView, as_network
from chainrule.tracing.notation import raised
from chainrule.tracing.outputs import Head, head_of


def of_network(
    network: Any, x: ArrayLike | None, y: ArrayLike | None, loss: str | Loss | None
) -> tuple[list[Compared], list[str]]:
    """Compare dW and db of every layer, and da⁰, for the mean loss."""
    if x is None or y is None:
        raise ValueError("to check a network, give x and y: one sample, or one in each row")
    view = as_network(network, x, y, loss)
    layers = getattr(network, "layers", None)
    if layers is not None and own_backward(layers):
        return _of_a_learner(layers, view)
    notes = dtype_note(view.layers)
    if layers is not None and not all(hasattr(layer, "backward") for layer in layers):
        notes.append("the layers have no `backward`: the gradients are those of the formulas")
    return _of_ours(view.in_float64()), notes


def _of_ours(view: NetworkView) -> list[Compared]:
    layers, inputs, y = view.layers, view.x, view.y
    assert y is not None
    of_z = view.loss.after(layers[-1].activation)
    shares = np.full(inputs.shape[1], 1 / inputs.shape[1])

    def mean_loss() -> float:
        a = inputs
        for layer in layers:
            a = layer.forward(a)
        return float((of_z.value(layers[-1].outputs, y) * shares).sum())

    _, gradients = backpropagate(layers, of_z, inputs, y, shares)
    pairs: list[tuple[str, Any, Array]] = []
    for number, (layer, g) in enumerate(zip(layers, gradients, strict=True), 1):
        pairs.append((f"dW{raised(number)}", g.d_weights, layer.weights))
        pairs.append((f"db{raised(number)}", g.d_biases, layer.biases))
    pairs.append(("da⁰", gradients[0].da_prev, inputs))
    return [compare(name, g, differences(mean_loss, numbers)) for name, g, numbers in pairs]


def _of_a_learner(layers: Sequence[Any], view: NetworkView) -> tuple[list[Compared], list[str]]:
    """Hold a learner's own `backward` to differences of their own `forward`."""
    view = view.in_float64()
    assert view.y is not None
    head = head_of(view.loss, view.layers[-1].activation)
    if head.link == "softmax":
        raise ValueError("softmax is no elementwise activation, so that dz = da ⊙ f′(z) cannot "
                         "hold; give the last layer the identity")  # fmt: skip
    learned = copies_of(layers)
    x, y, notes = _without_sure_samples(view, head)
    m = x.shape[1]

    def outputs(sample: int) -> Array:
        a = x[:, [sample]]
        for layer in learned:
            a = layer.forward(a)
        return a

    def mean_loss() -> float:
        return sum(float(head.value(view.loss, outputs(i), y[:, [i]]).sum()) for i in range(m)) / m

    sums = [(np.zeros_like(layer.W), np.zeros_like(layer.b)) for layer in learned]
    da_first = []
    for i in range(m):
        da = head.da(view.loss, outputs(i), y[:, [i]]) / m
        for layer in reversed(learned):
            da = layer.backward(da)
        da_first.append(np.asarray(da, float).reshape(-1, 1))
        for total, layer in zip(sums, learned, strict=True):
            total[0][...] += layer.dW
            total[1][...] += layer.db
    pairs: list[tuple[str, Any, Array]] = []
    for number, ((dW, db), layer) in enumerate(zip(sums, learned, strict=True), 1):
        pairs += [(f"dW{raised(number)}", dW, layer.W), (f"db{raised(number)}", db, layer.b)]
    pairs.append(("da⁰", np.hstack(da_first), x))
    rounding = sum(layer.rounding for layer in learned)
    compared = [
        compare(name, formula, differences(mean_loss, numbers), rounding)
        for name, formula, numbers in pairs
    ]
    notes = [*dtype_note(layers), *notes, "the gradients are those of the network's own backward"]
    return compared, notes


def _without_sure_samples(view: NetworkView, head: Head) -> tuple[Array, Array, list[str]]:
    """Leave samples out whose ŷ is so near 0 or 1 that ŷ(1 − ŷ) has lost its digits.

    daⁿ divides by it and the layer multiplies by σ′(z): what is lost is no mistake of theirs.
    """
    assert view.y is not None
    a = view.x
    for layer in view.layers:
        a = layer.forward(a)
    if head.link != "sigmoid":
        return view.x, view.y, []
    sure = (np.minimum(a, 1 - a) < _SURE).any(axis=0)
    if sure.all():
        raise ValueError(
            "ŷ is rounded to 0 or 1 for every sample, so that daⁿ has no value; give samples that "
            "the network is less sure of"
        )
    told = ", ".join(map(str, np.flatnonzero(sure)[:5]))
    note = [f"left out, ŷ is 0 or 1 but for rounding: sample {told} (counted from 0)"]
    return view.x[:, ~sure].copy(), view.y[:, ~sure].copy(), note if sure.any() else []


# log(1 − ŷ) is off by some 1e-16 / (1 − ŷ), a difference with the step 1e-3 by 1000 times that:
# 1e-8 here, a hundredth of the tolerance.
_SURE = 1e-5
