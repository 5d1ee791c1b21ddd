"""The words in which kernels are written: loads and stores, loops, functions of values.

A kernel is a function of machine code, ``void kernel(int64 *arguments)``. Its Python function
runs once and writes LLVM instructions down, one for every word and every operator:

    z = kernel.load(address)            # a vector of numbers
    kernel.store(1.0 / (1.0 + z), address)
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from llvmlite import ir

from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.values import (
    F64,
    FLOATS,
    I32,
    I64,
    Number,
    Value,
    Variable,
    constant,
    element_of,
    is_float,
)


class Kernel:
    """A function of machine code while it is being written.

    Parameters
    ----------
    name : str
    machine : Machine
    dtype : dtype
        float32 or float64: of its vectors.
    """

    def __init__(self, name: str, machine: Machine, dtype: Any = np.float64) -> None:
        self.name = name
        self.machine = machine
        self.dtype = np.dtype(dtype)
        self.size = self.dtype.itemsize
        self.lanes = machine.lanes(self.dtype)
        self.scalar = FLOATS[self.size]
        self.vector = ir.VectorType(self.scalar, self.lanes)
        self.module = ir.Module(name)
        function = ir.Function(
            self.module, ir.FunctionType(ir.VoidType(), [I64.as_pointer()]), name
        )
        function.attributes.add("nounwind")
        self._arguments = function.args[0]
        self.builder = ir.IRBuilder(function.append_basic_block("entry"))
        body = function.append_basic_block("body")
        self.builder.branch(body)  # the entry block is for variables alone
        self.builder.position_at_end(body)
        self._entry = function.entry_basic_block
        self._numbers = itertools.count()

    def text(self) -> str:
        """End the kernel and return it in LLVM's language."""
        self.builder.ret_void()
        return str(self.module)

    def align_stack(self) -> None:
        """Have the vectors for which there is no register lie within cache lines on the stack."""
        self.builder.function.attributes.alignstack = 64

    # Arguments and constants ------------------------------------------------------------

    def arguments(self, count: int) -> list[Value]:
        """Return the first `count` arguments: addresses and whole numbers."""
        slots = (self.builder.gep(self._arguments, [I64(i)]) for i in range(count))
        return [Value(self, self.builder.load(slot)) for slot in slots]

    def arguments_address(self) -> Value:
        """Return where the arguments lie."""
        return Value(self, self.builder.ptrtoint(self._arguments, I64))

    def whole(self, number: int) -> Value:
        """Return a whole number of 64 bits."""
        return Value(self, I64(number))

    def number(self, number: float) -> Value:
        """Return a number of the kernel's dtype."""
        return Value(self, constant(self.scalar, number))

    def double(self, number: float) -> Value:
        """Return a float64, whatever the kernel's dtype."""
        return Value(self, F64(float(number)))

    def full(self, number: float) -> Value:
        """Return a vector with the number in every lane."""
        return Value(self, constant(self.vector, number))

    def splat(self, value: Value, lanes: int | None = None) -> Value:
        """Return a vector with the value in every lane."""
        lanes = lanes or self.lanes
        type_ = ir.VectorType(value.type, lanes)
        undefined = ir.Constant(type_, ir.Undefined)
        first = self.builder.insert_element(undefined, value.ir, I32(0))
        everywhere = ir.Constant(ir.VectorType(I32, lanes), None)
        return Value(self, self.builder.shuffle_vector(first, undefined, everywhere))

    def lane_numbers(self) -> Value:
        """Return the vector 0, 1, 2, … of whole numbers of 64 bits."""
        type_ = ir.VectorType(I64, self.lanes)
        return Value(self, ir.Constant(type_, [I64(i) for i in range(self.lanes)]))

    def variable(self, value: Value) -> Variable:
        """Return a variable with that value."""
        return Variable(self, value)

    # Memory ------------------------------------------------------------------------------

    def room(self, numbers: int) -> Value:
        """Return the address of room on the stack for some numbers of the kernel's dtype."""
        vectors = -(-numbers // self.lanes)
        with self.builder.goto_entry_block():
            slot = self.builder.alloca(self.vector, size=vectors)
            slot.align = 64
            return Value(self, self.builder.ptrtoint(slot, I64))

    def _pointer(self, address: Value, type_: ir.Type) -> ir.Value:
        return self.builder.inttoptr(address.ir, type_.as_pointer())

    def _load(self, address: Value, type_: ir.Type, align: int) -> Value:
        loaded = self.builder.load(self._pointer(address, type_))
        loaded.align = align
        return Value(self, loaded)

    def load(self, address: Value, lanes: int | None = None) -> Value:
        """Return the vector at the address, or one of fewer lanes."""
        return self._load(address, ir.VectorType(self.scalar, lanes or self.lanes), self.size)

    def load_scalar(self, address: Value) -> Value:
        """Return the number of the kernel's dtype at the address."""
        return self._load(address, self.scalar, self.size)

    def load_int(self, address: Value) -> Value:
        """Return the whole number of 64 bits at the address."""
        return self._load(address, I64, 8)

    def load_double(self, address: Value) -> Value:
        """Return the float64 at the address, whatever the kernel's dtype."""
        return self._load(address, F64, 8)

    def store(self, value: Value, address: Value) -> None:
        """Write a value of any type to the address."""
        element = element_of(value.type)
        stored = self.builder.store(value.ir, self._pointer(address, value.type))
        stored.align = 4 if element in (I32, FLOATS[4]) else 8

    def fetch_to_write(self, address: Value) -> None:
        """Have the cache line at the address brought here to be written, without waiting for it."""
        byte = ir.IntType(8).as_pointer()
        type_ = ir.FunctionType(ir.VoidType(), [byte, I32, I32, I32])
        function = self.declare("llvm.prefetch.p0", type_)
        pointer = self.builder.inttoptr(address.ir, byte)
        self.builder.call(function, [pointer, I32(1), I32(3), I32(1)])

    def exchanged(self, address: Value, new: Value) -> Value:
        """Write a whole number of 64 bits, and return what was there: at once for all threads."""
        pointer = self._pointer(address, I64)
        return Value(self, self.builder.atomic_rmw("xchg", pointer, new.ir, "acq_rel"))

    def added(self, address: Value, number: Value) -> Value:
        """Add to a whole number of 64 bits, and return what it was: at once for all threads."""
        pointer = self._pointer(address, I64)
        return Value(self, self.builder.atomic_rmw("add", pointer, number.ir, "acq_rel"))

    def load_masked(self, address: Value, mask: Value) -> Value:
        """Return the vector at the address, 0 where the mask is false: not read there."""
        suffix = f"v{self.lanes}f{8 * self.size}"
        type_ = ir.FunctionType(
            self.vector, [self.vector.as_pointer(), I32, mask.type, self.vector]
        )
        function = self.declare(f"llvm.masked.load.{suffix}.p0", type_)
        arguments = [self._pointer(address, self.vector), I32(self.size), mask.ir, self.full(0).ir]
        return Value(self, self.builder.call(function, arguments))

    def store_masked(self, value: Value, address: Value, mask: Value) -> None:
        """Write the lanes of the vector where the mask is true."""
        suffix = f"v{self.lanes}f{8 * self.size}"
        type_ = ir.FunctionType(
            ir.VoidType(), [self.vector, self.vector.as_pointer(), I32, mask.type]
        )
        function = self.declare(f"llvm.masked.store.{suffix}.p0", type_)
        pointer = self._pointer(address, self.vector)
        self.builder.call(function, [value.ir, pointer, I32(self.size), mask.ir])

    def load_some(self, address: Value, mask: Value | None) -> Value:
        """Return the vector at the address, or only the lanes of a mask."""
        return self.load(address) if mask is None else self.load_masked(address, mask)

    def store_some(self, value: Value, address: Value, mask: Value | None) -> None:
        """Write the vector, or only the lanes of a mask."""
        if mask is None:
            self.store(value, address)
        else:
            self.store_masked(value, address, mask)

    def first_lanes(self, count: Value) -> Value:
        """Return the mask that is true in the first `count` lanes."""
        return self.lane_numbers() < count

    def opaque(self, whole: Value) -> Value:
        """Return the whole number as one of which LLVM does not know what it was made of."""
        type_ = ir.FunctionType(whole.type, [whole.type])
        return Value(self, self.builder.asm(type_, "", "=r,0", [whole.ir], False))

    # Functions of values -----------------------------------------------------------------

    def declare(self, name: str, type_: ir.FunctionType) -> ir.Function:
        """Return the function of that name that LLVM or the system's library provides."""
        known = self.module.globals.get(name)
        return known if known is not None else ir.Function(self.module, type_, name)

    def intrinsic(self, name: str, *values: Value) -> Value:
        """Call LLVM's function of that name on values of one type: ``intrinsic("sqrt", z)``."""
        type_ = values[0].type
        kind = ("f" if is_float(type_) else "i") + str(
            {ir.FloatType: 32, ir.DoubleType: 64}.get(type(element_of(type_)))
            or element_of(type_).width
        )
        lanes = f"v{type_.count}" if isinstance(type_, ir.VectorType) else ""
        function = self.declare(
            f"llvm.{name}.{lanes}{kind}", ir.FunctionType(type_, [type_] * len(values))
        )
        return Value(self, self.builder.call(function, [value.ir for value in values]))

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """Return a·b + c, rounded once where the processor can."""
        return self.intrinsic("fma" if self.machine.fused else "fmuladd", a, b, c)

    def where(self, condition: Value, yes: Number, no: Number) -> Value:
        """Return `yes` where the condition holds, else `no`."""
        model = yes if isinstance(yes, Value) else no
        assert isinstance(model, Value)
        yes, no = model.like(yes), model.like(no)
        if isinstance(no.type, ir.VectorType):
            yes = no.like(yes)
        return Value(self, self.builder.select(condition.ir, yes.ir, no.ir))

    def smaller(self, a: Value, b: Value) -> Value:
        """Return the smaller of two whole numbers."""
        return self.where(a < b, a, b)

    def shuffle(self, a: Value, b: Value, lanes: list[int]) -> Value:
        """Return the vector whose lanes are those of a (0 …) and b (count …) with the numbers."""
        mask = ir.Constant(ir.VectorType(I32, len(lanes)), [I32(lane) for lane in lanes])
        return Value(self, self.builder.shuffle_vector(a.ir, b.ir, mask))

    def lane(self, vector: Value, lane: int) -> Value:
        """Return one lane."""
        return Value(self, self.builder.extract_element(vector.ir, I32(lane)))

    def with_lane(self, vector: Value, lane: int, number: Value) -> Value:
        """Return the vector with the number in that lane."""
        return Value(self, self.builder.insert_element(vector.ir, number.ir, I32(lane)))

    def total(self, vector: Value) -> Value:
        """Return the sum of the lanes, by halves: an order that the width alone decides."""
        lanes = vector.type.count
        while lanes > 1:
            half = lanes // 2
            low = self.shuffle(vector, vector, list(range(half)))
            high = self.shuffle(vector, vector, list(range(half, lanes)))
            vector, lanes = low + high, half
        return self.lane(vector, 0)

    def totals(self, vectors: Sequence[Value]) -> Value:
        """Return the `total` of each vector in a lane of its own; lanes left over mean nothing.

        There are no more vectors than lanes.
        """
        found: list[Value | None] = [*vectors, *[None] * (self.lanes - len(vectors))]
        half = self.lanes // 2
        while half:
            pairs = zip(found[:half], found[half:], strict=True)
            found = [self._halves_added(a, b, half) for a, b in pairs]
            half //= 2
        assert found[0] is not None
        return found[0]

    def store_totals(self, vectors: Sequence[Value], start: Value, place: Value) -> None:
        """Store every vector's `total`, side by side, each plus its number from `start` on."""
        for first in range(0, len(vectors), self.lanes):
            group, at = vectors[first : first + self.lanes], first * self.size
            if len(group) == 1:  # LLVM fails at vectors of one lane
                self.store(self.total(group[0]) + self.load_scalar(start + at), place + at)
                continue
            totals, lanes = self.totals(group), len(group)
            sums = self.shuffle(totals, totals, list(range(lanes)))
            self.store(sums + self.load(start + at, lanes), place + at)

    def _halves_added(self, a: Value | None, b: Value | None, half: int) -> Value | None:
        """Return a's lanes so far apart added where a lane's number lacks `half`, else b's."""
        lanes = range(self.lanes)
        if a is None:
            return None
        if b is None:
            return a + self.shuffle(a, a, [lane ^ half for lane in lanes])
        of_b = [self.lanes if lane & half else 0 for lane in lanes]
        low = [(lane & ~half) + start for lane, start in zip(lanes, of_b, strict=True)]
        return self.shuffle(a, b, low) + self.shuffle(a, b, [lane + half for lane in low])

    # Control -----------------------------------------------------------------------------

    @contextmanager
    def loop(self, start: Number, stop: Number, step: Number = 1) -> Iterator[Value]:
        """Run the block for start, start + step, … below stop."""
        start, stop, step = (self.whole(0).like(bound) for bound in (start, stop, step))
        builder, number = self.builder, next(self._numbers)
        before = builder.block
        head = builder.append_basic_block(f"loop{number}")
        body = builder.append_basic_block(f"loop{number}.body")
        after = builder.append_basic_block(f"loop{number}.after")
        builder.branch(head)
        builder.position_at_end(head)
        counter = builder.phi(I64)
        counter.add_incoming(start.ir, before)
        builder.cbranch(builder.icmp_signed("<", counter, stop.ir), body, after)
        builder.position_at_end(body)
        yield Value(self, counter)
        counter.add_incoming(builder.add(counter, step.ir), builder.block)
        builder.branch(head)
        builder.position_at_end(after)

    def each_vector(self, count: Value, write: Callable[[Value, Value | None], None]) -> None:
        """Call ``write(offset in bytes, mask)``: whole vectors without a mask, then the rest."""
        whole = count // self.lanes * self.lanes
        with self.loop(0, whole, self.lanes) as i:
            write(i * self.size, None)
        with self.when(count > whole):
            write(whole * self.size, self.first_lanes(count - whole))

    @contextmanager
    def repeat(self, condition: Callable[[], Value]) -> Iterator[None]:
        """Run the block for as long as the condition, looked at before each round, holds."""
        builder, number = self.builder, next(self._numbers)
        head = builder.append_basic_block(f"repeat{number}")
        body = builder.append_basic_block(f"repeat{number}.body")
        after = builder.append_basic_block(f"repeat{number}.after")
        builder.branch(head)
        builder.position_at_end(head)
        builder.cbranch(condition().ir, body, after)
        builder.position_at_end(body)
        yield
        builder.branch(head)
        builder.position_at_end(after)

    def pause(self) -> None:
        """Tell the processor that this is a loop that waits."""
        if self.machine.is_x86:
            self.builder.asm(ir.FunctionType(ir.VoidType(), []), "pause", "", [], True)

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Run the block only if the condition (not a vector) holds."""
        with self.builder.if_then(condition.ir):
            yield

    @contextmanager
    def either(self, condition: Value) -> Iterator[tuple[Any, Any]]:
        """Run one of two blocks: ``with kernel.either(c) as (yes, no): with yes: …``."""
        with self.builder.if_else(condition.ir) as branches:
            yield branches


def double_bits(number: float) -> int:
    """Return the bits of a float64 as the whole number that an argument slot holds."""
    (bits,) = struct.unpack("<q", struct.pack("<d", number))
    return int(bits)
