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
from chainrule.exports.errors import ExportError
from chainrule.exports.forward_pass import (
    Classes,
    Features,
    ForwardPass,
    Labels,
    Numbers,
)
from chainrule.exports.onnx_columns import ColumnNodes, input_types
from chainrule.exports.onnx_graph import ML, Graph
from chainrule.exports.onnx_network import (
    classes_of,
    labels_above_half,
    outputs,
    restored,
    standardised,
)
from chainrule.tables.features import DateColumn
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
        n_answers = self.net.n_answers
        z = outputs(self.graph, self._features(), self.net)
        match self.net.answer:
            case Classes(levels):
                self._classes(z, levels)
            case Labels(levels):
                labels = labels_above_half(self.graph, z)
                self._output(self._label, labels, np.int64, n_answers)
                self._probabilities(z, levels)
            case Numbers() as answer:
                self._output("variable", restored(self.graph, z, answer), self.net.dtype, n_answers)

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
            return ColumnNodes(graph, inputs, {name: name for name in self.net.names}).features()
        self._input("X", self.net.dtype, len(inputs.names))
        return standardised(graph, "X", inputs.scales)

    def _classes(self, p: str, levels: tuple[Any, ...]) -> None:
        p, code = classes_of(self.graph, p, self.net)
        names, kind = _names(levels)
        label = self.graph.add("Gather", self.graph.constant(names, kind), code)
        self._output(self._label, label, kind)
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
