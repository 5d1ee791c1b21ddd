"""One step of training, quantity by quantity, in the order of the chain rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.engines.reference import backpropagate
from chainrule.layers import Gradients, Layer
from chainrule.tracing.networks import NetworkView
from chainrule.tracing.notation import raised
from chainrule.tracing.outputs import Head, head_of, is_elementwise

GIVEN, FORWARD, LOSS, BACKWARD, UPDATE = "given", "forward", "loss", "backward", "update"


@dataclass(frozen=True, eq=False)
class Quantity:
    """One quantity of a training step.

    Attributes
    ----------
    name : str
        Its symbol, with the layer's number raised: "dW²".
    formula : str
        In symbols; empty for a given quantity.
    value : array
        The samples are columns.
    sources : tuple of str
        The names of the quantities in the formula.
    part : {"given", "forward", "loss", "backward", "update"}
    layer : int
        Counted from 1; 0 for a quantity of no layer.
    remark : str
        A note on special numbers in the value.
    by_sample : bool
        Whether the value has a column for each sample.
    compute : callable
        The formula as a function of its sources' values; used to find out why a number is not
        finite. None for a given quantity.
    """

    name: str
    formula: str
    value: Array
    sources: tuple[str, ...]
    part: str
    layer: int = 0
    remark: str = ""
    by_sample: bool = False
    compute: Callable[..., Any] | None = field(default=None, repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.value.shape


def quantities(view: NetworkView, learning_rate: float) -> Iterator[Quantity]:
    """Yield all quantities of a step of gradient descent; without y, of the forward pass.

    The numbers equal those of the reference engine's step, bit for bit.
    """
    with np.errstate(all="ignore"):  # what is not finite is to be seen
        yield from _given(view, learning_rate)
        yield from _forward(view.layers, view.x)
        if view.y is not None:
            yield from _loss_and_backward(view, view.y, learning_rate)


def _given(view: NetworkView, learning_rate: float) -> Iterator[Quantity]:
    yield Quantity("a⁰", "x", view.x, (), GIVEN, by_sample=True)
    if view.y is not None:
        yield Quantity("y", "", view.y, (), GIVEN, by_sample=True)
        yield Quantity("η", "", np.array(learning_rate), (), GIVEN)
    for number, layer in enumerate(view.layers, 1):
        up = raised(number)
        yield Quantity(f"W{up}", "", layer.weights.copy(), (), GIVEN, number)
        yield Quantity(f"b{up}", "", layer.biases.copy(), (), GIVEN, number)


def _forward(layers: list[Layer], x: Array) -> Iterator[Quantity]:
    a = x
    for number, layer in enumerate(layers, 1):
        up, before = raised(number), raised(number - 1)
        a = layer.forward(a)
        yield Quantity(
            f"z{up}", f"W{up} · a{before} + b{up}", layer.outputs,
            (f"W{up}", f"a{before}", f"b{up}"), FORWARD, number, "", True,
            lambda W, a, b: W @ a + b,
        )  # fmt: skip
        yield Quantity(
            f"a{up}", f"{_name_of(layer)}(z{up})", a, (f"z{up}",), FORWARD, number, "", True,
            layer.activation,
        )  # fmt: skip


def _loss_and_backward(view: NetworkView, y: Array, learning_rate: float) -> Iterator[Quantity]:
    layers, last = view.layers, len(view.layers)
    head = head_of(view.loss, layers[-1].activation)
    m = view.x.shape[1]
    shares = np.full(m, 1 / m, layers[-1].dtype)
    values, gradients = backpropagate(layers, head.loss_of_z, view.x, y, shares)
    z = layers[-1].outputs
    yield _prediction(view, head, z)
    yield from _loss(view, head, z, values, shares)
    yield from _outputs(view, head, z, gradients[-1].dz)
    for number in range(last, 0, -1):
        yield from _of_layer(number, layers[number - 1], gradients[number - 1], last, m)
    for number, (layer, g) in enumerate(zip(layers, gradients, strict=True), 1):
        for symbol, now, d in (("W", layer.weights, g.d_weights), ("b", layer.biases, g.d_biases)):
            name = f"{symbol}{raised(number)}"
            yield Quantity(
                f"{name} new", f"{name} − η d{name}", now - learning_rate * d,
                (name, "η", f"d{name}"), UPDATE, number, compute=lambda now, eta, d: now - eta * d,
            )  # fmt: skip


def _of_layer(number: int, layer: Layer, g: Gradients, last: int, m: int) -> Iterator[Quantity]:
    up, before = raised(number), raised(number - 1)
    if number < last:
        yield Quantity(
            f"dz{up}", f"da{up} ⊙ {_name_of(layer)}′(z{up})", g.dz, (f"da{up}", f"z{up}"),
            BACKWARD, number, "", True, lambda da, z: da * layer.activation.derivative(z),
        )  # fmt: skip
    yield Quantity(
        f"dW{up}", f"dz{up} · (a{before})ᵀ", g.d_weights, (f"dz{up}", f"a{before}"), BACKWARD,
        number, _remark_on_groups(layer), compute=lambda dz, a: dz @ a.T,
    )  # fmt: skip
    yield Quantity(
        f"db{up}", f"dz{up}" if m == 1 else f"Σ dz{up}", g.d_biases, (f"dz{up}",), BACKWARD,
        number, _remark_on_groups(layer), compute=lambda dz: dz.sum(axis=1, keepdims=True),
    )  # fmt: skip
    yield Quantity(
        f"da{before}", f"(W{up})ᵀ · dz{up}", g.da_prev, (f"W{up}", f"dz{up}"), BACKWARD, number,
        "", True, lambda W, dz: W.T @ dz,
    )  # fmt: skip


def _remark_on_groups(layer: Layer) -> str:
    return "0 where nothing is learned: outside the groups, through" if layer.groups[1:] else ""


def _name_of(layer: Layer) -> str:
    """Return an activation's name for a formula; "f" without a usable name."""
    name = getattr(layer.activation, "name", "") or type(layer.activation).__name__
    return name if isinstance(name, str) and name.isidentifier() and name != "function" else "f"


# Where the loss meets the last layer --------------------------------------------------------------


def _prediction(view: NetworkView, head: Head, z: Array) -> Quantity:
    """Return ŷ: the last layer's a, or the loss's link of the raw output."""
    up = raised(len(view.layers))
    link = view.loss.link
    if head.link == "identity":
        return Quantity("ŷ", f"{link.name}(a{up})", link(z), (f"a{up}",), LOSS, 0, "", True, link)
    a = view.layers[-1].activation(z)
    return Quantity("ŷ", f"a{up}", a, (f"a{up}",), LOSS, 0, "", True)


def _loss(
    view: NetworkView, head: Head, z: Array, values: Array, shares: Array
) -> Iterator[Quantity]:
    formula, symbol, remark = view.loss.formula, "L" if values.size == 1 else "ℓ", ""
    y_hat = head.loss_of_z.link(z)
    if formula and view.loss.link.flat and ((y_hat == 0) | (y_hat == 1)).any():
        remark = "computed of z: by this formula, where ŷ is 0 or 1, there may be log 0"
    if len(z) > 1 and "Σ" not in formula:
        formula = formula and f"Σ {formula}"

    def by_definition(y: Array, y_hat: Array) -> Any:
        return head.loss_of_z.value(z, y)

    yield Quantity(
        symbol, formula or f"{view.loss.name}(y, ŷ)", values, ("y", "ŷ"), LOSS, 0, remark, True,
        by_definition,
    )  # fmt: skip
    if values.size > 1:
        mean = np.asarray((values * shares).sum())
        yield Quantity("L", "Σ ℓ / m", mean, ("ℓ",), LOSS, compute=np.mean)


def _outputs(view: NetworkView, head: Head, z: Array, dz: Array) -> Iterator[Quantity]:
    """Yield daⁿ and dzⁿ, the gradients at the last layer."""
    layer, n = view.layers[-1], len(view.layers)
    up, dz_in_y = raised(n), _of_mean(view.loss.dz_formula, z.shape[1])
    mixed = head.own is not None and not is_elementwise(layer.activation, len(z))
    formula, sources, remark = f"da{up} ⊙ {_name_of(layer)}′(z{up})", (f"da{up}", f"z{up}"), ""
    if mixed:
        formula, sources = dz_in_y or f"∂L/∂z{up}", ("ŷ", "y")
        remark = f"the loss and {head.link} taken together"
    elif head.own is not None and dz_in_y:
        remark = f"which is {dz_in_y}"
    if not mixed or view.loss.da is not None:
        da = _da(view, head, z, dz)
        remark += ": computed so" if da.remark and remark else ""
        yield da
    yield Quantity(f"dz{up}", formula, dz, sources, BACKWARD, n, remark, True)


def _da(view: NetworkView, head: Head, z: Array, dz: Array) -> Quantity:
    layer, loss, own, n = view.layers[-1], view.loss, head.own, len(view.layers)
    a, up, remark, slope = layer.activation(z), raised(n), "", None
    if own is not None and loss.da is None:
        slope = own.slope(a) if own.slope else layer.activation.derivative(z)
        if not slope.all():
            remark = (
                f"{own.flat or f'{_name_of(layer)}′(z{up}) is 0'} and the division is by 0; "
                f"dz{up} is computed {f'as {loss.dz_formula}' if loss.dz_formula else 'of z'}, "
                "without it"
            )
    by_a = loss.dz if own is None or loss.da is None else loss.da

    def compute(y_hat: Array, y: Array) -> Any:
        return by_a(a, y) * z.dtype.type(1 / z.shape[1]) if slope is None else dz / slope

    assert view.y is not None
    formula = _of_mean(loss.dz_formula if own is None else loss.da_formula, z.shape[1])
    return Quantity(
        f"da{up}", formula or f"∂L/∂a{up}", compute(a, view.y), ("ŷ", "y"), LOSS, n, remark, True,
        compute,
    )  # fmt: skip


def _of_mean(formula: str, m: int) -> str:
    """Return the derivative of a mean over m samples from that of one: divided by m once."""
    of_one = re.sub(r"\bm ", "", formula)
    if m == 1 or not formula:
        return of_one
    if formula != of_one:
        return formula
    return f"({formula}) / m" if re.search(" [+−] ", formula) else f"{formula} / m"
