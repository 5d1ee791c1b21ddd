"""scikit-learn's MLPClassifier and MLPRegressor: one call of fit for all epochs."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from benchmarks.cells import Cell
from benchmarks.data import LEARNING_RATE, Array, class_numbers, inputs, targets
from benchmarks.peers import Ways

PACKAGES = ("scikit-learn", "scipy", "numpy")

_ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "logistic"}
_ROWS_TO_LEARN_FROM = 200  # before a prediction, which needs a fitted model


def training(cell: Cell) -> Ways:
    """Fit for as many epochs as asked; float32 rows make it work in float32."""
    x, y = inputs(cell), _labels(cell, targets(cell))
    return {"fit": lambda passes: _fit(cell, x, y, passes)}


def prediction(cell: Cell) -> Ways:
    """Ask for probabilities, or numbers; labels would cost an argmax more."""
    x, few = inputs(cell), replace(cell, rows=_ROWS_TO_LEARN_FROM)
    model = _fit(few, inputs(few), _labels(few, targets(few)), 1)
    ask = model.predict if cell.target == "numbers" else model.predict_proba

    def run(passes: int) -> None:
        for _ in range(passes):
            ask(x)

    return {"predict": run}


def _labels(cell: Cell, y: Array) -> Any:
    return y[:, 0] if cell.target == "numbers" else class_numbers(y)


def _fit(cell: Cell, x: Array, y: Any, passes: int) -> Any:
    """Fit without a test of convergence, which would end the run early."""
    kind = MLPRegressor if cell.target == "numbers" else MLPClassifier
    model = kind(
        hidden_layer_sizes=cell.sizes[1:-1],
        activation=_ACTIVATIONS[cell.activation],
        solver=cell.optimizer,
        alpha=0.0,
        batch_size=min(cell.batch_size, len(x)),
        learning_rate_init=LEARNING_RATE,
        momentum=0.0,
        nesterovs_momentum=False,
        max_iter=passes,
        tol=0.0,
        n_iter_no_change=passes + 1,
        random_state=1,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(x, y)
