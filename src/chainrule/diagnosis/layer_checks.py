"""A learner's `Layer`: hypotheses are matched, nothing is guessed.

What each known mistake (and each pair of two) would do on the probes is computed and compared with
what the learner's code did. If nothing matches, the answer is the first quantity that differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from chainrule.diagnosis.evidence import Tried, evidence, first_differing, retold_on
from chainrule.diagnosis.failures import quiet
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.forward_checks import of_forward, of_the_parameters
from chainrule.diagnosis.mistakes import MISTAKES, Mistake
from chainrule.diagnosis.observing import observe
from chainrule.diagnosis.probes import agrees, probes, right
from chainrule.diagnosis.sources import line_of

_NO_TESTS_AFTER = ("init-fails", "parameters-missing", "parameters-shape")


def look_at_layer(layer: type) -> list[Finding]:
    """Return what is wrong with a layer's initial weights, `forward` and `backward`."""
    found = list(of_the_parameters(layer))
    if any(finding.key in _NO_TESTS_AFTER for finding in found):
        return found
    tried = [(probe, observe(layer, probe)) for probe in probes()]
    with quiet():
        forward = of_forward(layer, tried)
        return [*found, *([forward] if forward else _of_backward(layer, tried))]


def _of_backward(layer: type, tried: Tried) -> list[Finding]:
    if all(agrees(observed.outcomes, iter(right(probe))) for probe, observed in tried):
        return []
    if any(not observed.outcomes[0].error for _, observed in tried):
        matching = _singles(tried) or _pairs(tried)
        if matching:
            return list(_named(layer, matching, tried))
    return [_failed(tried) or _not_recognised(layer, tried)]


def _singles(tried: Tried) -> list[tuple[Mistake, ...]]:
    return [(mistake,) for mistake in MISTAKES if explains((mistake,), tried)]


def _pairs(tried: Tried) -> list[tuple[Mistake, ...]]:
    """Return the pairs that explain what was seen; none that replaces a rule without effect."""
    pairs = [
        pair
        for pair in combinations(MISTAKES, 2)
        if not pair[0].rules.keys() & pair[1].rules.keys() and explains(pair, tried)
    ]
    rules = [pair[0].rules.keys() | pair[1].rules.keys() for pair in pairs]
    return [
        pair
        for pair, own in zip(pairs, rules, strict=True)
        if not any(other < own for other in rules)
    ]


def explains(mistakes: Sequence[Mistake], tried: Tried) -> bool:
    """Say whether these mistakes together do what was seen, on every probe."""
    rules = {name: rule for mistake in mistakes for name, rule in mistake.rules.items()}
    return all(agrees(observed.outcomes, probe.predicted(rules)) for probe, observed in tried)


def _named(layer: type, matching: Sequence[tuple[Mistake, ...]], tried: Tried) -> Iterator[Finding]:
    """Yield the mistakes; where several explain all that was seen, they are one finding."""
    if len(matching) == 1:
        for mistake in matching[0]:
            yield _finding(layer, mistake, tried)
        return
    titles = [" and ".join(mistake.title for mistake in mistakes) for mistakes in matching]
    first = _finding(layer, matching[0][0], tried)
    yield Finding(
        "one-of-several", "one of these, which do the same: " + "; or ".join(titles),
        first.quantity, first.evidence, first.right, first.line,
    )  # fmt: skip


def _finding(layer: type, mistake: Mistake, tried: Tried) -> Finding:
    return Finding(
        mistake.key, mistake.title, mistake.spoils, evidence(mistake.spoils, tried),
        mistake.right, line_of(layer, "backward", mistake.words),
    )  # fmt: skip


# What no known mistake explains --------------------------------------------------------------


def _failed(tried: Tried) -> Finding | None:
    """Return what an exception says; on a layer that is not square, since shapes differ there."""
    failing = [(probe, observed) for probe, observed in tried if observed.failure is not None]
    if not failing:
        return None
    probe, observed = max(failing, key=lambda one: not one[0].is_square)
    failure = observed.failure
    assert failure is not None
    if isinstance(failure.error, NotImplementedError):
        return Finding(
            "unfinished", "`backward` is not written yet", "dz", "it raises NotImplementedError",
            "dz = da ⊙ f′(z), and so on", failure.place,
        )  # fmt: skip
    title = "`backward` cannot be computed"
    if len(failing) < len(tried):
        title += " for every layer" + "; square ones hide it" * all(
            not probe.is_square for probe, _ in failing
        )
    formula = _formula_for(failure.line) if failure.line else "backward(da, learning_rate)"
    return Finding(
        "backward-fails", title, formula.split(" ")[0] if failure.line else "da_prev",
        f"on {probe}: {retold_on(probe, observed)}", formula, failure.place,
    )  # fmt: skip


_BY_NAME = {
    "da_prev": "da_prev = Wᵀ · dz",
    "d_weights": "dW = dz · a_prevᵀ",
    "dW": "dW = dz · a_prevᵀ",
    "d_biases": "db = dz",
    "db": "db = dz",
    "dz": "dz = da ⊙ f′(z)",
    "weights": "W ← W − η dW",
    "biases": "b ← b − η db",
    "return": "da_prev = Wᵀ · dz",
}


def _formula_for(line: str) -> str:
    left = re.split(r"[-+*/]?=", line, maxsplit=1)[0]
    for text in (left, line):
        for name, formula in _BY_NAME.items():
            if re.search(rf"\b{name}\b", text):
                return formula
    return "the four formulas of the backward pass"


_WORDS = {
    "dW": ("d_weights", "dW", "self.weights"),
    "db": ("d_biases", "db", "self.biases"),
    "da_prev": ("da_prev", "return"),
}


def _not_recognised(layer: type, tried: Tried) -> Finding:
    """Name the first quantity that differs, in the order of computation."""
    name, seen = first_differing(tried)
    if not name:
        return Finding(
            "not-recognised", "wrong, not recognised: it fails on some layers", "", "",
            "the four formulas of the backward pass",
        )  # fmt: skip
    return Finding(
        "not-recognised", f"wrong, not recognised: the first quantity that differs is {name}",
        name, seen, _BY_NAME[name], line_of(layer, "backward", _WORDS[name]),
    )  # fmt: skip
