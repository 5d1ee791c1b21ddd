"""An epoch of steps on one sample each, for networks too large for `registers`: θ stays in memory.

    z       = W·a_prev + b     row by row, four sums at a time
    da_prev = Wᵀ·dz            a vector of inputs at a time, down the rows
    dW      = dz·a_prevᵀ       never stored: the optimizer takes it as it arises

Made for one architecture: sizes are constants in the code, but its loops stay loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.engines.compiled.cuts import rounded_up
from chainrule.engines.compiled.elementwise import (
    emit_activation,
    emit_derivative,
    emit_loss,
    emit_step,
)
from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.samples import Shape, close_epoch, open_epoch
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import Value
from chainrule.losses import Loss
from chainrule.optimizers import Optimizer

_ROWS = 4  # sums of a tile: enough to hide how long one multiply-add takes


def room_needed(shapes: Sequence[Shape], lanes: int) -> int:
    """Return how many numbers the kernel needs room for: every layer's a_prev, z and dz."""
    inputs = (rounded_up(shape.n_inputs, lanes) for shape in shapes)
    outputs = (2 * rounded_up(shape.n_neurons, lanes) for shape in shapes)
    return sum(inputs) + sum(outputs)


class _Writer:
    """Writes the formulas of one architecture into a kernel."""

    def __init__(self, kernel: Kernel, shapes: Sequence[Shape], theta: Value, room: Value) -> None:
        self.kernel, self.shapes = kernel, shapes
        self.size, self.lanes = kernel.size, kernel.lanes
        self.theta: list[Value] = []
        self.a_prev: list[Value] = []
        self.z: list[Value] = []
        self.dz: list[Value] = []
        for shape in shapes:
            self.theta.append(theta)
            theta = theta + shape.n_neurons * (shape.n_inputs + 1) * self.size
            places = []
            for count in (shape.n_inputs, shape.n_neurons, shape.n_neurons):
                places.append(room)
                room = room + rounded_up(count, self.lanes) * self.size
            for known, place in zip((self.a_prev, self.z, self.dz), places, strict=True):
                known.append(place)

    def each_vector(self, count: int, write: Any) -> None:
        """Write ``write(offset in bytes, mask)`` for whole vectors as a loop, then for the rest."""
        whole = count // self.lanes * self.lanes
        if whole:
            with self.kernel.loop(0, whole, self.lanes) as i:
                write(i * self.size, None)
        if whole < count:
            mask = self.kernel.first_lanes(self.kernel.whole(count - whole))
            write(self.kernel.whole(whole * self.size), mask)

    def copy_inputs(self, x: Value) -> None:
        """a⁰ = x, with zeros up to the end of the last vector."""

        def copy(at: Value, mask: Value | None) -> None:
            self.kernel.store(self.kernel.load_some(x + at, mask), self.a_prev[0] + at)

        self.each_vector(self.shapes[0].n_inputs, copy)

    def forward(self, number: int) -> None:
        """Z = W·a_prev + b; a = f(z) but for the last layer."""
        n = self.shapes[number].n_neurons
        whole = n // _ROWS * _ROWS
        if whole:
            with self.kernel.loop(0, whole, _ROWS) as row:
                self._dots(number, [row + i for i in range(_ROWS)])
        if whole < n:
            self._dots(number, [self.kernel.whole(row) for row in range(whole, n)])
        if number + 1 < len(self.shapes):
            self._activate(number)

    def _dots(self, number: int, rows: Sequence[Value]) -> None:
        kernel, n_in = self.kernel, self.shapes[number].n_inputs
        W, b = self.theta[number], self.theta[number] + self._weights(number) * self.size
        addresses = [W + row * (n_in * self.size) for row in rows]
        sums = [kernel.variable(kernel.full(0)) for _ in rows]

        def add(at: Value, mask: Value | None) -> None:
            a = kernel.load(self.a_prev[number] + at)
            for address, total in zip(addresses, sums, strict=True):
                total.value = kernel.fma(self.kernel.load_some(address + at, mask), a, total.value)

        self.each_vector(n_in, add)
        at = rows[0] * self.size
        kernel.store_totals([total.value for total in sums], b + at, self.z[number] + at)

    def _weights(self, number: int) -> int:
        return self.shapes[number].n_inputs * self.shapes[number].n_neurons

    def _activate(self, number: int) -> None:
        kernel, shape = self.kernel, self.shapes[number]

        def activate(at: Value, mask: Value | None) -> None:
            a = emit_activation(shape.activation, kernel.load(self.z[number] + at))
            if mask is not None:
                a = kernel.where(mask, a, 0.0)  # f(0) may not be 0
            kernel.store(a, self.a_prev[number + 1] + at)

        self.each_vector(shape.n_neurons, activate)

    def backward(self, number: int) -> None:
        """da_prev = Wᵀ·dz, and dz of the layer before: da_prev ⊙ f'(z)."""
        kernel, shape = self.kernel, self.shapes[number]
        f = self.shapes[number - 1].activation
        W, row = self.theta[number], shape.n_inputs * self.size

        def column(at: Value, mask: Value | None) -> None:
            da = kernel.variable(kernel.full(0))
            with kernel.loop(0, shape.n_neurons) as j:
                dz = kernel.splat(kernel.load_scalar(self.dz[number] + j * self.size))
                da.value = kernel.fma(self.kernel.load_some(W + j * row + at, mask), dz, da.value)
            z = kernel.load(self.z[number - 1] + at)
            a = kernel.load(self.a_prev[number] + at)
            dz_before = da.value * emit_derivative(f, z, a)
            if mask is not None:
                dz_before = kernel.where(mask, dz_before, 0.0)
            kernel.store(dz_before, self.dz[number - 1] + at)

        self.each_vector(shape.n_inputs, column)

    def update(self, number: int, step: Any) -> None:
        """DW = dz·a_prevᵀ and db = dz go into the optimizer's step as they arise."""
        kernel, shape = self.kernel, self.shapes[number]
        row = shape.n_inputs * self.size
        with kernel.loop(0, shape.n_neurons) as j:
            dz = kernel.splat(kernel.load_scalar(self.dz[number] + j * self.size))

            def weights(at: Value, mask: Value | None) -> None:
                gradient = dz * kernel.load(self.a_prev[number] + at)
                step(self.theta[number] + j * row + at, gradient, mask)

            self.each_vector(shape.n_inputs, weights)

        def biases(at: Value, mask: Value | None) -> None:
            b = self.theta[number] + self._weights(number) * self.size
            step(b + at, kernel.load(self.dz[number] + at), mask)

        self.each_vector(shape.n_neurons, biases)

    def square(self, number: int) -> Value:
        """‖dW‖² + ‖db‖² = ‖dz‖² (‖a_prev‖² + 1), since dW = dz·a_prevᵀ."""
        shape = self.shapes[number]
        dz = self._norm_square(self.dz[number], shape.n_neurons)
        return dz * (self._norm_square(self.a_prev[number], shape.n_inputs) + 1.0)

    def _norm_square(self, address: Value, count: int) -> Value:
        kernel = self.kernel
        total = kernel.variable(kernel.full(0).rounded_to(8))
        with kernel.loop(0, rounded_up(count, self.lanes), self.lanes) as i:
            vector = kernel.load(address + i * self.size).rounded_to(8)
            total.value = kernel.fma(vector, vector, total.value)
        return kernel.total(total.value)


def streaming(
    shapes: Sequence[Shape], loss: Loss, optimizer: Optimizer, machine: Machine, dtype: Any
) -> Kernel:
    """Write the kernel.

    Arguments: x, stride of its rows; y, stride of its rows; the batch record; steps; θ; the
    optimizer's memory and its stride; room for `room_needed` numbers, zero at first.
    """
    kernel = Kernel("streaming", machine, dtype)
    x, x_row, y, y_row, record, steps, theta, slots, stride, room = kernel.arguments(10)
    writer = _Writer(kernel, shapes, theta, room)
    with open_epoch(kernel, record, steps) as sample:
        writer.copy_inputs(x + sample.row * x_row)
        for number in range(len(shapes)):
            writer.forward(number)
        n_outputs = shapes[-1].n_neurons
        target = y + sample.row * y_row
        value = emit_loss(kernel, loss, n_outputs, writer.z[-1], target, writer.dz[-1])
        sample.loss.value = value.rounded_to(8)
        square = kernel.double(0.0)
        for number in reversed(range(len(shapes))):  # the whole chain before any weight changes
            square = square + writer.square(number)
            if number:
                writer.backward(number)
        sample.square.value = square

        def step(address: Value, gradient: Value, mask: Value | None) -> None:
            at = address - theta
            places = [slots + stride * i + at for i in range(optimizer.slots)]
            new, memories = emit_step(
                optimizer,
                kernel.load_some(address, mask),
                gradient,
                [kernel.load_some(place, mask) for place in places],
                sample.rate,
                sample.t,
            )
            for memory, place in zip(memories, places, strict=True):
                kernel.store_some(memory, place, mask)
            kernel.store_some(new, address, mask)

        with kernel.when(sample.is_finite()):
            for number in range(len(shapes)):
                writer.update(number, step)
    close_epoch(kernel, record, sample)
    return kernel
