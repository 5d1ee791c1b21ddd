"""How a class is read: what people call a layer's parts is looked up, and the numbers decide.

A reading is tried before it is believed: a layer that is made so, with known weights, has to give
a = f(W · a_prev + b) for some f.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np

from chainrule.activations import Activation
from chainrule.catalog import nearest
from chainrule.diagnosis.failures import RAISED, quiet
from chainrule.diagnosis.layers.observing import Make, Parameters
from chainrule.diagnosis.layers.probes import PAGE_ACTIVATIONS, Probe, alike
from chainrule.diagnosis.layers.probes import made as probe_of
from chainrule.diagnosis.reading.calls import forward_name, forward_of, takes_a_cache
from chainrule.diagnosis.reading.constructor import Constructor, Way, constructor_of, ways_to_make
from chainrule.diagnosis.reading.conventions import called
from chainrule.diagnosis.reading.own_activations import OwnActivation, activation_of, softmax
from chainrule.diagnosis.reading.places import called_place, methods_of, parameters_of, places_of
from chainrule.diagnosis.reading.read_layers import SIZES, Calls, Read, ReadLayer
from chainrule.diagnosis.reading.readings import COLUMNS, FLAT, PAGE, ROWS, Reading
from chainrule.diagnosis.reading.ways_back import with_backward

__all__ = ["Read", "read_layer"]


def read_layer(
    owner: type,
    own: Sequence[OwnActivation] = (),
    only: Sequence[str] = (),
    like: Reading | Mapping[str, Any] | None = None,
) -> list[Read]:
    """Return the ways to read a layer's class that fit best; none if no way is found to make one.

    Parameters
    ----------
    owner : class
    own : sequence of OwnActivation
        What the file defines, which its constructor may want.
    only : sequence of str
        The ways to give an activation that are to be tried; without any, all.
    like : Reading or mapping, optional
        How to read it, where the user says so.
    """
    wanted = _wanted(owner, like)
    form = constructor_of(owner)
    if not form.is_readable:
        return []
    found: list[tuple[int, Read]] = []
    with quiet():
        for read in _readings(owner, form, own, wanted):
            if (only and read.reading.activation not in only) or _differs(read.reading, wanted):
                continue
            fits = [(f, read.fits[f.name]) for f in read.given if f.name in read.fits]
            found.append((sum(2 if f is fit else 1 for f, fit in fits), read))
            if found[-1][0] == 2 * len(PAGE_ACTIVATIONS):
                break
        most = max((score for score, _ in found), default=0)
        best = [with_backward(owner, read, wanted) for score, read in found if score == most]
    if not most:
        best = [read for read in best if read.reading.biases][:1]
    return [replace(one, reading=replace(one.reading, **wanted)) for one in best]


# What the user says ----------------------------------------------------------------------------

_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "samples": (COLUMNS, ROWS, FLAT),
    "argument": ("da", "dz", "-da"),
    "transposed": (False, True),
}


def _wanted(owner: type, like: Reading | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what the user says of a reading, once that is known to make sense."""
    if isinstance(like, Reading):
        return asdict(like)
    names = {one.name for one in fields(Reading)}
    for name, value in (like or {}).items():
        if name not in names:
            hint = nearest(name, names) or ";"
            raise ValueError(f"read_as has no {name!r}{hint} known: {', '.join(sorted(names))}")
        if name in _CHOICES and value not in _CHOICES[name]:
            allowed = ", ".join(map(repr, _CHOICES[name]))
            raise ValueError(f"read_as: {name} is one of {allowed}, got {value!r}")
        is_method = name in ("forward", "backward") or (name == "step" and value)
        if is_method and value not in methods_of(owner):
            hint = nearest(str(value), methods_of(owner))
            raise ValueError(f"read_as: {owner.__name__} has no method {value!r}{hint}")
    return dict(like or {})


_MADE_BY = ("sizes", "activation", "weights", "biases", "transposed", "samples", "forward", "a",
            "made", "part")  # fmt: skip
"""What a reading says before `backward` is looked at."""


def _differs(reading: Reading, wanted: Mapping[str, Any]) -> bool:
    return any(
        name in _MADE_BY and getattr(reading, name) != value for name, value in wanted.items()
    )


# Trying ---------------------------------------------------------------------------------------


def _readings(
    owner: type, form: Constructor, own: Sequence[OwnActivation], wanted: Mapping[str, Any]
) -> Iterator[Read]:
    """Yield every way to make and use a layer that does not fail at once."""
    forward = wanted.get("forward") or forward_name(owner) or "forward"
    calls = Calls(forward_of(owner, forward))
    in_parts = takes_a_cache(owner, called(methods_of(owner), "backward")) or "part" in wanted
    for way in ways_to_make(owner, form, own):
        layers = [(f, _made(way.bare, f)) for f in PAGE_ACTIVATIONS]
        given = tuple(f for f, layer in layers if layer is not None)
        places = (parameters_of(layer, SIZES, wanted) for _, layer in layers if layer is not None)
        found = next(places, None)
        if found is None:
            continue
        weights, biases, transposed = found
        reading = Reading(
            ("n_neurons", "n_inputs") if way.swapped else PAGE.sizes, way.activation, str(weights),
            "" if biases is None else str(biases), transposed, forward=forward, made=way.made,
        )  # fmt: skip
        made = next(layer for _, layer in layers if layer is not None)
        flat = (FLAT,) if biases is None or np.ndim(biases.get(made)) == 1 else ()
        for samples in (COLUMNS, ROWS, *flat):
            laid_out = replace(reading, samples=samples)
            for one in _outputs(made, laid_out, calls, wanted, in_parts=in_parts):
                read = _fitted(Read(one, way.bare, given, calls=calls), way)
                if read is not None:
                    yield read


def _fitted(read: Read, way: Way) -> Read | None:
    """Return a reading with the f that the layer computes for each f given; None if a is z."""
    of = read.given[:1] if way.activation == "none" else read.given
    fits = {f.name: _computed_with(read, f) for f in of}
    if read.reading.a and way.activation != "none" and not any(fits[f.name] is f for f in of):
        return None  # what is left there is z, not a
    return replace(read, fits={name: fit for name, fit in fits.items() if fit})


def _outputs(
    own: Any, reading: Reading, calls: Calls, wanted: Mapping[str, Any], *, in_parts: bool
) -> Iterator[Reading]:
    """Yield where a may be: left in an attribute, a part of what is returned, or returned."""
    layer = ReadLayer(own, PAGE_ACTIVATIONS[0], reading, calls)
    try:
        answer = layer.forward(np.ones((SIZES[0], 1)))
    except RAISED:
        yield reading
        return
    if isinstance(answer, tuple) and in_parts:
        for part, one in enumerate(answer):
            if isinstance(one, np.ndarray) and one.size == SIZES[1]:
                yield replace(reading, part=part)
        return
    if answer is None:
        places = [place for place, value in places_of(own) if np.size(value) == SIZES[1]]
        places = [place for place in places if str(place) != reading.biases]
        named = [place for place in places if str(place) == wanted.get("a")]
        left = named[0] if named else called_place(places, "a")
        if left is not None:
            yield replace(reading, a=str(left))
    yield reading


def _made(make: Make, f: Activation) -> Any:
    try:
        return make(*SIZES, f)
    except RAISED:
        return None


def _computed_with(read: Read, f: Activation) -> Activation | None:
    """Return the f with which a layer that is given an activation computes a = f(Wx + b)."""
    probe = read.suited(probe_of(*SIZES, f, 5))
    x = probe.calls[0][0]
    try:
        layer = read.make(*SIZES, f)
        Parameters(layer, probe)
        got = np.asarray(layer.forward(x.copy()), float)
    except RAISED:
        return None
    z = probe.W @ x + probe.b
    if alike(got, f(z)):
        return f
    if alike(got, softmax(z)):
        return softmax
    return activation_of(z, got) or _of_its_own(read, f, z, got)


def _of_its_own(read: Read, given: Activation, z: Any, a: Any) -> Activation | None:
    """Return the layer's own elementwise function, asked of a layer of one input and no biases."""

    def f(values: Any) -> Any:
        column = np.reshape(values, (-1, 1)).astype(float)
        layer = read.make(1, len(column), given)
        Parameters(layer, Probe(given, column, np.zeros_like(column), ()))
        answer = np.asarray(layer.forward(np.ones((1, 1))), float)
        return np.reshape(answer, np.shape(values))

    def df(values: Any, _: Any) -> Any:
        return (8 * (f(values + _H) - f(values - _H)) - f(values + 2 * _H) + f(values - 2 * _H)) / (
            12 * _H
        )

    try:
        one = f(z[:1])  # of a layer of one neuron: no other has a say
        is_its_own = alike(f(z), a) and alike(one, a[:1])
        return Activation("f", f, df) if is_its_own else None
    except RAISED:
        return None


_H = 1e-4  # for central differences of the fourth order: their error is far below `NEAR`
