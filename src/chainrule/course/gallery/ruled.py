"""The page's two classes, run by rules: a right network with any of its parts exchanged.

A layer's backward pass is `diagnosis.rules.backward`, so that what is shown here is what the
diagnosis recognises. `fit` is taken apart in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from chainrule.arrays import Array
from chainrule.course.gallery.fit_rules import RIGHT_FIT, FitRule, Moment, Rows
from chainrule.course.gallery.forward_rules import RIGHT_FORWARD, ForwardRule
from chainrule.diagnosis.rules import RIGHT, Rule, Scene, backward
from chainrule.diagnosis.shapes import Shape, usual_shapes
from chainrule.layers import random_source


@dataclass(frozen=True)
class Trouble:
    """Where a layer could not go on.

    Attributes
    ----------
    quantity : str
        The rule that failed; "z" in `forward`.
    shapes : mapping of str to tuple of int
        What was at hand, by its name in the page's code.
    usual : mapping of str to tuple of int
        The shapes that these should have.
    error : Exception
    """

    quantity: str
    shapes: Mapping[str, Shape]
    usual: Mapping[str, Shape]
    error: Exception


class RuledLayer:
    """A layer as on the page, whose backward pass follows `rules`, and `forward` its own."""

    rules: ClassVar[Mapping[str, Rule]] = {}
    forward_rules: ClassVar[Mapping[str, ForwardRule]] = {}
    constant: ClassVar[float | None] = None  # what all weights begin with, if not at random

    def __init__(
        self, n_inputs: int, n_neurons: int, activation_function: Any, rng: Any = None
    ) -> None:
        source = random_source(rng)
        self.weights: Array = source.uniform(-1, 1, (n_neurons, n_inputs))
        self.biases: Array = source.uniform(-1, 1, (n_neurons, 1))
        if self.constant is not None:  # after the draws: what is drawn next stays the same
            self.weights = np.full_like(self.weights, self.constant)
            self.biases = np.zeros_like(self.biases)
        self.activation = activation_function
        self.trouble: Trouble | None = None
        self._kept: tuple[Any, Any] = (0.0, 0.0)

    def forward(self, inputs: Any) -> Array:
        """Compute a = f(W · a_prev + b)."""
        rule = {**RIGHT_FORWARD, **self.forward_rules}
        self.inputs = inputs
        self.inputs = rule["inputs"](self)
        try:
            self.outputs = rule["z"](self)
        except ValueError as error:
            shapes = {"weights": self.weights, "inputs": self.inputs, "biases": self.biases}
            self.trouble = Trouble("z", _shapes(shapes), self._usual(), error)
            raise
        return self.activation(self.outputs)

    def backward(self, da: Any, learning_rate: float) -> Any:
        """Update W and b and return da_prev, by the rules."""
        scene = self._scene(da, learning_rate)
        try:
            outcome = backward(self.rules, scene)
        except Exception:
            self._fail(da, learning_rate)
            raise
        if outcome.error:
            self._fail(da, learning_rate)
        self.weights, self.biases, self._kept = outcome.W, outcome.b, scene.kept
        return outcome.da_prev

    def _scene(self, da: Any, learning_rate: float) -> Scene:
        return Scene(
            self.activation, self.inputs, self.outputs, self.weights, self.biases, da,
            learning_rate, kept=self._kept,
        )  # fmt: skip

    def _fail(self, da: Any, learning_rate: float) -> None:
        """Go the same way once more, to say where it ends, and raise what NumPy says there."""
        scene = self._scene(da, learning_rate)
        scene.W_new = scene.W
        rules = {**RIGHT, **self.rules}
        for name in _IN_THE_PAGE_S_ORDER:
            try:
                value = rules[name](scene)
                if name == "W":
                    scene.W_new = scene.W.copy()
                    scene.W_new -= scene.W - value  # an update in place refuses another shape
                elif name in ("slope", "dz", "dW", "db"):
                    setattr(scene, name, value)
            except Exception as error:
                self.trouble = Trouble(name, _at_hand(scene), self._usual(), error)
                raise

    def _usual(self) -> dict[str, Shape]:
        """Return the shapes that all quantities should have, as many columns as the inputs."""
        n_neurons, n_inputs = self.weights.shape
        return usual_shapes(n_inputs, n_neurons, self.inputs.shape[1])


_IN_THE_PAGE_S_ORDER = ("slope", "dz", "dW", "db", "da_prev", "W", "b")


def _at_hand(scene: Scene) -> dict[str, Shape]:
    known = {
        "da": scene.da, "dz": getattr(scene, "dz", None), "inputs": scene.x, "weights": scene.W,
        "biases": scene.b, "outputs": scene.z, "d_weights": getattr(scene, "dW", None),
        "d_biases": getattr(scene, "db", None),
    }  # fmt: skip
    return _shapes({name: value for name, value in known.items() if value is not None})


def _shapes(arrays: Mapping[str, Any]) -> dict[str, Shape]:
    return {name: np.shape(array) for name, array in arrays.items()}


class RuledPerceptron:
    """A perceptron as on the page, whose `fit` follows `rules`.

    Parameters
    ----------
    layers : list of layers
    generator : callable, optional
        ``generator(epoch)`` draws that epoch's order; without it NumPy's global generator. One
        for each epoch means that a fit which draws more than another still has its orders.
    show : callable
        Gets the line of each epoch.
    batch_size : int, optional
        Without it the samples go one by one.

    Attributes
    ----------
    losses : list of float
        As printed, before they are rounded.
    at : tuple of int
        Epoch and sample, or batch, at work, from 1.
    not_finite : tuple of int, optional
        The first of them at which the loss was NaN or infinite.
    """

    rules: ClassVar[Mapping[str, FitRule]] = {}

    def __init__(
        self,
        layers: Sequence[Any],
        generator: Callable[[int], Any] = lambda epoch: np.random,
        show: Callable[[str], Any] = print,
        batch_size: int | None = None,
    ) -> None:
        self.layers, self.batch_size = layers, batch_size
        self.losses: list[float] = []
        self.at = (0, 0)
        self.not_finite: tuple[int, int] | None = None
        self._generator, self._show = generator, show

    def forward(self, inputs: Any) -> Any:
        """Compute ŷ."""
        for layer in self.layers:
            inputs = layer.forward(inputs)
        return inputs

    def fit(self, training_data: Array, labels: Array, epochs: int, learning_rate: float) -> None:
        """Train, sample by sample or batch by batch, and print as the page does."""
        rule = {**RIGHT_FIT, **self.rules}
        n = len(training_data)
        s = Moment(self.layers, n, learning_rate, None, (np.arange(n), np.arange(n)))
        for epoch in range(1, epochs + 1):
            s.rng = self._generator(epoch)
            s.loss = rule["reset"](s)
            s.rows = rule["order"](s)
            pieces = (self._pieces(rows) for rows in s.rows)
            for place, (rows, rows_of_y) in enumerate(zip(*pieces, strict=True), 1):
                self.at = (epoch, place)
                s.labels = labels[rows_of_y]
                s.y = rule["y"](s)
                s.y_hat = self.forward(training_data[rows].T)
                s.loss = rule["loss"](s)
                if self.not_finite is None and not np.isfinite(s.loss).all():
                    self.not_finite = self.at
                s.da = rule["da"](s)
                rule["back"](s)
            rule["epoch_ends"](s)
            self.losses.append(float(np.ravel(rule["average"](s))[0]))
            self._show(f"Loss at epoch {epoch}: {self.losses[-1]:.3f}")

    def _pieces(self, rows: Rows) -> Iterable[Any]:
        """Return the rows one by one, or by batches."""
        size = self.batch_size
        return rows if size is None else [rows[i : i + size] for i in range(0, len(rows), size)]


def layer_class(
    rules: Mapping[str, Rule],
    constant: float | None = None,
    forward: Mapping[str, ForwardRule] | None = None,
) -> type[RuledLayer]:
    """Return the class of a layer that follows these rules in place of the right ones.

    Examples
    --------
    >>> from chainrule.diagnosis import diagnose
    >>> from chainrule.diagnosis.mistakes import get_mistake
    >>> diagnose(layer_class(get_mistake("da-for-dz").rules)).findings[0].title
    'da_prev is made of da, not of dz'
    """
    own = {"rules": dict(rules), "constant": constant, "forward_rules": dict(forward or {})}
    return type("Layer", (RuledLayer,), own)


def perceptron_class(rules: Mapping[str, FitRule]) -> type[RuledPerceptron]:
    """Return the class of a perceptron whose `fit` follows these rules."""
    return type("Perceptron", (RuledPerceptron,), {"rules": dict(rules)})
