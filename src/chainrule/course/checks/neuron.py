"""Chapter 1: activations, their derivatives, and one neuron."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.activations import sigmoid, tanh
from chainrule.course.checks.findings import found_in
from chainrule.course.checks.learner import Learner
from chainrule.course.checks.matching import Question, ask, asking
from chainrule.course.checks.numbers import BETWEEN_0_AND_1, abbreviated
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book.chapters import neuron as book

_Z = (
    (0.5,),
    (-2.0,),
    (np.array([[1.5], [-0.7], [0.3]]),),
    (np.array([[-1.2, 0.4, 2.0], [0.8, -3.0, 1.1]]),),
    (np.array([-40.0, 40.0]),),
)
_KINK = (np.array([[0.0], [1.5], [-1.5]]),)


def _slope(z: Any) -> Any:
    """Return ReLU's derivative; at the kink any slope from 0 to 1 is right."""
    return np.where(np.equal(z, 0), BETWEEN_0_AND_1, np.where(np.greater(z, 0), 1.0, 0.0))


check_sigmoid = asking(Question("sigmoid(z)", book.SIGMOID, ("z",), _Z), "sigmoid", "__call__")
check_sigmoid_derivative = asking(
    Question("sigmoid.derivative(z)", book.D_SIGMOID, ("z",), _Z[:-1]), "sigmoid", "derivative"
)
check_relu = asking(Question("relu(z)", book.RELU, ("z",), _Z), "relu", "__call__")
check_relu_derivative = asking(
    Question("relu.derivative(z)", book.D_RELU, ("z",), (*_Z, _KINK), right=_slope),
    "relu", "derivative",
)  # fmt: skip

_NEURONS = (
    (np.array([1.0, 2.0]), np.array([0.5, -1.0]), 0.4, sigmoid),
    (np.array([0.3, -1.2, 0.8]), np.array([1.1, 0.7, -0.4]), -0.6, tanh),
    (np.array([0.9, 0.4, -0.5, 1.3]), np.array([-0.2, 0.6, 1.5, 0.1]), 0.25, sigmoid),
)
_NEURON = tuple(
    Question(
        "neuron(x, w, b, f)", page, ("x", "w", "b", "f"), _NEURONS,
        run=lambda neuron, *given, place=place: neuron(*given)[place],
    )
    for place, page in enumerate((book.Z, book.A))
)  # fmt: skip


def check_neuron(learner: Learner) -> Iterator[Finding]:
    """Yield mistakes in z, or else in a."""
    neuron, owner = learner.function("neuron"), (learner.module, "neuron")
    got = neuron(*_NEURONS[0])
    if not _is_pair(got):
        yield found_in(owner, "neuron", "not-a-pair", f"it returns {abbreviated(got)}")
        return
    of_z, of_a = _NEURON
    yield from ask(of_z, neuron, owner, learner.file) or ask(of_a, neuron, owner, learner.file)


def _is_pair(value: Any) -> bool:
    try:
        return len(value) == 2
    except TypeError:
        return False
