"""One step of training, quantity by quantity, in the order in which the chain rule computes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chainrule.activations import Activation
from chainrule.arrays import Array
from chainrule.engines.reference import backpropagate
from chainrule.glassbox.networks import Sight
from chainrule.glassbox.notation import raised
from chainrule.layers import Layer
from chainrule.losses import Loss

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
    """

    name: str
    formula: str
    value: Array
    sources: tuple[str, ...]
    part: str
    layer: int = 0
    remark: str = ""

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


def quantities(sight: Sight, learning_rate: float) -> Iterator[Quantity]:
    """Yield all quantities of one step of gradient descent; without y those of the way forward.

    The numbers are those of the reference engine's step, bit for bit.
    """
    with np.errstate(all="ignore"):  # what is not finite is to be seen
        yield from _given(sight)
        yield from _forward(sight)
        if sight.y is not None:
            yield from _loss_and_backward(sight, learning_rate)


def _given(sight: Sight) -> Iterator[Quantity]:
    yield Quantity("a⁰", "x", sight.x, (), GIVEN)
    if sight.y is not None:
        yield Quantity("y", "", sight.y, (), GIVEN)
    for number, layer in enumerate(sight.layers, 1):
        up = raised(number)
        yield Quantity(f"W{up}", "", layer.weights.copy(), (), GIVEN, number)
        yield Quantity(f"b{up}", "", layer.biases.copy(), (), GIVEN, number)


def _forward(sight: Sight) -> Iterator[Quantity]:
    a = sight.x
    for number, layer in enumerate(sight.layers, 1):
        up, before = raised(number), raised(number - 1)
        a = layer.forward(a)
        z = f"W{up} · a{before} + b{up}"
        sources = f"W{up}", f"a{before}", f"b{up}"
        yield Quantity(f"z{up}", z, layer.outputs, sources, FORWARD, number)
        f = _name_of(layer)
        yield Quantity(f"a{up}", f"{f}(z{up})", a, (f"z{up}",), FORWARD, number)


def _loss_and_backward(sight: Sight, learning_rate: float) -> Iterator[Quantity]:
    layers, last = sight.layers, len(sight.layers)
    assert sight.y is not None
    m = sight.x.shape[1]
    of_z = sight.loss.after(layers[-1].activation)
    shares = np.full(m, 1 / m, layers[-1].dtype)
    values, gradients = backpropagate(layers, of_z, sight.x, sight.y, shares)
    z = layers[-1].outputs
    yield _prediction(sight, of_z, z)
    yield _loss(of_z, values)
    if m > 1:
        mean = np.asarray((values * shares).sum())
        yield Quantity("L", "Σ ℓ / m", mean, ("ℓ",), LOSS)
    yield from _head(sight, of_z, z, gradients[-1].dz)
    for number in range(last, 0, -1):
        layer, g = layers[number - 1], gradients[number - 1]
        up, before = raised(number), raised(number - 1)
        if number < last:
            formula = f"da{up} ⊙ {_name_of(layer)}′(z{up})"
            sources = f"da{up}", f"z{up}"
            yield Quantity(f"dz{up}", formula, g.dz, sources, BACKWARD, number)
        yield Quantity(
            f"dW{up}", f"dz{up} · (a{before})ᵀ", g.d_weights, (f"dz{up}", f"a{before}"), BACKWARD,
            number,
        )  # fmt: skip
        sums = f"dz{up}" if m == 1 else f"Σ dz{up}"
        yield Quantity(f"db{up}", sums, g.d_biases, (f"dz{up}",), BACKWARD, number)
        yield Quantity(
            f"da{before}", f"(W{up})ᵀ · dz{up}", g.da_prev, (f"W{up}", f"dz{up}"), BACKWARD, number
        )
    for number, (layer, g) in enumerate(zip(layers, gradients, strict=True), 1):
        for symbol, now, d in (("W", layer.weights, g.d_weights), ("b", layer.biases, g.d_biases)):
            name = f"{symbol}{raised(number)}"
            yield Quantity(
                f"{name} new", f"{name} − η d{name}", now - learning_rate * d, (name, f"d{name}"),
                UPDATE, number,
            )  # fmt: skip


def _name_of(layer: Layer) -> str:
    """Return the activation's name as it stands in a formula."""
    name = getattr(layer.activation, "name", "") or type(layer.activation).__name__
    return name if name.isidentifier() else "f"


def _prediction(sight: Sight, of_z: Loss, z: Array) -> Quantity:
    """ŷ is the last layer's a, or the loss makes it of the raw output."""
    up = raised(len(sight.layers))
    a, y_hat = sight.layers[-1].activation(z), of_z.link(z)
    if np.array_equal(a, y_hat, equal_nan=True):
        return Quantity("ŷ", f"a{up}", y_hat, (f"a{up}",), LOSS)
    link = {"binary_cross_entropy": "sigmoid", "softmax_cross_entropy": "softmax"}
    name = link.get(sight.loss.name, "exp" if sight.loss.name == "poisson" else "link")
    return Quantity("ŷ", f"{name}(a{up})", y_hat, (f"a{up}",), LOSS)


def _loss(of_z: Loss, values: Array) -> Quantity:
    name = of_z.name.partition(" ")[0]
    formula = _LOSSES.get(name, f"{name}(y, ŷ)")
    symbol = "L" if values.size == 1 else "ℓ"
    return Quantity(symbol, formula, values, ("y", "ŷ"), LOSS)


def _head(sight: Sight, of_z: Loss, z: Array, dz: Array) -> Iterator[Quantity]:
    """Yield daⁿ and dzⁿ: what the loss hands to the last layer."""
    layer, n, m = sight.layers[-1], len(sight.layers), z.shape[1]
    up, over_m = raised(n), " / m" if m > 1 else ""
    assert sight.y is not None
    y, y_hat, f = sight.y, of_z.link(z), _name_of(layer)
    by_chain = f"da{up} ⊙ {f}′(z{up})"
    sources = f"da{up}", f"z{up}"
    share = z.dtype.type(1 / m)
    if sight.loss.name == "binary_cross_entropy" and np.array_equal(layer.activation(z), y_hat):
        da = (y_hat - y) / (y_hat * (1 - y_hat)) * share
        sure = (y_hat == 0) | (y_hat == 1)
        remark = ""
        if sure.any():
            remark = (
                "ŷ has been rounded to 0 or 1, so that ŷ(1 − ŷ) is 0: the division has no answer; "
                f"dz{up} is computed as ŷ − y, without it"
            )
        formula = "(ŷ − y) / (ŷ (1 − ŷ))" if m == 1 else "(ŷ − y) / (m ŷ (1 − ŷ))"
        yield Quantity(f"da{up}", formula, da, ("ŷ", "y"), LOSS, n, remark)
        remark = f"which is (ŷ − y){over_m}" + (": computed so" if sure.any() else "")
        yield Quantity(f"dz{up}", by_chain, dz, sources, BACKWARD, n, remark)
        return
    a = layer.activation(z)
    loss_of_a = sight.loss.dz(a, y) * share
    if isinstance(layer.activation, Activation) and layer.activation.name == "identity":
        simple = sight.loss.name in {
            "binary_cross_entropy", "softmax_cross_entropy", "squared_error", "poisson"
        }  # fmt: skip
        formula = f"(ŷ − y){over_m}" if simple else f"∂L/∂a{up}"
        yield Quantity(f"da{up}", formula, loss_of_a, ("ŷ", "y"), LOSS, n)
        yield Quantity(f"dz{up}", by_chain, dz, sources, BACKWARD, n)
        return
    if of_z is sight.loss:  # the activation is the loss's own link, other than sigmoid
        da = dz / layer.activation.derivative(z)
        yield Quantity(f"da{up}", f"∂L/∂a{up}", da, ("ŷ", "y"), LOSS, n)
    else:
        simple = sight.loss.name == "squared_error"
        formula = f"(ŷ − y){over_m}" if simple else f"∂L/∂a{up}"
        yield Quantity(f"da{up}", formula, loss_of_a, ("ŷ", "y"), LOSS, n)
    yield Quantity(f"dz{up}", by_chain, dz, sources, BACKWARD, n)
