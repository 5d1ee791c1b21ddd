"""NumPy formulas, called with symbolic arrays that write down what is done to them.

The tables' formulas are written once, for NumPy. Here they are called with `Symbol`s; NumPy hands
every operation on one back (``__array_ufunc__``, NEP 13), and what comes out is a `Node`: an
expression that `expressions` turns into vector code. So a new row of a table, or a user's own
function, needs no second formula. What cannot be written down (an `if` on the values of an
array, an unknown function or option) raises `TraceError`: nothing is ever left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from chainrule.engines.compiled.nodes import (
    COMPARISONS,
    ELEMENT,
    LOGIC,
    OUTPUT,
    SAMPLE,
    Node,
    TraceError,
    apply,
    constant,
    leaf,
)

# Operations on nodes -----------------------------------------------------------------------

_BITWISE = {
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
    "bitwise_xor": "logical_xor",
    "invert": "logical_not",
}
# What NumPy makes of arithmetic between truth values alone
_OF_TRUTHS = {
    "add": "logical_or",
    "maximum": "logical_or",
    "multiply": "logical_and",
    "minimum": "logical_and",
    "divide": "divide",
} | {name: name for name in (*COMPARISONS, *LOGIC)}


def _applied(ufunc: np.ufunc, operands: Sequence[Node]) -> Node:
    if ufunc.nout != 1:
        raise TraceError(f"np.{ufunc.__name__} gives several arrays")
    if all(operand.is_constant for operand in operands):
        with np.errstate(all="ignore"):
            return constant(ufunc(*(operand.content for operand in operands)))
    return apply(_operation(ufunc.__name__, operands), *operands)


def _operation(name: str, operands: Sequence[Node]) -> str:
    """Return the operation that NumPy's function is on such operands."""
    if name in _BITWISE:
        if not all(operand.is_truth for operand in operands):
            raise TraceError(f"np.{name} of numbers; of truth values it is known")
        return _BITWISE[name]
    if all(operand.is_truth for operand in operands):
        if name not in _OF_TRUTHS:
            raise TraceError(f"np.{name} of truth values; write mask.astype(z.dtype)")
        return _OF_TRUTHS[name]
    return name


def as_node(value: Any, n_outputs: int | None = None) -> Node:
    """Return the node of a symbol, of a number, or of a number for each output."""
    if isinstance(value, Symbol):
        return value.node
    if isinstance(value, Real | np.bool_) or (isinstance(value, np.ndarray) and value.size == 1):
        return constant(np.asarray(value).item())
    if isinstance(value, np.ndarray) and value.shape == (n_outputs, 1):
        return _by_output(value.ravel())
    raise TraceError(f"the formula uses {type(value).__name__} beside its arguments")


_MOST_BY_OUTPUT = 64  # each number is a comparison more


def _by_output(numbers: NDArray[Any]) -> Node:
    """Return the node of the number that belongs to the output."""
    if len(numbers) > _MOST_BY_OUTPUT:
        raise TraceError(f"the formula has its own number for each of {len(numbers)} outputs")
    *first, last = (constant(number.item()) for number in numbers)
    for i, number in reversed(list(enumerate(first))):
        last = apply("where", apply("equal", leaf(OUTPUT, ELEMENT), constant(i)), number, last)
    return last


# Symbols -----------------------------------------------------------------------------------


def _refusal(what: str) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **options: Any) -> NoReturn:
        raise TraceError(f"the formula {what}")

    return refuse


def _asks_for_values(how: str) -> Callable[..., NoReturn]:
    return _refusal(
        "asks for the values of an array, which are not known while it is written as machine "
        f"code: {how}"
    )


class Symbol(NDArrayOperatorsMixin):
    """Stands for an array, or for a number known when the kernel runs, while a formula is traced.

    Parameters
    ----------
    node : Node
        In-place operators replace that of an array.
    dtype : dtype, optional
        Of an array; a number is a float64 that takes the type of the array it meets.
    n_outputs : int, optional
        The length of axis 0, where the formula may know it.
    """

    def __init__(
        self, node: Node, dtype: np.dtype[Any] | None = None, n_outputs: int | None = None
    ) -> None:
        self.node = node
        self._dtype, self._n_outputs = dtype, n_outputs

    def like(self, node: Node) -> Symbol:
        """Return another symbol of this one's kind."""
        return Symbol(node, self._dtype, self._n_outputs)

    # What NumPy hands over

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        if method != "__call__" or options:
            raise TraceError(f"np.{ufunc.__name__} with {method} {sorted(options)} is not known")
        if ufunc.signature is not None:
            raise TraceError(f"np.{ufunc.__name__} is not known: it takes more than one element")
        like = _widest(*inputs)
        operands = [as_node(value, like._n_outputs) for value in inputs]
        result = like.like(_applied(ufunc, operands))
        if out is None:
            return result
        (target,) = out
        if not isinstance(target, Symbol):
            raise TraceError("the result goes into an ordinary array")
        if target.is_number:  # `t += 1` gives Python's t another number and changes none
            return result
        target.node = result.node
        return target

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        if function not in _FUNCTIONS:
            raise TraceError(f"np.{function.__name__} is not known")
        return _FUNCTIONS[function](*args, **kwargs)

    # What formulas ask of an array

    @property
    def is_number(self) -> bool:
        """Whether it stands for a number, not for an array."""
        return self._dtype is None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of its values."""
        return np.dtype(bool) if self.node.is_truth else self._dtype or np.dtype(np.float64)

    @property
    def shape(self) -> _Shape:
        """The shape, as far as it is known."""
        return _Shape(self._n_outputs if self.node.level == ELEMENT else None, self.ndim)

    @property
    def ndim(self) -> int:
        """2 for (n_outputs, m), 1 for (m,)."""
        return 1 if self.node.level == SAMPLE else 2

    def __len__(self) -> int:
        return self.shape[0]

    def copy(self) -> Symbol:
        """Return another symbol for the same values."""
        return self.like(self.node)

    def astype(self, dtype: Any, **options: Any) -> Symbol:
        """Return numbers, or truth values; to whole numbers would round."""
        kind = np.dtype(dtype).kind
        if kind == "b":
            return self.copy() if self.node.is_truth else self != 0
        if kind != "f" and not (kind == "i" and self.node.is_truth):
            raise TraceError(f"the formula rounds to {np.dtype(dtype)}")
        if self.node.is_constant:
            return self.like(constant(float(self.node.content or 0.0)))
        return self.like(apply("number", self.node) if self.node.is_truth else self.node)

    def clip(self, min: Any = None, max: Any = None) -> Any:
        """Return the values brought into a range."""
        return _clip(self, min, max)

    def __setitem__(self, key: Any, values: Any) -> None:
        if _is_all(key):
            self.node = as_node(values)
        elif isinstance(key, Symbol) and key.node.is_truth:
            self.node = _where(key, values, self).node
        else:
            raise TraceError("the formula writes to a part of an array by numbers")

    def __getitem__(self, key: Any) -> Symbol:
        if _is_all(key):
            return self  # NumPy's view: what is written to it is written here
        raise TraceError("the formula takes a part of an array; np.where keeps its shape")

    def _reduced(self, name: str, axis: Any, options: dict[str, Any]) -> Symbol:
        if not options.keys() <= {"keepdims"}:
            raise TraceError(f"{name} with {', '.join(options)} is not known")
        if axis not in (0, -2) or self.node.level != ELEMENT or self._n_outputs is None:
            raise TraceError(
                f"{name}(axis={axis!r}): only the outputs (axis 0) can be reduced, of a loss's z "
                "and y and of what is computed from them"
            )
        return self.like(apply(name, self.node, level=SAMPLE))

    def sum(self, axis: Any = None, **options: Any) -> Symbol:
        """Return the sum over the outputs."""
        return self._reduced("sum", axis, options)

    def max(self, axis: Any = None, **options: Any) -> Symbol:
        """Return the largest of the outputs."""
        return self._reduced("max", axis, options)

    def min(self, axis: Any = None, **options: Any) -> Symbol:
        """Return the smallest of the outputs."""
        return self._reduced("min", axis, options)

    def mean(self, axis: Any = None, **options: Any) -> Any:
        """Return the mean over the outputs."""
        return self._reduced("sum", axis, options) / self._n_outputs

    # What only values can answer

    __bool__ = _asks_for_values(
        "whether one is true (`if`, `and`, `min`); np.where chooses by them"
    )
    __float__ = __int__ = __index__ = _asks_for_values("as Python numbers (`float`, `math`)")
    __iter__ = _asks_for_values("one after the other (a loop)")
    __array__ = _asks_for_values("as an ordinary array (`np.asarray`)")
    T = property(_refusal("transposes an array"))  # samples stay columns
    size = property(_refusal("asks for the number of values"))


class _Shape:
    """A shape of which the number of outputs may be known, and the number of samples never."""

    def __init__(self, n_outputs: int | None, ndim: int) -> None:
        self._n_outputs, self._ndim = n_outputs, ndim

    def __getitem__(self, axis: int) -> int:
        if axis in (0, -2) and self._n_outputs is not None:
            return self._n_outputs
        raise TraceError("the formula asks for the number of samples")

    def __len__(self) -> int:
        return self._ndim


class Rows:
    """Stands for an array of a few rows, such as an optimizer's memory: every row is a symbol."""

    def __init__(self, rows: Sequence[Symbol]) -> None:
        self._rows = tuple(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, key: Any) -> Any:
        return self._rows[key]

    def __setitem__(self, key: Any, values: Any) -> None:
        self._rows[key][...] = values  # into the row, which others may hold


def _is_all(key: Any) -> bool:
    return key is Ellipsis or (isinstance(key, slice) and key == slice(None))


def _widest(*values: Any) -> Symbol:
    """Return the symbol whose kind a result has: an array, if there is one."""
    symbols = [value for value in values if isinstance(value, Symbol)]
    return next((symbol for symbol in symbols if not symbol.is_number), symbols[0])


# NumPy's functions that are no ufuncs; an option that is not named here is a TypeError ---------


def _where(condition: Any, yes: Any = None, no: Any = None) -> Symbol:
    if yes is None or no is None:
        raise TraceError("np.where(condition) alone asks for the values of an array")
    like = _widest(condition, yes, no)
    which, *choices = (as_node(value, like._n_outputs) for value in (condition, yes, no))
    if which.is_constant:
        return like.like(choices[0] if which.content else choices[1])
    return like.like(apply("where", which, *choices))


def _clip(
    values: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    values = values if low is None else np.maximum(values, low)
    return values if high is None else np.minimum(values, high)


def _full_like(model: Symbol, fill_value: Any, dtype: Any = None) -> Symbol:
    return model.like(as_node(fill_value)).astype(dtype or model.dtype)


_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.where: _where,
    np.clip: _clip,
    np.full_like: _full_like,
    np.zeros_like: lambda model, dtype=None: _full_like(model, 0.0, dtype),
    np.ones_like: lambda model, dtype=None: _full_like(model, 1.0, dtype),
    np.copy: lambda symbol: symbol.copy(),
    np.sum: lambda symbol, axis=None, **options: symbol.sum(axis, **options),
    np.max: lambda symbol, axis=None, **options: symbol.max(axis, **options),
    np.min: lambda symbol, axis=None, **options: symbol.min(axis, **options),
    np.mean: lambda symbol, axis=None, **options: symbol.mean(axis, **options),
    np.shape: lambda symbol: symbol.shape,
    np.ndim: lambda symbol: symbol.ndim,
}


def trace(formula: Callable[..., Any], *arguments: Any) -> Node:
    """Call the formula and return the node of its result.

    Raises
    ------
    TraceError
        If it cannot be written as vector code.
    """
    try:
        return as_node(formula(*arguments))
    except TraceError:
        raise
    except Exception as error:  # whatever a formula does when it is given no ordinary array
        raise TraceError(
            f"the formula could not be traced: {type(error).__name__}: {error}"
        ) from error
