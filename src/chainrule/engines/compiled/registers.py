"""An epoch of steps on one sample each: the page's own training, with the network in registers.

Made for one architecture, everything written out: a layer's weights are vectors that stay in the
processor from the first sample to the last. A layer is kept by columns, a lane for each neuron:

    z       = W·a_prev + b     columns times numbers: no sum crosses the lanes
    da_prev = Wᵀ·dz            every column times dz, and the totals of many at once
    dW      = dz·a_prevᵀ       dz times numbers

A layer with a single neuron is one row, a lane for each input.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import chain
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
from chainrule.optimizers import OPTIMIZERS, Optimizer

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


class _Numbers(NamedTuple):
    """Numbers of a layer, each in a lane, and each in all lanes of a vector of its own."""

    lanes: list[Value]  # 0 beyond the last number; [] where nothing needs them
    splats: list[Value]


class _Layer(ABC):
    """A layer's parameters as variables, and the formulas on them.

    Attributes
    ----------
    W : list of list of Variable
        Line by line of W, its numbers in vectors.
    b : list of Variable
    """

    def __init__(self, kernel: Kernel, shape: Shape, theta: Value) -> None:
        self.kernel, self.shape, self.theta = kernel, shape, theta
        self._b_line = _Line(shape.n_neurons * shape.n_inputs, 1, shape.n_neurons)
        self.W = [self._variables(line) for line in self.lines()]
        self.b = self._variables(self._b_line)

    @abstractmethod
    def lines(self) -> Sequence[_Line]:
        """Return where in θ the lines of W are."""

    @abstractmethod
    def forward(self, a_prev: _Numbers) -> list[Value]:
        """Z = W·a_prev + b."""

    @abstractmethod
    def da_prev(self, dz: _Numbers) -> list[Value]:
        """da_prev = Wᵀ·dz."""

    @abstractmethod
    def gradient(self, a_prev: _Numbers, dz: _Numbers) -> list[list[Value]]:
        """Return dW = dz·a_prevᵀ, line by line as W."""

    @abstractmethod
    def square(self, a_prev: _Numbers, dz: _Numbers) -> Value:
        """Return a vector of total ‖dW‖² + ‖db‖² = ‖dz‖² (‖a_prev‖² + 1), since dW = dz·a_prevᵀ.

        It is of float64: a square may overflow float32.
        """

    def update(
        self, optimizer: Optimizer, rate: Value, t: Value, a_prev: _Numbers, dz: _Numbers
    ) -> None:
        """Do the optimizer's step for W and, as db = dz, for b."""
        gradients = chain(*self.gradient(a_prev, dz), dz.lanes)
        for variable, gradient in zip(chain(*self.W, self.b), gradients, strict=True):
            variable.value, _ = emit_step(optimizer, variable.value, gradient, [], rate, t)
        if type(optimizer) not in OPTIMIZERS.values():  # it may make 0/0 of the lanes left over
            for line, chunks in self._by_lines():
                chunks[-1].value = _cleared(self.kernel, [chunks[-1].value], line.length)[0]

    def write_back(self) -> None:
        """Put the parameters back into θ."""
        for line, chunks in self._by_lines():
            for i, place in enumerate(self._places(line)):
                number = self.kernel.lane(chunks[i // self.lanes].value, i % self.lanes)
                self.kernel.store(number, place)

    @property
    def lanes(self) -> int:
        """Numbers of a vector."""
        return self.kernel.lanes

    def _by_lines(self) -> Iterator[tuple[_Line, list[Variable]]]:
        """Give the lines of W, then b, with where they are in θ."""
        return zip((*self.lines(), self._b_line), (*self.W, self.b), strict=True)

    def _variables(self, line: _Line) -> list[Variable]:
        """Read numbers of θ into vectors; the lanes that are left hold 0."""
        kernel, lanes = self.kernel, self.lanes
        chunks = [kernel.full(0) for _ in range(_chunks(line.length, lanes))]
        for i, place in enumerate(self._places(line)):
            number = kernel.load_scalar(place)
            chunks[i // lanes] = kernel.with_lane(chunks[i // lanes], i % lanes, number)
        return [kernel.variable(chunk) for chunk in chunks]

    def _places(self, line: _Line) -> Iterator[Value]:
        for i in range(line.length):
            yield self.theta + (line.start + i * line.stride) * self.kernel.size

    def _dot(self, line: Sequence[Variable], numbers: Sequence[Value]) -> Value:
        """Return a vector of total Σ w·number, over a line of W."""
        total = line[0].value * numbers[0]
        for w, number in zip(line[1:], numbers[1:], strict=True):
            total = self.kernel.fma(w.value, number, total)
        return total

    def _wide(self, chunks: Sequence[Value]) -> list[Value]:
        """Return vectors of float64: of float32, two for each."""
        kernel, half = self.kernel, self.lanes // 2
        if kernel.size == 8:
            return list(chunks)
        parts = [list(range(half)), list(range(half, 2 * half))]
        return [kernel.shuffle(c, c, lanes).rounded_to(8) for c in chunks for lanes in parts]


class _Line(NamedTuple):
    """Numbers of θ that are as far apart as each other: a row of W, a column, or b."""

    start: int
    stride: int
    length: int


class _Columns(_Layer):
    """W by columns, a lane for each neuron."""

    def lines(self) -> Sequence[_Line]:
        n_in, n_out = self.shape.n_inputs, self.shape.n_neurons
        return [_Line(k, n_in, n_out) for k in range(n_in)]

    def forward(self, a_prev: _Numbers) -> list[Value]:
        return [self._z(chunk, b.value, a_prev) for chunk, b in enumerate(self.b)]

    def _z(self, chunk: int, b: Value, a_prev: _Numbers) -> Value:
        """Add up in two chains, which the processor runs side by side."""
        sums = [b, self.kernel.full(0)]
        for k, a in enumerate(a_prev.splats):
            sums[k % 2] = self.kernel.fma(self.W[k][chunk].value, a, sums[k % 2])
        return sums[0] + sums[1]

    def da_prev(self, dz: _Numbers) -> list[Value]:
        dots = [self._dot(column, dz.lanes) for column in self.W]
        return [
            self.kernel.totals(dots[k : k + self.lanes]) for k in range(0, len(dots), self.lanes)
        ]

    def gradient(self, a_prev: _Numbers, dz: _Numbers) -> list[list[Value]]:
        return [[chunk * a for chunk in dz.lanes] for a in a_prev.splats]

    def square(self, a_prev: _Numbers, dz: _Numbers) -> Value:
        numbers = [self._wide([splat])[0] for splat in a_prev.splats]
        return (_sum_of_squares(numbers) + 1.0) * _sum_of_squares(self._wide(dz.lanes))


class _Row(_Layer):
    """W of a single neuron: a row, a lane for each input."""

    def lines(self) -> Sequence[_Line]:
        return [_Line(0, 1, self.shape.n_inputs)]

    def forward(self, a_prev: _Numbers) -> list[Value]:
        z = self.kernel.total(self._dot(self.W[0], a_prev.lanes))
        return [self.kernel.splat(z) + self.b[0].value]

    def da_prev(self, dz: _Numbers) -> list[Value]:
        return [w.value * dz.splats[0] for w in self.W[0]]

    def gradient(self, a_prev: _Numbers, dz: _Numbers) -> list[list[Value]]:
        return [[dz.splats[0] * chunk for chunk in a_prev.lanes]]

    def square(self, a_prev: _Numbers, dz: _Numbers) -> Value:
        splat, first = self._wide(dz.splats)[0], self._wide(dz.lanes)[0]
        squares = _sum_of_squares(self._wide(a_prev.lanes))
        return self.kernel.fma(splat * splat, squares, first * first)


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
    layers: list[_Layer] = []
    start = 0
    for shape in shapes:
        kind = _Row if shape.n_neurons == 1 else _Columns
        layers.append(kind(kernel, shape, theta + start * kernel.size))
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
    sample.loss.value, chunks = _loss(kernel, loss, layers[-1], z, y + sample.row * y_row)
    steps, squares = [], []  # the chain rule in every layer, before any weight changes
    for number in reversed(range(len(layers))):
        layer, (a_prev, z_prev, a_raw) = layers[number], passed[number]
        dz = _numbers(kernel, chunks, layer.shape.n_neurons)
        squares.append(layer.square(a_prev, dz))
        steps.append((layer, a_prev, dz))
        if number:
            f = layers[number - 1].shape.activation
            parts = zip(layer.da_prev(dz), z_prev, a_raw, strict=True)
            chunks = [da * emit_derivative(f, z, a) for da, z, a in parts]
    sample.square.value = kernel.total(_sum(squares))
    with kernel.when(sample.is_finite()):
        for layer, a_prev, dz in steps:
            layer.update(optimizer, sample.rate, sample.t, a_prev, dz)


class _Passed(NamedTuple):
    """What the backward pass needs of the way into a layer."""

    a_prev: _Numbers
    z_prev: list[Value]  # of the layer before, as its a, lane by lane
    a_raw: list[Value]


def _forward(
    kernel: Kernel, layers: Sequence[_Layer], x: Value
) -> tuple[list[_Passed], list[Value]]:
    """Go through the layers; return the last z too."""
    lanes, size = kernel.lanes, kernel.size
    n_in = layers[0].shape.n_inputs
    a_prev = _Numbers([], [kernel.splat(kernel.load_scalar(x + k * size)) for k in range(n_in)])
    if isinstance(layers[0], _Row):
        for start in range(0, n_in, lanes):
            mask = kernel.first_lanes(kernel.whole(n_in - start))
            a_prev.lanes.append(kernel.load_masked(x + start * size, mask))
    passed = [_Passed(a_prev, [], [])]
    for layer in layers[:-1]:
        z = layer.forward(a_prev)
        a_raw = [emit_activation(layer.shape.activation, chunk) for chunk in z]
        a_prev = _numbers(kernel, a_raw, layer.shape.n_neurons)
        passed.append(_Passed(a_prev, z, a_raw))
    return passed, layers[-1].forward(a_prev)


def _numbers(kernel: Kernel, chunks: Sequence[Value], count: int) -> _Numbers:
    """Return the first numbers of the vectors."""
    lanes, cleared = kernel.lanes, _cleared(kernel, chunks, count)
    vectors = ((cleared[i // lanes], [i % lanes] * lanes) for i in range(count))
    return _Numbers(cleared, [kernel.shuffle(v, v, lane) for v, lane in vectors])


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
