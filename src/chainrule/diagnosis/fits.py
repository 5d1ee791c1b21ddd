"""What is wrong with a learner's `Perceptron.fit`, judged part by part.

Which samples, in which order through the layers, which daⁿ with which labels, what is printed: each
part is judged by itself, the first that is wrong first.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.fit_loops import first_in_the_way, of_the_loops, of_the_rows, of_the_way
from chainrule.diagnosis.fit_losses import numbers_of_epochs, of_the_loss
from chainrule.diagnosis.fit_outputs import of_da
from chainrule.diagnosis.probes import near
from chainrule.diagnosis.shapes import retold
from chainrule.diagnosis.sources import line_of
from chainrule.diagnosis.spies import (
    EPOCHS,
    LEARNING_RATE,
    Call,
    N,
    Seen,
    WrongShapeError,
    X,
    Y,
    new_layers,
    observe,
)
from chainrule.numerals import number

_SAME_RATE = 1e-6  # as a share: what float32 may change


def look_at_fit(perceptron: type) -> tuple[list[Finding], list[str]]:
    """Return what is wrong with a learner's `fit`, and what is worth knowing."""
    forward = _of_forward(perceptron)
    if forward is not None:
        return [forward], []
    seen = observe(perceptron)
    if seen.moved and not seen.visits:
        return [], [
            "`fit` trains without calling its layers' forward and backward, so its steps cannot be "
            "followed"
        ]
    findings = list(_findings(perceptron, seen))
    remarks = [] if findings else list(_remarks(perceptron, seen))
    return findings, remarks


def _of_forward(perceptron: type) -> Finding | None:
    """Look at the network's own `forward`, if it has one and it can be called."""
    from chainrule.diagnosis.failures import RAISED, quiet

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
    return Finding(
        "perceptron-forward", "the network's `forward` does not give the last layer's a", "ŷ",
        f"through layers of 2-3-2-1 neurons it gives {shown}; right is {number(wanted)}",
        "each layer gets what the one before gave; the last one's a is returned",
        line_of(perceptron, "forward", ("return", "forward")),
    )  # fmt: skip


def _findings(perceptron: type, seen: Seen) -> Iterator[Finding]:
    if seen.failure is not None:
        yield first_in_the_way(perceptron, seen) or _failed(seen)
        return
    trouble = of_the_loops(perceptron, seen)
    if trouble is not None:
        yield trouble
        return
    order = of_the_way(perceptron, seen)
    if order is not None:
        yield order
    about_da = list(of_da(perceptron, seen))
    yield from about_da
    rows = of_the_rows(perceptron, seen)
    if rows is not None:
        yield rows
    rate = _of_the_rate(perceptron, seen)
    if rate is not None:
        yield rate
    if not any(finding.quantity == "y" for finding in about_da):  # whose loss would be right?
        yield from of_the_loss(perceptron, seen)


def _of_the_rate(perceptron: type, seen: Seen) -> Finding | None:
    """Look at the learning rates of all steps; from step to step they may become others."""
    title, told = "", ""
    for place, visit in enumerate(seen.steps, 1):
        rates = [call.learning_rate for call in visit.backward]
        if not np.allclose(rates, rates[0], rtol=_SAME_RATE, atol=0):
            layers = ", ".join(number(rate) for rate in reversed(rates))
            title = "the layers of one step are given different learning rates"
            told = f"in step {place} layers 1, 2, 3 get {layers}"
            break
    first = seen.steps[0].backward[0].learning_rate
    if not np.isclose(first, LEARNING_RATE, rtol=_SAME_RATE, atol=0):
        title = "`backward` is given another learning rate"
        told = f"it gets {number(first)}"
    if not title:
        return None
    return Finding(
        "learning-rate-changed", title, "η",
        f"{told}; `fit` was given {number(LEARNING_RATE)}",
        "layer.backward(da, learning_rate)", line_of(perceptron, "fit", ("backward",)),
    )  # fmt: skip


def _failed(seen: Seen) -> Finding:
    failure = seen.failure
    assert failure is not None
    right = "one sample at a time: forward, loss, daⁿ, backward through the layers"
    if isinstance(failure.error, NotImplementedError):
        return Finding(
            "unfinished", "`fit` is not written yet", "daⁿ", "it raises NotImplementedError",
            "forward, loss, daⁿ, backward through the layers", failure.place,
        )  # fmt: skip
    error = failure.error
    if isinstance(error, WrongShapeError):
        n_by_n = len(error.got) == 2 and error.got[0] == error.got[1] > 1
        return Finding(
            "n-by-n" if n_by_n else "da-shape",
            "(n,) or a row against a column (n, 1): daⁿ is (n, n)" if n_by_n
            else "da has another shape than its layer's output", "da",
            f"layer {error.layer + 1} gets {error.got}; right is {error.wanted}", right,
            failure.place,
        )  # fmt: skip
    usual = {"y_hat": (1, 1), "da": (1, 1), "x": (2, 1), "training_data": X.shape,
             "labels": Y.shape}  # fmt: skip
    return Finding(
        "fit-fails", "`fit` cannot be run", "daⁿ",
        f"on {N} rows of 2 features, labels ({N}, 1): {retold(failure, usual)}", right,
        failure.place,
    )  # fmt: skip


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
