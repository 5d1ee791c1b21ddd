"""A learner's layer before `backward`: its parameters and its `forward`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.activations import Activation, sigmoid
from chainrule.catalog import nearest
from chainrule.diagnosis.book import PIECES, found, mistakes_in
from chainrule.diagnosis.failures import RAISED, Failure, quiet, words
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.layers.bench import Bench
from chainrule.diagnosis.layers.evidence import first_difference, retold_on
from chainrule.diagnosis.layers.observing import Make, Parameters, Tried
from chainrule.diagnosis.layers.probes import Probe, alike, made
from chainrule.diagnosis.reading.constructor import constructor_of
from chainrule.diagnosis.sources import line_of
from chainrule.numerals import number

_INIT, _FORWARD = "Layer.__init__", "Layer.forward"
_SIZES = (3, 4)


def of_the_making(owner: type) -> Finding:
    """Return why no layer can be made, or why its weights and biases cannot be told."""
    n_inputs, n_neurons = _SIZES
    try:
        with quiet():
            layer = owner(n_inputs, n_neurons, sigmoid)
    except RAISED as error:
        failure = Failure.of(error)
        if isinstance(error, TypeError) and not failure.line:  # the call itself does not fit
            return _parameters_missing(owner, _taken(owner, failure))
        seen = f"{type(error).__name__}: {words(error)}".removesuffix(": ")
        return found(_INIT, "init-fails", seen, failure.place, for_which="")
    missing = [name for name in ("weights", "biases") if not hasattr(layer, name)]
    if missing:
        hints = [nearest(name, vars(layer)).lstrip("; ") for name in missing]
        told = " and ".join(f"no `{name}`" for name in missing)
        has = ", ".join(f"`{name}`" for name in vars(layer)) or "nothing"
        seen = f"it has {told}{''.join(f'; {hint}' for hint in hints if hint)}; it has {has}"
        near_by = [name for name in vars(layer) if nearest(missing[0], [name])]
        lines = tuple(f"self.{name}" for name in near_by)
        return _parameters_missing(owner, seen, lines)
    seen = (
        f"a layer of {n_inputs} inputs and {n_neurons} neurons has weights "
        f"{np.shape(layer.weights)} and biases {np.shape(layer.biases)}; right is "
        f"{(n_neurons, n_inputs)} and ({n_neurons}, 1)"
    )
    line = line_of(owner, "__init__", ("self.weights", "weights"))
    return found(_INIT, "parameters-shape", seen, line)


def _parameters_missing(owner: type, seen: str, lines: tuple[str, ...] = ()) -> Finding:
    line = line_of(owner, "__init__", (*lines, "def __init__"))
    return found(_INIT, "parameters-missing", seen, line)


def _taken(owner: type, failure: Failure) -> str:
    form = constructor_of(owner)
    names = [*form.sizes, form.activation, *form.unknown]
    told = ", ".join(f"`{name}`" for name in names if name and name != "*")
    said = f"{type(failure.error).__name__}: {words(failure.error)}"
    return f"{said}; yours takes {told}" if told else said


def of_the_first_weights(owner: type, make: Make, f: Activation) -> Iterator[Finding]:
    """Yield what is wrong with the weights that a layer begins with."""
    line = line_of(owner, "__init__", ("self.weights", "weights", "def __init__"))
    with quiet():
        made_weights = np.asarray(make(*_SIZES, f).weights)
    weights = made_weights.astype(float)
    if made_weights.dtype.kind in "iub":
        yield found(_INIT, "whole-numbers", f"weights hold {made_weights.dtype}", line)
    if (weights == weights[0]).all():  # neurons that begin alike stay alike
        what = "the same numbers" if weights.any() else "0"
        seen = f"every row of W begins as {[number(w) for w in weights[0]]}"
        yield found(_INIT, "constant-weights", seen, line, what=what)


# Forward --------------------------------------------------------------------------------------


def is_random(make: Make, f: Activation) -> bool:
    """Say whether `forward` gives two results for the same inputs."""
    probe = made(*_SIZES, f, 5)
    try:
        with quiet():
            layer = make(*_SIZES, f)
            Parameters(layer, probe)
            first, *others = (
                np.array(layer.forward(probe.calls[0][0].copy()), float) for _ in range(4)
            )
    except RAISED:
        return False
    return any(not np.array_equal(first, other, equal_nan=True) for other in others)


def of_forward(owner: type, name: str, tried: Tried) -> Finding | None:
    """Look at a = f(W · a_prev + b) on each probe."""
    for probe, observed in tried:
        if not observed.outputs:
            return failed(tried)
        got, wanted = observed.outputs[0], _right(probe)
        shape = _shape(got)
        if shape != wanted.shape:
            return _other_shape(owner, name, probe, shape)
    wrong = [(p, o) for p, o in tried if not alike(o.outputs[0], _right(p))]
    if not wrong:
        return None
    probe, observed = wrong[0]
    seen = f"on {probe}: {first_difference('a', observed.outputs[0], _right(probe))}"
    key = next(
        (
            mistake.key
            for mistake in mistakes_in(_FORWARD)
            if "return" in mistake.lines
            and all(alike(o.outputs[0], _given(p, mistake.lines["return"])) for p, o in tried)
        ),
        "forward-wrong",
    )
    return found(_FORWARD, key, seen, line_of(owner, name, ("outputs", "return")))


def _given(probe: Probe, returned: str) -> Any:
    bench = Bench(probe)
    bench.begin(0, probe.W, probe.b)
    bench.run(PIECES[_FORWARD].parts["z"])
    return bench.returned(returned)


def _right(probe: Probe) -> Any:
    return probe.f(probe.W @ probe.calls[0][0] + probe.b)


def _shape(got: Any) -> tuple[int, ...]:
    """Return a result's shape; rows of different lengths have that of one number."""
    try:
        return np.shape(got)
    except ValueError:
        return ()


def _other_shape(owner: type, name: str, probe: Probe, got: tuple[int, ...]) -> Finding:
    n = len(probe.W)
    seen = f"on {probe} it gives {got}; right is ({n}, 1), a column"
    key = "n-by-n" if got == (n, n) else "forward-shape"
    return found(_FORWARD, key, seen, line_of(owner, name, ("return",)))


# Failing --------------------------------------------------------------------------------------

_ROWS = {"making": (_INIT, "init-fails"), "parameters": (_INIT, "init-fails"),
         "forward": (_FORWARD, "forward-fails"),
         "backward": ("Layer", "backward-fails")}  # fmt: skip


def failed(tried: Tried) -> Finding | None:
    """Return the finding for an exception and the layers concerned; None if no layer fails."""
    failing = [(p, o) for p, o in tried if o.failure is not None]
    if not failing:
        return None
    probe, observed = max(failing, key=lambda one: not one[0].is_square)
    failure = observed.failure
    assert failure is not None
    where, key = _ROWS[observed.stage]
    if isinstance(failure.error, NotImplementedError) and len(failing) == len(tried):
        said = "it raises NotImplementedError"
        return found("Layer", "unfinished", said, failure.place, method=observed.stage)
    seen = f"on {probe}: {retold_on(probe, observed)}"
    return found(where, key, seen, failure.place, for_which=for_which(tried))


def for_which(tried: Tried) -> str:
    """Describe the property common to the failing layers; "" if every layer fails."""
    failing = [probe for probe, observed in tried if observed.failure is not None]
    passing = [probe for probe, observed in tried if observed.failure is None]
    if not passing:
        return ""
    names = {(p.given or p.f).name for p in failing}
    if not names & {(p.given or p.f).name for p in passing}:
        return f" with {' and '.join(sorted(names))}"
    if not any(p.is_square for p in failing) and any(p.is_square for p in passing):
        return " for every layer; square ones hide it"
    return " for every layer"
