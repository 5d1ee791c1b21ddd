"""What is wrong with a learner's `Perceptron.fit`, judged part by part.

Which samples, in which order through the layers, which daⁿ with which labels, what is printed: each
part is judged by itself, the first that is wrong first.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from chainrule.diagnosis.book import found
from chainrule.diagnosis.failures import RAISED, quiet, words
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.fits.loops import first_in_the_way, of_the_loops, of_the_rows, of_the_way
from chainrule.diagnosis.fits.losses import numbers_of_epochs, of_the_loss
from chainrule.diagnosis.fits.outputs import of_da
from chainrule.diagnosis.fits.spies import (
    EPOCHS,
    LEARNING_RATE,
    Call,
    N,
    Seen,
    WrongShapeError,
    X,
    Y,
    name_of_fit,
    new_layers,
    observe,
)
from chainrule.diagnosis.layers.probes import near
from chainrule.diagnosis.shapes import retold
from chainrule.diagnosis.sources import is_unwritten, line_of
from chainrule.numerals import number

_FIT = "Perceptron.fit"
_SAME_RATE = 1e-6  # as a share: what float32 may change


def look_at_fit(perceptron: type) -> tuple[list[Finding], list[str]]:
    """Return what is wrong with a learner's `fit`, and what is worth knowing."""
    name = name_of_fit(perceptron)
    if not name:
        line = line_of(perceptron, "__init__", ("def __init__",))
        said = f"`{perceptron.__name__}` has no method `fit`"
        return [found(_FIT, "unfinished", said, line)], []
    not_made = _of_the_making(perceptron)
    if not_made is not None:
        return [not_made], []
    forward = _of_forward(perceptron)
    if forward is not None:
        return [forward], []
    if is_unwritten(getattr(perceptron, name)):
        line = line_of(perceptron, name, (f"def {name}",))
        return [found(_FIT, "unfinished", "it does nothing yet", line)], []
    seen = observe(perceptron)
    if seen.moved and not seen.visits:
        return [], [
            "`fit` trains without calling its layers' forward and backward, so its steps cannot be "
            "followed"
        ]
    findings = list(_findings(perceptron, seen))
    remarks = [] if findings else list(_remarks(perceptron, seen))
    return findings, remarks


def _of_the_making(perceptron: type) -> Finding | None:
    """Look whether a network can be made of layers that exist."""
    try:
        with quiet():
            perceptron(new_layers([]))
    except RAISED as error:
        line = line_of(perceptron, "__init__", ("def __init__",))
        said = f"{type(error).__name__}: {words(error)}".removesuffix(": ")
        return found(_FIT, "network-not-made", said, line, taken=_taken(perceptron))
    return None


def _of_forward(perceptron: type) -> Finding | None:
    """Return a finding on the network's own `forward`; None if right, absent or failing."""
    calls: list[Call] = []
    layers = new_layers(calls)
    a = X[0].reshape(-1, 1)
    for layer in layers:
        a = layer.forward(a)
    wanted = float(a[0, 0])
    try:
        with quiet():
            got = np.asarray(perceptron(new_layers([])).forward(X[0].reshape(-1, 1)), float)
    except RAISED:
        return None  # `fit` tells why, if it needs it
    if got.size == 1 and near(got.ravel()[0], wanted):
        return None
    shown = number(got.ravel()[0]) if got.size == 1 else f"an array of shape {got.shape}"
    told = f"through layers of 2-3-2-1 neurons it gives {shown}; right is {number(wanted)}"
    line = line_of(perceptron, "forward", ("return", "forward"))
    return found(_FIT, "perceptron-forward", told, line)


def _findings(perceptron: type, seen: Seen) -> Iterator[Finding]:
    if seen.failure is not None:
        yield first_in_the_way(perceptron, seen) or _failed(perceptron, seen)
        return
    trouble = of_the_loops(perceptron, seen)
    if trouble is not None:
        yield trouble
        return
    about_steps = [
        finding
        for finding in (of_the_way(perceptron, seen), of_the_rows(perceptron, seen),
                        _of_the_rate(perceptron, seen))
        if finding is not None
    ]  # fmt: skip
    about_da = list(of_da(perceptron, seen))
    right_weights = not about_steps and not about_da
    of_loss: list[Finding] = []
    if not any(finding.quantity == "y" for finding in about_da):  # whose loss would be right?
        of_loss = list(of_the_loss(perceptron, seen, weights_right=right_weights))
    of_error = _of_the_squared_error(perceptron, about_da, of_loss)
    first = [one for one in about_steps if one.quantity not in ("a⁰", "η")]
    yield from first
    yield from [of_error] if of_error else about_da
    yield from (one for one in about_steps if one not in first)
    yield from [] if of_error else of_loss


_SQUARED_ERRORS = {
    ("sigma-prime-lost", "loss-halved-squared"): "half the squared error",
    ("squared-error", "loss-squared"): "the squared error",
    ("sigma-prime-lost", "loss-squared"): "half the squared error (it prints all of it)",
    ("squared-error", "loss-halved-squared"): "the squared error (it prints half of it)",
}
"""What a fit trains by, of the keys of daⁿ and of the printed loss."""


def _of_the_squared_error(
    perceptron: type, of_da_: Sequence[Finding], of_loss: Sequence[Finding]
) -> Finding | None:
    """Return one finding where loss and daⁿ are those of the squared error, alike."""
    if len(of_da_) != 1 or len(of_loss) != 1:
        return None
    which = _SQUARED_ERRORS.get((of_da_[0].key, of_loss[0].key))
    if which is None:
        return None
    seen = f"{of_loss[0].evidence}; {of_da_[0].evidence}"
    return found(_FIT, "trained-by-squared-error", seen, of_da_[0].line, which=which)


def _of_the_rate(perceptron: type, seen: Seen) -> Finding | None:
    """Look at the learning rates of all steps; from step to step they may become others."""
    line = line_of(perceptron, "fit", ("backward",))
    given = f"`fit` was given {number(LEARNING_RATE)}"
    for place, visit in enumerate(seen.steps, 1):
        rates = [call.learning_rate for call in visit.backward]
        if not np.allclose(rates, rates[0], rtol=_SAME_RATE, atol=0):
            layers = ", ".join(number(rate) for rate in reversed(rates))
            told = f"in step {place} layers 1, 2, 3 get {layers}; {given}"
            row = found(_FIT, "rates-differ", told, line)
            return replace(row, key="learning-rate-changed")  # one key for both, as ever
    first = seen.steps[0].backward[0].learning_rate
    if np.isclose(first, LEARNING_RATE, rtol=_SAME_RATE, atol=0):
        return None
    return found(_FIT, "learning-rate-changed", f"it gets {number(first)}; {given}", line)


def _failed(perceptron: type, seen: Seen) -> Finding:
    failure = seen.failure
    assert failure is not None
    error = failure.error
    if isinstance(error, NotImplementedError):
        return found(_FIT, "unfinished", "it raises NotImplementedError", failure.place)
    if isinstance(error, WrongShapeError):
        n_by_n = len(error.got) == 2 and error.got[0] == error.got[1] > 1
        told = f"layer {error.layer + 1} gets {error.got}; right is {error.wanted}"
        return found(_FIT, "n-by-n" if n_by_n else "da-shape", told, failure.place)
    usual = {"y_hat": (1, 1), "da": (1, 1), "x": (2, 1), "training_data": X.shape,
             "labels": Y.shape}  # fmt: skip
    told = f"on {N} rows of 2 features, labels ({N}, 1): {retold(failure, usual)}"
    return found(_FIT, "fit-fails", told, failure.place)


def _taken(perceptron: type) -> str:
    """Say what a network's constructor takes."""
    try:
        names = list(inspect.signature(perceptron).parameters)
    except (TypeError, ValueError):
        names = []
    return f"yours takes {', '.join(f'`{name}`' for name in names) or 'nothing'}"


# What is worth knowing ---------------------------------------------------------------------------


def _remarks(perceptron: type, seen: Seen) -> Iterator[str]:
    orders = seen.rows.reshape(EPOCHS, N)
    if (orders == orders[0]).all():
        yield "the samples come in the same order every epoch; the page draws a new permutation"
    if not np.array_equal(seen.x, X):
        yield "`fit` shuffles the caller's own array in place; X[order] leaves it as it is"
    rates = [visit.backward[0].learning_rate for visit in seen.steps]
    if not np.allclose(rates, rates[0], rtol=_SAME_RATE, atol=0):
        yield "the learning rate changes while training; the page's stays"
    if numbers_of_epochs(seen.printed) is None:
        yield (
            "the average loss of an epoch was not found in what is printed; the page prints "
            "'Loss at epoch 1: 0.693'"
        )
    sure = observe(perceptron, bias=60.0, epochs=1)
    numbers = [call.given for visit in sure.visits for call in visit.backward]
    if sure.failure is not None or not all(np.isfinite(array).all() for array in numbers):
        yield (
            "where the network is sure and wrong, ŷ is rounded to 0 or 1, and log 0 or a division "
            "by 0 follows; the page's own code does so too. np.clip(ŷ, 1e-15, 1 − 1e-15) guards it"
        )
