"""Chapter 5, the challenge: `backward`, `fit`, and both together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.activations import relu, sigmoid
from chainrule.course.checks.formulas import differing_weights, drawn, stepped
from chainrule.course.checks.learner import Learner, NotYetError, printed_by_fit
from chainrule.course.checks.placing import placed_layers
from chainrule.course.checks.seeding import seeded
from chainrule.datasets import make_circles
from chainrule.diagnosis import Finding, diagnose
from chainrule.diagnosis.fits.outputs import loss
from chainrule.diagnosis.layers.judging import look_at_layer
from chainrule.diagnosis.sources import line_of
from chainrule.numerals import number

_NAMES = {"weights": "weights", "biases": "biases", "forward": "forward", "transposed": False}
"""The page's other code finds a layer's arrays by these names."""


def check_backward(learner: Learner) -> Iterator[Finding | str]:
    """Yield mistakes in `Layer`."""
    learner.method("Layer", "backward")
    judged = look_at_layer(learner.kind("Layer"), needed=("relu", "sigmoid"), like=_NAMES)
    yield from judged.findings
    yield from judged.remarks


def check_fit(learner: Learner) -> Iterator[Finding | str]:
    """Yield mistakes in `Perceptron.fit`, tested with right layers."""
    learner.method("Perceptron", "fit")
    diagnosis = diagnose(perceptron=learner.kind("Perceptron"))
    yield from diagnosis.findings
    yield from diagnosis.remarks


_RATE = 0.3
_LAYERS = ((2, 3, sigmoid), (3, 4, relu), (4, 1, sigmoid))


def check_together(learner: Learner) -> Iterator[Finding | str]:
    """Yield mistakes of the learner's network with the learner's layers."""
    if not {"backward", "fit"} <= learner.right:
        raise NotYetError
    found = _one_step(learner)
    if found:
        yield found
        return
    yield from _circles(learner)


def _one_step(learner: Learner) -> Finding | None:
    """Compare the weights after a single sample, where no order can matter."""
    x, y = np.array([[0.4, -0.9]]), np.array([[1]])
    start = drawn(_LAYERS, range(3))
    layers, reads = placed_layers(learner.kind("Layer"), start)
    wanted = stepped(start, x.T, y, _RATE)
    printed_by_fit(learner.kind("Perceptron")(layers), x.copy(), y.copy(), 1, _RATE)
    name, differing = differing_weights([read() for read in reads], wanted)
    if not name:
        return None
    return Finding(
        "together", "Layer and Perceptron are right apart, but not together", name,
        f"after one sample {differing}", "y and ŷ both have the shape (1, 1), and so has daⁿ",
        line_of(learner.kind("Perceptron"), "fit", ("backward",)),
    )  # fmt: skip


def _circles(learner: Learner) -> Iterator[Finding | str]:
    """Train on circles and report the loss; even right code may raise the loss now and then."""
    kind, network = learner.kind("Layer"), learner.kind("Perceptron")
    with seeded(10):  # the course draws from the global generator
        X, y = make_circles(100)  # a check is waited for
        model = network([kind(2, 6, relu), kind(6, 6, relu), kind(6, 1, sigmoid)])
        before = _average_loss(model, X, y)
        printed_by_fit(model, X, y, 10, 0.01)
        after = _average_loss(model, X, y)
    falls = "falls" if after < before else "does not fall here (it need not, at every start)"
    yield (
        f"on 100 points of two circles the loss {falls}: {number(before)} before, {number(after)} "
        "after 10 epochs at a learning rate of 0.01"
    )


def _average_loss(model: Any, X: Any, y: Any) -> float:
    p = np.array([float(np.ravel(model.forward(row))[0]) for row in X])
    return float(np.mean(loss(np.clip(p, 1e-15, 1 - 1e-15), y.ravel())))
