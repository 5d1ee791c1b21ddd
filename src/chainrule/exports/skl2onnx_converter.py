"""Converters of the estimators for skl2onnx, alone, in pipelines and in other estimators.

`chainrule/__init__.py` has `register_with_skl2onnx` called as soon as both skl2onnx and the
estimators are imported. Names and shapes of outputs are those of skl2onnx for scikit-learn's
`MLPClassifier` and `MLPRegressor`, and its options too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.exports.estimator_passes import forward_pass_of
from chainrule.exports.forward_pass import Features, ForwardPass, Labels, Numbers
from chainrule.exports.onnx_graph import Graph
from chainrule.exports.onnx_network import (
    classes_of,
    labels_above_half,
    last_z,
    linked,
    restored,
    standardised,
)

_OPTIONS = {
    "zipmap": [True, False, "columns"],
    "output_class_labels": [False, True],
    "nocl": [True, False],
    "raw_scores": [True, False],  # CalibratedClassifierCV asks for z, as it does of ours in Python
}

_ML_VERSION = 2  # of LabelEncoder, in every ai.onnx.ml that skl2onnx writes


def register_with_skl2onnx(*subclasses: type) -> None:
    """Have skl2onnx convert `MLPClassifier` and `MLPRegressor`, and subclasses of them.

    The two are registered by themselves when skl2onnx is imported. skl2onnx looks a class up
    itself, not its bases: a subclass of your own has to be named here.

    Parameters
    ----------
    *subclasses : type
        Classes of your own that inherit from one of the two.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.
    TypeError
        If a class is no subclass of the two.
    """
    from skl2onnx import update_registered_converter

    for kind in (MLPClassifier, MLPRegressor, *subclasses):
        if not (isinstance(kind, type) and issubclass(kind, MLPClassifier | MLPRegressor)):
            raise TypeError(
                f"a class to register is a subclass of MLPClassifier or MLPRegressor of "
                f"chainrule, got {kind!r}"
            )
        is_classifier = issubclass(kind, MLPClassifier)
        update_registered_converter(
            kind,
            f"{kind.__module__}.{kind.__qualname__}",
            _shape_of_classifier if is_classifier else _shape_of_regressor,
            _convert_classifier if is_classifier else _convert_regressor,
            options=_OPTIONS if is_classifier else None,
        )


def _shape_of_classifier(operator: Any) -> None:
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes

    check_is_fitted(operator.raw_operator)
    calculate_linear_classifier_output_shapes(operator)
    model, label = operator.raw_operator, operator.outputs[0]
    if model._has_labels:
        label.type.shape = [*label.type.shape, len(model.classes_)]


def _shape_of_regressor(operator: Any) -> None:
    from skl2onnx.common.shape_calculator import calculate_linear_regressor_output_shapes

    check_is_fitted(operator.raw_operator)
    calculate_linear_regressor_output_shapes(operator)
    answers = operator.outputs[0]
    answers.type.shape = [answers.type.shape[0], operator.raw_operator.n_outputs_]


class PartOfModel(Graph):
    """A graph owned by skl2onnx, for the nodes of an estimator.

    Parameters
    ----------
    dtype : dtype
        Of the numbers.
    scope, container
        Of skl2onnx: they give free names, and keep what is added.
    """

    def __init__(self, dtype: np.dtype[Any], scope: Any, container: Any) -> None:
        super().__init__(dtype)
        self._scope, self._container = scope, container

    def add(
        self, operator: str, *inputs: str, domain: str = "", name: str = "", **attributes: Any
    ) -> str:
        """Add a node of one output to skl2onnx's model and return the output's name."""
        name = name or self._scope.get_unique_variable_name(operator.lower())
        node = self._scope.get_unique_operator_name(operator)
        if domain:
            attributes["op_version"] = _ML_VERSION
        self._container.add_node(
            operator, list(inputs), name, op_domain=domain, name=node, **attributes
        )
        return name

    def constant(self, value: ArrayLike, dtype: Any = None) -> str:
        """Add an array to skl2onnx's model and return its name."""
        from onnx.helper import np_dtype_to_tensor_dtype

        array = np.asarray(value, self.dtype if dtype is None else dtype)
        name = str(self._scope.get_unique_variable_name("constant"))
        kind = np_dtype_to_tensor_dtype(array.dtype)
        self._container.add_initializer(name, kind, array.shape, array.ravel())
        return name


def _opened(scope: Any, operator: Any, container: Any) -> tuple[PartOfModel, ForwardPass, str]:
    """Return the graph, the forward pass in the type of its input, and the last layer's z."""
    from skl2onnx.common.data_types import DoubleTensorType

    (given,) = operator.inputs
    dtype = np.dtype(np.float64 if isinstance(given.type, DoubleTensorType) else np.float32)
    net = forward_pass_of(operator.raw_operator).as_type(dtype)
    graph = PartOfModel(dtype, scope, container)
    assert isinstance(net.inputs, Features)
    scales = net.inputs.scales
    x = given.full_name if scales else graph.cast(given.full_name, dtype)
    return graph, net, last_z(graph, standardised(graph, x, scales), net.members[0])


def _convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.common.utils_classifier import get_label_classes

    model = operator.raw_operator
    graph, net, z = _opened(scope, operator, container)
    label, scores = (output.full_name for output in operator.outputs)
    p = linked(graph, z, net)
    if isinstance(net.answer, Labels):
        graph.add("Identity", labels_above_half(graph, p), name=label)
    else:
        p, code = classes_of(graph, p, net)
        add_label(graph, code, get_label_classes(scope, model), label)
    raw = container.get_options(model, {"raw_scores": False})["raw_scores"]
    graph.add("Identity", _scores_of(graph, z, net) if raw else p, name=scores)


def add_label(graph: Graph, code: str, classes: ArrayLike, name: str) -> None:
    """Add the output that is the class of each row, a text or a whole number.

    Parameters
    ----------
    graph : Graph
    code : str
        The value that holds the places among the classes.
    classes : array of shape (n_classes,)
    name : str
        The output's.
    """
    names = np.asarray(classes)
    kind = np.int64 if names.dtype.kind in "biuf" else object
    graph.add("Gather", graph.constant(names.astype(kind), kind), code, name=name)


def _scores_of(graph: Graph, z: str, net: ForwardPass) -> str:
    """Return z with a column for each class: for two classes −z and z, as skl2onnx has them."""
    if net.n_outputs == net.n_answers:
        return z
    return graph.add("Concat", graph.times(z, -1.0), z, axis=1)


def _convert_regressor(scope: Any, operator: Any, container: Any) -> None:
    graph, net, z = _opened(scope, operator, container)
    assert isinstance(net.answer, Numbers)
    (output,) = operator.outputs
    numbers = restored(graph, linked(graph, z, net), net.answer)
    graph.add("Identity", numbers, name=output.full_name)
