"""Chapter 1: activations, their derivatives, and one neuron."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.activations import relu, sigmoid, tanh
from chainrule.course.checks.learner import Learner
from chainrule.course.checks.matching import Question, Wrong, ask
from chainrule.course.checks.numbers import BETWEEN_0_AND_1, brief
from chainrule.diagnosis import Finding
from chainrule.diagnosis.sources import line_of

_Z = (
    (0.5,),
    (-2.0,),
    (np.array([[1.5], [-0.7], [0.3]]),),
    (np.array([[-1.2, 0.4, 2.0], [0.8, -3.0, 1.1]]),),
    (np.array([-40.0, 40.0]),),
)


_SIGMOID = Question(
    "sigmoid(z)",
    "a",
    "a = σ(z) = 1 / (1 + e⁻ᶻ)",
    sigmoid,
    ("z",),
    _Z,
    (
        Wrong(
            "exp-sign", "the sign of z is wrong: 1 / (1 + eᶻ) falls, σ rises", lambda z: sigmoid(-z)
        ),
        Wrong("brackets", "brackets are missing: 1 / 1 + e⁻ᶻ is 1 + e⁻ᶻ", lambda z: 1 + np.exp(-z)),
        Wrong("one-missing", "the 1 + below the line is missing", np.exp),
        Wrong(
            "one-minus", "1 − e⁻ᶻ is below the line, not 1 + e⁻ᶻ", lambda z: 1 / (1 - np.exp(-z))
        ),
        Wrong("not-applied", "z comes back as it is", lambda z: z),
        Wrong("relu-for-sigmoid", "this is ReLU, not σ", lambda z: np.maximum(z, 0)),
        Wrong("tanh-for-sigmoid", "this is tanh, not σ", np.tanh),
        Wrong(
            "derivative-for-value",
            "this is the derivative σ′, not σ",
            lambda z: sigmoid(z) * sigmoid(-z),
        ),
        Wrong(
            "step", "this is a step from 0 to 1, not σ", lambda z: np.where(np.asarray(z) > 0, 1, 0)
        ),
        Wrong(
            "summed",
            "e⁻ᶻ is summed over the entries (that is softmax)",
            lambda z: np.exp(z) / np.sum(np.exp(z)),
        ),
    ),
)

_D_SIGMOID = Question(
    "sigmoid.derivative(z)",
    "f′(z)",
    "σ′(z) = σ(z) (1 − σ(z))",
    sigmoid.derivative,
    ("z",),
    _Z[:-1],
    (
        Wrong(
            "z-times-1-minus-z",
            "z (1 − z) is not σ(z) (1 − σ(z)): z was taken for a",
            lambda z: z * (1 - z),
        ),
        Wrong(
            "derivative-at-a",
            "the derivative is taken at a = σ(z), not at z",
            lambda z: sigmoid.derivative(sigmoid(z)),
        ),
        Wrong("value-for-derivative", "this is σ itself, not σ′", sigmoid),
        Wrong("one-minus-only", "the first factor σ(z) is missing", lambda z: 1 - sigmoid(z)),
        Wrong(
            "sign",
            "the sign is wrong: σ rises, so σ′ is positive",
            lambda z: -sigmoid(z) * sigmoid(-z),
        ),
        Wrong("one-plus", "1 + σ(z) should be 1 − σ(z)", lambda z: sigmoid(z) * (1 + sigmoid(z))),
        Wrong("squared", "this is 1 − σ², not σ (1 − σ)", lambda z: 1 - sigmoid(z) ** 2),
        Wrong(
            "tanh-derivative",
            "this is 1 − tanh², the derivative of tanh",
            lambda z: 1 - np.tanh(z) ** 2,
        ),
        Wrong(
            "relu-derivative",
            "this is the derivative of ReLU",
            lambda z: np.where(np.asarray(z) > 0, 1, 0),
        ),
    ),
    words=("derivative", "return"),
)

_RELU = Question(
    "relu(z)",
    "a",
    "a = max(0, z), entry by entry",
    relu,
    ("z",),
    _Z,
    (
        Wrong("absolute", "negative z are made positive: that is |z|", np.abs),
        Wrong("minimum", "the minimum is taken, not the maximum", lambda z: np.minimum(z, 0)),
        Wrong(
            "step",
            "this is a step from 0 to 1: where z > 0, a is z itself",
            lambda z: np.where(np.asarray(z) > 0, 1, 0),
        ),
        Wrong("not-applied", "z comes back as it is", lambda z: z),
        Wrong("sign", "the sign is turned round: max(0, −z)", lambda z: np.maximum(-z, 0)),
        Wrong(
            "one-for-zero", "the maximum with 1 is taken, not with 0", lambda z: np.maximum(z, 1)
        ),
        Wrong(
            "largest", "the largest entry is found; entry by entry it is np.maximum(0, z)", np.max
        ),
        Wrong(
            "largest-of-column",
            "np.max(z, 0) finds the largest entry along axis 0; entry by entry it "
            "is np.maximum(0, z)",
            lambda z: np.max(z, 0),
        ),
        Wrong(
            "leaky",
            "negative z leave a small rest: that is leaky ReLU",
            lambda z: np.where(z > 0, z, 0.01 * z),
        ),
        Wrong("sigmoid-for-relu", "this is σ, not ReLU", sigmoid),
    ),
)


def _slope(z: Any) -> Any:
    z = np.asarray(z)
    return np.where(z == 0, BETWEEN_0_AND_1, np.where(z > 0, 1.0, 0.0))


def _at_kink(value: float) -> Any:
    return lambda z: np.where(np.asarray(z) == 0, value, _slope(z))


_D_RELU = Question(
    "relu.derivative(z)",
    "f′(z)",
    "f′(z) = 1 where z > 0, and 0 where z < 0",
    _slope,
    ("z",),
    (*_Z, (np.array([[0.0], [1.5], [-1.5]]),)),
    (
        Wrong("value-for-derivative", "this is ReLU itself, not its derivative", relu),
        Wrong("ones", "the slope is 1 everywhere, also where ReLU is flat", np.ones_like),
        Wrong("turned-round", "1 and 0 are swapped", lambda z: np.where(np.asarray(z) > 0, 0, 1)),
        Wrong("sign-of-z", "where z < 0 the slope is 0, not −1", np.sign),
        Wrong("z-itself", "where z > 0 the slope is 1, not z", lambda z: z),
        Wrong("sigmoid-derivative", "this is the derivative of σ", sigmoid.derivative),
        Wrong("at-kink", "at z = 0 the slope is none between 0 and 1", _at_kink(-1.0)),
    ),
    words=("derivative", "return"),
)

_NEURONS = (
    (np.array([1.0, 2.0]), np.array([0.5, -1.0]), 0.4, sigmoid),
    (np.array([0.3, -1.2, 0.8]), np.array([1.1, 0.7, -0.4]), -0.6, tanh),
    (np.array([0.9, 0.4, -0.5, 1.3]), np.array([-0.2, 0.6, 1.5, 0.1]), 0.25, sigmoid),
)


def _z(x: Any, w: Any, b: Any, f: Any) -> Any:
    return w @ x + b


_NEURON_Z = Question(
    "neuron(x, w, b, f)",
    "z",
    "z = w₁x₁ + … + wₙxₙ + b",
    _z,
    ("x", "w", "b", "f"),
    _NEURONS,
    (
        Wrong("no-bias", "the bias b is missing in z", lambda x, w, b, f: w @ x),
        Wrong("bias-subtracted", "the bias b is subtracted", lambda x, w, b, f: w @ x - b),
        Wrong("bias-multiplied", "b is multiplied, not added", lambda x, w, b, f: w @ x * b),
        Wrong(
            "bias-often",
            "b is added once for every input: it comes after the sum",
            lambda x, w, b, f: np.sum(w * x + b),
        ),
        Wrong(
            "not-summed",
            "w and x are multiplied entry by entry, but not added up",
            lambda x, w, b, f: w * x + b,
        ),
        Wrong(
            "no-weights",
            "the inputs are added up without their weights",
            lambda x, w, b, f: np.sum(x) + b,
        ),
        Wrong(
            "weights-added",
            "the weights are added, not multiplied",
            lambda x, w, b, f: np.sum(w + x) + b,
        ),
        Wrong(
            "averaged",
            "the products are averaged, not added up",
            lambda x, w, b, f: np.mean(w * x) + b,
        ),
        Wrong("order", "z and a are returned in the wrong order", lambda x, w, b, f: f(w @ x + b)),
        Wrong("one-input", "only the first input is used", lambda x, w, b, f: w[0] * x[0] + b),
    ),
    words=("z", "return"),
)

_NEURON_A = Question(
    "neuron(x, w, b, f)",
    "a",
    "a = f(z)",
    lambda x, w, b, f: f(_z(x, w, b, f)),
    ("x", "w", "b", "f"),
    _NEURONS,
    (
        Wrong("not-applied", "the activation f is not applied", _z),
        Wrong(
            "twice", "the activation f is applied twice", lambda x, w, b, f: f(f(_z(x, w, b, f)))
        ),
        Wrong(
            "derivative-for-value",
            "a is f′(z), not f(z)",
            lambda x, w, b, f: f.derivative(_z(x, w, b, f)),
        ),
        Wrong("no-bias", "a is made without the bias: f(w · x)", lambda x, w, b, f: f(w @ x)),
        Wrong(
            "always-sigmoid",
            "the activation is always σ, not the f that is given",
            lambda x, w, b, f: sigmoid(_z(x, w, b, f)),
        ),
        Wrong(
            "always-relu",
            "the activation is always ReLU, not the f that is given",
            lambda x, w, b, f: relu(_z(x, w, b, f)),
        ),
    ),
    words=("a", "return"),
)


def _ask(learner: Learner, question: Question, name: str, method: str) -> Iterator[Finding]:
    found = ask(
        question, learner.method(name, method), (type(learner.get(name)), method), learner.file
    )
    if found:
        yield found


def look_at_sigmoid(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with σ."""
    yield from _ask(learner, _SIGMOID, "sigmoid", "__call__")


def look_at_sigmoid_derivative(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with σ′."""
    yield from _ask(learner, _D_SIGMOID, "sigmoid", "derivative")


def look_at_relu(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with ReLU."""
    yield from _ask(learner, _RELU, "relu", "__call__")


def look_at_relu_derivative(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with ReLU's derivative; at the kink any slope from 0 to 1 is right."""
    yield from _ask(learner, _D_RELU, "relu", "derivative")


def look_at_neuron(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with z or a."""
    neuron = learner.function("neuron")
    got = neuron(*_NEURONS[0])
    if not _is_pair(got):
        yield Finding(
            "not-a-pair",
            "neuron does not return two numbers",
            "z, a",
            f"it returns {brief(got)}",
            "return z, a",
            line_of(learner.module, "neuron", ("return",)),
        )
        return
    for place, question in enumerate((_NEURON_Z, _NEURON_A)):
        found = ask(
            question,
            lambda *given, place=place: neuron(*given)[place],
            (learner.module, "neuron"),
            learner.file,
        )
        if found:
            yield found
            return


def _is_pair(value: Any) -> bool:
    try:
        return len(value) == 2
    except TypeError:
        return False
