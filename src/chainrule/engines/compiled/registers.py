"""An epoch of steps on one sample each: the page's own training, with the network in registers.

Made for one architecture, everything written out: a layer's weights are vectors that stay in the
processor from the first sample to the last. A layer is kept by columns, a lane for each neuron:

    z       = W·a_prev + b     columns times numbers: no sum crosses the lanes
    da_prev = Wᵀ·dz            every column times dz, and the totals of many at once
    dW      = dz·a_prevᵀ       dz times numbers

A layer with a single neuron is one row, a lane for each input.
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


def vectors(shapes: Sequence[Shape], lanes: int) -> int:
    """Return how many vectors the weights of the network take."""
    return sum(
        shape.n_inputs * _chunks(shape.n_neurons, lanes)
        if shape.n_neurons > 1
        else _chunks(shape.n_inputs, lanes)
        for shape in shapes
    )


class _Layer:
    """A layer's parameters as variables, and the formulas on them.

    `a` and `dz` come as vectors, lane by lane, and as splats: one vector for every number.

    Attributes
    ----------
    is_row : bool
        Whether W is one row, of vectors of inputs; else it is columns, of vectors of neurons.
    W : list of list of Variable
    b : list of Variable
    """

    def __init__(self, kernel: Kernel, shape: Shape, theta: Value) -> None:
        self.kernel, self.shape, self.theta = kernel, shape, theta
        n_in, n_out = shape.n_inputs, shape.n_neurons
        self.is_row = n_out == 1
        if self.is_row:
            self.W = [self._variables(0, 1, n_in)]
        else:
            self.W = [self._variables(k, n_in, n_out) for k in range(n_in)]
        self.b = self._variables(n_out * n_in, 1, n_out)

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
        self._write(self.b, n_out * n_in, 1, n_out)
        if self.is_row:
            self._write(self.W[0], 0, 1, n_in)
            return
        for k, column in enumerate(self.W):
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
        b = [chunk.value for chunk in self.b]
        if self.is_row:
            z = self.kernel.total(self._dot(self.W[0], a_prev))
            return [self.kernel.splat(z) + b[0]]
        return [self._column_sum(chunk, start, a_splats) for chunk, start in enumerate(b)]

    def _column_sum(self, chunk: int, start: Value, a_splats: Sequence[Value]) -> Value:
        """Add up in two chains, which the processor runs side by side."""
        sums = [start, self.kernel.full(0)]
        for k, a in enumerate(a_splats):
            sums[k % 2] = self.kernel.fma(self.W[k][chunk].value, a, sums[k % 2])
        return sums[0] + sums[1]

    def _dot(self, weights: Sequence[Variable], numbers: Sequence[Value]) -> Value:
        """Return a vector whose total is Σ w·number."""
        sum_ = weights[0].value * numbers[0]
        for w, number in zip(weights[1:], numbers[1:], strict=True):
            sum_ = self.kernel.fma(w.value, number, sum_)
        return sum_

    def da_prev(self, dz: Sequence[Value], dz_splats: Sequence[Value]) -> list[Value]:
        """da_prev = Wᵀ·dz."""
        if self.is_row:
            return [w.value * dz_splats[0] for w in self.W[0]]
        lanes = self.kernel.lanes
        dots = [self._dot(column, dz) for column in self.W]
        return [self.kernel.totals(dots[k : k + lanes]) for k in range(0, len(dots), lanes)]

    def square(
        self,
        a_prev: Sequence[Value],
        a_splats: Sequence[Value],
        dz: Sequence[Value],
        dz_splats: Sequence[Value],
    ) -> Value:
        """Return a vector of total ‖dW‖² + ‖db‖² = ‖dz‖² (‖a_prev‖² + 1), since dW = dz·a_prevᵀ.

        It is of float64: a square may overflow float32.
        """
        kernel, wide = self.kernel, self._wide
        if self.is_row:
            (first, *_), (splat, *_) = wide(dz), wide(dz_splats)
            return kernel.fma(splat * splat, _sum_of_squares(wide(a_prev)), first * first)
        numbers = [wide([a])[0] for a in a_splats]
        return (_sum_of_squares(numbers) + 1.0) * _sum_of_squares(wide(dz))

    def _wide(self, chunks: Sequence[Value]) -> list[Value]:
        """Return vectors of float64: of float32, two for each."""
        kernel, half = self.kernel, self.kernel.lanes // 2
        if kernel.size == 8:
            return list(chunks)
        parts = [list(range(half)), list(range(half, 2 * half))]
        return [kernel.shuffle(c, c, lanes).rounded_to(8) for c in chunks for lanes in parts]

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
        """DW = dz·a_prevᵀ, db = dz, and the optimizer's step."""

        def step(variable: Variable, gradient: Value) -> None:
            variable.value, _ = emit_step(optimizer, variable.value, gradient, [], rate, t)

        if self.is_row:
            for weight, a in zip(self.W[0], a_prev, strict=True):
                step(weight, dz_splats[0] * a)
        else:
            for column, a in zip(self.W, a_splats, strict=True):
                for weight, d in zip(column, dz, strict=True):
                    step(weight, d * a)
        for bias, d in zip(self.b, dz, strict=True):
            step(bias, d)


def _sum(values: Sequence[Value]) -> Value:
    total, *others = values
    for value in others:
        total = total + value
    return total


def _sum_of_squares(values: Sequence[Value]) -> Value:
    total = values[0] * values[0]
    for value in values[1:]:
        total = value.kernel.fma(value, value, total)
    return total


def online(
    shapes: Sequence[Shape], loss: Loss, optimizer: Optimizer, machine: Machine, dtype: Any
) -> Kernel:
    """Write the kernel for an optimizer without memory.

    Arguments: x, stride of its rows; y, stride of its rows; the batch record; steps; θ.
    """
    kernel = Kernel("online", machine, dtype)
    kernel.align_stack()
    x, x_row, y, y_row, record, steps, theta = kernel.arguments(7)
    layers = []
    start = 0
    for shape in shapes:
        layers.append(_Layer(kernel, shape, theta + start * kernel.size))
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
    squares = []
    for number in reversed(range(len(layers))):
        layer, (a_prev, a_splats, z_prev, a_raw) = layers[number], passed[number]
        dz_splats = layer.splats(dz, layer.shape.n_neurons)
        squares.append(layer.square(a_prev, a_splats, dz, dz_splats))
        steps.append((layer, a_prev, a_splats, dz, dz_splats))
        if number:
            before = layers[number - 1].shape
            dz = [
                da * emit_derivative(before.activation, z_chunk, a_chunk)
                for da, z_chunk, a_chunk in zip(
                    layer.da_prev(dz, dz_splats), z_prev, a_raw, strict=True
                )
            ]
            dz = _cleared(kernel, dz, before.n_neurons)
    sample.square.value = kernel.total(_sum(squares))
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
    if layers[0].is_row:
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
