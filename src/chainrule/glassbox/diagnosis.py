"""`diagnose`: which mistake a learner's `Layer` or `Perceptron` has.

Hypotheses are matched, nothing is guessed: what each known mistake (and each pair of two) would do on
the probes is computed and compared with what the learner's code did, to nine digits. If nothing
matches, the answer is the first quantity that differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from chainrule.glassbox.fits import Finding, look_at_fit
from chainrule.glassbox.mistakes import MISTAKES, RIGHT, Mistake, Outcome, Scene, backward
from chainrule.glassbox.pages import number
from chainrule.glassbox.probes import Observed, Probe, agrees, observe, probes, right
from chainrule.glassbox.shapes import retold
from chainrule.glassbox.sources import line_of


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a learner's code; `print` shows it.

    Attributes
    ----------
    findings : tuple of Finding
        Empty if nothing is wrong.
    remarks : tuple of str
        What is not wrong, but worth knowing.
    """

    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = ["Everything agrees with the formulas."] if self.ok else []
        for finding in self.findings:
            lines += [*([""] if lines else []), str(finding)]
        return "\n".join([*lines, *(f"note: {remark}" for remark in self.remarks)])


def diagnose(layer: Any = None, perceptron: Any = None) -> Diagnosis:
    """Find out which mistake a hand-written `Layer` or `Perceptron` has.

    Parameters
    ----------
    layer : class, optional
        ``Layer(n_inputs, n_neurons, activation)`` with `weights`, `biases`, ``forward(inputs)``
        and ``backward(da, learning_rate)``, as on the page.
    perceptron : class, optional
        ``Perceptron(layers)`` with ``fit(training_data, labels, epochs, learning_rate)``.

    Returns
    -------
    Diagnosis

    Raises
    ------
    TypeError
        If neither is given, or one of them is no class.

    Examples
    --------
    >>> import chainrule
    >>> class Layer(chainrule.Layer):
    ...     def backward(self, da, learning_rate):
    ...         dz = da * self.activation.derivative(self.outputs)
    ...         self.weights -= learning_rate * dz @ self.inputs.T
    ...         self.biases -= learning_rate * dz
    ...         return self.weights.T @ dz
    >>> print(diagnose(Layer).findings[0].title)
    the weights are updated before da_prev is computed
    """
    for name, given in (("layer", layer), ("perceptron", perceptron)):
        if given is not None and not isinstance(given, type):
            raise TypeError(f"{name} is a class, got {given!r}; give the class itself")
    if layer is None and perceptron is None:
        raise TypeError("give a Layer class, a Perceptron class, or both")
    findings: list[Finding] = []
    remarks: list[str] = []
    if layer is not None:
        findings += look_at_layer(layer)
    if perceptron is not None:
        found, said = look_at_fit(perceptron)
        findings += found
        remarks += said
    return Diagnosis(tuple(findings), tuple(remarks))


# A layer -----------------------------------------------------------------------------------


def look_at_layer(layer: type) -> list[Finding]:
    """Return what is wrong with a layer's initial weights, `forward` and `backward`."""
    everything = probes()
    seen = [observe(layer, probe) for probe in everything]
    forward = _forward(layer, everything, seen)
    if forward:
        return [forward]
    found = _initial(layer)
    if all(
        agrees(observed.outcomes, iter(right(probe)))
        for probe, observed in zip(everything, seen, strict=True)
    ):
        return found
    told = [observed for observed in seen if not observed.outcomes[0].error]
    if told:
        matching = _singles(everything, seen) or _pairs(everything, seen)
        if matching:
            return [*found, *_named(layer, matching, everything, seen)]
    return [*found, _failed(layer, everything, seen) or _not_recognised(layer, everything, seen)]


def _initial(layer: type) -> list[Finding]:
    """Neurons that begin alike stay alike."""
    try:
        weights = np.asarray(layer(3, 4, probes()[0].f).weights, float)
    except Exception:
        return []
    if weights.shape != (4, 3) or not (weights == weights[0]).all():
        return []
    zero = "0" if not weights.any() else "the same numbers"
    return [
        Finding(
            "constant-weights",
            f"all neurons begin with {zero}: their gradients are equal, and they stay alike",
            "W",
            f"every row of W begins as {[number(w) for w in weights[0]]}",
            "draw the initial weights at random",
            line_of(layer, "__init__", ("self.weights", "weights")),
        )
    ]


def _forward(layer: type, tried: Sequence[Probe], seen: Sequence[Observed]) -> Finding | None:
    """Look at a = f(W · x + b); what backward does with a wrong one is not asked."""
    for probe, observed in zip(tried, seen, strict=True):
        x, _, _ = probe.calls[0]
        wanted = probe.f(probe.W @ x + probe.b)
        if not observed.outputs:
            assert observed.failure is not None
            shapes = {
                "weights": probe.W.shape, "inputs": x.shape, "biases": probe.b.shape,
            }  # fmt: skip
            told = retold(observed.failure.error, shapes, observed.failure.line)
            return Finding(
                "forward-fails", "`forward` cannot be computed", "z", told, "z = W · a_prev + b",
                _at(observed),
            )  # fmt: skip
        got = observed.outputs[0]
        if np.shape(got) != wanted.shape:
            return Finding(
                "forward-shape", "`forward` gives another shape", "a",
                f"on {probe} it gives {np.shape(got)}; right is {wanted.shape}, a column",
                "a = f(W · a_prev + b)", line_of(layer, "forward", ("return",)),
            )  # fmt: skip
        if not np.allclose(np.asarray(got, float), wanted, rtol=1e-9, atol=1e-12):
            return Finding(
                "forward-wrong", "`forward` gives other numbers", "a",
                f"on {probe}: {_first_difference('a', np.asarray(got, float), wanted)}",
                "a = f(W · a_prev + b)", line_of(layer, "forward", ("outputs", "return")),
            )  # fmt: skip
    return None


def _singles(tried: Sequence[Probe], seen: Sequence[Observed]) -> list[tuple[Mistake, ...]]:
    return [(mistake,) for mistake in MISTAKES if _explains((mistake,), tried, seen)]


def _pairs(tried: Sequence[Probe], seen: Sequence[Observed]) -> list[tuple[Mistake, ...]]:
    return [
        pair
        for pair in combinations(MISTAKES, 2)
        if not pair[0].rules.keys() & pair[1].rules.keys() and _explains(pair, tried, seen)
    ]


def _explains(
    mistakes: Sequence[Mistake], tried: Sequence[Probe], seen: Sequence[Observed]
) -> bool:
    """Say whether these mistakes together do what was seen, on every probe."""
    rules = {name: rule for mistake in mistakes for name, rule in mistake.rules.items()}
    return all(
        agrees(observed.outcomes, probe.predicted(rules))
        for probe, observed in zip(tried, seen, strict=True)
    )


def _named(
    layer: type,
    matching: Sequence[tuple[Mistake, ...]],
    tried: Sequence[Probe],
    seen: Sequence[Observed],
) -> Iterator[Finding]:
    """Yield the mistakes; where several explain all that was seen, they are one finding."""
    if len(matching) == 1:
        for mistake in matching[0]:
            yield _finding(layer, mistake, mistake.title, tried, seen)
        return
    titles = [" and ".join(mistake.title for mistake in mistakes) for mistakes in matching]
    title = "one of these, which do the same: " + "; or ".join(titles)
    yield _finding(layer, matching[0][0], title, tried, seen)


def _finding(
    layer: type, mistake: Mistake, title: str, tried: Sequence[Probe], seen: Sequence[Observed]
) -> Finding:
    evidence = _evidence(mistake.spoils, tried, seen)
    return Finding(
        mistake.key, title, mistake.spoils, evidence, mistake.right,
        line_of(layer, "backward", mistake.words),
    )  # fmt: skip


# Evidence ----------------------------------------------------------------------------------


def _observables(probe: Probe, call: int, outcome: Outcome, before: Outcome) -> dict[str, Any]:
    """Return what can be told from outside: dW and db by the update, and da_prev."""
    learning_rate = probe.calls[call][2]
    found: dict[str, Any] = {"da_prev": outcome.da_prev}
    for name, old, new in (("dW", before.W, outcome.W), ("db", before.b, outcome.b)):
        same = np.shape(old) == np.shape(new)
        found[name] = (old - new) / learning_rate if same else new
    return found


_SHOWN_BY = {"dz": ("db", "dW", "da_prev"), "W": ("dW",), "b": ("db",)}


def _evidence(spoilt: str, tried: Sequence[Probe], seen: Sequence[Observed]) -> str:
    """Show their number beside the right one, of what is spoilt if it differs somewhere."""
    names = [*_SHOWN_BY.get(spoilt, (spoilt,)), "dW", "db", "da_prev"]
    for name in names:
        for probe, observed in zip(tried, seen, strict=True):
            told = _difference(name, probe, observed)
            if told:
                return f"on {probe}: {told}"
    for probe, observed in zip(tried, seen, strict=True):
        if observed.failure is not None:
            return f"on {probe}: {_retold(probe, observed)}"
    return ""


def _difference(name: str, probe: Probe, observed: Observed) -> str:
    """Return where a quantity differs first, in whichever call."""
    for call in range(len(probe.calls)):
        told = _difference_in(call, name, probe, observed)
        if told:
            return told + (" (in the second call)" if call else "")
    return ""


def _difference_in(call: int, name: str, probe: Probe, observed: Observed) -> str:
    outcomes = observed.outcomes[: call + 1]
    if len(outcomes) <= call or outcomes[call].error:
        return ""
    before = outcomes[call - 1] if call else Outcome(probe.W, probe.b)
    x, da, learning_rate = probe.calls[call]
    scene = Scene(probe.f, x, before.W @ x + before.b, before.W, before.b, da, learning_rate)
    yours = _observables(probe, call, outcomes[call], before)
    its = _observables(probe, call, backward(RIGHT, scene), before)
    return _first_difference(name, yours[name], its[name])


def _first_difference(name: str, yours: Any, its: Any) -> str:
    if yours is None:
        return f"{name} is None; right is an array of shape {np.shape(its)}"
    try:
        yours = np.asarray(yours, float)
    except (TypeError, ValueError):
        return f"{name} is {yours!r}; right is an array of shape {np.shape(its)}"
    if yours.shape != np.shape(its):
        return f"{name} has the shape {yours.shape}; right is {np.shape(its)}"
    wrong = ~np.isclose(yours, its, rtol=1e-9, atol=1e-12)
    if not wrong.any():
        return ""
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    place = ", ".join(map(str, at))
    return f"{name}[{place}] is {number(yours[at])}; right is {number(its[at])}"


# What no known mistake explains --------------------------------------------------------------


def _shapes(probe: Probe) -> dict[str, tuple[int, ...]]:
    n_neurons, n_inputs = probe.W.shape
    column, row = (n_neurons, 1), (n_inputs, 1)
    return {
        "da": column, "dz": column, "inputs": row, "weights": probe.W.shape, "biases": column,
        "outputs": column, "d_weights": probe.W.shape, "d_biases": column, "da_prev": row,
    }  # fmt: skip


def _retold(probe: Probe, observed: Observed) -> str:
    assert observed.failure is not None
    return retold(observed.failure.error, _shapes(probe), observed.failure.line)


def _failed(layer: type, tried: Sequence[Probe], seen: Sequence[Observed]) -> Finding | None:
    """Return what an exception says; on a layer that is not square, since shapes differ there."""
    failures = [
        (probe, observed)
        for probe, observed in zip(tried, seen, strict=True)
        if observed.failure is not None
    ]
    if not failures:
        return None
    probe, observed = max(failures, key=lambda one: one[0].W.shape[0] != one[0].W.shape[1])
    assert observed.failure is not None
    title = "`backward` cannot be computed"
    if isinstance(observed.failure.error, NotImplementedError):
        return Finding(
            "unfinished", "`backward` is not written yet", "dz", "it raises NotImplementedError",
            "dz = da ⊙ f′(z), and so on", _at(observed),
        )  # fmt: skip
    if len(failures) < len(tried):
        title += " for every layer; square ones hide it"
    return Finding(
        "backward-fails", title, _spoilt_by(observed.failure.line),
        f"on {probe}: {_retold(probe, observed)}", _formula_for(observed.failure.line),
        _at(observed),
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


def _spoilt_by(line: str) -> str:
    return _formula_for(line).split(" ")[0]


def _not_recognised(layer: type, tried: Sequence[Probe], seen: Sequence[Observed]) -> Finding:
    """Name the first quantity that differs, in the order of computation."""
    words = {"dW": ("d_weights", "dW", "self.weights"), "db": ("d_biases", "db", "self.biases"),
             "da_prev": _DA_PREV}  # fmt: skip
    for call in range(len(tried[0].calls)):
        for name in ("dW", "db", "da_prev"):
            for probe, observed in zip(tried, seen, strict=True):
                told = _difference_in(call, name, probe, observed)
                if told:
                    return Finding(
                        "not-recognised",
                        f"wrong, not recognised: the first quantity that differs is {name}",
                        name, f"on {probe}: {told}", _BY_NAME[name],
                        line_of(layer, "backward", words[name]),
                    )  # fmt: skip
    return Finding(
        "not-recognised", "wrong, not recognised: it fails on some layers", "", "",
        "the four formulas of the backward pass", "",
    )  # fmt: skip


_DA_PREV = ("da_prev", "return")


# Lines -------------------------------------------------------------------------------------


def _at(observed: Observed) -> str:
    failure = observed.failure
    if failure is None or not failure.line:
        return ""
    return f"line {failure.number}: {failure.line}" if failure.number else failure.line
