"""What is wrong with a `backward`, as findings: known mistakes, and unknown quantities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chainrule.diagnosis.book import Mistake, found
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.layers.bench import outcomes
from chainrule.diagnosis.layers.evidence import evidence, evidence_of_dz
from chainrule.diagnosis.layers.explaining import Explanation, explanations, fails_alike
from chainrule.diagnosis.layers.forward import failed
from chainrule.diagnosis.layers.observing import Tried
from chainrule.diagnosis.layers.probes import agrees
from chainrule.diagnosis.sources import line_of


def is_right(tried: Tried) -> bool:
    """Say whether every call did what the right lines do."""
    return all(agrees(o.outcomes, outcomes(p)) for p, o in tried)


def named(owner: type, method: str, tried: Tried) -> Iterator[Finding]:
    """Yield what is wrong with a `backward` that is not right: mistakes, and unknown quantities.

    Parameters
    ----------
    owner : class
    method : str
    tried : sequence of (Probe, Observed)
    """
    if is_right(tried):
        return
    matching = explanations(tried)
    if len(matching) == 1:
        for mistake in matching[0].mistakes:
            yield _finding(owner, method, mistake, tried)
    elif matching and matching[0].mistakes:
        yield _one_of_several(owner, method, matching, tried)
    failure = failed(tried)
    if failure and not (matching and fails_alike(matching[0], tried)):
        yield failure
        return
    for place, name in enumerate(matching[0].unknown):
        yield _not_recognised(owner, method, name, tried, first=place == 0)


def _finding(owner: type, method: str, mistake: Mistake, tried: Tried) -> Finding:
    seen = evidence(mistake.quantity, tried)
    line = line_of(owner, method, mistake.words)
    return Finding(mistake.key, mistake.title, mistake.quantity, seen, mistake.right, line)


def _one_of_several(
    owner: type, method: str, matching: Sequence[Explanation], tried: Tried
) -> Finding:
    """Return what cannot be told apart as one finding."""
    first = _finding(owner, method, matching[0].mistakes[0], tried)
    these = "; or ".join(one.title for one in matching)
    row = found("Layer", "one-of-several", first.evidence, first.line, these=these)
    return replace(row, quantity=first.quantity, right=first.right)


_RIGHT = {
    "dz": ("dz = da ⊙ f′(z)", ("dz", "derivative", "da")),
    "dW": ("dW = dz · a_prevᵀ", ("d_weights", "dW", "self.weights")),
    "db": ("db = dz", ("d_biases", "db", "self.biases")),
    "da_prev": ("da_prev = Wᵀ · dz", ("da_prev", "return")),
}


def _not_recognised(owner: type, method: str, name: str, tried: Tried, *, first: bool) -> Finding:
    seen = evidence_of_dz(tried) if name == "dz" else evidence(name, tried)
    right, likely = _RIGHT[name]
    which = f"the first quantity that differs is {name}" if first else f"{name} differs as well"
    row = found("Layer", "not-recognised", seen, line_of(owner, method, likely), which=which)
    return replace(row, quantity=name, right=right)
