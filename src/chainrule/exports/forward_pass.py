"""All that leads from a row to an answer, as plain data: what each exporter writes down.

A table's model, a network and a fitted estimator become one `ForwardPass`. An exporter sees no
other thing, so that what it can write does not depend on where the model comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from chainrule.activations import ACTIVATIONS, Elementwise
from chainrule.arrays import Array
from chainrule.exports.formulas import FORMULAS
from chainrule.grouped import GroupedLayer
from chainrule.layers import Layer
from chainrule.losses import LOSSES, Loss
from chainrule.scale import Scale

if TYPE_CHECKING:
    from chainrule.tables import Columns

LINKS = {loss.link.name: loss.link for loss in LOSSES.values()}
"""The links of the library's losses: identity, sigmoid, softmax, exp."""


class ExportError(ValueError):
    """A model cannot be exported; the message is one line."""


@dataclass(frozen=True)
class Features:
    """Plain numbers, one for each input of the network.

    Attributes
    ----------
    names : tuple of str
    scales : tuple of Scale
        By which each number is standardised; empty if the numbers go in as they are.
    """

    names: tuple[str, ...]
    scales: tuple[Scale, ...] = ()


@dataclass(frozen=True)
class Classes:
    """One class out of several; two classes share one output, the second's probability.

    Attributes
    ----------
    levels : tuple of str or of int
    """

    levels: tuple[Any, ...]


@dataclass(frozen=True)
class Labels:
    """Any number of several labels: those whose probability is above ½.

    Attributes
    ----------
    levels : tuple of str or of int
    """

    levels: tuple[Any, ...]


@dataclass(frozen=True)
class Numbers:
    """Numbers.

    Attributes
    ----------
    scales : tuple of Scale
        One for each output, out of which it is restored; empty if outputs are answers.
    flat : bool
        Whether one output is a number a row, not a row of one number.
    """

    scales: tuple[Scale, ...] = ()
    flat: bool = False


Answer: TypeAlias = Classes | Labels | Numbers


@dataclass(frozen=True, eq=False)
class Dense:
    """One layer: f(W·a + b).

    Attributes
    ----------
    weights : array of shape (n_neurons, n_inputs)
    biases : array of shape (n_neurons,)
    activation : str
        A name of `chainrule.activations.ACTIVATIONS`.
    """

    weights: Array
    biases: Array
    activation: str


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """From a row to an answer.

    Attributes
    ----------
    inputs : Columns or Features
    layers : tuple of Dense
    link : str
        A name of `LINKS`, of the last layer's output.
    answer : Classes, Labels or Numbers
    """

    inputs: Columns | Features
    layers: tuple[Dense, ...]
    link: str
    answer: Answer

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the weights: float32 or float64."""
        return self.layers[0].weights.dtype

    @property
    def n_features(self) -> int:
        """How many numbers the first layer takes."""
        return int(self.layers[0].weights.shape[1])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that go in."""
        if isinstance(self.inputs, Features):
            return self.inputs.names
        return tuple(column.name for column in self.inputs.features)

    @property
    def n_answers(self) -> int:
        """How many numbers come out: for classes the probability of each."""
        if isinstance(self.answer, Classes):
            return len(self.answer.levels)
        return len(self.layers[-1].biases)

    def as_type(self, dtype: Any) -> ForwardPass:
        """Return this forward pass with weights of another type."""
        layers = tuple(
            Dense(layer.weights.astype(dtype), layer.biases.astype(dtype), layer.activation)
            for layer in self.layers
        )
        return ForwardPass(self.inputs, layers, self.link, self.answer)

    def answers(self, features: Array) -> Array:
        """Return what comes out for rows that are encoded already.

        Parameters
        ----------
        features : array of shape (n_rows, n_features)

        Returns
        -------
        array of shape (n_rows, n_answers)
        """
        a = features.astype(self.dtype).T
        for layer in self.layers:
            a = ACTIVATIONS[layer.activation](layer.weights @ a + layer.biases[:, np.newaxis])
        return finished(LINKS[self.link](a).T, self.answer)


def finished(outputs: Array, answer: Answer) -> Array:
    """Return a column for each class, or numbers in their units, for a network's outputs ŷ."""
    if isinstance(answer, Classes) and outputs.shape[1] == 1:
        return np.hstack([1 - outputs, outputs])
    if isinstance(answer, Numbers) and answer.scales:
        columns = zip(answer.scales, outputs.T.astype(np.float64), strict=True)
        return np.stack([scale.restore(column) for scale, column in columns], axis=1)
    return outputs


def dense_layers(layers: Sequence[Layer], loss: Loss | None) -> tuple[tuple[Dense, ...], str]:
    """Return layers as plain data, and the link that makes the output of the last one's.

    Parameters
    ----------
    layers : sequence of Layer
    loss : Loss, optional
        That of the training, as `Perceptron.predict` takes it.

    Raises
    ------
    ExportError
        If an activation or the loss's link is none of the library's, or a layer has groups.
    ValueError
        If the loss has a link of its own, and the last activation is another.
    """
    require_no_groups(layers)
    names = [_name_of_activation(layer.activation) for layer in layers]
    link = "identity"
    if loss is not None and loss.after(layers[-1].activation) is loss:
        names[-1], link = "identity", _name_of_link(loss)
    return tuple(_dense(layers, names)), link


def require_no_groups(layers: Sequence[Layer]) -> None:
    """Do nothing if no layer has groups.

    Raises
    ------
    ExportError
        If one is a `GroupedLayer`; the message says which.
    """
    for number, layer in enumerate(layers, start=1):
        if isinstance(layer, GroupedLayer):
            raise ExportError(
                f"layer {number} is a GroupedLayer, which cannot be exported yet; save the network "
                "by chainrule.save, or export one of plain layers"
            )


def _dense(layers: Sequence[Layer], names: Sequence[str]) -> Iterator[Dense]:
    for number, (layer, name) in enumerate(zip(layers, names, strict=True), start=1):
        if not np.isfinite(layer.theta).all():
            raise ExportError(f"a weight or bias of layer {number} is not finite; train it again")
        yield Dense(np.array(layer.weights), np.array(layer.biases[:, 0]), name)


def _name_of_activation(activation: Elementwise) -> str:
    name = getattr(activation, "name", "")
    if ACTIVATIONS.get(name) != activation or name not in FORMULAS:
        known = ", ".join(row for row in ACTIVATIONS if row in FORMULAS)
        raise ExportError(
            f"the activation {activation!r} is not the library's, and its formula cannot be "
            f"exported; those that can: {known}"
        )
    return str(name)


def _name_of_link(loss: Loss) -> str:
    if LINKS.get(loss.link.name) != loss.link or loss.link.name not in {*FORMULAS, "softmax"}:
        raise ExportError(
            f"the link of the loss {loss!r} is not the library's, and its formula cannot be "
            f"exported; those that can: {', '.join(LINKS)}"
        )
    return str(loss.link.name)
