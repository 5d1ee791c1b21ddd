"""Chapter 2: what a layer and a perceptron begin with."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.activations import relu, sigmoid, tanh
from chainrule.course.checks.learner import Learner, NotYetError
from chainrule.course.checks.numbers import alike, brief, numbers_in
from chainrule.course.checks.seeding import seeded
from chainrule.diagnosis import Finding
from chainrule.diagnosis.sources import line_of

_W = "self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))"
_B = "self.biases = np.random.uniform(-1, 1, (n_neurons, 1))"
_N_IN, _N = 3, 5


def look_at_weights(learner: Learner) -> Iterator[Finding | str]:
    """Yield what is wrong with W: its shape, or what it is drawn from."""
    kind = learner.kind("Layer")
    line = line_of(kind, "__init__", ("self.weights", "weights"))
    with seeded(10):
        weights = _attribute(kind(_N_IN, _N, tanh), "weights")
    if isinstance(weights, Finding):
        yield weights
        return
    if weights.shape != (_N, _N_IN):
        transposed = weights.shape == (_N_IN, _N)
        yield Finding(
            "weights-transposed" if transposed else "weights-shape",
            "W is transposed: a row belongs to a neuron, a column to an input"
            if transposed
            else "W has another shape",
            "W",
            f"for {_N_IN} inputs and {_N} neurons it is {weights.shape}; right is {(_N, _N_IN)}",
            _W,
            line,
        )
        return
    found = _of_the_drawing(kind, line)
    if found:
        yield found
        return
    with seeded(10):
        course = np.random.uniform(-1, 1, (_N, _N_IN))  # noqa: NPY002
    if not np.allclose(weights, course):
        yield (
            "after np.random.seed(10) the weights are other numbers than in the course; that is no "
            "mistake (the course draws the weights first, by np.random.uniform(-1, 1, shape))"
        )


def _attribute(layer: Any, name: str) -> Any:
    """Return an attribute as an array, or what is wrong with it."""
    line = line_of(type(layer), "__init__", (f"self.{name}", "def __init__"))
    if not hasattr(layer, name):
        return Finding(
            "attribute-missing",
            f"a Layer has no `{name}`",
            name,
            f"it has {', '.join(vars(layer)) or 'nothing'}",
            f"self.{name} = …",
            line,
        )
    numbers = numbers_in(getattr(layer, name))
    if numbers is None:
        return Finding(
            "no-number",
            f"`{name}` holds no numbers",
            name,
            f"it is {brief(getattr(layer, name))}",
            f"self.{name} = …",
            line,
        )
    return numbers


def _of_the_drawing(kind: type, line: str) -> Finding | None:
    with seeded(10):
        a, b = (np.asarray(kind(50, 40, tanh).weights, float) for _ in range(2))
    alike_weights = _of_alike_weights(a)
    if alike_weights:
        seen = f"W begins with {brief(a[0])} and {brief(a[1])}"
        return Finding(*alike_weights, "W", seen, _W, line)
    if (a == b).all():
        return Finding(
            "seeded-inside",
            "every layer begins with the same numbers",
            "W",
            "two new layers have the same weights",
            "np.random.seed(…) belongs outside of the class",
            line,
        )
    if (a == np.round(a)).all():
        return Finding(
            "whole-numbers",
            "the weights are whole numbers",
            "W",
            f"W begins with {brief(a[0])}",
            _W,
            line,
        )
    if (a >= 0).all():
        return Finding(
            "all-positive",
            "no weight is negative",
            "W",
            f"2000 weights lie between {a.min():.2f} and {a.max():.2f}; right is between −1 and 1",
            _W,
            line,
        )
    if np.abs(a).max() > 1:
        return Finding(
            "too-large",
            "weights lie outside of −1 … 1: they are not drawn from uniform(−1, 1)",
            "W",
            f"the largest of 2000 is {np.abs(a).max():.2f}",
            _W,
            line,
        )
    return None


def _of_alike_weights(W: Any) -> tuple[str, str] | None:
    """Return the key and title of rows that are alike, or of numbers alike within each row."""
    if (W[0] == W).all():
        return (
            "constant-weights",
            "neurons begin alike: their gradients are equal, and they stay alike",
        )
    if (W[:, :1] == W).all():
        return (
            "equal-columns",
            "each neuron weighs all its inputs alike: there is one number for a whole row of W",
        )
    return None


def look_at_biases(learner: Learner) -> Iterator[Finding | str]:
    """Yield what is wrong with b."""
    kind = learner.kind("Layer")
    line = line_of(kind, "__init__", ("self.biases", "biases"))
    with seeded(10):
        biases = _attribute(kind(_N_IN, _N, tanh), "biases")
    if isinstance(biases, Finding):
        yield biases
        return
    for shape, key, title in (
        ((_N,), "biases-flat", "b is flat, not a column: (5, 1) + (5,) makes a square (5, 5)"),
        ((1, _N), "biases-row", "b is a row, not a column: (5, 1) + (1, 5) makes a square (5, 5)"),
        (
            (_N_IN, 1),
            "biases-of-inputs",
            "b has a number for each input; right is one for each neuron",
        ),
        ((_N, _N_IN), "biases-matrix", "b has the shape of W; right is one number for each neuron"),
        ((), "bias-single", "b is a single number; right is one for each neuron"),
    ):
        if biases.shape == shape:
            yield Finding(key, title, "b", f"it is {shape}; right is {(_N, 1)}", _B, line)
            return
    if biases.shape != (_N, 1):
        yield Finding(
            "biases-shape",
            "b has another shape",
            "b",
            f"it is {biases.shape}; right is {(_N, 1)}",
            _B,
            line,
        )
        return
    if (biases == biases[0]).all():
        yield f"all biases begin with {brief(biases[0, 0])}; the course draws them, too"


def look_at_activation(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with the activation that a layer keeps."""
    kind = learner.kind("Layer")
    line = line_of(kind, "__init__", ("self.activation", "activation"))
    right = "self.activation = activation_function"
    for f in (tanh, relu):
        layer = kind(_N_IN, _N, f)
        if not hasattr(layer, "activation"):
            yield Finding(
                "attribute-missing",
                "a Layer has no `activation`",
                "f",
                f"it has {', '.join(vars(layer)) or 'nothing'}",
                right,
                line,
            )
            return
        if layer.activation is not f:
            yield Finding(
                "activation-lost",
                "the layer keeps another activation than it is given",
                "f",
                f"given {f!r}, it keeps {brief(layer.activation)}",
                right,
                line,
            )
            return


class _Named:
    """Stands for a layer."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


def look_at_perceptron(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with the layers that a perceptron keeps."""
    kind = learner.kind("Perceptron")
    given: list[Any] = [_Named(f"layer {number}") for number in (1, 2, 3)]
    model = kind(list(given))
    line = line_of(kind, "__init__", ("self.layers", "layers"))
    right = "self.layers = layers"
    if not hasattr(model, "layers"):
        yield Finding(
            "attribute-missing",
            "a Perceptron has no `layers`",
            "layers",
            f"it has {', '.join(vars(model)) or 'nothing'}",
            right,
            line,
        )
        return
    try:
        kept = list(model.layers)
    except TypeError:
        kept = [model.layers]
    if _same(kept, given):
        return
    for wrong, key, title in (
        (given[::-1], "layers-reversed", "the layers are kept in reverse order"),
        ([given], "layers-nested", "the list of layers is put into another list"),
        ([], "layers-lost", "the layers are not kept"),
        (given[-1:], "last-layer", "only the last layer is kept"),
        (given[:1], "first-layer", "only the first layer is kept"),
    ):
        if _same(kept, wrong):
            yield Finding(
                key, title, "layers", f"given {brief(given)}, it keeps {brief(kept)}", right, line
            )
            return
    yield Finding(
        "not-recognised",
        "wrong, not recognised: `layers` is not what was given",
        "layers",
        f"given {brief(given)}, it keeps {brief(kept)}",
        right,
        line,
    )


def _same(kept: list[Any], wanted: list[Any]) -> bool:
    """Compare by identity: arrays have no single answer to ==."""
    if wanted and isinstance(wanted[0], list):
        return len(kept) == 1 and isinstance(kept[0], list) and _same(kept[0], wanted[0])
    return len(kept) == len(wanted) and all(map(operator.is_, kept, wanted))


_SHAPES = [(6, 2), (6, 6), (1, 6)]
_ACTIVATIONS = [relu, relu, sigmoid]


def look_at_build(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with the 2-6-6-1 network."""
    built = learner.function("build")()
    if not {"weights", "activation", "perceptron"} <= learner.right:
        raise NotYetError  # what it is built of is wrong: that comes first
    line = line_of(learner.module, "build", ("Layer", "return"))
    right = "2 → 6 → 6 → 1: Layer(2, 6, relu), Layer(6, 6, relu), Layer(6, 1, sigmoid)"
    if not hasattr(built, "layers"):
        title = "build() returns nothing" if built is None else "build() returns no Perceptron"
        yield Finding(
            "no-network",
            title,
            "layers",
            f"it returns {brief(built)}",
            "return Perceptron([…])",
            line,
        )
        return
    try:
        layers = list(built.layers)
    except TypeError:
        layers = []
    weights: list[Any] = [getattr(layer, "weights", None) for layer in layers]
    shapes = [np.shape(W) for W in weights]
    if shapes != _SHAPES:
        told = ", ".join(map(str, shapes)) or "none"
        key = "layer-count" if len(layers) != 3 else "layer-sizes"
        title = (
            f"the network has {len(layers)} layers, not 3 (the inputs are no layer)"
            if key == "layer-count"
            else "the layers have other sizes"
        )
        yield Finding(
            key,
            title,
            "W",
            f"the weights are {told}; right are (6, 2), (6, 6), (1, 6)",
            right,
            line,
        )
        return
    z = np.array([[-1.5], [0.4]])
    for number, (layer, f) in enumerate(zip(layers, _ACTIVATIONS, strict=True), 1):
        if not (callable(layer.activation) and alike(layer.activation(z), f(z))):
            yield Finding(
                "wrong-activation",
                f"layer {number} has another activation than {f!r}",
                "f",
                f"it is {brief(layer.activation)}",
                right,
                line,
            )
            return
    if len({id(layer) for layer in layers}) < 3:
        yield Finding(
            "layer-shared", "the same layer stands in the network twice", "layers", "", right, line
        )
