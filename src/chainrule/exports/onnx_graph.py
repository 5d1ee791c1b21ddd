"""An ONNX graph under construction: nodes are added one by one, and each value has a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

ML = "ai.onnx.ml"
"""The domain of the operators for classes and texts."""


class Graph:
    """Nodes and constants in the order in which they were added.

    Parameters
    ----------
    dtype : dtype
        Of the numbers: float32 or float64.
    taken : iterable of str
        Names that no value may have: those of inputs and outputs.

    Attributes
    ----------
    nodes, constants : list
        NodeProtos and TensorProtos.
    """

    def __init__(self, dtype: np.dtype[Any], taken: Iterable[str] = ()) -> None:
        self.dtype = dtype
        self._taken = set(taken)
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    @property
    def largest_exponent(self) -> float:
        """The largest z of which the link exp takes the exponential."""
        return float(np.log(np.finfo(self.dtype).max) - 16)

    def add(
        self, operator: str, *inputs: str, domain: str = "", name: str = "", **attributes: Any
    ) -> str:
        """Add a node of one output and return the output's name."""
        from onnx.helper import make_node

        name = name or self._free(f"{operator.lower()}_{len(self.nodes)}")
        self.nodes.append(
            make_node(operator, list(inputs), [name], domain=domain or None, **attributes)
        )
        return name

    def _free(self, name: str) -> str:
        while name in self._taken:
            name += "_"
        return name

    def constant(self, value: ArrayLike, dtype: Any = None) -> str:
        """Add an array and return its name."""
        from onnx.numpy_helper import from_array

        name = self._free(f"constant_{len(self.constants)}")
        array = np.asarray(value, self.dtype if dtype is None else dtype)
        self.constants.append(from_array(array, name))
        return name

    def plus(self, x: str, number: float) -> str:
        """Add a number to a value."""
        return self.add("Add", x, self.constant(number))

    def times(self, x: str, number: float) -> str:
        """Multiply a value by a number."""
        return self.add("Mul", x, self.constant(number))

    def positive(self, x: str) -> str:
        """Return max(x, 0)."""
        return self.add("Relu", x)

    def negative(self, x: str) -> str:
        """Return min(x, 0)."""
        return self.at_most(x, 0.0)

    def at_most(self, x: str, number: float) -> str:
        """Return min(x, number)."""
        return self.add("Min", x, self.constant(number))

    def cast(self, x: str, dtype: Any) -> str:
        """Return a value as another type."""
        from onnx.helper import np_dtype_to_tensor_dtype

        return self.add("Cast", x, to=np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def in_float(self, operator: str, x: str) -> str:
        """Apply an operator that ONNX Runtime has for float alone."""
        if self.dtype == np.float32:
            return self.add(operator, x)
        return self.cast(self.add(operator, self.cast(x, np.float32)), self.dtype)
