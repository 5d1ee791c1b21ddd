"""A learner's numbers beside the right ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.diagnosis.layers.bench import right_call
from chainrule.diagnosis.layers.observing import Observed, Tried
from chainrule.diagnosis.layers.probes import Outcome, Probe, near
from chainrule.diagnosis.shapes import retold, usual_shapes
from chainrule.numerals import number

_SHOWN_BY = {"dz": ("db", "dW", "da_prev"), "W": ("dW",), "b": ("db",)}


def evidence(quantity: str, tried: Tried) -> str:
    """Show their number beside the right one, of the quantity if it differs somewhere."""
    for name in (*_SHOWN_BY.get(quantity, (quantity,)), "dW", "db", "da_prev"):
        for probe, observed in tried:
            told = _difference(name, probe, observed)
            if told:
                return f"on {probe}: {told}"
    return next((f"on {p}: {retold_on(p, o)}" for p, o in tried if o.failure is not None), "")


def evidence_of_dz(tried: Tried) -> str:
    """Show the dz that their step of the biases, or of the weights, is made of."""
    for probe, observed in tried:
        if not observed.outcomes or observed.outcomes[0].error:
            continue
        x, da, learning_rate = probe.calls[0]
        right = da * probe.f.derivative(probe.W @ x + probe.b)
        of_b = _step(probe.b, observed.outcomes[0].b, learning_rate)
        of_W = _step(probe.W, observed.outcomes[0].W, learning_rate) @ x / np.sum(x * x)
        for step in (of_b, of_W) if probe.biased else (of_W,):
            told = first_difference("dz", step, right) if step.shape == right.shape else ""
            if told:
                return f"on {probe}: {told}"
    return ""


def _step(before: Any, after: Any, learning_rate: float) -> Any:
    try:
        return (before - np.asarray(after, float)) / learning_rate
    except (TypeError, ValueError):
        return np.full(np.shape(before), np.nan)


def _difference(name: str, probe: Probe, observed: Observed) -> str:
    """Return where a quantity differs first, in whichever call."""
    for call in range(len(probe.calls)):
        told = difference_in(call, name, probe, observed)
        if told:
            return told
    return ""


def difference_in(call: int, name: str, probe: Probe, observed: Observed) -> str:
    """Return where a quantity of one call differs from what is right after the call before."""
    outcomes = observed.outcomes[: call + 1]
    if len(outcomes) <= call or outcomes[call].error:
        return ""
    before = outcomes[call - 1] if call else Outcome(probe.W, probe.b)
    learning_rate = probe.calls[call][2]
    W, b = np.asarray(before.W, float), np.asarray(before.b, float)
    yours = _told_from_outside(outcomes[call], W, b, learning_rate)[name]
    right = right_call(probe, call, W, b)
    told = first_difference(name, yours, _told_from_outside(right, W, b, learning_rate)[name])
    return told + (" (in the second call)" if told and call else "")


def _told_from_outside(outcome: Outcome, W: Any, b: Any, learning_rate: float) -> dict[str, Any]:
    """Return what can be told from outside: dW and db by the update, and da_prev."""
    found: dict[str, Any] = {"da_prev": outcome.da_prev}
    for name, old, new in (("dW", W, outcome.W), ("db", b, outcome.b)):
        same = np.shape(old) == np.shape(new)
        found[name] = (old - np.asarray(new, float)) / learning_rate if same else new
    return found


def first_difference(name: str, yours: Any, its: Any) -> str:
    """Return the first entry that differs, or the shape; "" if none does."""
    if yours is None:
        return f"{name} is None; right is an array of shape {np.shape(its)}"
    try:
        yours = np.asarray(yours, float)
    except (TypeError, ValueError, OverflowError):
        kind = f"{type(yours).__name__} of {len(yours)}" if isinstance(yours, tuple) else "no array"
        return f"{name} is a {kind}; right is an array of shape {np.shape(its)}".replace(
            "a no", "no"
        )
    if yours.shape != np.shape(its):
        return f"{name} has the shape {yours.shape}; right is {np.shape(its)}"
    wrong = ~near(yours, its)
    if not wrong.any():
        return ""
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    place = ", ".join(map(str, at))
    return f"{name}[{place}] is {number(yours[at])}; right is {number(its[at])}"


def retold_on(probe: Probe, observed: Observed) -> str:
    """Say what the exception means, with the shapes that the formulas' quantities have there."""
    assert observed.failure is not None
    n_neurons, n_inputs = probe.W.shape
    return retold(observed.failure, usual_shapes(n_inputs, n_neurons))
