"""A model in ONNX under skl2onnx's names: programs that serve skl2onnx's models serve ours.

The inputs of a table's model are its columns, each of shape (n_rows, 1): doubles with NaN for
missing, texts for categories. A network has one input, "X". A classifier's outputs are
"output_label" and "output_probability", a dict of probabilities for each row; or, without the
dicts, "label" and "probabilities". A regressor's is "variable".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.exports.formulas import FORMULAS
from chainrule.exports.forward_pass import (
    Classes,
    ExportError,
    Features,
    ForwardPass,
    Labels,
    Numbers,
)
from chainrule.exports.onnx_columns import ColumnNodes, input_types
from chainrule.exports.onnx_graph import ML, Graph
from chainrule.tables.features import DateColumn
from chainrule.tables.scale import Scale
from chainrule.version import __version__

OPSET, ML_OPSET, IR_VERSION = 21, 3, 10
"""Those of ONNX Runtime 1.18 and newer; the operators used are older."""

_OUTPUTS = ("output_label", "output_probability", "label", "probabilities", "variable")


def onnx_model(forward_pass: ForwardPass, name: str, *, zipmap: bool = True) -> Any:
    """Return an onnx.ModelProto.

    Parameters
    ----------
    forward_pass : ForwardPass
    name : str
        The graph's.
    zipmap : bool
        Whether probabilities are a dict for each row, as skl2onnx has them unless told otherwise.

    Raises
    ------
    ExportError
        If the package onnx is missing, or ONNX has no type for the classes.
    """
    try:
        from onnx import checker, helper
    except ImportError:
        raise ExportError("ONNX needs the package onnx: pip install 'chainrule[onnx]'") from None
    writing = _Writing(forward_pass, zipmap)
    writing.write()
    graph = helper.make_graph(
        writing.graph.nodes, name, writing.inputs, writing.outputs, writing.graph.constants
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
    model = helper.make_model(
        graph,
        opset_imports=opsets,
        ir_version=IR_VERSION,
        producer_name="chainrule",
        producer_version=__version__,
    )
    checker.check_model(model, full_check=True)
    return model


class _Writing:
    """A graph that is being written, its inputs and outputs."""

    def __init__(self, forward_pass: ForwardPass, zipmap: bool) -> None:
        self.net, self.zipmap = forward_pass, zipmap
        plain = isinstance(forward_pass.inputs, Features)
        taken = {*_OUTPUTS, *(("X",) if plain else forward_pass.names)}
        self.graph = Graph(forward_pass.dtype, taken)
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []

    def write(self) -> None:
        """Add everything, from the inputs to the outputs."""
        z, n_answers = self._layers(self._features()), self.net.n_answers
        match self.net.answer:
            case Classes(levels):
                self._classes(z, levels)
            case Labels(levels):
                above = self.graph.add("Greater", z, self.graph.constant(0.5))
                label = self.graph.cast(above, np.int64)
                self._output(self._label, label, np.int64, n_answers)
                self._probabilities(z, levels)
            case Numbers(scales):
                self._output("variable", self._restored(z, scales), self.net.dtype, n_answers)

    def _features(self) -> str:
        inputs, graph = self.net.inputs, self.graph
        if not isinstance(inputs, Features):
            for name, dtype in input_types(inputs):
                if name in _OUTPUTS:
                    raise ExportError(
                        f"the column {name!r} has the name of an output in ONNX; rename the column "
                        "in the table and train again"
                    )
                self._input(name, dtype, 1)
            return ColumnNodes(graph, inputs).features()
        self._input("X", self.net.dtype, len(inputs.names))
        if not inputs.scales:
            return "X"
        x = graph.cast("X", np.float64)
        x = graph.add("Sub", x, graph.constant([s.mean for s in inputs.scales], np.float64))
        x = graph.add("Div", x, graph.constant([s.deviation for s in inputs.scales], np.float64))
        return graph.cast(x, self.net.dtype)

    def _layers(self, a: str) -> str:
        graph = self.graph
        for layer in self.net.layers:
            weights, biases = graph.constant(layer.weights.T), graph.constant(layer.biases)
            a = graph.add("Add", graph.add("MatMul", a, weights), biases)
            a = FORMULAS[layer.activation].onnx(graph, a)
        if self.net.link == "softmax":
            return graph.add("Softmax", a, axis=1)
        return FORMULAS[self.net.link].onnx(graph, a)

    def _classes(self, p: str, levels: tuple[Any, ...]) -> None:
        graph = self.graph
        if len(self.net.layers[-1].biases) == 1:
            code = graph.cast(graph.add("Greater", p, graph.constant(0.5)), np.int64)
            code = graph.add("Squeeze", code, graph.constant([1], np.int64))
            rest = graph.add("Sub", graph.constant(1.0), p)
            p = graph.add("Concat", rest, p, axis=1)
        else:
            code = graph.add("ArgMax", p, axis=1, keepdims=0)
        names, kind = _names(levels)
        self._output(self._label, graph.add("Gather", graph.constant(names, kind), code), kind)
        self._probabilities(p, levels)

    @property
    def _label(self) -> str:
        return "output_label" if self.zipmap else "label"

    def _probabilities(self, p: str, levels: tuple[Any, ...]) -> None:
        """Add the probabilities: a dict for each row, or an array."""
        if not self.zipmap:
            self._output("probabilities", p, self.net.dtype, len(levels))
            return
        from onnx import TensorProto, helper

        names, kind = _names(levels)
        texts = kind == np.dtype(object)
        known = {"classlabels_strings" if texts else "classlabels_int64s": names}
        floats = self.graph.cast(p, np.float32)  # the operator's only type
        self.graph.add("ZipMap", floats, domain=ML, name="output_probability", **known)
        key = TensorProto.STRING if texts else TensorProto.INT64
        value = helper.make_tensor_type_proto(TensorProto.FLOAT, [])
        sequence = helper.make_sequence_type_proto(helper.make_map_type_proto(key, value))
        self.outputs.append(helper.make_value_info("output_probability", sequence))

    def _restored(self, z: str, scales: tuple[Scale, ...]) -> str:
        """Return (z · deviation + mean) · 2**exponent."""
        if not scales:
            return z
        graph = self.graph

        def constant(numbers: Any) -> str:
            return graph.constant(list(numbers), np.float64)

        x = graph.cast(z, np.float64)
        x = graph.add("Mul", x, constant(scale.deviation for scale in scales))
        x = graph.add("Add", x, constant(scale.mean for scale in scales))
        x = graph.add("Mul", x, constant(np.ldexp(1.0, scale.exponent) for scale in scales))
        return graph.cast(x, self.net.dtype)

    def _input(self, name: str, dtype: np.dtype[Any], n_columns: int) -> None:
        self.inputs.append(_value(name, dtype, ["N", n_columns]))

    def _output(self, name: str, value: str, dtype: Any, n_columns: int | None = None) -> None:
        self.graph.add("Identity", value, name=name)
        shape = ["N"] if n_columns is None else ["N", n_columns]
        self.outputs.append(_value(name, np.dtype(dtype), shape))


def _names(levels: tuple[Any, ...]) -> tuple[list[Any], np.dtype[Any]]:
    """Return classes as ONNX has them, and their type: texts (as object) or whole numbers."""
    if all(isinstance(level, str) for level in levels):
        return list(levels), np.dtype(object)
    if all(isinstance(level, int) for level in levels):
        return [int(level) for level in levels], np.dtype(np.int64)
    raise ExportError(
        f"ONNX has classes that are texts or whole numbers, not {levels[0]!r}; train the model on "
        "such names"
    )


def _value(name: str, dtype: np.dtype[Any], shape: list[Any]) -> Any:
    from onnx import TensorProto, helper

    text = dtype == np.dtype(object)
    element = TensorProto.STRING if text else helper.np_dtype_to_tensor_dtype(dtype)
    return helper.make_tensor_value_info(name, element, shape)


def feeds(forward_pass: ForwardPass, rows: list[dict[str, Any]]) -> dict[str, Array]:
    """Return rows as the inputs of the ONNX model.

    Parameters
    ----------
    forward_pass : ForwardPass
    rows : list of dict
        None is missing.
    """
    inputs = forward_pass.inputs
    if isinstance(inputs, Features):
        x = [[row[name] for name in inputs.names] for row in rows]
        return {"X": np.array(x, forward_pass.dtype)}
    columns = {}
    for column, (name, dtype) in zip(inputs.features, input_types(inputs), strict=True):
        values = [row[name] for row in rows]
        if dtype == np.dtype(object):
            array: Any = np.array(["" if v is None else v for v in values], dtype=object)
        elif isinstance(column, DateColumn):
            array = np.array(
                [np.nan if v is None else np.datetime64(v, "us").astype("i8") / 1e6 for v in values]
            )
        else:
            array = np.array([np.nan if v is None else v for v in values], dtype)
        columns[name] = array.reshape(-1, 1)
    return columns
