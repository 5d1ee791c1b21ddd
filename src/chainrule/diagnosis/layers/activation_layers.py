"""An activation that is a layer of its own: a = f(z) forward, da_prev = da ⊙ f′(z) back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.activations import Activation, relu, sigmoid, tanh
from chainrule.arrays import Array
from chainrule.diagnosis.book import Mistake, found, mistakes_in
from chainrule.diagnosis.failures import RAISED, Failure, quiet, words
from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.layers.bench import Bench
from chainrule.diagnosis.layers.evidence import first_difference
from chainrule.diagnosis.layers.probes import Probe, alike
from chainrule.diagnosis.reading.calls import arguments_of, call_of, forward_name, forward_of
from chainrule.diagnosis.reading.constructor import constructor_of
from chainrule.diagnosis.reading.conventions import called, first_called, is_argument, option
from chainrule.diagnosis.reading.own_activations import OwnActivation, activation_of, softmax
from chainrule.diagnosis.reading.places import called_place, methods_of, places_of
from chainrule.diagnosis.sources import line_of

_RNG = np.random.default_rng(7)
_Z = _RNG.uniform(0.3, 2.0, (4, 1)) * np.array([[1.0], [-1.0], [1.0], [-1.0]])
_DA = _RNG.uniform(0.5, 1.5, (4, 1)) * np.array([[1.0], [1.0], [-1.0], [-1.0]])
_LAYOUTS: tuple[Callable[[Array], Array], ...] = (  # copies: some work in place
    np.copy,
    lambda z: z.T.copy(),
    lambda z: z.ravel().copy(),
)


def is_activation_layer(owner: type) -> bool:
    """Say whether a class goes forward and back, and is made without sizes."""
    form = constructor_of(owner)
    return bool(_forward_of(owner) and _backward_of(owner)) and all(
        bool(option(name)) or is_argument(name, "activation") or is_argument(name, "derivative")
        for name in form.sizes
    )


def _forward_of(owner: type) -> str:
    return forward_name(owner)


def _backward_of(owner: type) -> str:
    """Return the name of the backward method, or else of the method for f′."""
    names = [name for name in methods_of(owner) if not name.startswith("__")]
    return called(names, "backward") or first_called(names, "derivative")


Judgement = tuple[tuple[Finding, ...], tuple[str, ...]]


def look_at_activation(
    owner: type, own: Sequence[OwnActivation], unwritten: Sequence[Finding]
) -> Judgement:
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
    ran = False
    with quiet():
        for group in _given(own):
            judged = []
            for given in group:
                seen, one_ran, error = _in_some_layout(owner, given)
                ran, failure = ran or one_ran, error if one_ran else failure or error
                judged += [seen] if seen is not None else []
            if judged:
                return next((one for one in judged if one[0]), judged[0])
    if ran and failure is None:
        seen_a = f"for z = {np.ravel(_Z).round(4).tolist()}"
        return (found("Layer.forward", "forward-wrong", seen_a),), ()
    assert failure is not None
    if isinstance(failure.error, NotImplementedError):
        back = _backward_of(owner) if ran else _forward_of(owner)
        row = found("Layer", "unfinished", "it raises NotImplementedError", failure.place,
                    method=back)  # fmt: skip
        return (row,), ()
    said = f"{type(failure.error).__name__}: {words(failure.error)}".removesuffix(": ")
    key, where = ("backward-fails", "Layer") if ran else ("init-fails", "Layer.__init__")
    return (found(where, key, said, failure.place, for_which=""),), ()


def _in_some_layout(
    owner: type, given: tuple[Any, ...]
) -> tuple[Judgement | None, bool, Failure | None]:
    """Return a judgement, the best of those in columns, rows and flat vectors, or why none."""
    failure: Failure | None = None
    blamed: Judgement | None = None
    ran = False
    for layout in _LAYOUTS:
        one = _One(owner, given, layout)
        try:
            a = one.forward(_Z)
            ran = True
            judged = _judged(one, a)
        except RAISED as error:
            failure = Failure.of(error)
            continue
        if judged is not None and not judged[0]:
            return judged, ran, None
        blamed = blamed or judged
    return blamed, ran, failure


def _given(own: Sequence[OwnActivation]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield what the constructor may be given: all of one kind together."""
    yield [()]
    page = (sigmoid, tanh, relu)
    yield [(f, f.derivative) for f in page]
    yield [(f,) for f in page]
    yield [(f.name,) for f in page]
    yield [(one.instance, one.derivative) for one in own if one.derivative]
    yield [(one.value,) for one in own]
    yield [(len(_Z),)]  # as many neurons


class _One:
    """One way to make and call an activation's class; every call is of a new object."""

    def __init__(
        self, owner: type, given: tuple[Any, ...], layout: Callable[[Array], Array]
    ) -> None:
        self.owner, self._given, self._layout = owner, given, layout
        self.back = _backward_of(owner)
        self._cache: Any = None

    def _sent_forward(self, z: Array) -> tuple[Any, Any]:
        layer = self.owner(*self._given)
        call = forward_of(self.owner, _forward_of(self.owner))
        if call is None:
            raise TypeError(f"{_forward_of(self.owner)} takes more than z")
        a = call(layer, self._layout(z))
        if isinstance(a, tuple) and len(a) == 2:
            a, self._cache = a
        return layer, a if a is not None else _left(layer, "a")

    def forward(self, z: Array) -> Array:
        """Return a, as a column."""
        return np.asarray(self._sent_forward(z)[1], float).reshape(-1, 1)

    def backward(self, da: Array) -> Array | None:
        """Return what comes back after z went forward, as a column."""
        layer, a = self._sent_forward(_Z)
        arguments = arguments_of(self.owner, self.back)
        if arguments is None:
            raise TypeError(f"`{self.back}` takes more than da and a learning rate")
        z = self._layout(_Z)
        before = _numbers_of(layer)
        answer = call_of(self.back, arguments)(
            layer, da=self._layout(da), inputs=z, z=z, a=a, learning_rate=0.1, training=True,
            cache=z if self._cache is None else self._cache, samples=1,
        )  # fmt: skip
        answer = answer if answer is not None else _left_by_backward(layer, before)
        if answer is None:
            return None
        column = np.asarray(answer, float).reshape(-1, 1)
        is_one = column.size == 1 and self.may_be_a_derivative
        return np.full_like(_Z, column.item()) if is_one else column

    @property
    def may_be_a_derivative(self) -> bool:
        """Whether the method may give f′ alone: it takes nothing, or one thing not like da."""
        taken = arguments_of(self.owner, self.back) or {}
        return not taken or (
            list(taken.values()) == ["da"] and not is_argument(next(iter(taken)), "da")
        )

    @property
    def is_a_derivative(self) -> bool:
        """Whether the method returns f′ alone, judged by the name or by the lack of arguments."""
        if not arguments_of(self.owner, self.back):
            return True
        return self.may_be_a_derivative and not called([self.back], "backward").startswith("b")


def _left(layer: Any, thing: str) -> Any:
    places = {place: value for place, value in places_of(layer) if np.size(value) == len(_Z)}
    place = called_place(list(places), thing)
    return None if place is None else places[place]


def _numbers_of(layer: Any) -> dict[Any, Any]:
    """Return copies of what an object keeps for each z."""
    return {
        place: np.array(value, float)
        for place, value in places_of(layer)
        if isinstance(value, np.ndarray) and value.size == len(_Z)
    }


def _left_by_backward(layer: Any, before: Mapping[Any, Any]) -> Any:
    """Return the attribute named like da_prev, else the only array that `backward` changed."""
    named = _left(layer, "da_prev")
    if named is not None:
        return named
    changed = [
        value for place, value in _numbers_of(layer).items()
        if place not in before or not alike(value, before[place])
    ]  # fmt: skip
    return changed[0] if len(changed) == 1 else None


def _judged(one: _One, a: Array) -> Judgement | None:
    """Return the findings on an activation layer's `backward`; None if f is unknown."""
    if alike(a, softmax(_Z)):
        return _of_a_softmax_derivative(one, a) or _of_softmax(one.owner, a, one.backward(_DA))
    f = activation_of(_Z, a) or _leaky(a) or _of_its_own(one, a)
    if f is None:
        return None
    return _of_an_elementwise(one, f, a)


def _of_a_softmax_derivative(one: _One, a: Array) -> Judgement | None:
    if not one.may_be_a_derivative:
        return None
    whole = (np.diag(a[:, 0]) - a @ a.T).reshape(-1, 1)
    for answer in (one.backward(a), one.backward(_Z)):
        if alike(answer, np.ones_like(a)):
            return (), (f"it is softmax; its `{one.back}` gives 1: it wants ŷ − y",)
        if alike(answer, whole):
            return (), (f"it is softmax; its `{one.back}` is diag(a) − a·aᵀ",)
    return None


def _of_an_elementwise(one: _One, f: Activation, a: Array) -> Judgement:
    if one.may_be_a_derivative:
        wants = next((of for of, given in (("z", _Z), ("a = f(z)", a))
                      if alike(one.backward(given), f.derivative(_Z))), "")  # fmt: skip
        if wants:
            return (), (f"it is {_name(f)}; its `{one.back}` is f′, of {wants}",)
        if one.is_a_derivative:
            return _blamed(one, f, one.backward(_Z), np.ones_like(_Z))
    return _blamed(one, f, one.backward(_DA), _DA)


def _name(f: Activation) -> str:
    return "an f of its own" if f.name == "f" else f.name


def _blamed(one: _One, f: Activation, da_prev: Array | None, da: Array) -> Judgement:
    """Return the mistake that explains a da_prev other than da ⊙ f′(z), with remarks."""
    remark = f"it is {_name(f)}, a layer of its own"
    right = da * f.derivative(_Z)
    if da_prev is not None and alike(da_prev, right):
        return (), (remark,)
    told = first_difference("da_prev", da_prev, right)
    line = line_of(one.owner, one.back, ("return", "dinputs", "derivative"))
    for mistake in _mistakes():
        if da_prev is not None and alike(da_prev, _made_by(mistake, f, da)):
            row = found(mistake.where, mistake.key, told, line)
            return (row,), (remark,)
    if da_prev is None:
        return (found("Layer.backward", "returns-nothing", told, line),), (remark,)
    row = found("Layer", "not-recognised", told, line,
                which="the first quantity that differs is da_prev")  # fmt: skip
    return (replace(row, quantity="da_prev", right="da_prev = da ⊙ f′(z)"),), (remark,)


def _of_its_own(one: _One, a: Array) -> Activation | None:
    """Return the class's own elementwise function; None if an a depends on another z."""
    other = _Z.copy()
    other[0] += 0.25
    if not alike(one.forward(other)[1:], a[1:]) or np.ptp(a) == 0:
        return None

    def df(z: Array, _: Array) -> Array:
        near, far = (one.forward(z + h) - one.forward(z - h) for h in (_H, 2 * _H))
        return (8 * near - far) / (12 * _H)

    return Activation("f", one.forward, df)


_H = 1e-4  # for central differences of the fourth order


def _leaky(a: Array) -> Activation | None:
    """Return leaky relu with the slope that it has here."""
    slopes = (a / _Z)[_Z < 0]
    if not (alike(a[_Z > 0], _Z[_Z > 0]) and np.allclose(slopes, slopes[0])):
        return None
    slope = float(slopes[0])
    return Activation("leaky_relu", lambda z: np.where(z > 0, z, slope * z),
                      lambda z, a: np.where(z > 0, 1.0, slope))  # fmt: skip


def _mistakes() -> list[Mistake]:
    return [row for row in mistakes_in("Layer.backward") if "dz" in row.lines]


def _made_by(mistake: Mistake, f: Activation, da: Array) -> Any:
    probe = Probe(f, np.eye(len(_Z)), np.zeros((len(_Z), 1)), ((_Z, da, 0.1),))
    bench = Bench(probe)
    bench.begin(0, probe.W, probe.b)
    try:
        bench.run(mistake.lines["dz"])
    except ValueError:
        return None
    return bench.names["dz"]


def _of_softmax(owner: type, a: Array, da_prev: Array | None) -> Judgement:
    right = a * (_DA - (a * _DA).sum())  # (diag(a) − a·aᵀ) · da
    if da_prev is not None and alike(da_prev, right):
        return (), ("it is softmax, a layer of its own",)
    if da_prev is not None and alike(da_prev, _DA):
        return (), ("it is softmax, and hands on what it gets: it is to be given ŷ − y",)
    if da_prev is not None and alike(da_prev, a - _DA):
        return (), ("it is softmax; its `backward` takes y, and gives ŷ − y",)
    line = line_of(owner, _backward_of(owner), ("return", "dinputs"))
    told = first_difference("da_prev", da_prev, right)
    if da_prev is not None and alike(da_prev, _DA * a * (1 - a)):
        return (found("Layer.backward", "softmax-elementwise", told, line),), ()
    row = found("Layer", "not-recognised", told, line,
                which="the first quantity that differs is da_prev")  # fmt: skip
    return (replace(row, quantity="da_prev", right="da_prev = (diag(a) − a·aᵀ) · da"),), ()
