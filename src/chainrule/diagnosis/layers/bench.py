"""Run the lines of the page's `backward`, right or with mistakes inserted, on a probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from chainrule.diagnosis.book import PIECES, Mistake, lines_of
from chainrule.diagnosis.layers.probes import Outcome, Probe
from chainrule.diagnosis.page_code import returned_by, run_part

Lines = dict[str, str]
_BACKWARD = PIECES["Layer.backward"]


@dataclass(eq=False)
class Bench:
    """A layer of the page's names, on which lines are run call by call.

    Attributes
    ----------
    probe : Probe
    names : dict
        What the lines read and assign; ``self`` is the layer.
    """

    probe: Probe
    names: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        layer = SimpleNamespace(activation=self.probe.f, d_weights=0.0, d_biases=0.0)
        self.names = {"np": np, "self": layer}

    def begin(self, call: int, W: Any, b: Any) -> None:
        """Set what is known before the lines of a call: weights, inputs, z, da, η."""
        x, da, learning_rate = self.probe.calls[call]
        layer = self.names["self"]
        layer.weights, layer.biases = np.array(W, float), np.array(b, float)
        layer.inputs, layer.outputs = x, layer.weights @ x + layer.biases
        self.names.update(da=da, learning_rate=learning_rate)

    def run(self, *lines: str) -> None:
        """Run the lines of some parts."""
        for part in lines:
            run_part(part, self.names)

    def returned(self, lines: str) -> Any:
        """Return what a `return` line gives."""
        return returned_by(lines, self.names)

    @property
    def layer(self) -> Any:
        """What the lines call `self`."""
        return self.names["self"]


def outcomes(probe: Probe, mistakes: Sequence[Mistake] = ()) -> list[Outcome]:
    """Return what the page's `backward` with these mistakes in it does, call by call.

    Examples
    --------
    >>> from chainrule.diagnosis.layers.probes import probes
    >>> [outcome.da_prev.shape for outcome in outcomes(probes()[1])]
    [(3, 1), (3, 1)]
    """
    lines = {**_BACKWARD.right(probe.baseline), **lines_of(mistakes)}
    order = next((one.order for one in mistakes if one.order), tuple(_BACKWARD.parts))
    bench, W, b = Bench(probe), probe.W, probe.b
    found: list[Outcome] = []
    with np.errstate(all="ignore"):
        for call in range(len(probe.calls)):
            bench.begin(call, W, b)
            try:
                bench.run(*(lines[part] for part in order[:-1]))
                answer = bench.returned(lines["return"])
            except ValueError:  # NumPy says of shapes that do not fit
                return [*found, Outcome(error="ValueError")]
            W, b = bench.layer.weights, bench.layer.biases if probe.biased else b
            found.append(Outcome(W, b, answer))
            if np.shape(b) != probe.b.shape or np.shape(W) != probe.W.shape:
                break
    return found


def right_call(probe: Probe, call: int, W: Any, b: Any) -> Outcome:
    """Return what a right `backward` does in one call, from these weights and biases."""
    calls = (probe.calls[call],)
    one = replace(probe, W=np.asarray(W, float), b=np.asarray(b, float), calls=calls)
    (outcome,) = outcomes(one)
    return outcome
