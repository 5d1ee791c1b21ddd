"""Chapter 7: which quantity has the wrong shape when a layer's step raises an exception."""

from __future__ import annotations

from typing import Any

from chainrule.diagnosis import Finding
from chainrule.diagnosis.book import found, get_mistake
from chainrule.diagnosis.book.batches import REFUSED
from chainrule.diagnosis.failures import Failure
from chainrule.diagnosis.shapes import about_shapes, retold, shapes_in, usual_shapes
from chainrule.diagnosis.sources import line_of


def shape_failure(kind: Any, failure: Failure, n_inputs: int, n_neurons: int, m: int) -> Finding:
    """Return the finding for an exception in `backward`, read from the arrays' shapes.

    Parameters
    ----------
    kind : class
        The learner's layer.
    failure : Failure
    n_inputs, n_neurons, m : int
        Sizes of the layer, which is not square, and of the batch.
    """
    seen = f"with m = {m} samples {retold(failure, usual_shapes(n_inputs, n_neurons, m))}"
    key = _known(failure, n_inputs, n_neurons, m)
    words = get_mistake(REFUSED, key).words
    return found(REFUSED, key, seen, line_of(kind, "backward", words) if words else failure.place)


def _known(failure: Failure, n_inputs: int, n: int, m: int) -> str:
    """Return the key of the mistake behind a shape error; "backward-fails" for any other."""
    if not about_shapes(error := failure.error):
        return "backward-fails"
    shapes = set(shapes_in(error))
    by_entry = "broadcast" in str(error)
    if {(n, 1), (n, m)} <= shapes:
        return "db-not-summed"
    if {(n, 1), (n, n)} <= shapes:
        return "db-flat"
    if {(n, n_inputs), (n_inputs, n)} <= shapes and by_entry:
        return "dW-transposed"
    if {(n, n_inputs), (n, m)} <= set(failure.shapes.values()) | shapes and not by_entry:
        return "W-not-transposed"
    return "backward-fails"
