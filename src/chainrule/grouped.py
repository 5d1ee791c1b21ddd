"""Layers whose neurons see only their own inputs, so that embeddings are layers as all others.

    learned embedding       one-hot inputs → Layer(n_levels, 8, "identity")
    periodic embedding      a number → Layer(1, 16, "cos"), then Layer(16, 3, "identity")
    piecewise linear        a number → Layer(1, n_bins, "ramp")
    inputs left as they are Through(n)

Written whole, W is block-diagonal: a block for each group, 0 elsewhere. Each group applies the four
formulas to its own rows of the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from chainrule.activations import Elementwise, identity
from chainrule.arrays import Array
from chainrule.layers import Gradients, Group, Layer, size_given


class Through:
    """Inputs that become outputs unchanged: a group of a `GroupedLayer` without parameters.

    Parameters
    ----------
    n : int
        How many inputs, at least 1.

    Raises
    ------
    ValueError, TypeError
        If `n` is no such number.

    Examples
    --------
    >>> Through(2).weights
    array([[1., 0.],
           [0., 1.]])
    """

    activation: Elementwise = identity

    def __init__(self, n: int) -> None:
        self.n_inputs = self.n_neurons = size_given("n", n)
        self.theta: Array = np.empty(0)
        self.outputs: Array = np.empty((self.n_neurons, 0))

    def __repr__(self) -> str:
        return f"Through({self.n_inputs})"

    @property
    def weights(self) -> Array:
        """W: 1 on the diagonal."""
        return np.eye(self.n_inputs)

    @property
    def learned_weights(self) -> Array:
        """Return 0 for every weight: none is learned."""
        return np.zeros((self.n_inputs, self.n_inputs))

    @property
    def biases(self) -> Array:
        """b: 0."""
        return np.zeros((self.n_inputs, 1))

    def raw_output(self, a_prev: Array) -> Array:
        """Return z = a_prev."""
        return a_prev.copy()

    def forward(self, inputs: Array) -> Array:
        """Return a = z = the inputs, keeping z."""
        self.outputs = self.raw_output(inputs)
        return self.outputs

    def gradients_from_dz(self, dz: Array) -> Gradients:
        """Return da_prev = dz; no weight has a gradient."""
        d_weights, d_biases = self.learned_weights.astype(dz.dtype), self.biases.astype(dz.dtype)
        return Gradients(dz, d_weights, d_biases, dz.copy())

    def backward(self, da: Array, learning_rate: float) -> Array:
        """Return da_prev = da."""
        return da.copy()

    def flat(self, d_weights: Array, d_biases: Array) -> Array:
        """Return no numbers: there are no parameters."""
        return np.empty(0, d_weights.dtype)

    def astype(self, dtype: DTypeLike) -> Through:
        """Return another such group."""
        return Through(self.n_inputs)


@dataclass(frozen=True)
class ActivationByRows:
    """Several activations, each for some neighbouring rows of z.

    Parameters
    ----------
    parts : tuple of (Activation, int)
        Each activation with its number of rows.

    Raises
    ------
    ValueError
        By a call, if z has another number of rows.
    """

    parts: tuple[tuple[Elementwise, int], ...]

    def __call__(self, z: Array) -> Array:
        """Return f(z), of z's shape (n_neurons, m)."""
        return self._by_rows(z, lambda f, rows: f(rows))

    def derivative(self, z: Array) -> Array:
        """Return f'(z), of z's shape (n_neurons, m)."""
        return self._by_rows(z, lambda f, rows: f.derivative(rows))

    def _by_rows(self, z: Array, compute: Callable[[Elementwise, Array], Array]) -> Array:
        ends = list(accumulate((n for _, n in self.parts), initial=0))
        if len(z) != ends[-1]:
            raise ValueError(f"{self!r} is of {ends[-1]} rows of z, got {len(z)}")
        rows = (z[start:stop] for start, stop in pairwise(ends))
        return np.concatenate([compute(f, z) for (f, _), z in zip(self.parts, rows, strict=True)])

    @property
    def name(self) -> str:
        """The names of the activations, from the first row to the last."""
        return " | ".join(repr(f) for f, _ in self.parts)

    def __repr__(self) -> str:
        return self.name


def _activation_of(groups: Sequence[Group]) -> Elementwise:
    """Return the groups' one activation, or each for its rows."""
    parts = []
    for _, same in groupby(groups, key=lambda group: id(group.activation)):
        neighbours = list(same)
        parts.append((neighbours[0].activation, sum(group.n_neurons for group in neighbours)))
    return parts[0][0] if len(parts) == 1 else ActivationByRows(tuple(parts))


class GroupedLayer(Layer):
    """A layer in groups: each `Layer` sees its own share of the inputs, in their order.

    Parameters
    ----------
    groups : sequence of Layer and Through
        Of one dtype; at least one Layer. They become parts of this layer: their parameters lie in
        its `theta` from now on.

    Attributes
    ----------
    groups : tuple of Layer and Through
    n_inputs, n_neurons : int
        The groups' sums.
    weights : array of shape (n_neurons, n_inputs)
        A read-only copy of the block-diagonal W: 0 outside the groups, for `Through` 1 on the
        diagonal. To change weights, assign those of a group.
    biases : array of shape (n_neurons, 1)
        A read-only copy too.
    theta : array of shape (n_parameters,)
        The groups' parameters, group by group: W row by row, then b.
    activation : Activation
        That of all groups, or an `ActivationByRows`.

    Raises
    ------
    ValueError, TypeError
        If the groups cannot make a layer.

    Notes
    -----
    Gorishniy, Rubachev & Babenko 2022, "On Embeddings for Numerical Features in Tabular Deep
    Learning": periodic and piecewise-linear embeddings. Guo & Berkhahn 2016, "Entity Embeddings of
    Categorical Variables": a learned embedding is a layer of one-hot inputs.

    Examples
    --------
    >>> layer = GroupedLayer([Layer(1, 2, "cos", rng=0), Through(1)])
    >>> layer.groups[0].weights, layer.groups[0].biases = [[0.0], [np.pi]], [[0.0], [0.0]]
    >>> layer.forward([1.0, 7.0])
    array([[ 1.],
           [-1.],
           [ 7.]])
    """

    groups: tuple[Group, ...] = ()

    def __init__(self, groups: Sequence[Layer | Through]) -> None:
        layers = _checked(groups)
        self.groups = tuple(groups)
        self.n_inputs = sum(group.n_inputs for group in groups)
        self.n_neurons = sum(group.n_neurons for group in groups)
        self.activation = _activation_of(self.groups)
        self.theta = np.concatenate([layer.theta for layer in layers])
        self.inputs = np.empty((self.n_inputs, 0), self.dtype)
        self.outputs = np.empty((self.n_neurons, 0), self.dtype)

    def __repr__(self) -> str:
        return f"GroupedLayer({list(self.groups)!r})"

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.groups = tuple(copy(group) for group in self.groups)  # a copy has its own
        self.theta = state["theta"]

    @property
    def theta(self) -> Array:
        """The groups' parameters, group by group: W row by row, then b."""
        theta: Array = self.__dict__["theta"]
        return theta

    @theta.setter
    def theta(self, values: Array) -> None:
        Layer.theta.fset(self, values)  # type: ignore[attr-defined]  # mypy knows no fset
        start = 0
        for layer in (group for group in self.groups if isinstance(group, Layer)):
            stop = start + layer.theta.size
            layer.theta = self.theta[start:stop]
            start = stop

    @property
    def _n_parameters(self) -> int:
        return sum(group.theta.size for group in self.groups)

    @property
    def weights(self) -> Array:
        """W, of shape (n_neurons, n_inputs): a read-only copy, 0 outside the groups."""
        return _read_only(self._whole([group.weights for group in self.groups]))

    @weights.setter
    def weights(self, values: ArrayLike) -> None:
        raise ValueError("weights of a GroupedLayer are its groups': set layer.groups[i].weights")

    @property
    def learned_weights(self) -> Array:
        """W of the groups that learn, 0 elsewhere."""
        return _read_only(self._whole([group.learned_weights for group in self.groups]))

    @property
    def biases(self) -> Array:
        """b, of shape (n_neurons, 1): a read-only copy."""
        biases = np.concatenate([group.biases for group in self.groups], dtype=self.dtype)
        return _read_only(biases)

    @biases.setter
    def biases(self, values: ArrayLike) -> None:
        raise ValueError("biases of a GroupedLayer are its groups': set layer.groups[i].biases")

    def astype(self, dtype: DTypeLike) -> GroupedLayer:
        """Return a copy with parameters of another type, float32 or float64."""
        return GroupedLayer([group.astype(dtype) for group in self.groups])  # type: ignore[misc]

    def forward(self, inputs: ArrayLike) -> Array:
        """Compute a = f(W·inputs + b) by groups, keeping inputs and z for `backward`."""
        self.inputs = self._columns(inputs)
        shares = zip(self.groups, self._of_inputs(self.inputs), strict=True)
        a = np.concatenate([group.forward(share) for group, share in shares])
        self.outputs = np.concatenate([group.outputs for group in self.groups])
        return a

    def raw_output(self, a_prev: Array) -> Array:
        """Return z = W·a_prev + b by groups, keeping nothing."""
        shares = zip(self.groups, self._of_inputs(a_prev), strict=True)
        return np.concatenate([group.raw_output(share) for group, share in shares])

    def gradients_from_dz(self, dz: Array) -> Gradients:
        """Apply the last three formulas by groups; d_weights are 0 outside the groups."""
        shares = zip(self.groups, self._of_neurons(dz), strict=True)
        found = [group.gradients_from_dz(share) for group, share in shares]
        return Gradients(
            dz,
            self._whole([g.d_weights for g in found]),
            np.concatenate([g.d_biases for g in found]),
            np.concatenate([g.da_prev for g in found]),
        )

    def flat(self, d_weights: Array, d_biases: Array) -> Array:
        """Return dW and db as one vector in the order of `theta`: without what is outside."""
        shares = zip(self.groups, self._blocks(d_weights), self._of_neurons(d_biases), strict=True)
        return np.concatenate([group.flat(dW, db) for group, dW, db in shares])

    def backward(self, da: ArrayLike, learning_rate: float) -> Array:
        """Update the groups by one step of gradient descent, after `forward`; return da_prev."""
        shares = zip(self.groups, self._of_neurons(self._of_outputs(da)), strict=True)
        return np.concatenate([group.backward(share, learning_rate) for group, share in shares])

    def _of_inputs(self, rows: Array) -> list[Array]:
        """Return each group's rows of n_inputs."""
        ends = accumulate((group.n_inputs for group in self.groups), initial=0)
        return [rows[start:stop] for start, stop in pairwise(ends)]

    def _of_neurons(self, rows: Array) -> list[Array]:
        """Return each group's rows of n_neurons."""
        ends = accumulate((group.n_neurons for group in self.groups), initial=0)
        return [rows[start:stop] for start, stop in pairwise(ends)]

    def _blocks(self, whole: Array) -> list[Array]:
        """Return each group's block of an array of W's shape."""
        rows = enumerate(self._of_neurons(whole))
        return [self._of_inputs(share.T)[number].T for number, share in rows]

    def _whole(self, blocks: Sequence[Array]) -> Array:
        """Return the array of W's shape that has these blocks on its diagonal, 0 elsewhere."""
        whole = np.zeros((self.n_neurons, self.n_inputs), self.dtype)
        for place, block in zip(self._blocks(whole), blocks, strict=True):
            place[...] = block
        return whole


def _checked(groups: Sequence[Layer | Through]) -> list[Layer]:
    """Return the groups that have parameters."""
    if not isinstance(groups, Sequence):
        raise TypeError(f"a GroupedLayer is made of a list of groups, got {groups!r}")
    layers = [group for group in groups if isinstance(group, Layer)]
    for group in groups:
        if type(group) is not Layer and not isinstance(group, Through):
            raise TypeError(f"a group is a Layer or a Through(n), got {group!r}")
    if not layers:
        raise ValueError("a GroupedLayer has at least one Layer; inputs alone need no layer")
    if len({id(layer) for layer in layers}) < len(layers):
        raise ValueError("the same Layer object stands twice in the groups; make a second one")
    if len({layer.dtype for layer in layers}) > 1:
        dtypes = [str(layer.dtype) for layer in layers]
        raise ValueError(f"all groups have one dtype, got {dtypes}")
    return layers


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array
