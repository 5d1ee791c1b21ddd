"""A network's dW, db and da⁰ beside central differences of its mean loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainrule.arrays import Array
from chainrule.engines.reference import backpropagate
from chainrule.gradients.batches import several_at_once
from chainrule.gradients.differences import Compared, compare, differences
from chainrule.gradients.learners import Learned, copies_of, dtype_note, own_backward
from chainrule.layers import Gradients, Layer
from chainrule.losses import Loss
from chainrule.tracing.networks import NetworkView, as_network
from chainrule.tracing.notation import raised
from chainrule.tracing.outputs import Head, head_of


def of_network(
    network: Any,
    x: ArrayLike | None,
    y: ArrayLike | None,
    loss: str | Loss | None,
    tolerance: float,
) -> tuple[list[Compared], list[str]]:
    """Compare dW and db of every layer, and da⁰, for the mean loss."""
    if x is None or y is None:
        raise ValueError("to check a network, give x and y: one sample, or one in each row")
    layers: Any = getattr(network, "layers", None)
    own = copies_of(layers) if _are_own(layers) else []
    view = as_network(network, x, y, loss)
    if own:
        return _of_a_learner(own, view, tolerance)
    notes = dtype_note(view.layers)
    if layers is not None and not all(hasattr(layer, "backward") for layer in layers):
        notes.append("the layers have no `backward`: the gradients are those of the formulas")
    return _of_ours(view.in_float64()), notes


def _are_own(layers: Any) -> bool:
    """Say whether it is the learner's own `backward` that is checked.

    Raises
    ------
    TypeError
        If they are no layers at all.
    """
    if not isinstance(layers, list | tuple) or not layers:
        return False  # whatever it is, `as_network` reads or refuses it
    if not any(hasattr(layer, "forward") or hasattr(layer, "weights") for layer in layers):
        raise TypeError(
            f"`layers` holds no layers with weights and biases but {layers!r:.80}; for a network "
            "made otherwise: check_gradients(loss, parameters, gradients)"
        )
    return own_backward(layers)


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
        pairs += _of_groups(layer, g, raised(number))
    pairs.append(("da⁰", gradients[0].da_prev, inputs))
    return [compare(name, g, differences(mean_loss, numbers)) for name, g, numbers in pairs]


def _of_groups(layer: Layer, g: Gradients, up: str) -> list[tuple[str, Any, Array]]:
    """Return dW and db of each group that learns, beside the numbers that are moved."""
    if len(layer.groups) == 1:
        return [
            (f"dW{up}", g.d_weights, layer.groups[0].weights),
            (f"db{up}", g.d_biases, layer.groups[0].biases),
        ]
    pairs: list[tuple[str, Any, Array]] = []
    row = column = 0
    for number, group in enumerate(layer.groups, 1):
        rows = slice(row, row := row + group.n_neurons)
        columns = slice(column, column := column + group.n_inputs)
        if group.theta.size:
            where = f"{up} of group {number}"
            pairs.append((f"dW{where}", g.d_weights[rows, columns], group.weights))
            pairs.append((f"db{where}", g.d_biases[rows], group.biases))
    return pairs


def _of_a_learner(
    learned: Sequence[Learned], view: NetworkView, tolerance: float
) -> tuple[list[Compared], list[str]]:
    """Hold a learner's own `backward` to differences of their own `forward`."""
    view = view.in_float64()
    head = head_of(view.loss, view.layers[-1].activation)
    if head.link == "softmax":
        raise ValueError("softmax is no elementwise activation, so that dz = da ⊙ f′(z) cannot "
                         "hold; give the last layer the identity")  # fmt: skip
    x, y, left_out = _without_sure_samples(view, head)
    _require_steady(learned, x[:, [0]])
    sums, da_first = _backward_sums(learned, view.loss, head, x, y)

    def mean_loss() -> float:
        columns = range(x.shape[1])
        values = (head.value(view.loss, _outputs(learned, x[:, [i]]), y[:, [i]]) for i in columns)
        return sum(float(value.sum()) for value in values) / x.shape[1]

    pairs: list[tuple[str, Any, Array]] = []
    for number, ((dW, db), layer) in enumerate(zip(sums, learned, strict=True), 1):
        pairs += [(f"dW{raised(number)}", dW, layer.W), (f"db{raised(number)}", db, layer.b)]
    pairs.append(("da⁰", da_first, x))
    rounding = sum(layer.rounding for layer in learned)
    compared = [
        compare(name, formula, differences(mean_loss, numbers), rounding)
        for name, formula, numbers in pairs
    ]
    notes = [*dtype_note([layer.original for layer in learned]), *left_out,
             "the gradients are those of the network's own backward"]  # fmt: skip
    if all(one.worst[0] <= tolerance for one in compared):
        for number, layer in enumerate(learned, 1):
            at_once = several_at_once(layer, np.random.default_rng(number), number)
            compared += at_once.wrong
            notes += at_once.notes
    return compared, notes


def _outputs(learned: Sequence[Learned], a: Array) -> Array:
    for layer in learned:
        a = layer.forward(a)
    return a


def _require_steady(learned: Sequence[Learned], a: Array) -> None:
    for layer in learned:
        a = layer.steady_forward(a)


def _backward_sums(
    learned: Sequence[Learned], loss: Loss, head: Head, x: Array, y: Array
) -> tuple[list[tuple[Array, Array]], Array]:
    """Return every layer's dW and db of the mean loss, and da⁰ of every sample."""
    m = x.shape[1]
    sums = [(np.zeros_like(layer.W), np.zeros_like(layer.b)) for layer in learned]
    da_first = []
    for i in range(m):
        da = head.da(loss, _outputs(learned, x[:, [i]]), y[:, [i]]) / m
        for layer in reversed(learned):
            da = layer.backward(da)
        da_first.append(da.reshape(-1, 1))
        for (dW, db), layer in zip(sums, learned, strict=True):
            np.add(dW, layer.dW, out=dW)
            np.add(db, layer.db, out=db)
    return sums, np.hstack(da_first)


def _without_sure_samples(view: NetworkView, head: Head) -> tuple[Array, Array, list[str]]:
    """Leave out samples with ŷ too near 0 or 1 for ŷ(1 − ŷ) to keep its digits.

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
