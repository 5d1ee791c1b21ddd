"""Chapter 6: predicted labels, and how many of them are right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.course.checks.learner import Learner
from chainrule.course.checks.matching import Question, Wrong, ask
from chainrule.course.checks.numbers import numbers_in
from chainrule.diagnosis import Finding
from chainrule.layers import Layer
from chainrule.perceptron import Perceptron

# Labels ----------------------------------------------------------------------------------------


def _network(seed: int) -> Perceptron:
    layers = [Layer(2, 4, "tanh", rng=seed), Layer(4, 1, "sigmoid", rng=seed + 1)]
    layers[1].weights = layers[1].weights * 3
    return Perceptron(layers)


def _known() -> tuple[Perceptron, Any]:
    """Return a network that answers with a row's first number, and rows near the threshold."""
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


def _p(model: Any, X: Any) -> Any:
    return np.array([model.forward(row)[0, 0] for row in X])


_PREDICT = Question(
    "predict(model, X)",
    "labels",
    "1 where ŷ is above 0.5, and 0 elsewhere",
    lambda model, X: np.round(_p(model, X)),
    ("model", "X"),
    _MODELS,
    (
        Wrong("not-rounded", "the probabilities come back, not labels", _p),
        Wrong(
            "threshold-0",
            "every ŷ is above 0: the label is 1 where it is above 0.5",
            lambda model, X: np.ones(len(X)),
        ),
        Wrong(
            "turned-round",
            "the labels are turned round",
            lambda model, X: 1 - np.round(_p(model, X)),
        ),
        Wrong(
            "rounded-down",
            "everything is rounded down to 0: int(ŷ) and // cut off",
            lambda model, X: np.zeros(len(X)),
        ),
        Wrong(
            "one-row",
            "only the first row is predicted",
            lambda model, X: np.round(_p(model, X[:1])),
        ),
        Wrong(
            "last-row",
            "only the last row is predicted",
            lambda model, X: np.round(_p(model, X[-1:])),
        ),
        Wrong(
            "reversed",
            "the labels come in reverse order",
            lambda model, X: np.round(_p(model, X))[::-1],
        ),
        Wrong(
            "signs",
            "labels are −1 and 1; here they are 0 and 1",
            lambda model, X: np.where(_p(model, X) > 0.5, 1, -1),
        ),
    ),
    words=("round", "forward", "return"),
)


def look_at_predict(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with the labels; they may come as (n,), (n, 1) or a list."""
    predict = learner.function("predict")

    def flat(model: Any, X: Any) -> Any:
        got = predict(model, X)
        numbers = numbers_in(got)
        return got if numbers is None or numbers.shape == () else numbers.ravel()

    found = ask(_PREDICT, flat, (learner.module, "predict"), learner.file)
    if found:
        yield found


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


def _equal(y: Any, p: Any) -> Any:
    return np.ravel(y) == np.ravel(p)


_ACCURACY = Question(
    "accuracy(y, predictions)",
    "accuracy",
    "(rows with prediction = y) / n",
    lambda y, p: np.mean(_equal(y, p)),
    ("y", "predictions"),
    _ACCURACIES,
    (
        Wrong(
            "square",
            "(n, 1) against (n,) makes a square of n × n comparisons",
            lambda y, p: np.mean(y == p),
        ),
        Wrong(
            "square-summed",
            "(n, 1) against (n,) makes a square of n × n comparisons",
            lambda y, p: np.sum(y == p) / len(y),
        ),
        Wrong(
            "error-rate",
            "this is the share of wrong predictions",
            lambda y, p: 1 - np.mean(_equal(y, p)),
        ),
        Wrong(
            "count",
            "the right predictions are counted, but not divided by n",
            lambda y, p: np.sum(_equal(y, p)),
        ),
        Wrong(
            "percent",
            "this is in percent; a share lies between 0 and 1",
            lambda y, p: 100 * np.mean(_equal(y, p)),
        ),
        Wrong(
            "all-or-nothing",
            "it asks whether all are right",
            lambda y, p: float(_equal(y, p).all()),
        ),
        Wrong("each", "every row's answer comes back: they are not averaged", _equal),
        Wrong(
            "ones-only",
            "only rows with label 1 are counted as right",
            lambda y, p: np.mean((np.ravel(y) == 1) & (np.ravel(p) == 1)),
        ),
        Wrong(
            "recall",
            "this is the share among the rows with label 1 (recall)",
            lambda y, p: np.mean(np.ravel(p)[np.ravel(y) == 1] == 1),
        ),
        Wrong(
            "mean-prediction",
            "this is the share of predictions that are 1",
            lambda y, p: np.mean(p),
        ),
    ),
    words=("mean", "sum", "return"),
)


def look_at_accuracy(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with the share of right predictions."""
    accuracy = learner.function("accuracy")
    found = ask(_ACCURACY, accuracy, (learner.module, "accuracy"), learner.file)
    if found:
        yield found
