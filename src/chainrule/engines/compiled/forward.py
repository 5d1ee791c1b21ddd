"""The forward pass of a panel as calls of kernels; training and prediction share it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Rows
from chainrule.engines.compiled.blocks import Block, Blocks
from chainrule.engines.compiled.cuts import Panel, rounded_up
from chainrule.engines.compiled.elementwise import needs_z
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.masks import ROWS_AT_A_TIME
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.products import Product
from chainrule.engines.compiled.program import Program
from chainrule.layers import Layer
from chainrule.losses import Loss

Ending: TypeAlias = Literal["z", "a"] | Loss
"""What is predicted: the last layer's z, its a, or the loss's link of z."""

_Held: TypeAlias = tuple[Any, Sequence[int]]


def as_read(rows: Rows, dtype: Any) -> _Held:
    """Return rows as kernels read them: what has to be held, and a kernel's arguments.

    Those are address and stride of a dense table; three addresses of a CSR matrix.
    """
    if not isinstance(rows, np.ndarray):
        return _sparse(rows, dtype)
    apart, side_by_side = rows.strides
    if (side_by_side != rows.itemsize and rows.shape[1] > 1) or rows.dtype != dtype:
        rows = np.ascontiguousarray(rows, dtype)
        apart = rows.strides[0]
    return rows, (address(rows), apart)


def _sparse(rows: Any, dtype: Any) -> _Held:
    """Return data, indices and indptr."""
    parts = (rows.data, dtype), (rows.indices, np.int64), (rows.indptr, np.int64)
    arrays = [np.ascontiguousarray(part, kind) for part, kind in parts]
    return arrays, [address(array) for array in arrays]


class Table:
    """Rows of x or y that a fit reads again and again: dense, or CSR.

    Parameters
    ----------
    rows : array of shape (n, columns) or SciPy CSR matrix
    dtype : dtype
        To which they are brought.

    Attributes
    ----------
    columns : int
    sparse : bool
    arguments : sequence of int
        Of a kernel, good for as long as the table lives.
    """

    def __init__(self, rows: Rows, dtype: Any) -> None:
        self.columns = rows.shape[1]
        self._held, self.arguments = as_read(rows, dtype)
        self.sparse = len(self.arguments) == 3


class Desk:
    """Where a worker has what it needs for one panel after the other.

    Parameters
    ----------
    layers : sequence of Blocks
    kernels : Kernels
    width : int
        Columns of the widest panel.
    dropout : sequence of float
        For each layer; () is none.
    memory : Memory
    trains : bool
        Whether there is a way back.
    mark : int
        Added to every address.

    Attributes
    ----------
    a_prev, z, dz : list of int
        Every layer's, by address.
    y : int
    keep, kept : list of int
        Every layer's mask of dropout, 0 where it has none, and a_prev ⊙ mask.
    arrays : list of arrays
        All that lie there.
    """

    def __init__(
        self,
        layers: Sequence[Blocks],
        kernels: Kernels,
        width: int,
        dropout: Sequence[float],
        memory: Memory,
        *,
        trains: bool,
        mark: int = 0,
    ) -> None:
        unit = max(kernels.lanes, ROWS_AT_A_TIME)
        self.arrays: list[NDArray[Any]] = []

        def place(rows: int) -> int:
            array = memory.zeros((rounded_up(rows, unit), width), kernels.dtype)
            self.arrays.append(array)
            return mark + address(array)

        self.a_prev = [place(layer.n_inputs) for layer in layers]
        self.z = [
            place(layer.n_neurons)
            if layer is layers[-1] or any(needs_z(run.activation) for run in layer.runs)
            else self.a_prev[number + 1]  # a takes z's place
            for number, layer in enumerate(layers)
        ]
        self.y = place(layers[-1].n_neurons)
        self.dz = [place(layer.n_neurons) for layer in layers] if trains else []
        drops = [bool(rate) for rate in dropout] or [False] * len(layers)
        inputs = [(layer.n_inputs, drop) for layer, drop in zip(layers, drops, strict=True)]
        self.keep = [place(n) if drop else 0 for n, drop in inputs]
        self.kept = [
            place(n) if drop else a for a, (n, drop) in zip(self.a_prev, inputs, strict=True)
        ]


class Network:
    """Layers whose parameters lie in one θ, as the places a program names."""

    def __init__(self, layers: Sequence[Layer], theta: NDArray[Any]) -> None:
        self.layers = [Blocks.of(layer) for layer in layers]
        self.size = theta.itemsize
        self.theta = address(theta)
        sizes = (layer.theta.size for layer in layers)
        starts = accumulate(sizes, initial=0)
        self.starts = list(starts)  # of every layer's W in θ, in numbers

    def weights(self, number: int, block: Block) -> int:
        """Return the address of W of a layer's block."""
        return self.theta + (self.starts[number] + block.start) * self.size

    def biases(self, number: int, block: Block) -> int:
        """Return the address of b of a layer's block."""
        return self.weights(number, block) + block.n_neurons * block.n_inputs * self.size


def write_sparse_rows(
    program: Program, kernels: Kernels, inputs: Sequence[int], record: int, panel: Panel,
    n_inputs: int, by_sample: tuple[int, int], features: int,
) -> int:  # fmt: skip
    """Bring a panel's rows of a CSR matrix into both layouts; return the place of `inputs`.

    Parameters
    ----------
    program : Program
    kernels : Kernels
    inputs : sequence of int
        A `Table`'s three arguments.
    record : int
        Address of the batch record.
    panel : Panel
    n_inputs : int
        Columns of the matrix.
    by_sample : tuple of int
        Where the rows come to lie side by side: address and stride.
    features : int
        Address where they come to lie feature by feature.
    """
    width, columns = panel.width, rounded_up(n_inputs, kernels.lanes)
    place = program.call(
        kernels.gather_sparse, [*inputs, record, panel.first, width, columns, *by_sample]
    )
    row = width * kernels.dtype.itemsize
    program.call(kernels.transpose, [*by_sample, width, columns, features, row])
    return place


def write_layer(
    program: Program, kernels: Kernels, network: Network, desk: Desk, number: int, panel: Panel
) -> None:
    """Z = W·a_prev + b and, but for the last layer, a = f(z)."""
    layer, row = network.layers[number], panel.width * network.size
    for block in layer.blocks:
        _write_z(program, kernels, network, desk, number, block, panel)
    if number + 1 < len(network.layers):
        for run in layer.runs:
            start, count = run.first_neuron * row, run.n_neurons * panel.width
            program.call(
                kernels.forward(run.activation),
                [desk.z[number] + start, desk.a_prev[number + 1] + start, count],
            )


def _write_z(
    program: Program, kernels: Kernels, network: Network, desk: Desk, number: int, block: Block,
    panel: Panel,
) -> None:  # fmt: skip
    """Z = W·a_prev + b of a block, or z = a_prev where inputs go through."""
    size, row = network.size, panel.width * network.size
    a_prev = desk.kept[number] + block.first_input * row, row
    z = desk.z[number] + block.first_neuron * row, row
    if not block.parameters:
        program.call(kernels.copy_rows, [*a_prev, *z, block.n_neurons, panel.width])
        return
    program.call(
        kernels.product,
        Product(
            *(block.n_neurons, panel.width, block.n_inputs),
            *(network.weights(number, block), block.n_inputs * size),
            *a_prev,
            *(*z, network.biases(number, block)),
        ),
    )


def write_ending(
    program: Program, kernels: Kernels, layer: Blocks, ending: Ending, z: int, samples: int
) -> None:
    """Bring the last layer's z to its end: rows of so many samples, or of one."""
    if isinstance(ending, Loss):
        program.call(kernels.link(ending, layer.n_neurons), [z, samples])
    elif ending == "a":
        count = rounded_up(layer.n_neurons * samples, kernels.lanes)
        program.call(kernels.forward(layer.activation), [z, z, count])
