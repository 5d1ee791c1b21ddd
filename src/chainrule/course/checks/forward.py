"""Chapter 3: forward through a layer and through the network."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.activations import sigmoid, tanh
from chainrule.course.checks.learner import Learner
from chainrule.course.checks.matching import Question, Wrong, ask
from chainrule.course.checks.numbers import alike, difference, numbers_in
from chainrule.course.checks.placing import Read, placed
from chainrule.diagnosis import Finding
from chainrule.diagnosis.sources import line_of


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


def _column(x: Any) -> Any:
    return np.reshape(x, (-1, 1))


def _z(W: Any, b: Any, x: Any, f: Any) -> Any:
    return W @ _column(x) + b


_LAYER = Question(
    "Layer.forward",
    "a",
    "a = f(z) with z = W · a_prev + b",
    lambda W, b, x, f: f(_z(W, b, x, f)),
    ("W", "b", "inputs", "f"),
    _CASES,
    (
        Wrong("not-applied", "z is returned: the activation is not applied", _z),
        Wrong("no-bias", "the biases are missing in z", lambda W, b, x, f: f(W @ _column(x))),
        Wrong(
            "bias-subtracted", "the biases are subtracted", lambda W, b, x, f: f(W @ _column(x) - b)
        ),
        Wrong(
            "bias-after",
            "the biases are added after the activation",
            lambda W, b, x, f: f(W @ _column(x)) + b,
        ),
        Wrong("twice", "the activation is applied twice", lambda W, b, x, f: f(f(_z(W, b, x, f)))),
        Wrong(
            "derivative-for-value",
            "f′(z) is returned, not f(z)",
            lambda W, b, x, f: f.derivative(_z(W, b, x, f)),
        ),
        Wrong(
            "not-a-column",
            "the inputs are not made a column: flat W · a_prev plus the column b makes a square",
            lambda W, b, x, f: f(W @ x + b),
        ),
        Wrong("a-row", "the result is a row, not a column", lambda W, b, x, f: f(_z(W, b, x, f)).T),
        Wrong(
            "flat", "the result is flat, not a column", lambda W, b, x, f: f(_z(W, b, x, f)).ravel()
        ),
        Wrong(
            "flat-in-between",
            "W · a_prev is flat and the column b makes a square of it",
            lambda W, b, x, f: f(W @ np.ravel(x) + b),
        ),
        Wrong(
            "entry-by-entry",
            "W and a_prev are multiplied entry by entry: that is no matrix product",
            lambda W, b, x, f: f(W * np.ravel(x) + b),
        ),
        Wrong(
            "W-transposed",
            "W is transposed: z = W · a_prev, not Wᵀ · a_prev",
            lambda W, b, x, f: f(W.T @ _column(x) + b),
        ),
    ),
    words=("return", "self.outputs"),
)


def _made(learner: Learner, W: Any, b: Any, f: Any) -> tuple[Any, Read]:
    layer = learner.kind("Layer")(W.shape[1], W.shape[0], f)
    return layer, placed(layer, W, b)


def look_at_layer(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with what `Layer.forward` returns."""
    learner.method("Layer", "forward")
    found = ask(
        _LAYER,
        lambda W, b, x, f: _made(learner, W, b, f)[0].forward(x),
        (learner.kind("Layer"), "forward"),
        learner.file,
    )
    if found:
        yield found


def look_at_what_is_kept(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with `inputs` and `outputs` after a forward pass."""
    learner.method("Layer", "forward")
    for W, b, x, f in _CASES:
        layer, read = _made(learner, W, b, f)
        layer.forward(x.copy())
        for look in (_of_inputs, _of_outputs):
            found = look(layer, W, b, x, f)
            if found:
                yield found
                return
        if not all(map(alike, read(), (W, b))):
            yield Finding(
                "weights-changed",
                "a forward pass changes the weights or biases",
                "W",
                "",
                "forward computes; only backward updates",
                line_of(type(layer), "forward", ("self.weights", "self.biases")),
            )
            return


def _of_inputs(layer: Any, W: Any, b: Any, x: Any, f: Any) -> Finding | None:
    got: Any = getattr(layer, "inputs", None)
    want = _column(x)
    if alike(got, want) and np.shape(got) == want.shape:
        return None
    numbers = numbers_in(got)
    key, title = "inputs-wrong", "wrong, not recognised: `inputs` is not a_prev"
    if numbers is None or not numbers.any():
        key, title = "inputs-not-kept", "the inputs are not kept as self.inputs"
    elif numbers.size == want.size and np.allclose(numbers.ravel(), want.ravel()):
        key, title = "inputs-no-column", "self.inputs is no column: training needs its transpose"
    return Finding(
        key,
        title,
        "inputs",
        difference("inputs", got, want),
        "self.inputs = np.array(inputs).reshape(-1, 1)",
        line_of(type(layer), "forward", ("self.inputs", "inputs")),
    )


def _of_outputs(layer: Any, W: Any, b: Any, x: Any, f: Any) -> Finding | None:
    got: Any = getattr(layer, "outputs", None)
    want = _z(W, b, x, f)
    if alike(got, want) and np.shape(got) == want.shape:
        return None
    numbers = numbers_in(got)
    key, title = "outputs-wrong", "wrong, not recognised: `outputs` is not z"
    if numbers is None or not numbers.any():
        key, title = "outputs-not-kept", "z is not kept as self.outputs"
    elif alike(got, f(want)):
        key, title = (
            "outputs-are-a",
            "self.outputs is a = f(z); training needs z, before the activation",
        )
    elif alike(got, want - b):
        key, title = "outputs-no-bias", "self.outputs is W · a_prev, without the biases"
    return Finding(
        key,
        title,
        "z",
        difference("outputs", got, want),
        "self.outputs = z = W · a_prev + b",
        line_of(type(layer), "forward", ("self.outputs", "outputs")),
    )


# The network -----------------------------------------------------------------------------------


class _Right:
    """A right layer, so that what is wrong with a network is the network's."""

    def __init__(self, W: Any, b: Any) -> None:
        self.weights, self.biases, self.activation = W, b, tanh
        self.inputs = self.outputs = np.zeros((0, 1))

    def forward(self, inputs: Any) -> Any:
        """Return a."""
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


def _through(layers: Any, x: Any) -> Any:
    for layer in layers:
        x = layer.forward(x)
    return x


_NETWORK = Question(
    "Perceptron.forward",
    "ŷ",
    "aˡ = layerˡ(aˡ⁻¹), from x to the last layer's ŷ",
    _through,
    ("layers", "x"),
    _NETWORKS,
    (
        Wrong(
            "not-chained",
            "every layer gets x: what the layer before gave is lost",
            lambda layers, x: layers[-1].forward(x),
        ),
        Wrong("first-only", "only the first layer is used", lambda layers, x: layers[0].forward(x)),
        Wrong(
            "reversed",
            "the layers are gone through from the last to the first",
            lambda layers, x: _through(layers[::-1], x),
        ),
        Wrong(
            "last-missing", "the last layer is left out", lambda layers, x: _through(layers[:-1], x)
        ),
        Wrong(
            "first-missing",
            "the first layer is left out",
            lambda layers, x: _through(layers[1:], x),
        ),
        Wrong(
            "activated-again",
            "the activation is applied again: layer.forward has done that",
            lambda layers, x: np.tanh(_through(layers, x)),
        ),
        Wrong(
            "activated-again",
            "an activation is applied again between the layers",
            lambda layers, x: _through([_Twice(layer) for layer in layers], x),
        ),
        Wrong("x-itself", "x comes back as it is", lambda layers, x: x),
        Wrong(
            "raw",
            "the last layer's z is returned, not its a",
            lambda layers, x: np.arctanh(_through(layers, x)),
        ),
    ),
    words=("forward", "for", "return"),
)


class _Twice:
    def __init__(self, layer: _Right) -> None:
        self._layer = layer

    def forward(self, x: Any) -> Any:
        return np.tanh(self._layer.forward(x))


def look_at_perceptron(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with `Perceptron.forward`."""
    kind = learner.kind("Perceptron")
    learner.method("Perceptron", "forward")
    found = ask(
        _NETWORK, lambda layers, x: kind(layers).forward(x), (kind, "forward"), learner.file
    )
    if found:
        yield found
