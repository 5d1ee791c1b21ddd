"""All that leads from a row to an answer, as plain data: what each exporter writes down.

A table's model, a network, an ensemble and a fitted estimator become one `ForwardPass`. An exporter
sees no other thing, so that what it can write does not depend on where the model comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.exports.chains import LINKS, Chain, as_type, last_output, n_neurons
from chainrule.scale import Scale

if TYPE_CHECKING:
    from chainrule.tables import Columns


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
    bounds : tuple of (float, float)
        Between which each restored output is kept; empty without bounds.
    """

    scales: tuple[Scale, ...] = ()
    flat: bool = False
    bounds: tuple[tuple[float, float], ...] = ()


Answer: TypeAlias = Classes | Labels | Numbers


@dataclass(frozen=True, eq=False)
class Selection:
    """The features that enter the networks, in order, each kept within bounds.

    Attributes
    ----------
    features : array of int of shape (n_inputs,)
    low, high : arrays of shape (n_inputs,)
    """

    features: NDArray[np.intp]
    low: Array
    high: Array

    def of_columns(self, a: Array) -> Array:
        """Return the networks' inputs for features of shape (n_features, m)."""
        low, high = (bound.astype(a.dtype)[:, np.newaxis] for bound in (self.low, self.high))
        inputs: Array = np.clip(a[self.features], low, high)
        return inputs


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """From a row to an answer.

    Attributes
    ----------
    inputs : Columns or Features
    members : tuple of Chain
        Networks on the same inputs, at least one; what they answer is averaged.
    link : str
        A name of `LINKS`, of the last layers' outputs.
    answer : Classes, Labels or Numbers
    selection : Selection, optional
        What the networks take of the features; without it all of them as they are.
    """

    inputs: Columns | Features
    members: tuple[Chain, ...]
    link: str
    answer: Answer
    selection: Selection | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the weights: float32 or float64."""
        return self.members[0][0][0].weights.dtype

    @property
    def n_features(self) -> int:
        """How many numbers a row becomes."""
        if isinstance(self.inputs, Features):
            return len(self.inputs.names)
        return len(self.inputs.feature_names)

    @property
    def n_inputs(self) -> int:
        """How many numbers the first layers take."""
        return self.n_features if self.selection is None else len(self.selection.features)

    @property
    def sizes(self) -> list[int]:
        """The numbers of inputs and of the first member's neurons, layer by layer."""
        return [self.n_inputs, *map(n_neurons, self.members[0])]

    @property
    def n_outputs(self) -> int:
        """How many outputs a network has."""
        return n_neurons(self.members[0][-1])

    @property
    def activations(self) -> set[str]:
        """The names of all activations."""
        layers = (layer for chain in self.members for layer in chain)
        return {block.activation for layer in layers for block in layer}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that go in."""
        if isinstance(self.inputs, Features):
            return self.inputs.names
        return tuple(column.name for column in self.inputs.features)

    @property
    def n_answers(self) -> int:
        """How many numbers come out: for classes the probability of each."""
        return len(self.answer.levels) if isinstance(self.answer, Classes) else self.n_outputs

    def as_type(self, dtype: Any) -> ForwardPass:
        """Return this forward pass with weights of another type."""
        return replace(self, members=tuple(as_type(chain, dtype) for chain in self.members))

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
        if self.selection is not None:
            a = self.selection.of_columns(a)
        outputs = [LINKS[self.link](last_output(chain, a)).T for chain in self.members]
        return finished(np.mean(outputs, axis=0), self.answer)


def networks(forward_pass: ForwardPass) -> str:
    """Return in words what a forward pass computes: "a 4-8-3 network"."""
    sizes = "-".join(map(str, forward_pass.sizes))
    count = len(forward_pass.members)
    return f"a {sizes} network" if count == 1 else f"{count} {sizes} networks, averaged"


def finished(outputs: Array, answer: Answer) -> Array:
    """Return a column for each class, or numbers in their units, for a network's outputs ŷ."""
    if isinstance(answer, Classes) and outputs.shape[1] == 1:
        return np.hstack([1 - outputs, outputs])
    if isinstance(answer, Numbers) and answer.scales:
        columns = zip(answer.scales, outputs.T.astype(np.float64), strict=True)
        outputs = np.stack([scale.restore(column) for scale, column in columns], axis=1)
    if isinstance(answer, Numbers) and answer.bounds:
        outputs = np.clip(outputs, *np.transpose(answer.bounds))
    return outputs
