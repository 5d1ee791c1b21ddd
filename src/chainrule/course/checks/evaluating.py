"""Chapter 6: predicted labels and accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.course.checks.matching import Question, asking
from chainrule.course.checks.numbers import numbers_in
from chainrule.diagnosis.book.chapters import evaluating as book
from chainrule.layers import Layer
from chainrule.perceptron import Perceptron

# Labels ----------------------------------------------------------------------------------------


def _network(seed: int) -> Perceptron:
    layers = [Layer(2, 4, "tanh", rng=seed), Layer(4, 1, "sigmoid", rng=seed + 1)]
    layers[1].weights = layers[1].weights * 3
    return Perceptron(layers)


def _known() -> tuple[Perceptron, Any]:
    """Return a network with a row's first number as output, and rows near the threshold."""
    layer = Layer(2, 1, "identity", rng=0)
    layer.weights, layer.biases = [[1.0, 0.0]], [[0.0]]
    p = [0.51, 0.49, 0.97, 0.4, 0.501, 0.03, 0.6, 0.499]
    return Perceptron([layer]), np.column_stack([p, np.linspace(-1, 1, len(p))])


def _rows(seed: int, n: int) -> Any:
    return np.random.default_rng(seed).uniform(-2, 2, (n, 2))


_MODELS: tuple[tuple[Any, Any], ...] = (
    *((_network(seed), _rows(seed, 9)) for seed in (2, 5, 17)),
    _known(),
)


def _flat(labels: Any) -> Any:
    """Flatten labels of shape (n, 1) or in a list to (n,)."""
    numbers = numbers_in(labels)
    return labels if numbers is None or numbers.shape == () else numbers.ravel()


_PREDICT = Question(
    "predict(model, X)", book.PREDICT, ("model", "X"), _MODELS,
    run=lambda predict, model, X: _flat(predict(model, X)),
)  # fmt: skip
check_predict = asking(_PREDICT, "predict")


# Accuracy --------------------------------------------------------------------------------------


def _of(y: Sequence[int], predictions: Sequence[int], *shape: int) -> tuple[Any, Any]:
    return np.array(y, float)[:, np.newaxis], np.array(predictions, float).reshape(shape)


_ACCURACIES = (
    _of([1, 0, 0, 1, 1], [1, 0, 1, 1, 0], 5, 1),
    _of([1, 0, 0, 1, 1], [1, 0, 1, 1, 1], 5),
    _of([0, 0, 0, 1, 0, 1, 0, 0], [0, 0, 0, 0, 0, 1, 1, 0], 8),
    _of([1, 0, 1], [1, 0, 1], 3, 1),
    _of([1, 0, 0, 0], [0, 0, 0, 0], 4),
)
_ACCURACY = Question("accuracy(y, predictions)", book.ACCURACY, ("y", "predictions"), _ACCURACIES)
check_accuracy = asking(_ACCURACY, "accuracy")
