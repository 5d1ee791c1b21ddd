"""Converters of `TabularClassifier` and `TabularRegressor` for skl2onnx.

`chainrule/__init__.py` has `register_tabular_with_skl2onnx` called as soon as both skl2onnx and the
estimators are imported. The columns of a frame are inputs of their own, those of an array one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from chainrule.exports.ensemble_passes import tabular_pass
from chainrule.exports.errors import ExportError
from chainrule.exports.forward_pass import ForwardPass, Numbers
from chainrule.exports.onnx_columns import ColumnNodes
from chainrule.exports.onnx_graph import Graph
from chainrule.exports.onnx_network import classes_of, columns_at, outputs, restored
from chainrule.exports.skl2onnx_converter import PartOfModel, add_label
from chainrule.tables import Columns
from chainrule.tables.features import CategoryColumn
from chainrule.tabular import TabularClassifier, TabularRegressor

_OPTIONS = {
    "zipmap": [True, False, "columns"],
    "output_class_labels": [False, True],
    "nocl": [True, False],
}


def register_tabular_with_skl2onnx() -> None:
    """Have skl2onnx convert `TabularClassifier` and `TabularRegressor`.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.
    """
    from skl2onnx import update_registered_converter

    for kind, shape, convert, options in (
        (TabularClassifier, _shape_of_classifier, _convert_classifier, _OPTIONS),
        (TabularRegressor, _shape_of_regressor, _convert_regressor, None),
    ):
        name = f"{kind.__module__}.{kind.__qualname__}"
        update_registered_converter(kind, name, shape, convert, options=options)


def _shape_of_classifier(operator: Any) -> None:
    from skl2onnx.common.data_types import Int64TensorType, StringTensorType
    from skl2onnx.common.utils_classifier import get_label_classes

    model = operator.raw_operator
    check_is_fitted(model)
    n, classes = operator.inputs[0].get_first_dimension(), model.classes_
    names = np.asarray(get_label_classes(operator.scope_inst, model))
    kind = Int64TensorType if names.dtype.kind in "biuf" else StringTensorType
    operator.outputs[0].set_type(kind([n]))
    operator.outputs[1].type.shape = [n, len(classes)]


def _shape_of_regressor(operator: Any) -> None:
    check_is_fitted(operator.raw_operator)
    operator.outputs[0].type.shape = [operator.inputs[0].get_first_dimension(), 1]


def _convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.common.utils_classifier import get_label_classes

    graph, net, p = _opened(scope, operator, container)
    label, probabilities = (output.full_name for output in operator.outputs)
    p, code = classes_of(graph, p, net)
    add_label(graph, code, get_label_classes(scope, operator.raw_operator), label)
    graph.add("Identity", p, name=probabilities)


def _convert_regressor(scope: Any, operator: Any, container: Any) -> None:
    graph, net, z = _opened(scope, operator, container)
    assert isinstance(net.answer, Numbers)
    (output,) = operator.outputs
    graph.add("Identity", restored(graph, z, net.answer), name=output.full_name)


def _opened(scope: Any, operator: Any, container: Any) -> tuple[Graph, ForwardPass, str]:
    """Return the graph, the forward pass in the type of the answers, and the networks' outputs."""
    from skl2onnx.common.data_types import DoubleTensorType

    is_double = isinstance(operator.outputs[-1].type, DoubleTensorType)
    dtype = np.dtype(np.float64 if is_double else np.float32)
    net = tabular_pass(operator.raw_operator).as_type(dtype)
    assert isinstance(net.inputs, Columns)
    graph = PartOfModel(dtype, scope, container)
    values = _values(graph, operator, net.inputs)
    return graph, net, outputs(graph, ColumnNodes(graph, net.inputs, values).features(), net)


def _values(graph: Graph, operator: Any, columns: Columns) -> dict[str, str]:
    """Return the name of the value that holds each column, of the type that the column takes."""
    from skl2onnx.common.data_types import StringTensorType

    inputs = operator.inputs
    given = {one.raw_name: (one.full_name, one.type) for one in inputs}
    if len(inputs) == 1 and operator.raw_operator.n_features_in_ > 1:
        given = _split(graph, operator)
    values = {}
    for column in columns.features:
        name, kind = _of(given, column.name)
        is_text = isinstance(kind, StringTensorType)
        if isinstance(column, CategoryColumn):
            values[column.name] = name if is_text else graph.cast(name, np.str_)
        elif is_text:
            raise ExportError(
                f"the column {column.name!r} is learnt as numbers, but its input is of texts; "
                "give it a type of numbers in initial_types"
            )
        else:
            values[column.name] = name
    return values


def _of(given: dict[str, Any], column: str) -> Any:
    if column not in given:
        raise ExportError(
            f"there is no input {column!r}; initial_types has the inputs {', '.join(given)}: give "
            "one for each column, by its name, or all in one array"
        )
    return given[column]


def _split(graph: Graph, operator: Any) -> dict[str, Any]:
    """Return the columns of one array by the names of the training."""
    (array,), model = operator.inputs, operator.raw_operator
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        names = [f"x{place}" for place in range(model.n_features_in_)]
    return {
        str(name): (columns_at(graph, array.full_name, [place]), array.type)
        for place, name in enumerate(names)
    }
