"""The words in which kernels are written: values with operators, loops, loads and stores.

A kernel is a function of machine code, ``void kernel(int64 *arguments)``. Its Python function
runs once and writes LLVM instructions down, one for every operator it meets:

    z = kernel.load(address)            # a vector of numbers
    kernel.store(1.0 / (1.0 + z), address)

`Value` stands for a number (or a vector of them, or a truth value) that is known only when the
kernel runs; a Python number among them is a constant.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
from llvmlite import ir

from chainrule.engines.compiled.machine import Machine

I64 = ir.IntType(64)
I32 = ir.IntType(32)
I1 = ir.IntType(1)
F64 = ir.DoubleType()
_FLOATS = {4: ir.FloatType(), 8: F64}
_COMPARISONS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "==", "!=": "!="}

Number: TypeAlias = "Value | float | int"


def _element(type_: ir.Type) -> ir.Type:
    return type_.element if isinstance(type_, ir.VectorType) else type_


def _is_float(type_: ir.Type) -> bool:
    return isinstance(_element(type_), ir.FloatType | ir.DoubleType)


def constant(type_: ir.Type, number: float) -> ir.Constant:
    """Return the constant of that type; a vector gets the number in every lane."""
    if isinstance(type_, ir.VectorType):
        return ir.Constant(type_, [constant(type_.element, number)] * type_.count)
    if isinstance(type_, ir.FloatType):
        with np.errstate(over="ignore"):
            return ir.Constant(type_, float(np.float32(number)))
    return ir.Constant(type_, float(number) if _is_float(type_) else int(number))


class Value:
    """A number, a vector of numbers or truth values, known when the kernel runs."""

    __slots__ = ("ir", "kernel")
    __array_ufunc__ = None  # a NumPy scalar on the left leaves the operation to us
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, kernel: Kernel, value: ir.Value) -> None:
        self.kernel = kernel
        self.ir = value

    @property
    def type(self) -> ir.Type:
        """LLVM's type."""
        return self.ir.type

    @property
    def size(self) -> int:
        """How many bytes one of its floating-point numbers has: 4 or 8."""
        return 4 if isinstance(_element(self.type), ir.FloatType) else 8

    def like(self, number: Number) -> Value:
        """Return the number as a value of this one's type."""
        if not isinstance(number, Value):
            return Value(self.kernel, constant(self.type, number))
        if isinstance(self.type, ir.VectorType) and not isinstance(number.type, ir.VectorType):
            return self.kernel.splat(number, self.type.count)
        return number

    def _binary(self, name: str, other: Number, *, swapped: bool = False) -> Value:
        if isinstance(other, Value) and isinstance(other.type, ir.VectorType):
            left, right = other.like(self), other
        else:
            left, right = self, self.like(other)
        if swapped:
            left, right = right, left
        name = (
            "f" + name if _is_float(left.type) else {"div": "sdiv", "rem": "srem"}.get(name, name)
        )
        return Value(self.kernel, getattr(self.kernel.builder, name)(left.ir, right.ir))

    def __add__(self, other: Number) -> Value:
        return self._binary("add", other)

    __radd__ = __add__

    def __sub__(self, other: Number) -> Value:
        return self._binary("sub", other)

    def __rsub__(self, other: Number) -> Value:
        return self._binary("sub", other, swapped=True)

    def __mul__(self, other: Number) -> Value:
        return self._binary("mul", other)

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Value:
        return self._binary("div", other)

    def __rtruediv__(self, other: Number) -> Value:
        return self._binary("div", other, swapped=True)

    def __floordiv__(self, other: Number) -> Value:
        return self._binary("div", other)  # of whole numbers of one sign

    def __mod__(self, other: Number) -> Value:
        return self._binary("rem", other)

    def __neg__(self) -> Value:
        if _is_float(self.type):
            return Value(self.kernel, self.kernel.builder.fneg(self.ir))
        return self._binary("sub", 0, swapped=True)

    def _bits(self, name: str, other: Number) -> Value:
        return Value(self.kernel, getattr(self.kernel.builder, name)(self.ir, self.like(other).ir))

    def __and__(self, other: Number) -> Value:
        return self._bits("and_", other)

    def __or__(self, other: Number) -> Value:
        return self._bits("or_", other)

    def __xor__(self, other: Number) -> Value:
        return self._bits("xor", other)

    def __invert__(self) -> Value:
        return Value(self.kernel, self.kernel.builder.not_(self.ir))

    def __lshift__(self, other: Number) -> Value:
        return self._bits("shl", other)

    def __rshift__(self, other: Number) -> Value:
        return self._bits("ashr", other)

    def logical_shift(self, other: Number) -> Value:
        """Return the bits moved to the right, with zeros on the left."""
        return self._bits("lshr", other)

    def compare(self, sign: str, other: Number, *, unordered: bool = False) -> Value:
        """Return where ``self sign other``; `unordered` is the answer for a NaN."""
        if isinstance(other, Value) and isinstance(other.type, ir.VectorType):
            left, right = other.like(self), other
        else:
            left, right = self, self.like(other)
        builder = self.kernel.builder
        if not _is_float(left.type):
            return Value(self.kernel, builder.icmp_signed(sign, left.ir, right.ir))
        compare = builder.fcmp_unordered if unordered else builder.fcmp_ordered
        return Value(self.kernel, compare(sign, left.ir, right.ir))

    def __lt__(self, other: Number) -> Value:
        return self.compare("<", other)

    def __le__(self, other: Number) -> Value:
        return self.compare("<=", other)

    def __gt__(self, other: Number) -> Value:
        return self.compare(">", other)

    def __ge__(self, other: Number) -> Value:
        return self.compare(">=", other)

    def __eq__(self, other: object) -> Value:  # type: ignore[override]
        return self.compare("==", other)  # type: ignore[arg-type]

    def __ne__(self, other: object) -> Value:  # type: ignore[override]
        return self.compare("!=", other, unordered=True)  # type: ignore[arg-type]

    def __bool__(self) -> bool:
        raise TypeError("a value of the kernel is not known while the kernel is written")

    def bits(self) -> Value:
        """Return the same bits as whole numbers."""
        return self._cast("bitcast", I32 if isinstance(_element(self.type), ir.FloatType) else I64)

    def as_float(self) -> Value:
        """Return the same bits as floating-point numbers of that size."""
        return self._cast("bitcast", _FLOATS[_element(self.type).width // 8])

    def to_int(self, bits: int = 64) -> Value:
        """Return the whole part as a whole number of 32 or 64 bits."""
        return self._cast("fptosi", ir.IntType(bits))

    def to_float(self, size: int) -> Value:
        """Return the whole number as a floating-point number of `size` bytes."""
        return self._cast("sitofp", _FLOATS[size])

    def _cast(self, name: str, element: ir.Type) -> Value:
        type_ = self.type
        new = ir.VectorType(element, type_.count) if isinstance(type_, ir.VectorType) else element
        return Value(self.kernel, getattr(self.kernel.builder, name)(self.ir, new))

    def rounded_to(self, size: int) -> Value:
        """Return the floating-point number in a type of `size` bytes."""
        old = 4 if isinstance(_element(self.type), ir.FloatType) else 8
        if size == old:
            return self
        return self._cast("fptrunc" if size < old else "fpext", _FLOATS[size])


class Variable:
    """A value that changes while the kernel runs; LLVM keeps it in a register."""

    def __init__(self, kernel: Kernel, value: Value) -> None:
        self._kernel = kernel
        with kernel.builder.goto_entry_block():
            self._slot = kernel.builder.alloca(value.type)
        self.value = value

    @property
    def value(self) -> Value:
        """What it is now."""
        return Value(self._kernel, self._kernel.builder.load(self._slot))

    @value.setter
    def value(self, value: Value) -> None:
        self._kernel.builder.store(value.ir, self._slot)


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
        self.scalar = _FLOATS[self.size]
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

    def load(self, address: Value) -> Value:
        """Return the vector at the address."""
        return self._load(address, self.vector, self.size)

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
        element = _element(value.type)
        stored = self.builder.store(value.ir, self._pointer(address, value.type))
        stored.align = 4 if element in (I32, _FLOATS[4]) else 8

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
        kind = ("f" if _is_float(type_) else "i") + str(
            {ir.FloatType: 32, ir.DoubleType: 64}.get(type(_element(type_)))
            or _element(type_).width
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
