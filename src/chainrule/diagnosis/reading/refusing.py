"""Why a class is not read, in one sentence with the line of the cause."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.diagnosis.book import found
from chainrule.diagnosis.failures import RAISED, quiet
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.layers.probes import PAGE_ACTIVATIONS
from chainrule.diagnosis.reading.calls import arguments_of, forward_of, taken_by
from chainrule.diagnosis.reading.constructor import constructor_of, ways_to_make
from chainrule.diagnosis.reading.conventions import called, is_argument, plain
from chainrule.diagnosis.reading.places import methods_of, places_of
from chainrule.diagnosis.reading.read_layers import SIZES, Read
from chainrule.diagnosis.sources import is_unwritten, line_of

_OF_A_NETWORK = re.compile(
    r"(layers?|sizes|topology|arch(itecture)?|dims|network|modules|structure|components)"
    r"|(layers?|hidden|network)(layers?|sizes?|dims?|dimensions?|units|structure|list|neurons|nodes)"
)
_CHECKED_BY = "a network is checked by check_gradients(loss, parameters, gradients)"


def _refused(owner: type, why: str, method: str, *words: str) -> Finding:
    return found("Layer.__init__", "not-read", "", line_of(owner, method, words), why=why)


def at_first_sight(owner: type) -> Finding | None:
    """Return why a class is no layer that could be made, by its signature alone.

    Parameters
    ----------
    owner : class
    """
    left = _left_to_subclasses(owner)
    if left:
        why = (f"`{owner.__name__}` leaves {' and '.join(f'`{name}`' for name in left)} to its "
               "subclasses; give one of those")  # fmt: skip
        return _refused(owner, why, left[0], f"def {left[0]}")
    name = _of_a_network(owner)
    if name:
        why = f"`{owner.__name__}` takes `{name}`: a network, not a layer; {_CHECKED_BY}"
        return _refused(owner, why, "__init__", "def __init__")
    return None


def _left_to_subclasses(owner: type) -> list[str]:
    """Return which of forward and backward a base class does not write."""
    if inspect.isabstract(owner):
        return sorted(getattr(owner, "__abstractmethods__", ()))
    names = [called(methods_of(owner), thing) for thing in ("forward", "backward")]
    left = [name for name in names if name and _only_raises(getattr(owner, name))]
    is_base = bool(owner.__subclasses__()) or re.search(r"base|abstract", owner.__name__, re.I)
    others = all(name in left or is_unwritten(getattr(owner, name)) for name in names if name)
    return left if left and others and is_base else []


def _only_raises(function: Any) -> bool:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and code.co_names == ("NotImplementedError",)


def _of_a_network(owner: type) -> str:
    """Return the argument that tells that a class is a network; "" if none does."""
    try:
        arguments = list(inspect.signature(owner).parameters.values())
    except (TypeError, ValueError):
        return ""
    names = [one.name for one in arguments if one.kind is not one.VAR_KEYWORD]
    if [plain(name) for name in names[:2]] == ["x", "y"]:
        return f"{names[0]}, {names[1]}"
    sizes = [name for name in names if is_argument(name, "n_neurons")
             or is_argument(name, "n_inputs")]  # fmt: skip
    hidden = [name for name in sizes if "hid" in name.lower()]
    if len(sizes) > 2 and hidden:
        return hidden[0]
    needed = [one.name for one in arguments if one.default is one.empty]
    return next((name for name in needed if _OF_A_NETWORK.fullmatch(plain(name))), "")


# What could not be made, or is not known how to be called ---------------------------------------


def of_the_class(owner: type, like: Any = None) -> Finding | None:
    """Return the reason why a class cannot be read as a layer; None if the reason is unknown.

    Parameters
    ----------
    owner : class
    like : Reading or mapping, optional
        How the user says that it is to be read.
    """
    if like is not None:
        if isinstance(like, Mapping) and "weights" in like and "biases" in like:
            return None  # the layer that can be made tells what it has
        said = like if isinstance(like, Mapping) else str(like)
        why = f"no layer that is read as {said} computes a = f(W · a_prev + b)"
        return _refused(owner, why, "__init__", "def __init__")
    form = constructor_of(owner)
    if form.unknown:
        named = " and ".join(f"`{name}`" for name in form.unknown)
        why = (f"it is not known what `{owner.__name__}` is to be given as {named}; a subclass "
               "whose constructor takes n_inputs and n_neurons is read")  # fmt: skip
        return _refused(owner, why, "__init__", "def __init__")
    forward = called(methods_of(owner), "forward")
    if forward and forward_of(owner, forward) is None:
        names = ", ".join(f"`{one.name}`" for one in taken_by(owner, forward) or ())
        return _refused(owner, f"`{forward}` takes {names}, not inputs alone", forward,
                        f"def {forward}")  # fmt: skip
    return _of_the_arrays(owner)


def _of_the_arrays(owner: type) -> Finding | None:
    """Say which of W and b is not found in the layers that can be made."""
    form = constructor_of(owner)
    if not form.is_readable or not form.sizes[0]:
        return None
    n_inputs, n_neurons = SIZES
    with quiet():
        for way in ways_to_make(owner, form, ()):
            try:
                layer = way.bare(n_inputs, n_neurons, PAGE_ACTIVATIONS[0])
            except RAISED:
                continue
            shapes = {str(place): np.shape(value) for place, value in places_of(layer)
                      if isinstance(value, np.ndarray)}  # fmt: skip
            for name, shape in shapes.items():
                if sorted(shape) == sorted((n_inputs + 1, n_neurons)):
                    why = (f"`{name}` has the shape {shape} for {n_inputs} inputs and {n_neurons} "
                           "neurons: the biases are in it, which is not read")  # fmt: skip
                    return _refused(owner, why, "__init__", f"self.{name}", name)
                if sorted(shape) == sorted(SIZES) and len(shapes) == 1:
                    why = f"`{name}` is there, and no biases of {n_neurons} numbers"
                    return _refused(owner, why, "__init__", f"self.{name}", name)
    if len(form.sizes) == 1:
        why = (f"`{owner.__name__}` takes `{form.sizes[0]}`; no W of n_inputs and n_neurons is "
               "found in what it makes")  # fmt: skip
        return _refused(owner, why, "__init__", "def __init__")
    return None


def of_backward(owner: type, read: Read) -> Finding | None:
    """Return why a class's `backward` cannot be called, or what it does cannot be seen.

    Parameters
    ----------
    owner : class
    read : Read
    """
    name = called(methods_of(owner), "backward")
    if not name or read.reading.is_the_page_s:
        return None
    arguments = arguments_of(owner, name)
    if arguments is None or read.calls.backward is None:
        taken = taken_by(owner, name) or []
        names = ", ".join(f"`{one.name}`" for one in taken if one.default is one.empty)
        why = f"`{name}` takes {names}: it is not known what to give as all of these"
        return _refused(owner, why, name, f"def {name}")
    if "optimizer" in arguments.values() and not read.reading.d_weights:
        wants = next(one for one, what in arguments.items() if what == "optimizer")
        why = f"`{name}` steps by an optimizer, `{wants}`, which is not known"
        return _refused(owner, why, name, wants)
    if read.reading.returned and "da_prev" not in read.reading.returned:
        why = (f"`{name}` returns dW and db alone, and da_prev is computed elsewhere: "
               "check_gradients(loss, parameters, gradients) checks the network")  # fmt: skip
        return _refused(owner, why, name, "return")
    if read.unseen:
        why = (
            f"`{name}` moves no parameter and takes no learning rate, and it is not found where "
            "the gradients are kept: name them by read_as={'d_weights': …, 'd_biases': …}"
        )
        return _refused(owner, why, name, f"def {name}")
    return None
