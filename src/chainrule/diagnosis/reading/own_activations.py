"""The activations that a learner's file defines, told by their values."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.activations import ACTIVATIONS, Activation
from chainrule.diagnosis.failures import RAISED, quiet
from chainrule.diagnosis.reading.conventions import (
    called,
    first_called,
    is_argument,
    is_called,
    plain,
)
from chainrule.losses import softmax_cross_entropy

softmax = Activation("softmax", softmax_cross_entropy().link, lambda z, a: a * (1 - a))
"""Softmax as a layer's activation; its derivative here is ∂aᵢ/∂zᵢ, without the other entries."""
_Z = np.array([[-1.7], [-0.6], [0.4], [2.3]])
_NAMES = re.compile(r".*(relu|sig|logistic|tanh|linear|identity).*")


@dataclass(frozen=True, eq=False)
class OwnActivation:
    """An activation of a learner's file.

    Attributes
    ----------
    f : Activation
        The one of the table that it computes.
    name : str
        What the file calls it.
    value : object
        A function, an object or a class.
    derivative : callable, optional
        Its derivative, where there is one.
    of : str
        What the derivative wants: "z", "a" or, where neither fits, "".
    """

    f: Activation
    name: str
    value: Any
    derivative: Callable[[Any], Any] | None
    of: str

    @property
    def instance(self) -> Any:
        """The object to call, where a class stands in the file."""
        return self.value() if isinstance(self.value, type) else self.value


class Answering:
    """An activation that accepts every usual name for the function and for the derivative.

    Parameters
    ----------
    f : Activation

    Examples
    --------
    >>> from chainrule import tanh
    >>> float(Answering(tanh).activate(0.0)), float(Answering(tanh).prime(0.0))
    (0.0, 1.0)
    """

    def __init__(self, f: Activation) -> None:
        self.name = self.__name__ = f.name
        self._f, self._z = f, np.zeros(())

    def __call__(self, z: Any, *flags: Any, **named: Any) -> Any:
        """Return f(z), or f′(z) where a flag asks for it."""
        self._z = np.asarray(z, float)
        return self._f.derivative(z) if any((*flags, *named.values())) else self._f(z)

    def backward(self, da: Any, *_: Any, **__: Any) -> Any:
        """Return da ⊙ f′(z) for the z of the last call."""
        return da * self._f.derivative(self._z)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if is_called(name, "derivative") or is_argument(name, "derivative"):
            return self._f.derivative
        if is_called(name, "forward") or plain(name) in _CALLED:
            return self
        if is_called(name, "backward") or called([name], "backward"):
            return self.backward
        raise AttributeError(name)


def activation_of(z: Any, a: Any) -> Activation | None:
    """Return the activation of the table that makes `a` of `z`, if one does."""
    return next((f for f in ACTIVATIONS.values() if _same(a, f(z))), None)


def own_activations(names: Mapping[str, Any], *, named: bool = True) -> list[OwnActivation]:
    """Return the activations among the names of a file.

    Parameters
    ----------
    names : mapping of str to object
        The file's globals, or what a learner hands over.
    named : bool
        Whether only what is called like an activation is tried.
    """
    found = []
    with quiet():
        for name, value in list(names.items()):
            likely = _NAMES.fullmatch(plain(name)) and not is_argument(name, "derivative")
            if named and not likely:
                continue
            own = _own(name, value, names)
            if own is not None:
                found.append(own)
    return found


def _own(name: str, value: Any, names: Mapping[str, Any]) -> OwnActivation | None:
    try:
        instance = value() if isinstance(value, type) else value
    except RAISED:
        return None
    if isinstance(instance, Activation):
        return None
    calls = [getattr(instance, one, None) for one in _CALLED]
    functions = [instance, *calls] if callable(instance) else calls
    known = (activation_of(_Z, _numbers(call, _Z)) for call in functions if callable(call))
    f = next((one for one in known if one is not None), None)
    if f is None:
        return None
    derivative = _derivative(instance) or _beside(name, names) or _by_flag(instance)
    return OwnActivation(f, name, value, derivative, _wants(f, derivative) if derivative else "")


_CALLED = ("f", "fn", "func", "function", "forward", "value", "activate", "apply", "compute")
"""What an activation's own function is called, where the object cannot be called itself."""


def _derivative(instance: Any) -> Callable[[Any], Any] | None:
    names = [name for name in dir(instance) if callable(getattr(instance, name, None))]
    name = first_called(names, "derivative")
    return getattr(instance, name) if name else None


def _beside(name: str, names: Mapping[str, Any]) -> Callable[[Any], Any] | None:
    """Return the file's function whose name marks the derivative of a given function."""
    wanted = {
        f"{before}{plain(name)}{behind}"
        for before, behind in (
            ("", "prime"), ("", "derivative"), ("", "deriv"), ("d", ""), ("", "grad"),
            ("", "gradient"), ("derivative", ""), ("", "backward"), ("grad", ""), ("deriv", ""),
            ("", "d"), ("", "der"), ("derivativeof", ""), ("dersig", ""),
        )
    }  # fmt: skip
    return next(
        (value for other, value in names.items() if plain(other) in wanted and callable(value)),
        None,
    )


def _by_flag(function: Any) -> Callable[[Any], Any] | None:
    """Return the derivative that a function computes under a flag argument; None without a flag."""
    try:
        names = list(inspect.signature(function).parameters)[1:]
    except (TypeError, ValueError):
        return None
    flag = next((name for name in names if is_argument(name, "derivative")), "")
    return (lambda z: function(z, **{flag: True})) if flag else None


def _wants(f: Activation, derivative: Callable[[Any], Any]) -> str:
    right = f.derivative(_Z)
    if _same(_numbers(derivative, _Z), right):
        return "z"
    return "a" if _same(_numbers(derivative, f(_Z)), right) else ""


def _numbers(call: Callable[[Any], Any], z: Any) -> Any:
    """Return what a function gives for a column, asked number by number if it takes no arrays."""
    for given in (lambda: call(z.copy()), lambda: [[float(call(float(one)))] for one in z.ravel()]):
        try:
            return np.asarray(given(), float)
        except RAISED:
            continue
    return np.empty(0)


def _same(got: Any, want: Any) -> bool:
    return got.shape == want.shape and np.allclose(got, want, rtol=1e-5, atol=1e-7)


def names_of(owner: type) -> dict[str, Any]:
    """Return the names of the file that a class stands in, but for those from elsewhere."""
    found: dict[str, Any] = {}
    for base in owner.__mro__:
        for method in vars(base).values():
            found = {**getattr(method, "__globals__", {}), **found}
    return {name: value for name, value in found.items() if _is_own(value)}


def _is_own(value: Any) -> bool:
    home = getattr(value if isinstance(value, type) or hasattr(value, "__code__") else type(value),
                   "__module__", "")  # fmt: skip
    return not str(home).startswith(("chainrule.", "numpy", "builtins"))


def by_function(own: Iterable[OwnActivation]) -> dict[str, OwnActivation]:
    """Return one activation for each function of the table, by its name there."""
    return {one.f.name: one for one in reversed(list(own))}
