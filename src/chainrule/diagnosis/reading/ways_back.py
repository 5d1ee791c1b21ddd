"""Reading a class's `backward`: arguments, result, and the place of the parameter update."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from chainrule.diagnosis.failures import RAISED
from chainrule.diagnosis.layers.observing import Parameters
from chainrule.diagnosis.layers.probes import alike
from chainrule.diagnosis.layers.probes import made as probe_of
from chainrule.diagnosis.reading.calls import arguments_of, call_of
from chainrule.diagnosis.reading.conventions import called, first_called, is_argument
from chainrule.diagnosis.reading.places import called_place, is_number, methods_of, places_of
from chainrule.diagnosis.reading.read_layers import SIZES, Read, ReadLayer, rate_of
from chainrule.diagnosis.reading.readings import Place
from chainrule.diagnosis.sources import is_unwritten


def with_backward(owner: type, read: Read, wanted: Mapping[str, Any]) -> Read:
    """Return a reading with what the class's `backward` takes, keeps and gives.

    Parameters
    ----------
    owner : class
    read : Read
    wanted : mapping
        What the user says of the reading.
    """
    name = wanted.get("backward") or called(methods_of(owner), "backward")
    arguments = arguments_of(owner, name) if name else None
    if arguments is None:
        return read
    call = call_of(name, arguments)
    has_rate = "learning rate" in arguments.values()
    asked = replace(
        read,
        reading=replace(read.reading, backward=name),
        calls=replace(read.calls, backward=call, rate=not has_rate and _has_rate(read)),
        hint="da" if "argument" in wanted else _hint(arguments),
    )
    seen = _tried_backward(asked)
    if seen is None:
        return asked
    layer, moved, answer = seen
    da_prev = _left(layer, answer)
    if moved:
        if not has_rate and not asked.calls.rate:
            return read  # it steps at a rate that nobody gives it
        return replace(asked, reading=replace(asked.reading, da_prev=da_prev))
    if isinstance(answer, tuple | list | dict) and len(answer) in (2, 3):
        returned = _names_of(answer, layer)
        if returned:
            return replace(asked, reading=replace(asked.reading, returned=returned))
    return _with_kept_gradients(owner, asked, layer, da_prev, wanted)


def _names_of(answer: Any, layer: ReadLayer) -> tuple[str, ...]:
    """Return the role of each part of a tuple or a dict, by shape; () if the shapes do not tell."""
    answer = list(answer.values()) if isinstance(answer, dict) else answer
    W = np.shape(Place.of(layer.reading.weights).get(layer.own))
    has_biases = bool(layer.reading.biases)
    names = tuple(
        "dW" if np.shape(one) == W
        else "db" if has_biases and np.size(one) == np.size(layer.biases)
        else "da_prev"
        for one in answer
    )  # fmt: skip
    needed = {"dW", "db"} if has_biases else {"dW"}
    return names if needed <= set(names) and len(set(names)) == len(names) else ()


def _has_rate(read: Read) -> bool:
    return any(rate_of(read.bare(*SIZES, f)) for f in read.given[:1])


def _with_kept_gradients(
    owner: type, read: Read, layer: Any, da_prev: str, wanted: Mapping[str, Any]
) -> Read:
    """Return a reading with where gradients are kept, and with who steps."""
    reading = replace(read.reading, da_prev=da_prev)
    numbers = [place for place, value in places_of(layer.own) if is_number(value)]
    dW, db = (
        None
        if not getattr(reading, of)
        else Place.of(wanted[thing])
        if wanted.get(thing)
        else called_place(numbers, thing) or _like(layer, numbers, of)
        for thing, of in (("d_weights", "weights"), ("d_biases", "biases"))
    )
    if dW is None or (db is None and reading.biases):
        takes_a_rate = (
            "learning rate" in (arguments_of(owner, read.reading.backward) or {}).values()
        )
        return replace(read, reading=reading, unseen=not takes_a_rate and not read.calls.rate)
    step = wanted.get("step", first_called(methods_of(owner), "step"))
    arguments = arguments_of(owner, step) if step else None
    if arguments is None or set(arguments.values()) - {"learning rate"}:
        step, arguments = "", {}
    if step and not is_unwritten(getattr(owner, step)) and _raises(layer, step, arguments):
        step, arguments = "", {}  # an optimizer's doing
    calls = replace(
        read.calls,
        step=call_of(step, arguments) if step else None,
        rate=bool(step and not arguments and _has_rate(read)),
        zero=first_called(methods_of(owner), "zero"),
    )
    kept = replace(reading, d_weights=str(dW), d_biases=str(db or ""), step=step)
    return replace(read, reading=kept, calls=calls)


def _taken(owner: type, read: Read) -> set[str]:
    return set((arguments_of(owner, read.reading.backward) or {}).values())


def _raises(layer: ReadLayer, step: str, arguments: Mapping[str, str]) -> bool:
    try:
        call_of(step, arguments)(deepcopy(layer.own), learning_rate=0.1)
    except RAISED:
        return True
    return False


def _like(layer: ReadLayer, numbers: Sequence[Place], of: str) -> Place | None:
    """Return the only array that has a parameter's shape, and a name like that of a gradient."""
    own = Place.of(getattr(layer.reading, of))
    shape = np.shape(own.get(layer.own))
    likely = [
        place for place in numbers
        if place != own and np.shape(place.get(layer.own)) == shape and np.any(place.get(layer.own))
        and re.search(r"^d|grad|delta|err|nabla", place.label.lower())
    ]  # fmt: skip
    return likely[0] if len(likely) == 1 else None


def _hint(arguments: dict[str, str]) -> str:
    """Return the quantity that `backward` expects, by its argument's name: dz, −da or da."""
    name = next((name for name, what in arguments.items() if what == "da"), "")
    wanted = {"dz": "dz", "target minus output": "-da"}
    return next((wanted[what] for what in wanted if is_argument(name, what)), "da")


def _tried_backward(read: Read) -> tuple[Any, bool, Any] | None:
    """Return a layer after one step, whether a parameter changed, and the result of `backward`."""
    for f, sizes in product(read.given, (SIZES, (3, 3))):
        probe = read.suited(probe_of(*sizes, f, 5))
        x, da, learning_rate = probe.calls[0]
        try:
            own = read.bare(*sizes, f)
            layer = ReadLayer(own, f, read.reading, read.calls)
            parameters = Parameters(layer, probe)
            before = parameters.read()
            layer.forward(x.copy())
            answer = layer.backward(da.copy(), learning_rate)
            moved = not all(map(alike, parameters.read(), before))
            return layer, moved, answer
        except RAISED:
            continue
    return None


def _left(layer: ReadLayer, answer: Any) -> str:
    """Return where da_prev is left, if nothing is returned."""
    if answer is not None:
        return ""
    sizes = [place for place, value in places_of(layer.own) if np.size(value) == SIZES[0]]
    found = called_place(sizes, "da_prev")
    return str(found) if found else ""
