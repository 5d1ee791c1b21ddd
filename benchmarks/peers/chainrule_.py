"""chainrule: one call of Perceptron.fit for all epochs, one of predict for all rows."""

from __future__ import annotations

import os
from itertools import pairwise

import numpy as np

from benchmarks.cells import Cell
from benchmarks.data import LEARNING_RATE, Array, inputs, targets
from benchmarks.environment import ENGINE_VARIABLE
from benchmarks.peers import Ways
from chainrule import Layer, Perceptron
from chainrule.engines import ENGINES

PACKAGES = ("chainrule", "llvmlite", "numpy")

ENGINE = os.environ.get(ENGINE_VARIABLE) or ("compiled" if "compiled" in ENGINES else "reference")

_LOSSES = {
    "classes": "softmax_cross_entropy",
    "binary": "binary_cross_entropy",
    "numbers": "squared_error",
}


def training(cell: Cell) -> Ways:
    """Fit for as many epochs as asked."""
    x, y, model = inputs(cell), targets(cell), network(cell)
    return {ENGINE: lambda passes: fit(cell, model, x, y, passes)}


def prediction(cell: Cell) -> Ways:
    """Ask for probabilities or numbers."""
    model, x = network(cell), inputs(cell)

    def run(passes: int) -> None:
        for _ in range(passes):
            answers(cell, model, x)

    return {ENGINE: run}


def network(cell: Cell) -> Perceptron:
    """Return the cell's network."""
    names = [cell.activation] * (len(cell.sizes) - 2) + [
        "sigmoid" if cell.target == "binary" else "identity"
    ]
    return Perceptron(
        [
            Layer(n_in, n_out, name, initializer="he_normal", rng=i, dtype=cell.dtype)
            for i, ((n_in, n_out), name) in enumerate(zip(pairwise(cell.sizes), names, strict=True))
        ]
    )


def loss_of(cell: Cell) -> str:
    """Return the name of the loss that the cell's target has."""
    return _LOSSES[cell.target]


def fit(cell: Cell, model: Perceptron, x: Array, y: Array, epochs: int) -> None:
    """Train the model for some epochs."""
    model.fit(
        x,
        y,
        epochs,
        LEARNING_RATE,
        loss=loss_of(cell),
        optimizer=cell.optimizer,
        batch_size=cell.batch_size,
        engine=ENGINE,
        rng=np.random.default_rng(4),
        verbose=False,
    )


def answers(cell: Cell, model: Perceptron, x: Array) -> Array:
    """Return probabilities or numbers, as the other peers do."""
    loss = loss_of(cell) if cell.target == "classes" else None
    return model.predict(x, loss=loss, engine=ENGINE)
