"""A learner's `Layer`, judged for the activations that it takes.

How the class is read comes first, then what it is made with, its `forward`, and its `backward`.
A layer is held to the f that its `forward` uses; where it is right for some activations only, it is
right for those, and the rest is a remark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chainrule.activations import Activation, identity
from chainrule.diagnosis.book import ONE_SAMPLE, SOFTMAX, found, get_mistake
from chainrule.diagnosis.failures import quiet
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.layers.activation_layers import is_activation_layer, look_at_activation
from chainrule.diagnosis.layers.batches import of_batches
from chainrule.diagnosis.layers.bench import outcomes
from chainrule.diagnosis.layers.evidence import (
    evidence,
    retold_on,
)
from chainrule.diagnosis.layers.explaining import explanations
from chainrule.diagnosis.layers.forward import (
    is_random,
    of_forward,
    of_the_first_weights,
    of_the_making,
)
from chainrule.diagnosis.layers.naming import is_right, named
from chainrule.diagnosis.layers.observing import Tried, observe
from chainrule.diagnosis.layers.probes import Probe, agrees, probes, probes_of
from chainrule.diagnosis.reading.conventions import called
from chainrule.diagnosis.reading.own_activations import (
    Answering,
    OwnActivation,
    names_of,
    own_activations,
    softmax,
)
from chainrule.diagnosis.reading.readers import Read, read_layer
from chainrule.diagnosis.reading.readings import Reading
from chainrule.diagnosis.reading.refusing import at_first_sight, of_backward, of_the_class
from chainrule.diagnosis.sources import is_unwritten, line_of

_PAGE_S = {"sigmoid", "relu"}
_LAYER = "Layer"


@dataclass(frozen=True)
class Judged:
    """What was found in a layer.

    Attributes
    ----------
    findings : tuple of Finding
    remarks : tuple of str
    read_as : str
        How the class was read, where that is not as on the page.
    """

    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()
    read_as: str = ""


def look_at_layer(
    owner: type,
    own: Sequence[OwnActivation] | None = None,
    needed: Sequence[str] = (),
    like: Reading | Mapping[str, Any] | None = None,
) -> Judged:
    """Return what is wrong with a layer's initial weights, `forward` and `backward`.

    Parameters
    ----------
    owner : class
    own : sequence of OwnActivation, optional
        Activations to try it with; without it those that its file defines.
    needed : sequence of str
        Activations that it has to take.
    like : Reading or mapping, optional
        How the class is to be read.
    """
    unwritten = list(_of_unwritten(owner))
    only: tuple[str, ...] = () if own is None else _OWN
    own = own_activations(names_of(owner)) if own is None else own
    reads = read_layer(owner, own, only, like)
    refused = None if reads else at_first_sight(owner)
    if refused is None and not reads and is_activation_layer(owner):
        return Judged(*look_at_activation(owner, own, unwritten))
    if not reads or _does_not_fit(reads[0]):
        why = refused or of_the_class(owner, like)
        return Judged((why,) if why else tuple(unwritten) or (of_the_making(owner),))
    refused = None if unwritten else of_backward(owner, reads[0])
    if refused is not None:
        return Judged((refused,), (), str(reads[0].reading))
    judged = _best(owner, reads, unwritten, needed)
    if judged.findings and own and reads[0].reading.activation == "object":
        for way in _OWN:
            mine = read_layer(owner, own, only=(way,))
            again = _best(owner, mine, unwritten, needed) if mine else judged
            if _open(again) < _open(judged):
                return replace(again, remarks=(*again.remarks, *_of_their_derivatives(own)))
    return judged


def _does_not_fit(read: Read) -> bool:
    """Say whether W is (n_inputs, n_neurons) and `forward` cannot be computed with that."""
    if not read.reading.transposed or read.fits:
        return False
    seen = observe(read.make, read.suited(probes()[1]))
    return seen.outcomes[-1].error in ("", "ValueError")


def _best(
    owner: type, reads: Sequence[Read], unwritten: Sequence[Finding], needed: Sequence[str]
) -> Judged:
    """Return the verdict of the reading with least left open; stop at one without findings."""
    best: Judged | None = None
    for read in reads:
        judged = _judged(owner, read, unwritten, needed)
        if best is None or _open(judged) < _open(best):
            best = judged
        if not judged.findings:
            break
    assert best is not None
    return best


_OWN = ("the file's own", "class")
"""The ways to give an activation of the learner's own file."""


def _open(judged: Judged) -> tuple[int, int]:
    unknown = sum(finding.key in _OPEN for finding in judged.findings)
    return unknown, len(judged.findings)


_OPEN = ("not-recognised", "backward-fails", "forward-fails", "forward-wrong", "init-fails")
"""Keys of findings that leave the mistake open."""


def _of_their_derivatives(own: Sequence[OwnActivation]) -> Iterator[str]:
    yield "it was tried with the activations of its own file"
    for one in own:
        if one.of == "a" and one.f.name != "relu":
            yield f"the derivative of `{one.name}` wants a = f(z); chainrule's own want z"


def _of_unwritten(owner: type) -> Iterator[Finding]:
    names = [name for name in dir(owner) if callable(getattr(owner, name, None))]
    for thing in ("forward", "backward"):
        name = called(names, thing)
        if not name:
            line = line_of(owner, "__init__", ("def __init__",))
            said = f"the class has no method `{thing}`"
            yield found(_LAYER, "unfinished", said, line, method=thing)
        elif is_unwritten(getattr(owner, name)):
            line = line_of(owner, name, (f"def {name}",))
            yield found(_LAYER, "unfinished", "it does nothing yet", line, method=name)


# One world: a way to make layers, and what they are given --------------------------------------


def _judged(owner: type, read: Read, unwritten: Sequence[Finding], needed: Sequence[str]) -> Judged:
    reading = read.reading
    if reading.step and is_unwritten(getattr(owner, reading.step)):
        line = line_of(owner, reading.step, (f"def {reading.step}",))
        unwritten = [found(_LAYER, "unfinished", "it does nothing yet", line, method=reading.step)]
    told = "" if reading.is_the_page_s else str(reading)
    first = read.given[0]
    with quiet():
        findings = list(of_the_first_weights(owner, read.make, first))
        if is_random(read.make, first):
            finding = found("Layer.forward", "forward-random", "the same inputs, twice",
                            line_of(owner, reading.forward, ("random", "rand")))  # fmt: skip
            return Judged((*findings, finding), (), told)
        tried: Tried = [
            (probe, observe(read.make, probe)) for probe in map(read.suited, _probes(read))
        ]
        tried, remarks = _taken(tried, needed, by_name=reading.activation == "name")
        if any("forward" in one.title for one in unwritten):
            return Judged((*findings, *unwritten), (), told)
        tried, more = _of_the_function(owner, read, tried)
        remarks += more
        wrong = of_forward(owner, reading.forward, tried)
        if wrong is not None:
            return Judged((*findings, wrong), tuple(remarks), told)
        if unwritten:
            return Judged((*findings, *unwritten), (), told)
        of_backward, more = _of_backward(owner, read, tried)
        if not findings and not of_backward:
            argument = read.hint if any("is read as" in one for one in more) else "da"
            more += list(of_batches(_with_argument(read, argument), tried))
    return Judged((*findings, *of_backward), (*remarks, *more), told)


def _probes(read: Read) -> list[Probe]:
    if read.reading.activation == "none":
        f = read.fits.get(read.given[0].name, identity)
        baseline = SOFTMAX if f is softmax else ONE_SAMPLE
        return [replace(probe, baseline=baseline) for probe in probes_of(f)]
    given = {f.name for f in read.given}
    own = read.reading.activation in _OWN
    return [probe for probe in probes() if probe.f.name in given or not own]


def _taken(tried: Tried, needed: Sequence[str], *, by_name: bool) -> tuple[Tried, list[str]]:
    """Leave out the activations that a layer says it does not take."""
    refused = []
    for f in {probe.f.name: probe.f for probe, _ in tried}.values():
        of_f = [observed for probe, observed in tried if probe.f is f]
        others = [observed for probe, observed in tried if probe.f is not f]
        if (
            f.name not in needed
            and all(one.failure is not None for one in of_f)
            and any(one.failure is None for one in others)
            and (
                all(one.refuses for one in of_f)
                or f.name not in _PAGE_S
                or (by_name and all(one.stage != "backward" for one in of_f))
            )
        ):
            refused.append(f)
    remarks = []
    for f in refused:
        probe, observed = next((p, o) for p, o in tried if p.f is f)
        what = {"making": "no layer can be made"}.get(
            observed.stage, f"`{observed.stage}` cannot be computed"
        )
        remarks.append(f"with {f.name} {what}: {retold_on(probe, observed)}")
    return [(p, o) for p, o in tried if p.f not in refused], remarks


def _of_the_function(owner: type, read: Read, tried: Tried) -> tuple[Tried, list[str]]:
    """Judge each layer by the f found in its `forward`, unless using that f is a mistake."""
    if read.reading.activation == "none":
        return tried, [_always(tried[0][0].f)]
    fits: dict[str, Activation | None] = {}
    for probe, observed in tried:
        fit = read.fits.get(probe.f.name) if observed.outputs else None
        fits[probe.f.name] = fit if fit is fits.get(probe.f.name, fit) else None
    given = {probe.f.name: probe.f for probe, _ in tried}
    right = {name for name, f in given.items() if fits[name] is f}
    others = {name: fit for name, fit in fits.items() if name not in right}
    if not others:
        return tried, []
    remarks = [
        f"with {name} `forward` gives {_told(fit)}"
        for name, fit in others.items()
        if fit is not None
    ]
    if right and read.reading.activation == "name" and set(others.values()) == {identity}:
        return [(p, o) for p, o in tried if p.f.name in right], remarks  # names it does not know
    known = {name: fit for name, fit in fits.items() if fit is not None}
    if len(known) == len(fits):
        held = [(replace(p, f=known[p.f.name], given=p.f), o) for p, o in tried]
        one = next(iter(known.values())) if len(set(known.values())) == 1 else None
        if one is not None:
            remarks = [f"{_always(one)}, whatever it is given"]
        if is_right(held) or not _keeps(read, one) or _better(held, tried):
            return held, remarks
    if right >= _PAGE_S:
        return [(p, o) for p, o in tried if p.f.name in right], remarks
    return tried, []


def _always(f: Activation) -> str:
    return "it has no activation: a = z" if f is identity else f"it always uses {_told(f)}"


def _told(f: Activation) -> str:
    return {"identity": "z", "f": "an f of its own"}.get(f.name, f.name)


def _keeps(read: Read, always: Activation | None) -> bool:
    """Say whether a layer stores the activation passed to the constructor, a sign of its use."""
    f = next((f for f in read.given if f is not always), read.given[0])
    own = read.make(3, 4, f)
    kept = vars(getattr(own, "own", own)).values()
    return any(
        value is f
        or isinstance(value, Answering)
        or (isinstance(value, tuple) and value[:1] == (f,))
        or (isinstance(value, str) and value == f.name)
        for value in kept
    )


def _better(held: Tried, tried: Tried) -> bool:
    """Say whether what `backward` does is better explained by the f that `forward` uses."""
    ours, given = (explanations(one) for one in (held, tried))
    if not ours or ours[0].unknown:
        return False
    return not given or bool(given[0].unknown) or len(ours[0].mistakes) < len(given[0].mistakes)


# Backward -------------------------------------------------------------------------------------


def _of_backward(owner: type, read: Read, tried: Tried) -> tuple[list[Finding], list[str]]:
    if is_right(tried):
        return [], []
    if tried[0][0].f is softmax and [one.title for one in explanations(tried)] == [_HANDED_ON]:
        return [], ["`backward` takes ŷ − y, the dz of softmax and cross-entropy taken together"]
    right = {p.f.name for p, _ in tried} - {
        p.f.name for p, o in tried if not agrees(o.outcomes, outcomes(p))
    }
    if right >= _PAGE_S:
        wrong = [(p, o) for p, o in tried if p.f.name not in right]
        return [], [f"right for {' and '.join(sorted(right))}, not for {wrong[0][0].f.name}: "
                    f"{evidence('dz', wrong)}"]  # fmt: skip
    tried, said = _read_otherwise(read, tried)
    return list(named(owner, read.reading.backward, tried)), said


_HANDED_ON = get_mistake("Layer.backward", "no-derivative").title


def _read_otherwise(read: Read, tried: Tried) -> tuple[Tried, list[str]]:
    """Read `backward`'s argument as named (dz, −da) if this explains the results better than da."""
    if read.hint == "da":
        return tried, []
    other = _with_argument(read, read.hint)
    again = [(probe, observe(other.make, probe)) for probe, _ in tried]
    best, direct = (explanations(one) for one in (again, tried))
    if not is_right(again) and (not best or (direct and direct[0].cost <= best[0].cost)):
        return tried, []
    meant = {"dz": "dz, not da", "-da": "−da (target minus output), not da"}[read.hint]
    return again, [f"the argument of `{read.reading.backward}` is read as {meant}"]


def _with_argument(read: Read, argument: str) -> Read:
    if argument == "da":
        return read
    return replace(read, reading=replace(read.reading, argument=argument))
