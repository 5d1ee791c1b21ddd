"""A learner's layer before `backward`: its parameters and its `forward`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from chainrule.activations import relu, sigmoid
from chainrule.diagnosis.evidence import Tried, first_difference, retold_on
from chainrule.diagnosis.failures import RAISED, Failure, quiet, words
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.probes import Probe, near
from chainrule.diagnosis.sources import line_of
from chainrule.numerals import number

_RIGHT = "a = f(W · a_prev + b)"
_N_INPUTS, _N_NEURONS = 3, 4


def of_the_parameters(layer: type) -> Iterator[Finding]:
    """Yield what is wrong with the weights and biases that a layer begins with.

    A finding whose key is "init-fails" or begins with "parameters" makes more tests idle.
    """
    line = line_of(layer, "__init__", ("self.weights", "weights"))
    try:
        with quiet():
            made = layer(_N_INPUTS, _N_NEURONS, sigmoid)
            weights, biases = np.asarray(made.weights, float), np.asarray(made.biases, float)
            whole = np.asarray(made.weights).dtype.kind in "iub"
    except RAISED as error:
        yield _unusable(layer, Failure.of(error))
        return
    wanted = _N_NEURONS, _N_INPUTS
    if weights.shape != wanted or biases.size != _N_NEURONS:
        yield Finding(
            "parameters-shape", "the weights or biases have another shape", "W",
            f"a layer of {_N_INPUTS} inputs and {_N_NEURONS} neurons has weights {weights.shape} "
            f"and biases {biases.shape}; right is {wanted} and ({_N_NEURONS}, 1)",
            "W is (n_neurons, n_inputs), b is (n_neurons, 1)", line,
        )  # fmt: skip
        return
    if whole:
        yield Finding(
            "whole-numbers", "the weights begin as whole numbers, which no step can move", "W",
            f"weights hold {np.asarray(made.weights).dtype}", "make them floats", line,
        )  # fmt: skip
    if (weights == weights[0]).all():  # neurons that begin alike stay alike
        zero = "the same numbers" if weights.any() else "0"
        yield Finding(
            "constant-weights",
            f"all neurons begin with {zero}: their gradients are equal, and they stay alike", "W",
            f"every row of W begins as {[number(w) for w in weights[0]]}",
            "draw the initial weights at random", line,
        )  # fmt: skip


def _unusable(layer: type, failure: Failure) -> Finding:
    if isinstance(failure.error, AttributeError | TypeError) and not failure.line:
        return Finding(
            "parameters-missing", "the layer is not made as on the page", "W",
            f"{type(failure.error).__name__}: {words(failure.error)}",
            "Layer(n_inputs, n_neurons, activation) with arrays `weights` and `biases`",
            line_of(layer, "__init__", ("self.weights", "def __init__")),
        )  # fmt: skip
    return Finding(
        "init-fails", "a layer cannot be made", "W",
        f"{type(failure.error).__name__}: {words(failure.error)}".removesuffix(": "),
        "Layer(n_inputs, n_neurons, activation) with arrays `weights` and `biases`", failure.place,
    )  # fmt: skip


Formula = Callable[[Probe, Any], Any]

_WRONG: tuple[tuple[str, str, Formula], ...] = (
    ("forward-returns-z", "`forward` returns z: the activation is missing",
     lambda p, x: p.W @ x + p.b),
    ("forward-without-biases", "`forward` leaves the biases out", lambda p, x: p.f(p.W @ x)),
    ("forward-minus-biases", "`forward` subtracts the biases", lambda p, x: p.f(p.W @ x - p.b)),
    ("forward-activation-twice", "`forward` applies the activation twice",
     lambda p, x: p.f(p.f(p.W @ x + p.b))),
    ("forward-always-sigmoid", "`forward` uses the sigmoid, whatever the layer's activation",
     lambda p, x: sigmoid(p.W @ x + p.b)),
    ("forward-always-relu", "`forward` uses relu, whatever the layer's activation",
     lambda p, x: relu(p.W @ x + p.b)),
)  # fmt: skip


def of_forward(layer: type, tried: Tried) -> Finding | None:
    """Look at a = f(W · a_prev + b); what `backward` does with a wrong one is not asked."""
    for probe, observed in tried:
        if observed.stage == "parameters" or not observed.outputs:
            return _failed(probe, tried)
        got, wanted = observed.outputs[0], _right(probe)
        shape = _shape(got)
        if shape != wanted.shape:
            return _other_shape(layer, probe, shape)
    wrong = [(p, o) for p, o in tried if not _near(o.outputs[0], _right(p))]
    if not wrong:
        return None
    probe, observed = wrong[0]
    seen = first_difference("a", observed.outputs[0], _right(probe))
    key, title = next(
        (
            (key, title)
            for key, title, formula in _WRONG
            if all(_near(o.outputs[0], formula(p, p.calls[0][0])) for p, o in tried)
        ),
        ("forward-wrong", "`forward` gives other numbers, not recognised why"),
    )
    line = line_of(layer, "forward", ("outputs", "return"))
    return Finding(key, title, "a", f"on {probe}: {seen}", _RIGHT, line)


def _shape(got: Any) -> tuple[int, ...]:
    """Return a result's shape; rows of different lengths have that of one number."""
    try:
        return np.shape(got)
    except ValueError:
        return ()


def _right(probe: Probe) -> Any:
    return probe.f(probe.W @ probe.calls[0][0] + probe.b)


def _near(got: Any, wanted: Any) -> bool:
    try:
        got = np.asarray(got, float)
    except (TypeError, ValueError):
        return False
    return got.shape == wanted.shape and bool(near(got, wanted).all())


def _failed(probe: Probe, tried: Tried) -> Finding:
    """Retell why; on a layer that is not square if there is one, since shapes differ there."""
    failing = [(p, o) for p, o in tried if o.failure is not None and not o.outputs]
    probe, observed = max(failing, key=lambda one: not one[0].is_square)
    assert observed.failure is not None
    title = "`forward` cannot be computed"
    if len(failing) < len(tried):
        title += " for every layer; square ones hide it"
    seen = f"on {probe}: {retold_on(probe, observed)}"
    return Finding("forward-fails", title, "z", seen, "z = W · a_prev + b", observed.failure.place)


def _other_shape(layer: type, probe: Probe, got: tuple[int, ...]) -> Finding:
    n = len(probe.W)
    seen = f"on {probe} it gives {got}; right is ({n}, 1), a column"
    line = line_of(layer, "forward", ("return",))
    if got == (n, n):
        return Finding(
            "n-by-n", "(n,) or a row against a column (n, 1): their sum is (n, n)", "z", seen,
            "W · a_prev and b are columns (n_neurons, 1)", line,
        )  # fmt: skip
    return Finding("forward-shape", "`forward` gives another shape", "a", seen, _RIGHT, line)
