"""Train with a learner's own `Layer` and `Perceptron`, epoch by epoch, inside the child process."""

from __future__ import annotations

import faulthandler
import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from chainrule.activations import get_activation
from chainrule.arrays import Array
from chainrule.course.exceptions import explained
from chainrule.course.running import Tell, as_plain, load_module
from chainrule.losses import binary_cross_entropy

_WITH_BATCHES = 5  # data, labels, epochs, learning rate, batch size
_SMALLEST = 1e-12


def train_with(
    request: Mapping[str, Any], file: Path, tell: Tell, alarm: Callable[[], None]
) -> None:
    """Train a network of the learner's classes, and report loss and weights after every epoch.

    `Perceptron.fit` of the file is called for one epoch at a time. Where the file has none, or it
    is not written yet, each sample goes forward and back through the learner's layers.

    Parameters
    ----------
    request : mapping
        With layers, weights, x, y, epochs, learning_rate, batch_size and seed.
    file : Path
    tell : callable
    alarm : callable
        Sets the time limit anew: it is that of an epoch.
    """
    tell({"begin": ""})
    x, y = np.array(request["x"], float), np.array(request["y"], float).reshape(-1, 1)
    epoch = 0
    try:
        module = load_module(file)
        np.random.seed(request["seed"])  # noqa: NPY002 (the learner's code draws from there)
        layers = _layers(module, request)
        run_epoch, way = _way(module, layers, request)
        tell({"ready": way})
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for epoch in range(1, request["epochs"] + 1):
                alarm()
                run_epoch(x, y)
                faulthandler.cancel_dump_traceback_later()  # to wait for a reader takes no time
                tell({"epoch": epoch, "loss": _loss(layers, x, y), "weights": _weights(layers)})
    except BaseException as error:
        doing = f"epoch {epoch}" if epoch else "the network"
        tell({"trouble": as_plain(explained(error, file.name, doing))})
        return
    tell({"end": True})


def _layers(module: ModuleType, request: Mapping[str, Any]) -> list[Any]:
    layers = []
    for (n_inputs, n_neurons, name), (weights, biases) in zip(
        request["layers"], request["weights"], strict=True
    ):
        layer = module.Layer(n_inputs, n_neurons, get_activation(name))
        layer.weights = np.array(weights, float)
        layer.biases = np.array(biases, float).reshape(-1, 1)
        layers.append(layer)
    return layers


def _way(
    module: ModuleType, layers: Sequence[Any], request: Mapping[str, Any]
) -> tuple[Callable[[Array, Array], None], str]:
    """Return a function for an epoch, and its name: the learner's `fit`, or a loop of samples."""
    rate, fit = request["learning_rate"], getattr(module, "Perceptron", None)
    fit = getattr(fit, "fit", None)
    if fit is None or _is_not_written(fit):
        return lambda x, y: _each_sample(layers, x, y, rate), "Layer.backward"
    model = module.Perceptron(list(layers))
    more = len(inspect.signature(model.fit).parameters) >= _WITH_BATCHES
    sizes = (request["batch_size"],) if more else ()

    def run_epoch(x: Array, y: Array) -> None:
        model.fit(x.copy(), y.copy(), 1, rate, *sizes)

    return run_epoch, "Perceptron.fit"


def _is_not_written(function: Callable[..., Any]) -> bool:
    """Return True for a body that only raises NotImplementedError."""
    code = function.__code__
    return "NotImplementedError" in code.co_names and len(code.co_names) == 1


def _each_sample(layers: Sequence[Any], x: Array, y: Array, rate: float) -> None:
    for i in np.random.permutation(len(x)):  # noqa: NPY002 (the seed is NumPy's own)
        a = x[i].reshape(-1, 1)
        for layer in layers:
            a = layer.forward(a)
        y_hat = np.clip(a, _SMALLEST, 1 - _SMALLEST)  # a division by ŷ(1 − ŷ) follows
        da = (y_hat - y[i].reshape(-1, 1)) / (y_hat * (1 - y_hat))
        for layer in reversed(layers):
            da = layer.backward(da, rate)


def _loss(layers: Sequence[Any], x: Array, y: Array) -> float:
    """Return the mean loss of all rows with the weights as they are now."""
    a = x.T
    for layer in layers:
        z = layer.weights @ a + layer.biases
        a = layer.activation(z)
    return float(np.mean(binary_cross_entropy.value(z, y.T)))


def _weights(layers: Sequence[Any]) -> list[list[Any]]:
    return [
        [np.asarray(layer.weights, float).tolist(), np.ravel(layer.biases).tolist()]
        for layer in layers
    ]
