"""A network in ONNX: the nodes from its numbers to its answers, whoever owns the graph.

`onnx_model` makes a whole model of them, `skl2onnx_converter` a part of a model of skl2onnx.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from chainrule.exports.chains import Block, Chain, Dense
from chainrule.exports.formulas import FORMULAS
from chainrule.exports.forward_pass import ForwardPass, Numbers, Selection
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


def selected(graph: Graph, a: str, selection: Selection | None) -> str:
    """Return what the networks take of the features; all of them without a selection."""
    if selection is None:
        return a
    a = columns_at(graph, a, selection.features)
    a = graph.add("Max", a, graph.constant(selection.low))
    return graph.add("Min", a, graph.constant(selection.high))


def outputs(graph: Graph, features: str, net: ForwardPass) -> str:
    """Return what the networks answer: probabilities or numbers, averaged."""
    a = selected(graph, features, net.selection)
    answers = [linked(graph, last_z(graph, a, chain), net) for chain in net.members]
    if len(answers) == 1:
        return answers[0]
    return graph.add("Div", graph.add("Sum", *answers), graph.constant(float(len(answers))))


def last_z(graph: Graph, a: str, chain: Chain) -> str:
    """Return the last layer's output for the first layer's inputs a, before the loss's link."""
    for layer in chain:
        parts = [_activated(graph, a, block, is_alone=len(layer) == 1) for block in layer]
        a = parts[0] if len(parts) == 1 else graph.add("Concat", *parts, axis=1)
    return a


def _activated(graph: Graph, a: str, block: Block, *, is_alone: bool) -> str:
    """Return a block's outputs for the layer's inputs a."""
    if isinstance(block, Dense):
        places = range(block.first_input, block.end_of_inputs)
        share = a if is_alone else columns_at(graph, a, places)
        z = graph.add("MatMul", share, graph.constant(block.weights.T))
    else:
        share = columns_at(graph, a, block.inputs)
        z = graph.add("Mul", share, graph.constant(block.weights))
    z = graph.add("Add", z, graph.constant(block.biases))
    return FORMULAS[block.activation].onnx(graph, z)


def columns_at(graph: Graph, a: str, places: Sequence[int] | NDArray[np.intp]) -> str:
    """Return some columns of a value of shape (n_rows, n_columns)."""
    return graph.add("Gather", a, graph.constant(places, np.int64), axis=1)


def linked(graph: Graph, z: str, net: ForwardPass) -> str:
    """Return the link of z: probabilities, or numbers."""
    if net.link == "softmax":
        return graph.add("Softmax", z, axis=1)
    return FORMULAS[net.link].onnx(graph, z)


def classes_of(graph: Graph, p: str, net: ForwardPass) -> tuple[str, str]:
    """Return a column of probabilities for each class, and the number of the likeliest class."""
    if net.n_outputs > 1:
        return p, graph.add("ArgMax", p, axis=1, keepdims=0)
    code = graph.cast(graph.add("Greater", p, graph.constant(0.5)), np.int64)
    code = graph.add("Reshape", code, graph.constant([-1], np.int64))
    rest = graph.add("Sub", graph.constant(1.0), p)
    return graph.add("Concat", rest, p, axis=1), code


def labels_above_half(graph: Graph, p: str) -> str:
    """Return 1 for each label whose probability is above ½, else 0."""
    return graph.cast(graph.add("Greater", p, graph.constant(0.5)), np.int64)


def restored(graph: Graph, z: str, answer: Numbers) -> str:
    """Return (z · deviation + mean) · 2**exponent within bounds; z itself without scales."""
    scales = answer.scales
    if not scales:
        return z
    x = graph.cast(z, np.float64)
    x = graph.add("Mul", x, _doubles(graph, (scale.deviation for scale in scales)))
    x = graph.add("Add", x, _doubles(graph, (scale.mean for scale in scales)))
    x = graph.add("Mul", x, _doubles(graph, (np.ldexp(1.0, scale.exponent) for scale in scales)))
    if answer.bounds:
        x = graph.add("Max", x, _doubles(graph, (low for low, _ in answer.bounds)))
        x = graph.add("Min", x, _doubles(graph, (high for _, high in answer.bounds)))
    return graph.cast(x, graph.dtype)


def _doubles(graph: Graph, numbers: Iterable[float]) -> str:
    return graph.constant(list(numbers), np.float64)
