"""Numbers that can be computed with and not looked at: what a compiler's symbols are like."""

import numpy as np


def plain(value):
    if isinstance(value, Symbol):
        return value.numbers
    return type(value)(map(plain, value)) if isinstance(value, tuple | list) else value


class Symbol(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array in formulas; refuses to be converted, or asked whether it is true."""

    def __init__(self, numbers):
        self.numbers = numbers

    @property
    def dtype(self):
        return self.numbers.dtype

    @property
    def shape(self):
        return self.numbers.shape

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if out is not None:
            getattr(ufunc, method)(*map(plain, inputs), out=plain(out), **options)
            return out[0]
        return Symbol(getattr(ufunc, method)(*map(plain, inputs), **options))

    def __array_function__(self, function, types, inputs, options):
        return Symbol(function(*map(plain, inputs), **options))

    def __array__(self, *_, **__):
        raise TypeError("a symbol was made an array")

    def __bool__(self):
        raise TypeError("a symbol was asked whether it is true")

    def __float__(self):
        raise TypeError("a symbol was made a number")

    def astype(self, dtype):
        return Symbol(self.numbers.astype(dtype))

    def copy(self):
        return Symbol(self.numbers.copy())

    def sum(self, axis):
        return Symbol(self.numbers.sum(axis=axis))

    def max(self, axis):
        return Symbol(self.numbers.max(axis=axis))
