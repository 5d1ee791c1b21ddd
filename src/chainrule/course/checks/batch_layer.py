"""Chapter 7: which of dz, dW, db, da_prev and the update is wrong for a batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.activations import Activation, sigmoid, tanh
from chainrule.course.checks.batch_failures import shape_failure
from chainrule.course.checks.learner import Learner
from chainrule.course.checks.placing import placed
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book import MINI_BATCH
from chainrule.diagnosis.layers.naming import named
from chainrule.diagnosis.layers.observing import observe
from chainrule.diagnosis.layers.probes import made

_M = 4
_CASES = ((3, 2, sigmoid), (2, 3, tanh), (3, 5, sigmoid))


def check_batch_backward(learner: Learner) -> Iterator[Finding | str]:
    """Yield mistakes in a layer's `backward` for a batch."""
    kind = learner.kind("Layer")
    learner.method("Layer", "backward")
    cases = [
        replace(made(*case, seed, _M), baseline=MINI_BATCH) for seed, case in enumerate(_CASES)
    ]

    def make(n_inputs: int, n_neurons: int, f: Activation) -> Any:
        layer = kind(n_inputs, n_neurons, f)
        placed(layer, np.zeros((n_neurons, n_inputs)), np.zeros((n_neurons, 1)))
        return layer

    tried = [(probe, observe(make, probe)) for probe in cases]
    for probe, observed in tried:
        failure = observed.failure
        if failure is None:
            continue
        if not isinstance(failure.error, ValueError):  # NumPy's, for shapes
            raise failure.error
        if len(observed.outcomes) == 1:
            n_neurons, n_inputs = probe.W.shape
            yield shape_failure(kind, failure, n_inputs, n_neurons, _M)
            return
    yield from named(kind, "backward", tried)
