"""Kernels of the tables' formulas: activations, losses, optimizers, penalties, over blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.activations import Activation, Elementwise
from chainrule.engines.compiled import elementary
from chainrule.engines.compiled.expressions import Writer
from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.nodes import (
    ELEMENT,
    OUTPUT,
    SAMPLE,
    UNIFORM,
    Node,
    TraceError,
    leaf,
    reductions,
    uses,
)
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.tracing import Rows, Symbol, trace
from chainrule.engines.compiled.values import Value
from chainrule.losses import Loss
from chainrule.optimizers import Optimizer
from chainrule.penalties import Penalty

_AHEAD = 1024  # bytes of θ: what comes from another core takes as long as some steps of Adam

# Activations -------------------------------------------------------------------------------


def _formulas(activation: Elementwise, dtype: np.dtype[Any]) -> tuple[Node, Node]:
    """Return f(z) and f'(z) as expressions of z and a."""
    z, a = (Symbol(leaf(name, ELEMENT), dtype) for name in "za")
    if isinstance(activation, Activation):
        return trace(activation.f, z.copy()), trace(activation.df, z.copy(), a)
    return trace(activation, z.copy()), trace(activation.derivative, z.copy())


def needs_z(activation: Elementwise, dtype: Any = np.float64) -> bool:
    """Say whether f' is a function of z, not of a = f(z) alone."""
    return uses(_formulas(activation, np.dtype(dtype))[1], "z")


def emit_activation(activation: Elementwise, z: Value) -> Value:
    """Write a = f(z)."""
    f, _ = _formulas(activation, z.kernel.dtype)
    return Writer(z.kernel, {"z": z}).value(f, z)


def emit_derivative(activation: Elementwise, z: Value, a: Value) -> Value:
    """Write f'(z), from z and a = f(z)."""
    _, df = _formulas(activation, z.kernel.dtype)
    return Writer(z.kernel, {"z": z, "a": a}).value(df, z)


def activation_forward(activation: Elementwise, machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel a = f(z). Arguments: z, a (may be z), a count of whole vectors."""
    kernel = Kernel("activation_forward", machine, dtype)
    z, a, count = kernel.arguments(3)
    with kernel.loop(0, count * kernel.size, kernel.lanes * kernel.size) as at:
        kernel.store(emit_activation(activation, kernel.load(z + at)), a + at)
    return kernel


def activation_backward(activation: Elementwise, machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel dz = da ⊙ f'(z). Arguments: z, a, da (becomes dz), whole vectors."""
    kernel = Kernel("activation_backward", machine, dtype)
    z, a, da, count = kernel.arguments(4)
    with kernel.loop(0, count * kernel.size, kernel.lanes * kernel.size) as at:
        derivative = emit_derivative(activation, kernel.load(z + at), kernel.load(a + at))
        kernel.store(kernel.load(da + at) * derivative, da + at)
    return kernel


# Losses ------------------------------------------------------------------------------------


def _loss_formulas(loss: Loss, n_outputs: int, dtype: np.dtype[Any]) -> tuple[Node, Node]:
    """Return a sample's loss and ∂loss/∂z as expressions of z and y."""

    def symbols() -> list[Symbol]:
        return [Symbol(leaf(name, ELEMENT), dtype, n_outputs) for name in "zy"]

    value, dz = trace(loss.value, *symbols()), trace(loss.dz, *symbols())
    if value.level > SAMPLE:
        raise TraceError("the loss gives a number for each output, not for each sample")
    return value, dz


_REDUCED: dict[str, tuple[float, Callable[[Value, Value], Value]]] = {
    "sum": (0.0, lambda a, b: a + b),
    "max": (-np.inf, elementary.maximum),
    "min": (np.inf, elementary.minimum),
}


class _Output(NamedTuple):
    """One of the outputs: its number, and how many bytes its row is from the first."""

    number: Value
    at: Value


EachOutput = Callable[[Callable[[_Output], None]], None]
LeavesAt = Callable[[_Output], dict[str, Value]]


def _write_reductions(
    nodes: Sequence[Node], each_output: EachOutput, leaves_at: LeavesAt, like: Value
) -> Writer:
    """Write the nodes' reductions, each a pass over the outputs after those that it needs."""
    writer = Writer(like.kernel, {})
    for reduction in reductions(*nodes):
        (operand,) = reduction.operands
        writer.write_before_loop(SAMPLE, operand)
        start, join = _REDUCED[reduction.operation]
        total = like.kernel.variable(like.like(start))

        def add(
            output: _Output, total: Any = total, operand: Node = operand, join: Any = join
        ) -> None:
            here = _writer_at(output, writer, leaves_at).value(operand, like)
            total.value = join(total.value, here)

        each_output(add)
        writer.known[reduction] = total.value
    return writer


def _writer_at(output: _Output, writer: Writer, leaves_at: LeavesAt) -> Writer:
    number = output.number.to_float(writer.kernel.size)
    return writer.with_leaves(**{OUTPUT: number}, **leaves_at(output))


def _write_outputs(
    node: Node,
    writer: Writer,
    each_output: EachOutput,
    leaves_at: LeavesAt,
    like: Value,
    store: Callable[[_Output, Value], None],
) -> None:
    """Write ``store(output, the node's value there)`` for all outputs: one pass."""
    writer.write_before_loop(SAMPLE, node)
    each_output(
        lambda output: store(output, _writer_at(output, writer, leaves_at).value(node, like))
    )


def _write_loss(
    formulas: tuple[Node, Node],
    each_output: EachOutput,
    z_and_y: LeavesAt,
    like: Value,
    store_dz: Callable[[_Output, Value], None],
) -> Value:
    """Write the loss of one sample, or of a vector of them: return it, store dz by outputs.

    dz is the last pass: it may take z's place.
    """
    value, dz = formulas
    writer = _write_reductions(formulas, each_output, z_and_y, like)
    result = writer.value(value, like)
    _write_outputs(dz, writer, each_output, z_and_y, like, store_dz)
    return result


def _rows(kernel: Kernel, n_outputs: int, row: Value) -> EachOutput:
    """Return the loop over rows of that many bytes."""

    def each_output(write: Callable[[_Output], None]) -> None:
        with kernel.loop(0, n_outputs) as number:
            write(_Output(number, number * row))

    return each_output


def loss_and_dz(loss: Loss, n_outputs: int, machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel of the samples' losses and dz, times the samples' shares.

    Arguments: z, y, shares, losses, dz, samples (whole vectors). z, y and dz have a row for each
    output. Where the share is 0 the results are 0, whatever the formulas give; dz may be z.
    """
    kernel = Kernel("loss_and_dz", machine, dtype)
    z, y, shares, losses, dz, samples = kernel.arguments(6)
    size, row = kernel.size, samples * kernel.size
    formulas = _loss_formulas(loss, n_outputs, kernel.dtype)
    each_output = _rows(kernel, n_outputs, row)

    with kernel.loop(0, row, kernel.lanes * size) as at:
        share = kernel.load(shares + at)
        counts = share != 0.0

        def z_and_y(output: _Output, at: Value = at) -> dict[str, Value]:
            return {name: kernel.load(row + output.at + at) for name, row in (("z", z), ("y", y))}

        def store(
            output: _Output,
            value: Value,
            at: Value = at,
            share: Value = share,
            counts: Value = counts,
        ) -> None:
            kernel.store(kernel.where(counts, value * share, 0.0), dz + output.at + at)

        value = _write_loss(formulas, each_output, z_and_y, share, store)
        kernel.store(kernel.where(counts, value * share, 0.0), losses + at)
    return kernel


def link(loss: Loss, n_outputs: int, machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel ŷ = link(z), in z's place.

    Arguments: z, which has a row for each output; the samples in a row: whole vectors, or one.
    """
    kernel = Kernel("link", machine, dtype)
    z, samples = kernel.arguments(2)
    row = samples * kernel.size
    formula = trace(loss.link, Symbol(leaf("z", ELEMENT), kernel.dtype, n_outputs))

    def write(at: Value, like: Value, load: Callable[[Value], Value]) -> None:
        def z_at(output: _Output) -> dict[str, Value]:
            return {"z": load(z + output.at + at)}

        def store(output: _Output, value: Value) -> None:
            kernel.store(value, z + output.at + at)

        each_output = _rows(kernel, n_outputs, row)
        writer = _write_reductions([formula], each_output, z_at, like)
        _write_outputs(formula, writer, each_output, z_at, like, store)

    with kernel.either(samples == 1) as (one, many):
        with one:
            write(kernel.whole(0), kernel.number(0.0), kernel.load_scalar)
        with many, kernel.loop(0, row, kernel.lanes * kernel.size) as at:
            write(at, kernel.full(0.0), kernel.load)
    return kernel


_UNROLLED_OUTPUTS = 4


def emit_loss(kernel: Kernel, loss: Loss, n_outputs: int, z: Value, y: Value, dz: Value) -> Value:
    """Write one sample's loss and return it; z, y and dz are addresses of n_outputs numbers."""

    def each_output(write: Callable[[_Output], None]) -> None:
        if n_outputs <= _UNROLLED_OUTPUTS:
            for i in range(n_outputs):
                write(_Output(kernel.whole(i), kernel.whole(i * kernel.size)))
        else:
            with kernel.loop(0, n_outputs) as number:
                write(_Output(number, number * kernel.size))

    def z_and_y(output: _Output) -> dict[str, Value]:
        return {name: kernel.load_scalar(at + output.at) for name, at in (("z", z), ("y", y))}

    def store(output: _Output, value: Value) -> None:
        kernel.store(value, dz + output.at)

    formulas = _loss_formulas(loss, n_outputs, kernel.dtype)
    return _write_loss(formulas, each_output, z_and_y, kernel.number(0.0), store)


# Optimizers --------------------------------------------------------------------------------


def _step_formulas(optimizer: Optimizer, dtype: np.dtype[Any]) -> tuple[Node, list[Node]]:
    """Return the new θ and the new memory as expressions."""
    theta, grad = (Symbol(leaf(name, ELEMENT), dtype) for name in ("theta", "grad"))
    slots = [Symbol(leaf(f"slot{i}", ELEMENT), dtype) for i in range(optimizer.slots)]
    rate, t = (Symbol(leaf(name, UNIFORM)) for name in ("rate", "t"))

    def step() -> Symbol:
        optimizer.step(theta, grad, Rows(slots), t, rate)  # type: ignore[arg-type]
        return theta

    return trace(step), [slot.node for slot in slots]


def emit_step(
    optimizer: Optimizer,
    theta: Value,
    grad: Value,
    slots: Sequence[Value],
    rate: Value,
    t: Value,
    writer: Writer | None = None,
) -> tuple[Value, list[Value]]:
    """Return θ and the optimizer's memory after a step; the learning rate and t are float64."""
    kernel = theta.kernel
    new_theta, new_slots = _step_formulas(optimizer, kernel.dtype)
    writer = writer or Writer(kernel, {"rate": rate, "t": t})
    here = writer.with_leaves(
        theta=theta, grad=grad, **{f"slot{i}": slot for i, slot in enumerate(slots)}
    )
    memory = [here.value(node, theta) for node in new_slots]
    return here.value(new_theta, theta), memory


def optimizer_step(optimizer: Optimizer, machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel of a step.

    Arguments: θ, g, the optimizer's memory and the stride of its slots, how many numbers, address
    of two float64: learning rate and t.
    """
    kernel = Kernel("optimizer_step", machine, dtype)
    theta, grad, state, stride, count, scalars = kernel.arguments(6)
    rate, t = kernel.load_double(scalars), kernel.load_double(scalars + 8)
    writer = Writer(kernel, {"rate": rate, "t": t})
    new_theta, new_slots = _step_formulas(optimizer, kernel.dtype)
    writer.write_before_loop(UNIFORM, new_theta, *new_slots)

    def step(at: Value, mask: Value | None) -> None:
        places = [theta + at, *(state + stride * i + at for i in range(optimizer.slots))]
        old, *slots = (kernel.load_some(place, mask) for place in places)
        gradient = kernel.load_some(grad + at, mask)
        if mask is None:
            ahead = kernel.smaller(at + _AHEAD, (count - 1) * kernel.size)
            kernel.fetch_to_write(theta + ahead)  # other workers have read it since
        new, memory = emit_step(optimizer, old, gradient, slots, rate, t, writer)
        for value, place in zip([new, *memory], places, strict=True):
            kernel.store_some(value, place, mask)

    kernel.each_vector(count, step)
    return kernel


# Sums over a block of θ or its gradient ----------------------------------------------------


def penalty_gradient(penalty: Penalty, machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel g += scale·(l1·sign W + l2·W), and R(W) = l1·Σ|w| + ½·l2·Σw².

    Arguments: W, g, how many, address of the scale (float64), address for R(W) (float64).
    """
    kernel = Kernel("penalty_gradient", machine, dtype)
    weights, grad, count, scale_address, total_address = kernel.arguments(5)
    scale = kernel.splat(kernel.load_double(scale_address).rounded_to(kernel.size))
    zero = kernel.full(0).rounded_to(8)
    absolute, squares = kernel.variable(zero), kernel.variable(zero)

    def add(at: Value, mask: Value | None) -> None:
        w = kernel.load_some(weights + at, mask)
        g = kernel.load_some(grad + at, mask)
        slope = penalty.l1 * elementary.sign(w) + penalty.l2 * w
        kernel.store_some(g + scale * slope, grad + at, mask)
        wide = w.rounded_to(8)
        absolute.value = absolute.value + elementary.absolute(wide)
        squares.value = squares.value + wide * wide

    kernel.each_vector(count, add)
    total = kernel.total(absolute.value) * penalty.l1
    kernel.store(total + kernel.total(squares.value) * (0.5 * penalty.l2), total_address)
    return kernel


_CHAINS = 4  # sums side by side, since one addition waits for the one before


def sum_of_squares(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel Σx² in float64. Arguments: x, how many, address for the sum."""
    kernel = Kernel("sum_of_squares", machine, dtype)
    x, count, total_address = kernel.arguments(3)
    zero = kernel.full(0).rounded_to(8)
    totals = [kernel.variable(zero) for _ in range(_CHAINS)]
    block = _CHAINS * kernel.lanes
    whole = count // block * block

    def add(total: Any, vector: Value) -> None:
        wide = vector.rounded_to(8)
        total.value = kernel.fma(wide, wide, total.value)

    with kernel.loop(0, whole, block) as i:
        for chain, total in enumerate(totals):
            add(total, kernel.load(x + (i + chain * kernel.lanes) * kernel.size))
    kernel.each_vector(
        count - whole,
        lambda at, mask: add(totals[0], kernel.load_some(x + whole * kernel.size + at, mask)),
    )
    sums = [total.value for total in totals]
    kernel.store(kernel.total((sums[0] + sums[1]) + (sums[2] + sums[3])), total_address)
    return kernel


def sum_of_parts(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel x = Σ_q parts[q], in the order of q.

    Arguments: the parts and their stride, how many parts, numbers in each; x.
    """
    kernel = Kernel("sum_of_parts", machine, dtype)
    parts, stride, n_parts, count, x = kernel.arguments(5)

    def add(at: Value, mask: Value | None) -> None:
        total = kernel.variable(kernel.load_some(parts + at, mask))
        with kernel.loop(1, n_parts) as part:
            total.value = total.value + kernel.load_some(parts + part * stride + at, mask)
        kernel.store_some(total.value, x + at, mask)

    kernel.each_vector(count, add)
    return kernel


def scale(machine: Machine, dtype: Any) -> Kernel:
    """Write the kernel x = x·factor. Arguments: x, how many, address of the factor (float64)."""
    kernel = Kernel("scale", machine, dtype)
    x, count, factor_address = kernel.arguments(3)
    factor = kernel.splat(kernel.load_double(factor_address).rounded_to(kernel.size))

    def multiply(at: Value, mask: Value | None) -> None:
        kernel.store_some(kernel.load_some(x + at, mask) * factor, x + at, mask)

    kernel.each_vector(count, multiply)
    return kernel
