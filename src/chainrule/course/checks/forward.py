"""Chapter 3: the forward pass of a layer and of a network."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

from chainrule.activations import sigmoid, tanh
from chainrule.course.checks.findings import found_in
from chainrule.course.checks.learner import Learner
from chainrule.course.checks.matching import Question, ask
from chainrule.course.checks.numbers import difference, matches, numbers_in
from chainrule.course.checks.placing import ReadParameters, placed
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book.chapters import forward as book


def _numbers(seed: int, *shape: int) -> Any:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(shape) < 0.5, -1.0, 1.0) * rng.uniform(0.3, 1.2, shape)


def _case(seed: int, n_in: int, n: int, f: Any, *shape: int) -> tuple[Any, ...]:
    return _numbers(seed, n, n_in), _numbers(seed + 1, n, 1), _numbers(seed + 2, *shape), f


_CASES = (
    _case(0, 3, 2, sigmoid, 3, 1),
    _case(3, 3, 2, sigmoid, 3),
    _case(6, 3, 3, tanh, 3, 1),
    _case(9, 2, 4, tanh, 2),
)
_LAYER = Question(
    "Layer.forward", book.LAYER, ("W", "b", "inputs", "f"), _CASES,
    run=lambda forward, W, b, x, f: forward(_given(W, b, f), x),
)  # fmt: skip


def _given(W: Any, b: Any, f: Any) -> Any:
    return SimpleNamespace(weights=W, biases=b, activation=f)


def _made(learner: Learner, W: Any, b: Any, f: Any) -> tuple[Any, ReadParameters]:
    layer = learner.kind("Layer")(W.shape[1], W.shape[0], f)
    return layer, placed(layer, W, b)


def check_layer_forward(learner: Learner) -> Iterator[Finding]:
    """Yield mistakes in the result of `Layer.forward`."""
    learner.method("Layer", "forward")

    def forward(given: Any, x: Any) -> Any:
        return _made(learner, given.weights, given.biases, given.activation)[0].forward(x)

    yield from ask(_LAYER, forward, (learner.kind("Layer"), "forward"), learner.file)


def check_kept_arrays(learner: Learner) -> Iterator[Finding]:
    """Yield mistakes in `inputs` and `outputs` after a forward pass."""
    learner.method("Layer", "forward")
    for W, b, x, f in _CASES:
        layer, read = _made(learner, W, b, f)
        layer.forward(x.copy())
        column, z = x.reshape(-1, 1), W @ x.reshape(-1, 1) + b
        rows = ("no-column", x.ravel()), ("no-column", x.reshape(1, -1))
        found = _of_kept(layer, "inputs", column, *rows) or _of_kept(
            layer, "outputs", z, ("are-a", f(z)), ("no-bias", z - b)
        )
        if not found and not all(map(matches, read(), (W, b))):
            found = found_in((type(layer), "forward"), book.KEPT, "weights-changed", "")
        if found:
            yield found
            return


def _of_kept(layer: Any, name: str, want: Any, *known: tuple[str, Any]) -> Finding | None:
    """Return a finding if a kept array is wrong; `known` holds typical wrong arrays by key."""
    got: Any = getattr(layer, name, None)
    if matches(got, want) and np.shape(got) == want.shape:
        return None
    numbers = numbers_in(got)
    key = next((key for key, wrong in known if matches(got, wrong)), "wrong")
    if numbers is None or not numbers.any():
        key = "not-kept"
    seen = difference(name, got, want)
    return found_in((type(layer), "forward"), book.KEPT, f"{name}-{key}", seen)


# The network -----------------------------------------------------------------------------------


class _Right:
    """A right layer: mistakes found with it are mistakes of the network."""

    def __init__(self, W: Any, b: Any) -> None:
        self.weights, self.biases, self.activation = W, b, tanh
        self.inputs = self.outputs = np.zeros((0, 1))

    def __repr__(self) -> str:
        n, n_in = self.weights.shape
        return f"Layer({n_in}, {n}, tanh)"

    def forward(self, inputs: Any) -> Any:
        """Return the activations a."""
        self.inputs = np.array(inputs, float).reshape(-1, 1)
        self.outputs = self.weights @ self.inputs + self.biases
        return np.tanh(self.outputs)


def _layers(sizes: tuple[int, ...], seed: int) -> list[_Right]:
    return [
        _Right(_numbers(seed + i, after, before), _numbers(seed + 10 + i, after, 1))
        for i, (before, after) in enumerate(pairwise(sizes))
    ]


_NETWORKS = (
    (_layers((3, 3, 3, 3), 20), _numbers(1, 3)),
    (_layers((3, 3, 3, 3), 30), _numbers(2, 3, 1)),
    (_layers((2, 4, 3, 2), 40), _numbers(3, 2)),
    (_layers((2, 3), 50), _numbers(4, 2)),
)
_NETWORK = Question(
    "Perceptron.forward", book.NETWORK, ("layers", "x"), _NETWORKS,
    run=lambda forward, layers, x: forward(SimpleNamespace(layers=layers), x),
)  # fmt: skip


def check_perceptron_forward(learner: Learner) -> Iterator[Finding]:
    """Yield mistakes in `Perceptron.forward`."""
    kind = learner.kind("Perceptron")
    learner.method("Perceptron", "forward")

    def forward(given: Any, x: Any) -> Any:
        return kind(given.layers).forward(x)

    yield from ask(_NETWORK, forward, (kind, "forward"), learner.file)
