"""A learner's `Perceptron.fit`, run on right layers that write down every call.

The layers are right ones, so that a mistake in `fit` is not mixed up with one in `backward`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule import layers
from chainrule.activations import sigmoid, tanh
from chainrule.arrays import Array
from chainrule.diagnosis.failures import RAISED, Failure, quiet
from chainrule.diagnosis.reading.conventions import first_called

EPOCHS, LEARNING_RATE = 4, 0.2
X = np.array(
    [[0.9, -0.4], [-0.7, 0.8], [0.3, 0.6], [-0.2, -0.9], [0.5, 0.1], [1.1, -1.2], [-1.3, 0.2]]
)
Y = np.array([[1], [0], [1], [1], [0], [1], [1]])
N = len(X)


class Call(NamedTuple):
    """A call of a layer: forward gives `a` for `given`; backward gives da_prev for `given`."""

    way: str
    layer: int
    given: Array
    answer: Array
    learning_rate: float = 0.0


class WrongShapeError(ValueError):
    """`backward` was given a da that is not of the shape of its layer's output."""

    def __init__(self, layer: int, got: tuple[int, ...], wanted: tuple[int, ...]) -> None:
        super().__init__(f"da of layer {layer + 1} has the shape {wanted}, got {got}")
        self.layer, self.got, self.wanted = layer, got, wanted


class Layer(layers.Layer):
    """A right layer that writes down its calls."""

    def __init__(self, index: int, calls: list[Call], *sizes_and_activation: Any) -> None:
        super().__init__(*sizes_and_activation, rng=index)
        self._index, self._calls = index, calls

    def forward(self, inputs: Any) -> Array:
        """Compute a."""
        a = super().forward(inputs)
        self._calls.append(Call("forward", self._index, self.inputs.copy(), a.copy()))
        return a

    def backward(self, da: Any, learning_rate: float) -> Array:
        """Update, and return da_prev; one number may come in any shape, as from `y_hat[0]`."""
        da = np.array(da, float)
        if da.size == self.outputs.size == 1:
            da = da.reshape(1, 1)
        call = Call("backward", self._index, da, np.empty(0), float(learning_rate))
        self._calls.append(call)
        if da.shape != self.outputs.shape:
            raise WrongShapeError(self._index, da.shape, self.outputs.shape)
        da_prev = super().backward(da, learning_rate)
        self._calls[-1] = call._replace(answer=da_prev.copy())
        return da_prev


@dataclass(eq=False)
class Visit:
    """One way forward through the layers and what came back.

    Attributes
    ----------
    x, y_hat : array
    forward : list of int
        The layers gone through, from 0.
    backward : list of Call
    """

    x: Array
    y_hat: Array
    forward: list[int]
    backward: list[Call] = field(default_factory=list)


@dataclass(eq=False)
class Seen:
    """What a fit did.

    Attributes
    ----------
    visits : list of Visit
    printed : str
    x : array
        The caller's own rows, after the fit.
    moved : bool
        Whether a weight changed.
    failure : Failure, optional
    """

    visits: list[Visit]
    printed: str
    x: Array
    moved: bool
    failure: Failure | None = None

    @property
    def steps(self) -> list[Visit]:
        """The visits that came back."""
        return [visit for visit in self.visits if visit.backward]

    @property
    def rows(self) -> NDArray[np.intp]:
        """Which row of the data each step's sample is; −1 if it is none."""
        return np.array([row_of(visit.x) for visit in self.steps])

    @property
    def predictions(self) -> Array:
        """The ŷ of each step."""
        return np.array([visit.y_hat.ravel()[0] for visit in self.steps])


def row_of(x: Array) -> int:
    """Return which row of the data a sample is, also in float32; −1 if it is none."""
    fitting = np.flatnonzero((np.abs(X - x.ravel()[:2]) < 1e-5).all(axis=1))
    return int(fitting[0]) if len(fitting) else -1


def observe(perceptron: type, bias: float = 0.0, epochs: int = EPOCHS) -> Seen:
    """Run a fit; a large `bias` of the last layer makes the network sure."""
    calls: list[Call] = []
    made = new_layers(calls, bias)
    before = [layer.theta.copy() for layer in made]
    x, failure = X.copy(), None
    with quiet() as printed:
        np.random.seed(0)  # noqa: NPY002  # the page shuffles with the global generator
        try:
            fit = getattr(perceptron(made), name_of_fit(perceptron) or "fit")
            fit(x, Y.copy(), epochs, LEARNING_RATE)
        except RAISED as error:
            failure = Failure.of(error)
    moved = any((layer.theta != theta).any() for layer, theta in zip(made, before, strict=True))
    return Seen(_visits(calls), printed.getvalue(), x, moved, failure)


def name_of_fit(perceptron: type) -> str:
    """Return the name of a network's `fit` method; "" if the network has none."""
    names = [name for name in dir(perceptron) if callable(getattr(perceptron, name, None))]
    return first_called(names, "fit")


def new_layers(calls: list[Call], bias: float = 0.0) -> list[Layer]:
    """Return three layers of different sizes that write into `calls`."""
    made = [Layer(0, calls, 2, 3, sigmoid), Layer(1, calls, 3, 2, tanh)]
    made.append(Layer(2, calls, 2, 1, sigmoid))
    made[-1].biases += bias
    return made


def _visits(calls: Sequence[Call]) -> list[Visit]:
    visits: list[Visit] = []
    for call in calls:
        if call.way == "forward" and (call.layer == 0 or not visits):
            visits.append(Visit(call.given, call.answer, [call.layer]))
        elif call.way == "forward":
            visits[-1].y_hat = call.answer
            visits[-1].forward.append(call.layer)
        elif visits:
            visits[-1].backward.append(call)
    return visits
