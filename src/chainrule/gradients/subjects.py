"""What gradients can be checked of: a function, a loss, a layer, a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainrule.arrays import Array
from chainrule.engines.reference import backpropagate
from chainrule.gradients.differences import Compared, Differences, differences
from chainrule.gradients.learners import copies_of, dtype_note, floats, own_backward
from chainrule.losses import Loss
from chainrule.tracing.networks import NetworkView, as_network
from chainrule.tracing.notation import raised
from chainrule.tracing.outputs import Head, head_of

_Z = np.linspace(-6.0, 6.0, 49)  # with 0, where kinks are


def of_function(
    f: Callable[[Any], Any], derivative: Callable[[Any], Any], x: ArrayLike | None
) -> Compared:
    """Compare an elementwise function's derivative, number by number."""
    z = np.atleast_1d(floats("x", _Z if x is None else x))
    formula = np.asarray(derivative(z.copy()), float)
    if formula.shape != z.shape and formula.size != 1:
        raise ValueError(f"the derivative of {z.shape} numbers has the shape {formula.shape}")
    found = [differences(_sum_of(f, one), one) for one in z.reshape(-1, 1, 1)]
    slopes, rounding, kinks = (np.array(part).reshape(z.shape) for part in zip(*found, strict=True))
    name = "f′" if z.ndim == 1 and x is not None else "f′(z)"
    return Compared(name, np.broadcast_to(formula, z.shape), Differences(slopes, rounding, kinks))


def _sum_of(f: Callable[[Any], Any], one: Array) -> Callable[[], float]:
    return lambda: float(np.sum(f(one.copy())))


def of_loss(
    loss: Loss, x: ArrayLike | None, y: ArrayLike | None, source: np.random.Generator
) -> Compared:
    """Compare a loss's dz; x holds the raw outputs z, one sample in each row."""
    if (x is None) != (y is None):
        raise ValueError("to check a loss, give both x (the raw outputs z) and y, or neither")
    if x is None or y is None:
        z, targets = _drawn_for(loss, source)
    else:
        z, targets = floats("x", x), floats("y", y)
        if z.ndim != 2 or z.shape != targets.shape:
            raise ValueError(
                f"x and y are (m, n_outputs), one sample in each row, got {z.shape} and "
                f"{targets.shape}"
            )
        z, targets = z.T.copy(), targets.T.copy()
    found = differences(lambda: float(loss.value(z, targets).sum()), z)
    return _compare("dz", loss.dz(z, targets), found)


def _drawn_for(loss: Loss, source: np.random.Generator) -> tuple[Array, Array]:
    """Draw raw outputs and labels that the loss allows: shares, above 0, of so many outputs."""
    for n_outputs in (3, *range(1, 33)):
        y = source.dirichlet(np.ones(n_outputs), 5).T
        if np.all(loss.allows(y)):
            return source.normal(size=(n_outputs, 5)), y
    raise ValueError(f"{loss!r} is for {loss.labels}: give x (the raw outputs z) and y")


def of_layer(
    layer: Any, x: ArrayLike | None, source: np.random.Generator
) -> tuple[list[Compared], list[str]]:
    """Compare a layer's dW, db and da_prev for Σ da ⊙ a, with a da of both signs."""
    (learned,) = copies_of([layer])
    n_neurons, n_inputs = learned.W.shape
    inputs = source.normal(size=(n_inputs, 1)) if x is None else floats("x", x).reshape(-1, 1)
    if len(inputs) != n_inputs:
        raise ValueError(f"the layer takes {n_inputs} inputs, got {inputs.size}")
    da = source.choice([-1.0, 1.0], (n_neurons, 1)) * source.uniform(0.5, 1.5, (n_neurons, 1))
    learned.forward(inputs)
    da_prev = learned.backward(da)
    formulas = {"dW": learned.dW, "db": learned.db, "da_prev": da_prev}
    numbers = {"dW": learned.W, "db": learned.b, "da_prev": inputs}
    rounding = learned.rounding

    def weighted() -> float:
        return float(np.sum(da * learned.forward(inputs)))

    compared = [
        _compare(name, formulas[name], differences(weighted, numbers[name]), rounding)
        for name in formulas
    ]
    return compared, dtype_note([layer])


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
    return [_compare(name, g, differences(mean_loss, numbers)) for name, g, numbers in pairs]


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
        _compare(name, formula, differences(mean_loss, numbers), rounding)
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


def _compare(name: str, formula: Any, found: Differences, rounding: float = 0.0) -> Compared:
    formula = np.asarray(formula, float)
    if formula.shape != found.slopes.shape:
        raise ValueError(f"{name} has the shape {formula.shape}; it must be {found.slopes.shape}")
    return Compared(name, formula, found, rounding)
