"""Every activation and link as C, NumPy and ONNX write it.

In C and NumPy a formula is an expression in z. ``{f}`` in C is the suffix of float's functions and
numbers: nothing for double. In ONNX it is a function that adds nodes to a graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.exports.onnx_graph import Graph


@dataclass(frozen=True)
class Formula:
    """One elementwise function in three languages.

    Attributes
    ----------
    c, numpy : str
        Expressions in z.
    onnx : callable
        ``onnx(graph, z) -> name``, of the value that the added nodes compute.
    onnx_is_float : bool
        Whether ONNX Runtime rounds it to float also in a model in double.
    """

    c: str
    numpy: str
    onnx: Callable[[Graph, str], str]
    onnx_is_float: bool = False


_LEAK = 0.01
_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772
_ROOT_HALF = 0.7071067811865476


def _leaky_relu(graph: Graph, z: str) -> str:
    return graph.add("Add", graph.positive(z), graph.times(graph.negative(z), _LEAK))


def _expm1_of_negative(graph: Graph, z: str) -> str:
    return graph.plus(graph.add("Exp", graph.negative(z)), -1.0)


def _elu(graph: Graph, z: str) -> str:
    return graph.add("Add", graph.positive(z), _expm1_of_negative(graph, z))


def _selu(graph: Graph, z: str) -> str:
    below = graph.times(_expm1_of_negative(graph, z), _SELU_ALPHA)
    return graph.times(graph.add("Add", graph.positive(z), below), _SELU_SCALE)


def _gelu(graph: Graph, z: str) -> str:
    cdf = graph.plus(graph.in_float("Erf", graph.times(z, _ROOT_HALF)), 1.0)
    return graph.add("Mul", graph.times(z, 0.5), cdf)


def _softplus(graph: Graph, z: str) -> str:
    e = graph.add("Exp", graph.times(graph.add("Abs", z), -1.0))
    return graph.add("Add", graph.positive(z), graph.add("Log", graph.plus(e, 1.0)))


FORMULAS = {
    "identity": Formula("z", "z", lambda graph, z: z),
    "relu": Formula(
        "(z < 0.0{f} ? 0.0{f} : z)", "np.maximum(z, 0)", lambda graph, z: graph.add("Relu", z)
    ),
    "leaky_relu": Formula(
        "(z > 0.0{f} ? z : 0.01{f} * z)", "np.where(z > 0, z, 0.01 * z)", _leaky_relu
    ),
    "elu": Formula(
        "(z > 0.0{f} ? z : expm1{f}(z))",
        "np.where(z > 0, z, np.expm1(np.minimum(z, 0)))",
        _elu,
    ),
    "selu": Formula(
        f"({_SELU_SCALE}{{f}} * (z > 0.0{{f}} ? z : {_SELU_ALPHA}{{f}} * expm1{{f}}(z)))",
        f"{_SELU_SCALE} * np.where(z > 0, z, {_SELU_ALPHA} * np.expm1(np.minimum(z, 0)))",
        _selu,
    ),
    "gelu": Formula(
        f"(0.5{{f}} * z * erfc{{f}}(-{_ROOT_HALF}{{f}} * z))",
        f"(0.5 * z * np.vectorize(math.erfc, otypes=[float])(-{_ROOT_HALF} * z)).astype(z.dtype)",
        _gelu,
        onnx_is_float=True,
    ),
    "silu": Formula(
        "(z / (1.0{f} + exp{f}(-z)))",
        "z * np.where(z >= 0, 1, np.exp(-np.abs(z))) / (1 + np.exp(-np.abs(z)))",
        lambda graph, z: graph.add("Mul", z, graph.add("Sigmoid", z)),
    ),
    "mish": Formula(
        "(z * tanh{f}((z > 0.0{f} ? z : 0.0{f}) + log1p{f}(exp{f}(-fabs{f}(z)))))",
        "z * np.tanh(np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))))",
        lambda graph, z: graph.add("Mul", z, graph.add("Tanh", _softplus(graph, z))),
    ),
    "softplus": Formula(
        "((z > 0.0{f} ? z : 0.0{f}) + log1p{f}(exp{f}(-fabs{f}(z))))",
        "np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))",
        _softplus,
    ),
    "sigmoid": Formula(
        "(1.0{f} / (1.0{f} + exp{f}(-z)))",
        "np.where(z >= 0, 1, np.exp(-np.abs(z))) / (1 + np.exp(-np.abs(z)))",
        lambda graph, z: graph.add("Sigmoid", z),
    ),
    "tanh": Formula("tanh{f}(z)", "np.tanh(z)", lambda graph, z: graph.add("Tanh", z)),
    "cos": Formula("cos{f}(z)", "np.cos(z)", lambda graph, z: graph.add("Cos", z)),
    "ramp": Formula(
        "(z < 0.0{f} ? 0.0{f} : z > 1.0{f} ? 1.0{f} : z)",
        "np.minimum(np.maximum(z, 0), 1)",
        lambda graph, z: graph.at_most(graph.positive(z), 1.0),
    ),
    # Links that are no activations. Softmax is no function of one z: each language writes it.
    "exp": Formula(
        "exp{f}(z < {largest} ? z : {largest})",
        "np.exp(np.minimum(z, np.log(np.finfo(z.dtype).max) - 16))",
        lambda graph, z: graph.add("Exp", graph.at_most(z, graph.largest_exponent)),
    ),
}
