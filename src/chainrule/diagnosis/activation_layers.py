"""An activation that is a layer of its own: a = f(z) forward, da_prev = da ⊙ f′(z) back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.activations import Activation, relu, sigmoid, tanh
from chainrule.arrays import Array
from chainrule.diagnosis.bench import Bench
from chainrule.diagnosis.book import Mistake, found, mistakes_in
from chainrule.diagnosis.conventions import first_called, is_argument
from chainrule.diagnosis.evidence import first_difference
from chainrule.diagnosis.failures import RAISED, Failure, quiet, words
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.own_activations import OwnActivation, activation_of, softmax
from chainrule.diagnosis.probes import Probe, alike
from chainrule.diagnosis.readers import arguments_of, call_of, constructor_of, places_of
from chainrule.diagnosis.reading import rate_of
from chainrule.diagnosis.sources import line_of

_RNG = np.random.default_rng(7)
_Z = _RNG.uniform(0.3, 2.0, (4, 1)) * np.array([[1.0], [-1.0], [1.0], [-1.0]])
_DA = _RNG.uniform(0.5, 1.5, (4, 1)) * np.array([[1.0], [1.0], [-1.0], [-1.0]])
_LAYOUTS: tuple[Callable[[Array], Array], ...] = (np.copy, np.transpose, np.ravel)


def is_activation_layer(owner: type) -> bool:
    """Say whether a class goes forward and back, and is made without sizes."""
    names = [name for name in dir(owner) if callable(getattr(owner, name, None))]
    has_both = first_called(names, "forward") and first_called(names, "backward")
    form = constructor_of(owner)
    return bool(has_both) and all(
        name == "name" or is_argument(name, "activation") or is_argument(name, "derivative")
        for name in form.sizes
    )


def look_at_activation(
    owner: type, own: Sequence[OwnActivation], unwritten: Sequence[Finding]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Return what is wrong with a layer that has an activation and no weights.

    Parameters
    ----------
    owner : class
    own : sequence of OwnActivation
        What its file defines, and its constructor may want.
    unwritten : sequence of Finding
    """
    if unwritten:
        return tuple(unwritten), ()
    failure: Failure | None = None
    with quiet():
        for given in _given(own):
            for layout in _LAYOUTS:
                try:
                    seen = _run(owner, given, layout)
                except RAISED as error:
                    failure = failure or Failure.of(error)
                    continue
                judged = _judged(owner, *seen)
                if judged is not None:
                    return judged
    if failure is None:
        seen_a = f"for z = {np.ravel(_Z).round(4).tolist()}"
        return (found("Layer.forward", "forward-wrong", seen_a),), ()
    said = f"{type(failure.error).__name__}: {words(failure.error)}".removesuffix(": ")
    return (found("Layer.__init__", "init-fails", said, failure.place, for_which=""),), ()


def _given(own: Sequence[OwnActivation]) -> Iterator[tuple[Any, ...]]:
    """Yield what the constructor may be given."""
    yield ()
    for f in (sigmoid, tanh, relu):
        yield (f, f.derivative)
        yield (f,)
        yield (f.name,)
    for one in own:
        if one.derivative:
            yield (one.instance, one.derivative)
        yield (one.value,)


def _run(
    owner: type, given: tuple[Any, ...], layout: Callable[[Array], Array]
) -> tuple[Array, Array | None]:
    """Return a and da_prev, as columns."""
    names = [name for name in dir(owner) if callable(getattr(owner, name, None))]
    forward, backward = (first_called(names, thing) for thing in ("forward", "backward"))
    layer = owner(*given)
    a = getattr(layer, forward)(layout(_Z))
    a = a if a is not None else _left(layer, "a")
    arguments = arguments_of(getattr(owner, backward))
    if arguments is None:
        raise TypeError(f"{backward} takes more than da and a learning rate")
    if rate_of(layer):
        setattr(layer, rate_of(layer), 0.1)
    da = layout(_DA)
    answer = call_of(backward, arguments)(layer, da=da, inputs=layout(_Z), learning_rate=0.1)
    answer = answer if answer is not None else _left(layer, "da_prev")
    return (
        np.asarray(a, float).reshape(-1, 1),
        None if answer is None else np.asarray(answer, float).reshape(-1, 1),
    )


def _left(layer: Any, thing: str) -> Any:
    sizes = {
        place.key or place.attribute: value
        for place, value in places_of(layer)
        if np.size(value) == len(_Z)
    }
    name = first_called(sizes, thing)
    return sizes[name] if name else None


def _judged(
    owner: type, a: Array, da_prev: Array | None
) -> tuple[tuple[Finding, ...], tuple[str, ...]] | None:
    """Return what is wrong with what came back; None if it is not known what f is."""
    if alike(a, softmax(_Z)):
        return _ofsoftmax(owner, a, da_prev)
    f = activation_of(_Z, a) or _leaky(a)
    if f is None:
        return None
    remark = f"it is {f.name}, a layer of its own"
    right = _DA * f.derivative(_Z)
    if da_prev is not None and alike(da_prev, right):
        return (), (remark,)
    told = first_difference("da_prev", da_prev, right)
    line = line_of(owner, _backward_of(owner), ("return", "dinputs", "derivative"))
    for mistake in _mistakes():
        if da_prev is not None and alike(da_prev, _made_by(mistake, f)):
            row = found(mistake.where, mistake.key, told, line)
            return (row,), (remark,)
    if da_prev is None:
        return (found("Layer.backward", "returns-nothing", told, line),), (remark,)
    row = found("Layer", "not-recognised", told, line,
                which="the first quantity that differs is da_prev")  # fmt: skip
    return (replace(row, quantity="da_prev", right="da_prev = da ⊙ f′(z)"),), (remark,)


def _leaky(a: Array) -> Activation | None:
    """Return leaky relu with the slope that it has here."""
    slopes = (a / _Z)[_Z < 0]
    if not (alike(a[_Z > 0], _Z[_Z > 0]) and np.allclose(slopes, slopes[0])):
        return None
    slope = float(slopes[0])
    return Activation("leaky_relu", lambda z: np.where(z > 0, z, slope * z),
                      lambda z, a: np.where(z > 0, 1.0, slope))  # fmt: skip


def _backward_of(owner: type) -> str:
    names = [name for name in dir(owner) if callable(getattr(owner, name, None))]
    return first_called(names, "backward")


def _mistakes() -> list[Mistake]:
    return [row for row in mistakes_in("Layer.backward") if "dz" in row.lines]


def _made_by(mistake: Mistake, f: Activation) -> Any:
    probe = Probe(f, np.eye(len(_Z)), np.zeros((len(_Z), 1)), ((_Z, _DA, 0.1),))
    bench = Bench(probe)
    bench.begin(0, probe.W, probe.b)
    try:
        bench.run(mistake.lines["dz"])
    except ValueError:
        return None
    return bench.names["dz"]


def _ofsoftmax(
    owner: type, a: Array, da_prev: Array | None
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    right = a * (_DA - (a * _DA).sum())  # (diag(a) − a·aᵀ) · da
    if da_prev is not None and alike(da_prev, right):
        return (), ("it is softmax, a layer of its own",)
    if da_prev is not None and alike(da_prev, _DA):
        return (), ("it is softmax, and hands on what it gets: it is to be given ŷ − y",)
    line = line_of(owner, _backward_of(owner), ("return", "dinputs"))
    told = first_difference("da_prev", da_prev, right)
    if da_prev is not None and alike(da_prev, _DA * a * (1 - a)):
        return (found("Layer.backward", "softmax-elementwise", told, line),), ()
    row = found("Layer", "not-recognised", told, line,
                which="the first quantity that differs is da_prev")  # fmt: skip
    return (replace(row, quantity="da_prev", right="da_prev = (diag(a) − a·aᵀ) · da"),), ()
