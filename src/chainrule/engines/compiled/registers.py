"""An epoch of steps on one sample each: the page's own training, with the network in registers.

Made for one architecture, everything written out: a layer's weights are vectors that stay in the
processor from the first sample to the last. A layer with several neurons is kept twice, by
columns for z = W·a_prev + b and by rows for da_prev = Wᵀ·dz, so that no sum crosses the lanes;
both copies take the same step, bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from chainrule.engines.compiled.elementwise import (
    emit_activation,
    emit_derivative,
    emit_loss,
    emit_step,
)
from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.samples import Sample, Shape, close_epoch, open_epoch
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import Value, Variable
from chainrule.losses import Loss
from chainrule.optimizers import Optimizer

MOST_VECTORS = 96  # of weights: more would make a long program, and no longer a fast one


def _chunks(n: int, lanes: int) -> int:
    return -(-n // lanes)


def _has_columns(number: int, shape: Shape) -> bool:
    """Say whether the neurons each have a lane; a single one sums over the lanes."""
    return shape.n_neurons > 1


def _has_rows(number: int, shape: Shape) -> bool:
    return number > 0 or not _has_columns(number, shape)


def vectors(shapes: Sequence[Shape], lanes: int) -> int:
    """Return how many vectors the weights of the network take."""
    return sum(
        shape.n_inputs * _chunks(shape.n_neurons, lanes) * _has_columns(number, shape)
        + shape.n_neurons * _chunks(shape.n_inputs, lanes) * _has_rows(number, shape)
        for number, shape in enumerate(shapes)
    )


class _Layer:
    """A layer's parameters as variables, and the formulas on them.

    `a` and `dz` come as vectors, lane by lane, and as splats: one vector for every number.
    """

    def __init__(self, kernel: Kernel, number: int, shape: Shape, theta: Value) -> None:
        self.kernel, self.shape, self.theta = kernel, shape, theta
        n_in, n_out = shape.n_inputs, shape.n_neurons
        self.columns: list[list[Variable]] | None = None
        self.rows: list[list[Variable]] | None = None
        if _has_columns(number, shape):
            self.columns = [self._variables(k, n_in, n_out) for k in range(n_in)]
        if _has_rows(number, shape):
            self.rows = [self._variables(j * n_in, 1, n_in) for j in range(n_out)]
        self.biases = self._variables(n_out * n_in, 1, n_out)

    def _address(self, index: int) -> Value:
        return self.theta + index * self.kernel.size

    def _variables(self, start: int, stride: int, count: int) -> list[Variable]:
        """Read `count` numbers of θ into vectors; the lanes that are left hold 0."""
        kernel, lanes = self.kernel, self.kernel.lanes
        chunks = [kernel.full(0) for _ in range(_chunks(count, lanes))]
        for i in range(count):
            number = kernel.load_scalar(self._address(start + i * stride))
            chunks[i // lanes] = kernel.with_lane(chunks[i // lanes], i % lanes, number)
        return [kernel.variable(chunk) for chunk in chunks]

    def write_back(self) -> None:
        """Put the parameters back into θ."""
        n_in, n_out = self.shape.n_inputs, self.shape.n_neurons
        self._write(self.biases, n_out * n_in, 1, n_out)
        if self.rows is not None:
            for j, row in enumerate(self.rows):
                self._write(row, j * n_in, 1, n_in)
        elif self.columns is not None:
            for k, column in enumerate(self.columns):
                self._write(column, k, n_in, n_out)

    def _write(self, chunks: Sequence[Variable], start: int, stride: int, count: int) -> None:
        kernel, lanes = self.kernel, self.kernel.lanes
        for i in range(count):
            number = kernel.lane(chunks[i // lanes].value, i % lanes)
            kernel.store(number, self._address(start + i * stride))

    def splats(self, chunks: Sequence[Value], count: int) -> list[Value]:
        """Return one vector for every number: the number in all lanes."""
        lanes = self.kernel.lanes
        return [
            self.kernel.shuffle(chunks[i // lanes], chunks[i // lanes], [i % lanes] * lanes)
            for i in range(count)
        ]

    def forward(self, a_prev: Sequence[Value], a_splats: Sequence[Value]) -> list[Value]:
        """Z = W·a_prev + b."""
        kernel = self.kernel
        biases = [chunk.value for chunk in self.biases]
        if self.columns is None:
            assert self.rows is not None
            products = [w.value * a for w, a in zip(self.rows[0], a_prev, strict=True)]
            return [kernel.splat(kernel.total(_sum(products))) + biases[0]]
        return [self._column_sum(chunk, bias, a_splats) for chunk, bias in enumerate(biases)]

    def _column_sum(self, chunk: int, bias: Value, a_splats: Sequence[Value]) -> Value:
        """Add up in two chains, which the processor runs side by side."""
        assert self.columns is not None
        sums = [bias, self.kernel.full(0)]
        for k, a in enumerate(a_splats):
            sums[k % 2] = self.kernel.fma(self.columns[k][chunk].value, a, sums[k % 2])
        return sums[0] + sums[1]

    def da_prev(self, dz_splats: Sequence[Value]) -> list[Value]:
        """da_prev = Wᵀ·dz."""
        assert self.rows is not None
        kernel = self.kernel
        result = []
        for chunk in range(len(self.rows[0])):
            sums = [kernel.full(0), kernel.full(0)]
            for j, dz in enumerate(dz_splats):
                sums[j % 2] = kernel.fma(self.rows[j][chunk].value, dz, sums[j % 2])
            result.append(sums[0] + sums[1] if len(dz_splats) > 1 else sums[0])
        return result

    def update(
        self,
        optimizer: Optimizer,
        rate: Value,
        t: Value,
        a_prev: Sequence[Value],
        a_splats: Sequence[Value],
        dz: Sequence[Value],
        dz_splats: Sequence[Value],
    ) -> None:
        """DW = dz·a_prevᵀ, db = dz, and the optimizer's step, in both copies."""

        def step(variable: Variable, gradient: Value) -> None:
            variable.value, _ = emit_step(optimizer, variable.value, gradient, [], rate, t)

        for row, number in zip(self.rows or [], dz_splats, strict=False):
            for weight, a in zip(row, a_prev, strict=True):
                step(weight, number * a)
        for column, number in zip(self.columns or [], a_splats, strict=False):
            for weight, d in zip(column, dz, strict=True):
                step(weight, d * number)
        for bias, d in zip(self.biases, dz, strict=True):
            step(bias, d)


def _sum(values: Sequence[Value]) -> Value:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def online(
    shapes: Sequence[Shape], loss: Loss, optimizer: Optimizer, machine: Machine, dtype: Any
) -> Kernel:
    """Write the kernel for an optimizer without memory.

    Arguments: x, stride of its rows; y, stride of its rows; the batch record; steps; θ.
    """
    kernel = Kernel("online", machine, dtype)
    x, x_row, y, y_row, record, steps, theta = kernel.arguments(7)
    layers = []
    start = 0
    for number, shape in enumerate(shapes):
        layers.append(_Layer(kernel, number, shape, theta + start * kernel.size))
        start += shape.n_neurons * (shape.n_inputs + 1)
    with open_epoch(kernel, record, steps) as sample:
        _step(kernel, layers, loss, optimizer, x, x_row, y, y_row, sample)
    for layer in layers:
        layer.write_back()
    close_epoch(kernel, record, sample)
    return kernel


def _step(
    kernel: Kernel, layers: Sequence[_Layer], loss: Loss, optimizer: Optimizer,
    x: Value, x_row: Value, y: Value, y_row: Value, sample: Sample,
) -> None:  # fmt: skip
    """One step on the sample."""
    passed, z = _forward(kernel, layers, x + sample.row * x_row)
    value, dz = _loss(kernel, loss, layers[-1], z, y + sample.row * y_row)
    sample.loss.value = value
    steps = []  # every layer's part of the chain rule, before any weight changes
    square = kernel.double(0.0)
    for number in reversed(range(len(layers))):
        layer, (a_prev, a_splats, z_prev, a_raw) = layers[number], passed[number]
        dz_splats = layer.splats(dz, layer.shape.n_neurons)
        square = square + _square(kernel, a_prev, a_splats, dz)
        steps.append((layer, a_prev, a_splats, dz, dz_splats))
        if number:
            before = layers[number - 1].shape
            dz = [
                da * emit_derivative(before.activation, z_chunk, a_chunk)
                for da, z_chunk, a_chunk in zip(
                    layer.da_prev(dz_splats), z_prev, a_raw, strict=True
                )
            ]
            dz = _cleared(kernel, dz, before.n_neurons)
    sample.square.value = square
    with kernel.when(sample.is_finite()):
        for layer, a_prev, a_splats, dz, dz_splats in steps:
            layer.update(optimizer, sample.rate, sample.t, a_prev, a_splats, dz, dz_splats)


class _Passed(NamedTuple):
    """What the backward pass needs of the way into a layer."""

    a_prev: list[Value]  # lane by lane, 0 beyond the last input; [] where only splats are needed
    a_splats: list[Value]
    z_prev: list[Value]  # of the layer before
    a_raw: list[Value]


def _forward(
    kernel: Kernel, layers: Sequence[_Layer], x: Value
) -> tuple[list[_Passed], list[Value]]:
    """Go through the layers; return the last z too."""
    lanes, size = kernel.lanes, kernel.size
    n_in = layers[0].shape.n_inputs
    a_splats = [kernel.splat(kernel.load_scalar(x + k * size)) for k in range(n_in)]
    a_prev: list[Value] = []
    if layers[0].rows is not None:
        for start in range(0, n_in, lanes):
            mask = kernel.first_lanes(kernel.whole(n_in - start))
            a_prev.append(kernel.load_masked(x + start * size, mask))
    passed = [_Passed(a_prev, a_splats, [], [])]
    for layer in layers[:-1]:
        z = layer.forward(a_prev, a_splats)
        a_raw = [emit_activation(layer.shape.activation, chunk) for chunk in z]
        a_prev = _cleared(kernel, a_raw, layer.shape.n_neurons)
        a_splats = layer.splats(a_prev, layer.shape.n_neurons)
        passed.append(_Passed(a_prev, a_splats, z, a_raw))
    return passed, layers[-1].forward(a_prev, a_splats)


def _cleared(kernel: Kernel, chunks: Sequence[Value], count: int) -> list[Value]:
    """Return the vectors with 0 in the lanes beyond `count`, where f(0) may not be 0."""
    left = count % kernel.lanes
    if not left:
        return list(chunks)
    last = kernel.where(kernel.first_lanes(kernel.whole(left)), chunks[-1], 0.0)
    return [*chunks[:-1], last]


def _loss(
    kernel: Kernel, loss: Loss, layer: _Layer, z: Sequence[Value], y: Value
) -> tuple[Value, list[Value]]:
    """Return the loss of a sample and dz = ∂L/∂z as vectors."""
    n, lanes, size = layer.shape.n_neurons, kernel.lanes, kernel.size
    z_room, dz_room = (kernel.room(_chunks(n, lanes) * lanes) for _ in range(2))
    for c, chunk in enumerate(z):
        kernel.store(chunk, z_room + c * lanes * size)
    value = emit_loss(kernel, loss, n, z_room, y, dz_room)
    dz = []
    for c in range(len(z)):
        chunk = kernel.full(0)
        for lane in range(min(lanes, n - c * lanes)):
            number = kernel.load_scalar(dz_room + (c * lanes + lane) * size)
            chunk = kernel.with_lane(chunk, lane, number)
        dz.append(chunk)
    return value.rounded_to(8), dz


def _square(
    kernel: Kernel, a: Sequence[Value], a_splats: Sequence[Value], dz: Sequence[Value]
) -> Value:
    """‖dW‖² + ‖db‖² = ‖dz‖² (‖a_prev‖² + 1), since dW = dz·a_prevᵀ."""
    if a:
        a_square = _norm_square(kernel, a)
    else:
        wide = [kernel.lane(number, 0).rounded_to(8) for number in a_splats]
        a_square = _sum([number * number for number in wide])
    return _norm_square(kernel, dz) * (a_square + 1.0)


def _norm_square(kernel: Kernel, chunks: Sequence[Value]) -> Value:
    wide = [chunk.rounded_to(8) for chunk in chunks]  # a square may overflow float32
    return kernel.total(_sum([chunk * chunk for chunk in wide]))
