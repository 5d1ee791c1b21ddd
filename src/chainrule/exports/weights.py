"""Weights to and from PyTorch, Keras and scikit-learn, of which the first two are not imported.

PyTorch's `Linear` has W of shape (n_out, n_in), as `Layer` has; Keras's `Dense` and scikit-learn
have its transpose. Activations are no part of PyTorch's and Keras's weights, and have to be given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from sklearn import neural_network

from chainrule.activations import Elementwise
from chainrule.arrays import Array
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.exports.errors import ExportError
from chainrule.grouped import GroupedLayer
from chainrule.layers import Layer
from chainrule.models import TableModel
from chainrule.perceptron import Perceptron

Network: TypeAlias = Perceptron | MLPClassifier | MLPRegressor | TableModel


class _Pair(NamedTuple):
    """W of shape (n_out, n_in) and b of shape (n_out,)."""

    weights: Array
    biases: Array


def _pairs(model: Network) -> list[_Pair]:
    """Return copies of the weights; an estimator's have its scales folded in."""
    match model:
        case MLPClassifier() | MLPRegressor():
            both = zip(model.coefs_, model.intercepts_, strict=True)
            return [_Pair(np.array(W.T, order="C"), np.array(b)) for W, b in both]
        case Perceptron() | TableModel():
            network = model if isinstance(model, Perceptron) else model.network
            _require_no_groups(network.layers)
            return [
                _Pair(np.array(layer.weights), np.array(layer.biases[:, 0]))
                for layer in network.layers
            ]
    raise TypeError(
        "weights are those of a Perceptron, a fitted MLPClassifier or MLPRegressor of chainrule, "
        f"or what chainrule.load returns; got {type(model).__name__}"
    )


def _require_no_groups(layers: Sequence[Layer]) -> None:
    for number, layer in enumerate(layers, start=1):
        if isinstance(layer, GroupedLayer):
            raise ExportError(
                f"layer {number} is a GroupedLayer, which no library has whose layers stand in a "
                "row; export the network to C, NumPy or ONNX, or give one of plain layers"
            )


def network_of_weights(
    pairs: Iterable[tuple[Array, Array]],
    activation: str | Elementwise | Sequence[str | Elementwise],
    last: str | Elementwise,
) -> Perceptron:
    """Return the network of weights (n_out, n_in) and biases (n_out,).

    Parameters
    ----------
    pairs : iterable of pairs of arrays
    activation : str, Activation or sequence of them
        Of the hidden layers; a sequence has one for each.
    last : str or Activation
        Of the last layer.

    Raises
    ------
    ExportError
        If they are no weights of a network, or there are too few or many activations.
    """
    layers = [_checked(number, *pair) for number, pair in enumerate(pairs, start=1)]
    if not layers:
        raise ExportError("there are no weights; give those of at least one layer")
    for number, (one, following) in enumerate(pairwise(layers), start=1):
        if following.weights.shape[1] != len(one.biases):
            raise ExportError(
                f"layer {number} has {len(one.biases)} neurons, but layer {number + 1} takes "
                f"{following.weights.shape[1]} inputs; only layers in a row can be imported"
            )
    n_hidden = len(layers) - 1
    several = isinstance(activation, Sequence) and not isinstance(activation, str)
    functions: list[Any] = list(activation) if several else [activation] * n_hidden  # type: ignore[arg-type]
    if len(functions) != n_hidden:
        raise ExportError(
            f"activation has {len(functions)} entries for {n_hidden} hidden layers; give one each"
        )
    dtype = np.result_type(*(array for pair in layers for array in pair))
    return Perceptron(
        [_layer(pair, f, dtype) for pair, f in zip(layers, [*functions, last], strict=True)]
    )


def _checked(number: int, weights: Any, biases: Any) -> _Pair:
    W, b = _array(weights), _array(biases)
    if W.ndim != 2 or b.shape != W.shape[:1] or not W.size:
        raise ExportError(
            f"layer {number} has weights of shape {W.shape} and biases of shape {b.shape}; a fully "
            "connected layer has (n_out, n_in) and (n_out,)"
        )
    if not np.isfinite(W).all() or not np.isfinite(b).all():
        raise ExportError(f"a weight or bias of layer {number} is not finite")
    return _Pair(W, b)


def _array(values: Any) -> Array:
    """Return an array or a tensor as float32 or float64."""
    try:
        array = np.asarray(values)
        return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ExportError(
            f"{type(values).__name__} is no array of floats ({error}); of a tensor give "
            "tensor.detach().cpu().float()"
        ) from None


def _layer(pair: _Pair, activation: str | Elementwise, dtype: Any) -> Layer:
    n_out, n_in = pair.weights.shape
    layer = Layer(n_in, n_out, activation, rng=0, dtype=dtype)
    layer.weights, layer.biases = pair.weights, pair.biases[:, np.newaxis]
    return layer


# PyTorch ------------------------------------------------------------------------------------


def to_torch(model: Network, names: Sequence[str] | None = None) -> dict[str, Array]:
    """Return weights under the names of a PyTorch state dict.

    ``module.load_state_dict({name: torch.from_numpy(a) for name, a in to_torch(model).items()})``

    Parameters
    ----------
    model : Perceptron, MLPClassifier, MLPRegressor or TableModel
    names : sequence of str, optional
        Of the modules; by default those of ``Sequential(Linear, ReLU, Linear, …)``: 0, 2, ….

    Returns
    -------
    dict of str to array
        "0.weight" of shape (n_out, n_in), "0.bias" of shape (n_out,), and so on.

    Examples
    --------
    >>> {name: a.shape for name, a in to_torch(Perceptron([Layer(2, 3, "relu")])).items()}
    {'0.weight': (3, 2), '0.bias': (3,)}
    """
    pairs = _pairs(model)
    names = [str(2 * k) for k in range(len(pairs))] if names is None else names
    if len(names) != len(pairs):
        raise ExportError(f"names has {len(names)} entries for {len(pairs)} layers; give one each")
    return {
        f"{name}.{part}": array
        for name, pair in zip(names, pairs, strict=True)
        for part, array in (("weight", pair.weights), ("bias", pair.biases))
    }


def from_torch(
    state: Mapping[str, Any],
    activation: str | Elementwise | Sequence[str | Elementwise] = "relu",
    last: str | Elementwise = "identity",
) -> Perceptron:
    """Return the network of a PyTorch state dict of `Linear` layers in a row.

    Parameters
    ----------
    state : mapping of str to tensor or array
        ``module.state_dict()``, in the order of the layers.
    activation : str, Activation or sequence of them
        Of the hidden layers.
    last : str or Activation
        Of the last layer.

    Raises
    ------
    ExportError
        If there is anything else than weights and biases of layers in a row.
    """
    return network_of_weights(_of_modules(state), activation, last)


def _of_modules(state: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    modules: dict[str, dict[str, Any]] = {}
    for name, value in state.items():
        module, _, part = name.rpartition(".")
        if part not in {"weight", "bias"}:
            raise ExportError(f"the state dict has {name!r}, which no fully connected layer has")
        modules.setdefault(module, {})[part] = value
    for module, parts in modules.items():
        if "weight" not in parts:
            raise ExportError(f"the state dict has a bias of {module!r}, but no weight of it")
        weight = _array(parts["weight"])
        yield weight, parts.get("bias", np.zeros(weight.shape[:1], weight.dtype))


# Keras --------------------------------------------------------------------------------------


def to_keras(model: Network) -> list[Array]:
    """Return weights as ``set_weights`` of a Keras model of `Dense` layers takes them.

    Parameters
    ----------
    model : Perceptron, MLPClassifier, MLPRegressor or TableModel

    Returns
    -------
    list of array
        A kernel of shape (n_in, n_out) and a bias of shape (n_out,) for each layer.
    """
    return [array for W, b in _pairs(model) for array in (np.ascontiguousarray(W.T), b)]


def from_keras(
    weights: Sequence[Any],
    activation: str | Elementwise | Sequence[str | Elementwise] = "relu",
    last: str | Elementwise = "identity",
) -> Perceptron:
    """Return the network of ``get_weights()`` of a Keras model of `Dense` layers in a row.

    Parameters
    ----------
    weights : sequence of array
        Kernels, each with its bias behind it, or without one.
    activation : str, Activation or sequence of them
        Of the hidden layers.
    last : str or Activation
        Of the last layer.

    Raises
    ------
    ExportError
        If they are no such weights.
    """
    return network_of_weights(_of_kernels(map(_array, weights)), activation, last)


def _of_kernels(arrays: Iterable[Array]) -> Iterator[tuple[Array, Array]]:
    kernel: Array | None = None
    for array in arrays:
        if array.ndim == 1 and kernel is not None:
            yield kernel.T, array
            kernel = None
        elif array.ndim == 2:
            if kernel is not None:
                yield kernel.T, np.zeros(kernel.shape[1], kernel.dtype)
            kernel = array
        else:
            raise ExportError(
                f"an array of shape {array.shape} stands where a kernel (n_in, n_out) or its bias "
                "(n_out,) should; only Dense layers can be imported"
            )
    if kernel is not None:
        yield kernel.T, np.zeros(kernel.shape[1], kernel.dtype)


# scikit-learn -------------------------------------------------------------------------------

_THEIR_ACTIVATIONS = {
    "identity": "identity",
    "relu": "relu",
    "sigmoid": "logistic",
    "logistic": "logistic",
    "tanh": "tanh",
}
_ALL = ("n_features_in_", "feature_names_in_", "classes_", "_label_binarizer")
_COURSE = ("n_iter_", "t_", "loss_", "best_loss_", "loss_curve_", "validation_scores_",
           "best_validation_score_")  # fmt: skip


def to_sklearn(model: MLPClassifier | MLPRegressor) -> Any:
    """Return scikit-learn's estimator with the weights of ours; it predicts the same.

    Scales of ``standardize=True`` are folded into the weights. Parameters that scikit-learn has
    too are taken over where it allows their values.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        Of chainrule, fitted.

    Returns
    -------
    sklearn.neural_network.MLPClassifier or MLPRegressor

    Raises
    ------
    ExportError
        If scikit-learn does not have the activations or the link of the loss.
    """
    pairs = _pairs(model)
    kind = getattr(neural_network, type(model).__name__)
    names = {repr(layer.activation) for layer in model.perceptron_.layers[:-1]} or {"identity"}
    if len(names) > 1 or not names <= {*_THEIR_ACTIVATIONS}:
        raise ExportError(
            f"scikit-learn has one activation for all hidden layers, of identity, sigmoid, tanh "
            f"and relu; this model has {', '.join(sorted(names))}"
        )
    theirs = kind(
        hidden_layer_sizes=tuple(len(pair.biases) for pair in pairs[:-1]),
        activation=_THEIR_ACTIVATIONS[names.pop()],
    )
    _take_parameters(theirs, model)
    link = model.loss_function_.link.name
    plain = isinstance(model, MLPClassifier) or link == "identity"
    if not plain and getattr(theirs, "loss", "") != model.loss:
        raise ExportError(f"scikit-learn's regressor has no link {link!r}")
    theirs.coefs_ = [np.ascontiguousarray(pair.weights.T) for pair in pairs]
    theirs.intercepts_ = [pair.biases for pair in pairs]
    theirs.n_layers_, theirs.n_outputs_ = len(pairs) + 1, len(pairs[-1].biases)
    theirs.out_activation_ = model.out_activation_
    _copy(model, theirs, (*_ALL, *_COURSE))
    return theirs


def _take_parameters(theirs: Any, ours: Any) -> None:
    """Set what both have, but for values that scikit-learn does not allow."""
    shape = {"hidden_layer_sizes", "activation"}
    for name in sorted({*theirs.get_params()} & {*ours.get_params()} - shape):
        before = getattr(theirs, name)
        theirs.set_params(**{name: getattr(ours, name)})
        try:
            theirs._validate_params()
        except ValueError:
            theirs.set_params(**{name: before})


def from_sklearn(theirs: Any) -> MLPClassifier | MLPRegressor:
    """Return our estimator with the weights and parameters of scikit-learn's; it predicts the same.

    Parameters
    ----------
    theirs : sklearn.neural_network.MLPClassifier or MLPRegressor
        Fitted.

    Raises
    ------
    TypeError
        If it is neither.
    ExportError
        If it is not fitted.
    """
    kinds = (
        (neural_network.MLPClassifier, MLPClassifier),
        (neural_network.MLPRegressor, MLPRegressor),
    )
    kind = next((ours for known, ours in kinds if isinstance(theirs, known)), None)
    if kind is None:
        raise TypeError(
            "scikit-learn's multilayer perceptrons are MLPClassifier and MLPRegressor, got "
            f"{type(theirs).__name__}"
        )
    if not hasattr(theirs, "coefs_"):
        raise ExportError(f"this {type(theirs).__name__} is not fitted; call fit first")
    parameters = theirs.get_params()
    ours: Any = kind()
    ours.set_params(**{name: parameters[name] for name in {*ours.get_params()} & {*parameters}})
    ours.coefs_ = [np.array(W) for W in theirs.coefs_]
    ours.intercepts_ = [np.array(b) for b in theirs.intercepts_]
    _copy(theirs, ours, (*_ALL, *_COURSE))
    return ours


def _copy(source: Any, target: Any, names: Iterable[str]) -> None:
    for name in names:
        value = getattr(source, name, None)
        if value is not None:
            setattr(target, name, value.copy() if hasattr(value, "copy") else value)
