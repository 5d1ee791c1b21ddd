"""A network in ONNX: the nodes from its numbers to its answers, whoever owns the graph.

`onnx_model` makes a whole model of them, `skl2onnx_converter` a part of a model of skl2onnx.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from chainrule.exports.formulas import FORMULAS
from chainrule.exports.forward_pass import ForwardPass
from chainrule.exports.onnx_graph import Graph
from chainrule.scale import Scale


def standardised(graph: Graph, x: str, scales: Sequence[Scale]) -> str:
    """Return (x − mean) / deviation, computed in double; x itself if there are no scales."""
    if not scales:
        return x
    x = graph.cast(x, np.float64)
    x = graph.add("Sub", x, _doubles(graph, (scale.mean for scale in scales)))
    x = graph.add("Div", x, _doubles(graph, (scale.deviation for scale in scales)))
    return graph.cast(x, graph.dtype)


def last_z(graph: Graph, a: str, net: ForwardPass) -> str:
    """Return the last layer's output for the first layer's inputs a, before the loss's link."""
    for layer in net.layers:
        weights, biases = graph.constant(layer.weights.T), graph.constant(layer.biases)
        a = graph.add("Add", graph.add("MatMul", a, weights), biases)
        a = FORMULAS[layer.activation].onnx(graph, a)
    return a


def linked(graph: Graph, z: str, net: ForwardPass) -> str:
    """Return the link of z: probabilities, or numbers."""
    if net.link == "softmax":
        return graph.add("Softmax", z, axis=1)
    return FORMULAS[net.link].onnx(graph, z)


def classes_of(graph: Graph, p: str, net: ForwardPass) -> tuple[str, str]:
    """Return a column of probabilities for each class, and the number of the likeliest class."""
    if len(net.layers[-1].biases) > 1:
        return p, graph.add("ArgMax", p, axis=1, keepdims=0)
    code = graph.cast(graph.add("Greater", p, graph.constant(0.5)), np.int64)
    code = graph.add("Reshape", code, graph.constant([-1], np.int64))
    rest = graph.add("Sub", graph.constant(1.0), p)
    return graph.add("Concat", rest, p, axis=1), code


def labels_above_half(graph: Graph, p: str) -> str:
    """Return 1 for each label whose probability is above ½, else 0."""
    return graph.cast(graph.add("Greater", p, graph.constant(0.5)), np.int64)


def restored(graph: Graph, z: str, scales: Sequence[Scale]) -> str:
    """Return (z · deviation + mean) · 2**exponent; z itself if there are no scales."""
    if not scales:
        return z
    x = graph.cast(z, np.float64)
    x = graph.add("Mul", x, _doubles(graph, (scale.deviation for scale in scales)))
    x = graph.add("Add", x, _doubles(graph, (scale.mean for scale in scales)))
    x = graph.add("Mul", x, _doubles(graph, (np.ldexp(1.0, scale.exponent) for scale in scales)))
    return graph.cast(x, graph.dtype)


def _doubles(graph: Graph, numbers: Iterable[float]) -> str:
    return graph.constant(list(numbers), np.float64)
