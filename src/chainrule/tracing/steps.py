"""One step of training, quantity by quantity, in the order of the chain rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.engines.reference import backpropagate
from chainrule.layers import Gradients, Layer
from chainrule.tracing.networks import NetworkView
from chainrule.tracing.notation import raised
from chainrule.tracing.outputs import Head, head_of

GIVEN, FORWARD, LOSS, BACKWARD, UPDATE = "given", "forward", "loss", "backward", "update"


@dataclass(frozen=True, eq=False)
class Quantity:
    """One quantity of a step.

    Attributes
    ----------
    name : str
        Its symbol, with the layer's number raised: "dW²".
    formula : str
        What it is computed by, in symbols; empty for what is given.
    value : array
        The samples are columns.
    sources : tuple of str
        The names of the quantities in the formula.
    part : {"given", "forward", "loss", "backward", "update"}
    layer : int
        Counted from 1; 0 for what belongs to none.
    remark : str
        What is particular about these numbers.
    by_sample : bool
        Whether it has a column for each sample.
    compute : callable
        The formula as a function of its sources' values; used to find out why a number is not
        finite. None for what is given.
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


_LOSSES = {
    "binary_cross_entropy": "−(y log ŷ + (1 − y) log(1 − ŷ))",
    "softmax_cross_entropy": "−Σ y log ŷ",
    "squared_error": "½ Σ (ŷ − y)²",
    "absolute_error": "Σ |ŷ − y|",
    "log_cosh": "Σ log cosh(ŷ − y)",
    "poisson": "Σ (ŷ − y + y log(y / ŷ))",
}
_DIFFERENCES = ("binary_cross_entropy", "softmax_cross_entropy", "squared_error", "poisson")
_LINKS = {"binary_cross_entropy": "sigmoid", "softmax_cross_entropy": "softmax", "poisson": "exp"}


def quantities(view: NetworkView, learning_rate: float) -> Iterator[Quantity]:
    """Yield all quantities of one step of gradient descent; without y those of the way forward.

    The numbers are those of the reference engine's step, bit for bit.
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
        number, compute=lambda dz, a: dz @ a.T,
    )  # fmt: skip
    yield Quantity(
        f"db{up}", f"dz{up}" if m == 1 else f"Σ dz{up}", g.d_biases, (f"dz{up}",), BACKWARD,
        number, compute=lambda dz: dz.sum(axis=1, keepdims=True),
    )  # fmt: skip
    yield Quantity(
        f"da{before}", f"(W{up})ᵀ · dz{up}", g.da_prev, (f"W{up}", f"dz{up}"), BACKWARD, number,
        "", True, lambda W, dz: W.T @ dz,
    )  # fmt: skip


def _name_of(layer: Layer) -> str:
    """Return the activation's name as it stands in a formula."""
    name = getattr(layer.activation, "name", "") or type(layer.activation).__name__
    return name if isinstance(name, str) and name.isidentifier() and name != "function" else "f"


# Where the loss meets the last layer --------------------------------------------------------------


def _prediction(view: NetworkView, head: Head, z: Array) -> Quantity:
    """ŷ is the last layer's a, or the loss makes it of the raw output."""
    up = raised(len(view.layers))
    link = head.loss_of_z.link
    if head.link == "identity" and view.loss.name in _LINKS:
        name = _LINKS[view.loss.name]
        return Quantity("ŷ", f"{name}(a{up})", link(z), (f"a{up}",), LOSS, 0, "", True, link)
    a = view.layers[-1].activation(z)
    return Quantity("ŷ", f"a{up}", a, (f"a{up}",), LOSS, 0, "", True)


def _loss(
    view: NetworkView, head: Head, z: Array, values: Array, shares: Array
) -> Iterator[Quantity]:
    formula = _LOSSES.get(view.loss.name, f"{view.loss.name}(y, ŷ)")
    symbol = "L" if values.size == 1 else "ℓ"
    remark = ""
    if head.link == "sigmoid" and _sure(head.loss_of_z.link(z)).any():
        remark = "computed of z: by this formula, where ŷ is 0 or 1, there may be log 0"

    def by_definition(y: Array, y_hat: Array) -> Any:
        return head.loss_of_z.value(z, y)

    yield Quantity(
        symbol, formula, values, ("y", "ŷ"), LOSS, 0, remark, True, by_definition
    )  # fmt: skip
    if values.size > 1:
        mean = np.asarray((values * shares).sum())
        yield Quantity("L", "Σ ℓ / m", mean, ("ℓ",), LOSS, compute=np.mean)


def _sure(y_hat: Array) -> Any:
    """Where ŷ has been rounded to 0 or 1."""
    return (y_hat == 0) | (y_hat == 1)


def _outputs(view: NetworkView, head: Head, z: Array, dz: Array) -> Iterator[Quantity]:
    """Yield daⁿ and dzⁿ: what the loss hands to the last layer."""
    layer, n, m = view.layers[-1], len(view.layers), z.shape[1]
    up, over_m = raised(n), " / m" if m > 1 else ""
    assert view.y is not None
    a = layer.activation(z)
    share = z.dtype.type(1 / m)
    difference = "(ŷ − y) / m" if m > 1 else "ŷ − y"
    by_chain = f"da{up} ⊙ {_name_of(layer)}′(z{up})"
    sources, remark_of_dz = (f"da{up}", f"z{up}"), ""
    formula, remark, over = f"∂L/∂a{up}", "", ("ŷ", "y")
    if head.link == "sigmoid":
        formula = "(ŷ − y) / (ŷ (1 − ŷ))" if m == 1 else "(ŷ − y) / (m ŷ (1 − ŷ))"
        remark_of_dz = f"which is {difference}"
        if _sure(a).any():
            remark = (
                "ŷ is rounded to 0 or 1, so that ŷ (1 − ŷ) is 0 and the division is by 0; "
                f"dz{up} is computed as ŷ − y, without it"
            )
            remark_of_dz += ": computed so"
    elif head.link in ("exp", "softmax"):
        formula = f"−y / ŷ{over_m}"
        if head.link == "exp":
            formula = "1 − y / ŷ" if m == 1 else "(1 − y / ŷ) / m"
        by_chain, sources = difference, ("ŷ", "y")
        remark_of_dz = f"the loss and {head.link} taken together"
    elif view.loss.name in _DIFFERENCES:
        formula = difference
    loss = view.loss

    def da_of(y_hat: Array, y: Array) -> Any:
        return head.da(loss, a, y) * share

    yield Quantity(f"da{up}", formula, da_of(a, view.y), over, LOSS, n, remark, True, da_of)
    yield Quantity(f"dz{up}", by_chain, dz, sources, BACKWARD, n, remark_of_dz, True)
