"""The chain-rule panel: all quantities of a training step on a point, by `trace`."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.layers import Layer
from chainrule.perceptron import Perceptron
from chainrule.play.playground.commands import Point
from chainrule.play.playground.pictures import Blueprint
from chainrule.play.playground.snapshots import Snapshot
from chainrule.tracing import Trace, trace
from chainrule.tracing.notation import mathml

_MOST_ENTRIES = 64


def panel(shot: Snapshot, point: Point) -> dict[str, Any]:
    """Return the panel's event: each quantity with its formula, as MathML, and its numbers.

    Parameters
    ----------
    shot : Snapshot
        Of the run whose shown epoch has the weights.
    point : Point
        A row of the points, or a place with an optional target.

    Raises
    ------
    ValueError
        If there is no such row, or the numbers do not fit the network.
    """
    step = trace_of(shot, point)
    return {
        "event": "panel",
        "epoch": shot.shown.epoch,
        "row": point.row,
        "title": step.title,
        "steps": [_step(step, name) for name in step],
    }


def trace_of(shot: Snapshot, point: Point) -> Trace:
    """Return the trace of one step on a point, with the weights of the shown epoch."""
    x, y = _sample(shot, point)
    network = network_of(shot.plan, shot.shown.theta)
    rate = shot.state.learning_rate
    return trace(network, x, y, loss=str(shot.state.loss), learning_rate=rate)


def network_of(plan: Blueprint, theta: Array) -> Perceptron:
    """Return a network with these weights."""
    layers = []
    for W, b, activation in plan.layers_of(theta):
        layer = Layer(W.shape[1], W.shape[0], activation, rng=0)
        layer.weights, layer.biases = W, b[:, np.newaxis]
        layers.append(layer)
    return Perceptron(layers)


def _sample(shot: Snapshot, point: Point) -> tuple[Array, Array | None]:
    points = shot.points
    if point.row is not None:
        if point.row >= len(points.y):
            raise ValueError(f"there is no point {point.row}; they are 0 to {len(points.y) - 1}")
        return points.x[point.row], points.targets(str(shot.state.loss))[point.row]
    x = np.array(point.x, dtype=np.float64)
    n_inputs = points.x.shape[1]
    if len(x) == 2:
        x = points.inputs_of(x)
    elif len(x) != n_inputs:
        raise ValueError(f"a point has 2 numbers, or {n_inputs} inputs, got {len(x)}")
    return x, None if point.y is None else np.array(point.y, dtype=np.float64)


def _step(step: Trace, name: str) -> dict[str, Any]:
    quantity = step[name]
    value = np.atleast_2d(quantity.value)
    return {
        "name": quantity.name,
        "formula": quantity.formula,
        "mathml": mathml(f"{quantity.name} = {quantity.formula}" if quantity.formula else name),
        "part": quantity.part,
        "layer": quantity.layer,
        "shape": list(value.shape),
        "value": [[_finite(number) for number in row] for row in value.tolist()],
        "with_numbers": _with_numbers(step, name, value),
        "sources": list(quantity.sources),
        "remark": quantity.remark,
    }


def _with_numbers(step: Trace, name: str, value: Array) -> list[list[str]] | None:
    """Return each entry's formula with its numbers; None for large or given quantities."""
    quantity = step[name]
    if not quantity.formula or value.size > _MOST_ENTRIES:
        return None
    rows, columns = value.shape
    flat = [_entry(step, name, i, j) for i, j in product(range(rows), range(columns))]
    return [flat[i * columns : (i + 1) * columns] for i in range(rows)]


def _entry(step: Trace, name: str, i: int, j: int) -> str:
    two = step[name].value.ndim == 2
    return step.entry(name, i, j) if two else step.entry(name, *([j] * step[name].value.ndim))


def _finite(number: float) -> float | str:
    return number if np.isfinite(number) else str(number)
