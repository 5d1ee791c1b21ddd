"""Chapter 2: the initial parameters of a layer, and the layers of a perceptron."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from chainrule.activations import relu, sigmoid, tanh
from chainrule.course.checks.findings import found_in
from chainrule.course.checks.learner import Learner, NotYetError
from chainrule.course.checks.numbers import abbreviated, matches, numbers_in
from chainrule.course.checks.seeding import seeded
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book.chapters.layer import ACTIVATION, BIASES, BUILD, LAYERS, WEIGHTS

_N_IN, _N = 3, 5


def check_weights(learner: Learner) -> Iterator[Finding | str]:
    """Yield mistakes in the initial weights W: in their shape or distribution."""
    kind = learner.kind("Layer")
    with seeded(10):
        W = _attribute(kind(_N_IN, _N, tanh), WEIGHTS)
    found = W if isinstance(W, Finding) else _of_the_shape(kind, W) or _of_the_drawing(kind)
    if found:
        yield found
        return
    with seeded(10):
        course = np.random.uniform(-1, 1, (_N, _N_IN))  # noqa: NPY002
    if not np.allclose(W, course):
        yield (
            "after np.random.seed(10) the weights are other numbers than in the course; that is no "
            "mistake (the course draws the weights first, by np.random.uniform(-1, 1, shape))"
        )


def _attribute(layer: Any, name: str) -> Any:
    """Return an attribute as an array; a finding if missing or not numeric."""
    missing = _missing(layer, name)
    if missing:
        return missing
    numbers = numbers_in(getattr(layer, name))
    if numbers is None:
        seen = f"it is {abbreviated(getattr(layer, name))}"
        return found_in((type(layer), "__init__"), name, "no-number", seen)
    return numbers


def _missing(made: Any, name: str) -> Finding | None:
    if hasattr(made, name):
        return None
    seen = f"it has {', '.join(vars(made)) or 'nothing'}"
    return found_in((type(made), "__init__"), name, "attribute-missing", seen)


def _of_the_shape(kind: type, W: Any) -> Finding | None:
    if W.shape == (_N, _N_IN):
        return None
    key = "weights-transposed" if W.shape == (_N_IN, _N) else "weights-shape"
    seen = f"for {_N_IN} inputs and {_N} neurons it is {W.shape}; right is {(_N, _N_IN)}"
    return found_in((kind, "__init__"), WEIGHTS, key, seen)


def _of_the_drawing(kind: type) -> Finding | None:
    with seeded(10):
        W, other = (np.asarray(kind(50, 40, tanh).weights, float) for _ in range(2))
    begins, between = f"W begins with {abbreviated(W[0])}", f"{W.min():.2f} and {W.max():.2f}"
    for wrong, key, seen in (
        ((W[0] == W).all(), "constant-weights", f"{begins} and {abbreviated(W[1])}"),
        ((W[:, :1] == W).all(), "equal-columns", f"{begins} and {abbreviated(W[1])}"),
        ((other == W).all(), "seeded-inside", "two new layers have the same weights"),
        ((np.round(W) == W).all(), "whole-numbers", begins),
        ((W >= 0).all(), "all-positive",
         f"2000 weights lie between {between}; right is between −1 and 1"),
        (np.abs(W).max() > 1, "too-large", f"the largest of 2000 is {np.abs(W).max():.2f}"),
    ):  # fmt: skip
        if wrong:
            return found_in((kind, "__init__"), WEIGHTS, key, seen)
    return None


_OTHER_SHAPES = {
    (_N,): "biases-flat",
    (1, _N): "biases-row",
    (_N_IN, 1): "biases-of-inputs",
    (_N, _N_IN): "biases-matrix",
    (): "bias-single",
}


def check_biases(learner: Learner) -> Iterator[Finding | str]:
    """Yield mistakes in the initial biases b."""
    kind = learner.kind("Layer")
    with seeded(10):
        b = _attribute(kind(_N_IN, _N, tanh), BIASES)
    if isinstance(b, Finding):
        yield b
    elif b.shape != (_N, 1):
        key = _OTHER_SHAPES.get(b.shape, "biases-shape")
        seen = f"it is {b.shape}; right is {(_N, 1)}"
        yield found_in((kind, "__init__"), BIASES, key, seen)
    elif (b == b[0]).all():
        yield f"all biases begin with {abbreviated(b[0, 0])}; the course draws them, too"


def check_activation(learner: Learner) -> Iterator[Finding]:
    """Yield a finding if a layer does not keep its activation."""
    kind = learner.kind("Layer")
    for f in (tanh, relu):
        layer = kind(_N_IN, _N, f)
        missing = _missing(layer, ACTIVATION)
        if missing:
            yield missing
            return
        if layer.activation is not f:
            seen = f"given {f!r}, it keeps {abbreviated(layer.activation)}"
            yield found_in((kind, "__init__"), ACTIVATION, "activation-lost", seen)
            return


class _Named:
    """A stand-in for a layer, with a name to print."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


def check_perceptron_layers(learner: Learner) -> Iterator[Finding]:
    """Yield a finding if a perceptron does not keep its layers."""
    kind = learner.kind("Perceptron")
    given: list[Any] = [_Named(f"layer {number}") for number in (1, 2, 3)]
    model = kind(list(given))
    missing = _missing(model, LAYERS)
    if missing:
        yield missing
        return
    kept = _listed(model.layers, [model.layers])
    if _same(kept, given):
        return
    wrong = {
        "layers-reversed": given[::-1],
        "layers-nested": [given],
        "layers-lost": [],
        "last-layer": given[-1:],
        "first-layer": given[:1],
    }
    key = next((key for key, layers in wrong.items() if _same(kept, layers)), "not-recognised")
    seen = f"given {abbreviated(given)}, it keeps {abbreviated(kept)}"
    yield found_in((kind, "__init__"), LAYERS, key, seen)


def _listed(layers: Any, otherwise: list[Any]) -> list[Any]:
    try:
        return list(layers)
    except TypeError:
        return otherwise


def _same(kept: list[Any], wanted: list[Any]) -> bool:
    """Compare lists by identity: == of arrays has no single answer."""
    if wanted and isinstance(wanted[0], list):
        return len(kept) == 1 and isinstance(kept[0], list) and _same(kept[0], wanted[0])
    return len(kept) == len(wanted) and all(map(operator.is_, kept, wanted))


_SHAPES = [(6, 2), (6, 6), (1, 6)]
_ACTIVATIONS = [relu, relu, sigmoid]


def check_build(learner: Learner) -> Iterator[Finding]:
    """Yield the first mistake in the 2-6-6-1 network."""
    built = learner.function("build")()
    if not {"weights", "activation", "perceptron"} <= learner.right:
        raise NotYetError  # wrong parts come first
    say = partial(found_in, (learner.module, "build"), BUILD)
    yield from islice(_of_the_network(built, say), 1)


def _of_the_network(built: Any, say: Callable[..., Finding]) -> Iterator[Finding]:
    """Yield mistakes in the network; all but the first may be consequences."""
    if not hasattr(built, "layers"):
        what = "nothing" if built is None else "no Perceptron"
        yield say("no-network", f"it returns {abbreviated(built)}", what=what)
        return
    layers = _listed(built.layers, [])
    weights: list[Any] = [getattr(layer, "weights", None) for layer in layers]
    shapes = [np.shape(W) for W in weights]
    if shapes != _SHAPES:
        seen = f"the weights are {', '.join(map(str, shapes)) or 'none'}; right are "
        seen += ", ".join(map(str, _SHAPES))
        key = "layer-count" if len(layers) != 3 else "layer-sizes"
        yield say(key, seen, count=len(layers))
        return
    z = np.array([[-1.5], [0.4]])
    for number, (layer, f) in enumerate(zip(layers, _ACTIVATIONS, strict=True), 1):
        if not (callable(layer.activation) and matches(layer.activation(z), f(z))):
            seen = f"it is {abbreviated(layer.activation)}"
            yield say("wrong-activation", seen, number=number, f=f)
