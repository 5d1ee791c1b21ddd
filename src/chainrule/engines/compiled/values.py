"""What a kernel computes with while it is being written: values, with Python's operators.

A `Value` stands for a number, a vector of them or truth values that are known only when the kernel
runs. Every operator it meets writes an instruction; a Python number beside it is a constant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from llvmlite import ir

if TYPE_CHECKING:
    from chainrule.engines.compiled.simd import Kernel

I64 = ir.IntType(64)
I32 = ir.IntType(32)
I1 = ir.IntType(1)
F64 = ir.DoubleType()
FLOATS = {4: ir.FloatType(), 8: F64}

Number: TypeAlias = "Value | float | int"


def element_of(type_: ir.Type) -> ir.Type:
    """Return the type of a vector's numbers; that of a number as it is."""
    return type_.element if isinstance(type_, ir.VectorType) else type_


def is_float(type_: ir.Type) -> bool:
    """Say whether its numbers are floating-point numbers."""
    return isinstance(element_of(type_), ir.FloatType | ir.DoubleType)


def constant(type_: ir.Type, number: float) -> ir.Constant:
    """Return the constant of that type; a vector gets the number in every lane."""
    if isinstance(type_, ir.VectorType):
        return ir.Constant(type_, [constant(type_.element, number)] * type_.count)
    if isinstance(type_, ir.FloatType):
        with np.errstate(over="ignore"):
            return ir.Constant(type_, float(np.float32(number)))
    return ir.Constant(type_, float(number) if is_float(type_) else int(number))


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
        return 4 if isinstance(element_of(self.type), ir.FloatType) else 8

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
        name = "f" + name if is_float(left.type) else {"div": "sdiv", "rem": "srem"}.get(name, name)
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
        if is_float(self.type):
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
        if not is_float(left.type):
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
        return self._cast(
            "bitcast", I32 if isinstance(element_of(self.type), ir.FloatType) else I64
        )

    def as_float(self) -> Value:
        """Return the same bits as floating-point numbers of that size."""
        return self._cast("bitcast", FLOATS[element_of(self.type).width // 8])

    def to_int(self, bits: int = 64) -> Value:
        """Return the whole part as a whole number of 32 or 64 bits."""
        return self._cast("fptosi", ir.IntType(bits))

    def to_float(self, size: int) -> Value:
        """Return the whole number as a floating-point number of `size` bytes."""
        return self._cast("sitofp", FLOATS[size])

    def _cast(self, name: str, element: ir.Type) -> Value:
        type_ = self.type
        new = ir.VectorType(element, type_.count) if isinstance(type_, ir.VectorType) else element
        return Value(self.kernel, getattr(self.kernel.builder, name)(self.ir, new))

    def rounded_to(self, size: int) -> Value:
        """Return the floating-point number in a type of `size` bytes."""
        old = 4 if isinstance(element_of(self.type), ir.FloatType) else 8
        if size == old:
            return self
        return self._cast("fptrunc" if size < old else "fpext", FLOATS[size])


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
