"""The arguments of a layer's constructor, and the ways to supply them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from chainrule.activations import Activation
from chainrule.diagnosis.failures import RAISED
from chainrule.diagnosis.layers.observing import Make
from chainrule.diagnosis.reading.conventions import (
    first_called,
    is_argument,
    is_called,
    option,
    plain,
)
from chainrule.diagnosis.reading.own_activations import Answering, OwnActivation, by_function
from chainrule.diagnosis.reading.places import methods_of, places_of

_RATE = 0.01
_MOST_TRIES = 12  # of the options that a constructor wants besides

Give = Callable[[Activation], tuple[Any, ...]]
"""The constructor's arguments for an activation: one object, a pair, or none."""


@dataclass(frozen=True)
class Constructor:
    """What a class's constructor takes, by the names of its arguments.

    Attributes
    ----------
    sizes : tuple of str
        One or two; the names of W and b where the constructor takes arrays.
    activation, derivative, rate : str
        Arguments; "" where there is none.
    options : tuple of str
        What else it must be given, of which the name tells what.
    unknown : tuple of str
        What else it must be given.
    swapped : bool
        Whether the names say that the neurons come first.
    arrays : bool
        Whether it takes W and b themselves.
    """

    sizes: tuple[str, ...]
    activation: str = ""
    derivative: str = ""
    rate: str = ""
    options: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    swapped: bool = False
    arrays: bool = False

    @property
    def is_readable(self) -> bool:
        """Whether all that it wants is known."""
        return len(self.sizes) in (1, 2) and not self.unknown


def constructor_of(owner: type) -> Constructor:
    """Read the arguments of a constructor."""
    try:
        given = list(inspect.signature(owner).parameters.values())
    except (TypeError, ValueError):
        given = []
    named = [one for one in given if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    if not named and given:
        return Constructor(("", ""), "*")
    names = [one.name for one in named]
    if len(names) >= 2 and is_called(names[0], "weights") and is_called(names[1], "biases"):
        return _sorted_out(named[2:], Constructor((names[0], names[1]), arrays=True))
    return _sorted_out(named, Constructor(()))


def _sorted_out(named: Sequence[inspect.Parameter], so_far: Constructor) -> Constructor:
    """Say what each argument is."""
    sizes = list(so_far.sizes)
    found = {"derivative": "", "activation": "", "learning rate": ""}
    options: list[str] = []
    unknown: list[str] = []
    for one in named:
        name, needed = one.name, one.default is one.empty
        what = next((w for w in found if not found[w] and is_argument(name, w)), "")
        if what != "learning rate" and isinstance(one.default, int | float):
            what = ""  # type=2 is no activation
        is_size = _is_size(name)
        if what and not (is_size and len(sizes) < 2 and needed):
            found[what] = name
        elif is_size and len(sizes) < 2:
            sizes.append(name)
        elif option(name) and not _may_be_an_activation_s(name, named, found["activation"]):
            options += [name] if needed else []
        elif len(sizes) < 2 and needed:
            sizes.append(name)
        elif needed and not found["activation"]:
            found["activation"] = name
        elif needed and not found["derivative"]:
            found["derivative"] = name
        elif needed:
            unknown.append(name)
    swapped = not so_far.arrays and len(sizes) == 2 and (
        is_argument(sizes[0], "n_neurons") and is_argument(sizes[1], "n_inputs")
        and not is_argument(sizes[0], "n_inputs")
    )  # fmt: skip
    return Constructor(
        tuple(sizes), found["activation"], found["derivative"], found["learning rate"],
        tuple(options), tuple(unknown), swapped, so_far.arrays,
    )  # fmt: skip


def _may_be_an_activation_s(name: str, named: Sequence[inspect.Parameter], activation: str) -> bool:
    """Say whether `name` may be that of an activation: nothing else is."""
    others = (one.name for one in named)
    return plain(name) == "name" and not (
        activation or any(is_argument(other, "activation") for other in others)
    )


def _is_size(name: str) -> bool:
    is_pair = plain(name) in ("shape", "dim", "dims", "dimensions")
    return is_pair or is_argument(name, "n_inputs") or is_argument(name, "n_neurons")


# Sizes ----------------------------------------------------------------------------------------

Sizes = Callable[[int, int], tuple[Any, ...]]
"""Of n_inputs and n_neurons, what stands for them."""


@dataclass(frozen=True, eq=False)
class Way:
    """A way to make a layer.

    Attributes
    ----------
    bare : callable
        ``bare(n_inputs, n_neurons, activation)`` makes the learner's own layer.
    swapped : bool
    activation : str
        How the constructor is given one.
    made : str
        What is otherwise in how it is made.
    """

    bare: Make
    swapped: bool
    activation: str
    made: str


def ways_to_make(owner: type, form: Constructor, own: Sequence[OwnActivation]) -> Iterator[Way]:
    """Yield the ways to make a layer, the likeliest first.

    Parameters
    ----------
    owner : class
    form : Constructor
    own : sequence of OwnActivation
        What the file defines, which its constructor may want.
    """
    for made, swapped, sizes in _sizes_of(owner, form):
        for activation, give in _gives(form, own):
            yield Way(_maker(owner, form, give, sizes, made), swapped, activation, made)


def _sizes_of(owner: type, form: Constructor) -> Iterator[tuple[str, bool, Sizes]]:
    if form.arrays:
        for columns in (False, True):
            yield "of arrays", columns, partial(_arrays, columns=columns)
        return
    if len(form.sizes) == 1:
        yield "of a pair of sizes", False, lambda n, k: ((n, k),)
        yield "of a pair of sizes", True, lambda n, k: ((k, n),)
        name = first_called(methods_of(owner), "build")
        built = f"and built by `{name}`" if name else "and built by the first `forward`"
        yield built, False, lambda n, k: (k,)
        return
    for made, is_tuple in (("", False), ("of sizes (n,)", True)):
        for swapped in (form.swapped, not form.swapped):
            yield made, swapped, partial(_two, swapped=swapped, is_tuple=is_tuple)


def _two(n_inputs: int, n_neurons: int, *, swapped: bool, is_tuple: bool) -> tuple[Any, ...]:
    sizes = (n_neurons, n_inputs) if swapped else (n_inputs, n_neurons)
    return tuple((size,) for size in sizes) if is_tuple else sizes


def _arrays(n_inputs: int, n_neurons: int, *, columns: bool) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    shape = (n_neurons, n_inputs) if columns else (n_inputs, n_neurons)
    return rng.normal(size=shape), np.zeros((n_neurons, 1) if columns else n_neurons)


def _maker(owner: type, form: Constructor, give: Give, sizes: Sizes, made: str) -> Make:
    tries = list(product(*(option(name) for name in form.options)))[:_MOST_TRIES]

    def make(n_inputs: int, n_neurons: int, f: Activation) -> Any:
        given = give(f)
        if form.activation == "*" or not form.sizes[0]:
            return owner(*sizes(n_inputs, n_neurons), *given)
        arguments = dict(zip(form.sizes, sizes(n_inputs, n_neurons), strict=True))
        arguments.update(zip((form.activation, form.derivative), given, strict=False))
        if form.rate:
            arguments[form.rate] = _RATE
        layer = _first(owner, arguments, form.options, tries)
        if made.startswith("and built"):
            _build(layer, n_inputs, made)
        return layer

    return make


def _first(
    owner: type, arguments: Mapping[str, Any], names: Sequence[str], tries: Sequence[Any]
) -> Any:
    """Make a layer with the first of the options that it takes."""
    for values in tries[:-1]:
        try:
            return owner(**arguments, **dict(zip(names, values, strict=True)))
        except RAISED:
            continue
    return owner(**arguments, **dict(zip(names, tries[-1], strict=True)))


def _build(layer: Any, n_inputs: int, made: str) -> None:
    """Create the weights of a layer whose constructor takes the number of neurons only."""
    name = made.split("`")[1]
    if "first" in made:
        name = first_called(methods_of(type(layer)), "forward")
        shapes: tuple[Any, ...] = (np.ones((1, n_inputs)), np.ones((n_inputs, 1)))
    else:
        shapes = (n_inputs, (n_inputs,), (None, n_inputs))
    for shape in shapes:
        try:
            getattr(layer, name)(shape)
        except RAISED:
            continue
        if any(np.ndim(value) == 2 and n_inputs in np.shape(value) for _, value in places_of(layer)
               if isinstance(value, np.ndarray)):  # fmt: skip
            return


# Activations ----------------------------------------------------------------------------------


def _gives(form: Constructor, own: Sequence[OwnActivation]) -> Iterator[tuple[str, Give]]:
    """Yield the ways to name an activation to this constructor, the page's own first."""
    if not form.activation:
        yield "none", lambda f: ()
        return
    mine = by_function(own)
    if form.derivative:
        yield "function and derivative", lambda f: (f, f.derivative)
        yield "function and derivative", lambda f: (mine[f.name].instance, mine[f.name].derivative)
        return
    yield "object", lambda f: (f,)
    if mine:
        yield "the file's own", lambda f: (mine[f.name].instance,)
    yield "name", lambda f: (f.name,)
    yield "name", lambda f: ({"relu": "ReLU"}.get(f.name, f.name.capitalize()),)
    if mine:
        yield "class", lambda f: (_class_of(mine[f.name].value),)
    yield "methods", lambda f: (Answering(f),)
    yield "pair", lambda f: ((f, f.derivative),)
    if mine:
        yield "pair", lambda f: ((mine[f.name].instance, mine[f.name].derivative),)


def _class_of(value: Any) -> Any:
    if not isinstance(value, type):
        raise KeyError("no class")
    return value
