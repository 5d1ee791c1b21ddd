"""Chapter 7, shapes that do not fit in a layer's step: which quantity has the wrong one."""

from __future__ import annotations

from typing import Any

from chainrule.course.checks.batch_mistakes import M
from chainrule.diagnosis import Finding
from chainrule.diagnosis.failures import Failure
from chainrule.diagnosis.shapes import about_shapes, retold, shapes_in, usual_shapes
from chainrule.diagnosis.sources import line_of

_DB = "db = (1/m) Σ dz over the columns: dz.sum(axis=1, keepdims=True) / m"
_DW, _DA = "dW = (1/m) dz · a_prevᵀ", "da_prev = Wᵀ · dz"


def failed(kind: Any, error: ValueError, n_inputs: int, n_neurons: int) -> Finding:
    """Return what an exception in `backward` says of the quantities' shapes.

    Parameters
    ----------
    kind : class
        The learner's layer.
    error : ValueError
    n_inputs, n_neurons : int
        Of the layer, which is not square.
    """
    failure = Failure.of(error)
    seen = f"with m = {M} samples {retold(failure, usual_shapes(n_inputs, n_neurons, M))}"
    for key, title, quantity, right, words in _known(failure, n_inputs, n_neurons):
        return Finding(key, title, quantity, seen, right, line_of(kind, "backward", words))
    return Finding(
        "backward-fails", "`backward` cannot be computed for a batch", "da_prev", seen,
        "each line of the backward pass, with its shape", failure.place,
    )  # fmt: skip


Known = tuple[str, str, str, str, tuple[str, ...]]


def _known(failure: Failure, n_inputs: int, n_neurons: int) -> list[Known]:
    """Return the key, title, quantity, formula and words of a mistake that does this."""
    if not about_shapes(error := failure.error):
        return []
    found, n = set(shapes_in(error)), n_neurons
    b_words, W_words, back = ("d_biases", "db"), ("d_weights", "dW"), ("da_prev", "return")
    if (n, 1) in found and (n, M) in found:
        title = "db has a column for each sample: sum over axis=1, with keepdims=True"
        return [("db-not-summed", title, "db", _DB, b_words)]
    if (n, 1) in found and (n, n) in found:
        title = "db is flat, (n,): with the column b it makes a square; keepdims=True keeps it one"
        return [("db-flat", title, "db", _DB, b_words)]
    if (n, n_inputs) in found and (n_inputs, n) in found and "broadcast" in str(error):
        title = "dW is transposed: the product is the wrong way round, a_prev · dzᵀ"
        return [("dW-transposed", title, "dW", _DW, W_words)]
    factors = set(failure.shapes.values()) | found
    if {(n, n_inputs), (n, M)} <= factors and "broadcast" not in str(error):
        title = "W is not transposed: W · dz in place of Wᵀ · dz"
        return [("W-not-transposed", title, "da_prev", _DA, back)]
    return []
