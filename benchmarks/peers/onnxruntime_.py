"""ONNX Runtime: the network as Gemm nodes, asked row by row or in tables."""

from __future__ import annotations

from typing import Any

import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from benchmarks.cells import Cell
from benchmarks.data import inputs, weights
from benchmarks.environment import THREADS
from benchmarks.peers import Way, Ways

PACKAGES = ("onnxruntime", "onnx")

_OPSET, _IR_VERSION = 17, 8
_ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}
_ENDS = {"classes": "Softmax", "binary": "Sigmoid", "numbers": "Identity"}
_TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}


def prediction(cell: Cell) -> Ways:
    """Run on all threads or on one, which is faster for few rows."""
    model = _model(cell).SerializeToString()
    return {f"{threads} threads": _session_run(cell, model, threads) for threads in (THREADS, 1)}


def _session_run(cell: Cell, model: bytes, threads: int) -> Way:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feed = {"x": inputs(cell)}

    def run(passes: int) -> None:
        for _ in range(passes):
            session.run(None, feed)

    return run


def _model(cell: Cell) -> Any:
    nodes, constants, value = [], [], "x"
    for i, (w, b) in enumerate(weights(cell)):
        constants += [numpy_helper.from_array(w, f"w{i}"), numpy_helper.from_array(b, f"b{i}")]
        nodes.append(helper.make_node("Gemm", [value, f"w{i}", f"b{i}"], [f"z{i}"]))
        last = i == len(cell.sizes) - 2
        operation = _ENDS[cell.target] if last else _ACTIVATIONS[cell.activation]
        value = "y" if last else f"a{i}"
        nodes.append(helper.make_node(operation, [f"z{i}"], [value]))
    number = _TYPES[cell.dtype]
    graph = helper.make_graph(
        nodes,
        "perceptron",
        [helper.make_tensor_value_info("x", number, [None, cell.sizes[0]])],
        [helper.make_tensor_value_info("y", number, [None, cell.sizes[-1]])],
        constants,
    )
    opset = helper.make_opsetid("", _OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION)
