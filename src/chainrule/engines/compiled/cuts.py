"""How the work of a step is cut: by the shapes alone, never by the number of workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chainrule.layers import Layer

_MOST_PANELS = 64
_TILE_ROWS = 8
_MOST_TASKS = 64
_LEAST_TASK = 4096  # parameters: a smaller task is not worth handing out


def rounded_up(number: int, unit: int) -> int:
    """Return the smallest multiple of `unit` that is not below the number."""
    return -(-number // unit) * unit


class Panel(NamedTuple):
    """Neighbouring samples of a batch: number, first sample, how many, columns with padding."""

    number: int
    first: int
    samples: int
    width: int


def width_of_panels(batch_size: int, lanes: int) -> int:
    """Return how wide the panels of a training are: its smaller last batch has the same."""
    pair = 2 * lanes
    return pair * -(-batch_size // (pair * _MOST_PANELS))


def cut_batch(rows: int, width: int, lanes: int) -> list[Panel]:
    """Cut a batch into panels of one width; the last one may be narrower."""
    return [
        Panel(number, first, min(width, rows - first), min(width, rounded_up(rows - first, lanes)))
        for number, first in enumerate(range(0, rows, width))
    ]


def gradient_by_panels(layers: Sequence[Layer], rows: int, panels: int) -> bool:
    """Say whether each panel has a gradient of its own, to be added up.

    A worker needs what the others computed: for rows of dW, the a_prev and dz of all samples; for a
    part of a sum, that part of every panel's gradient. The smaller of the two is handed on.
    """
    parameters = sum(layer.theta.size for layer in layers)
    activations = rows * sum(layer.n_inputs + layer.n_neurons for layer in layers)
    return panels > 1 and panels * parameters <= 2 * activations


class Rows(NamedTuple):
    """Some rows of a layer's weights; with the last of them go all its biases.

    `layer` is its number, `first` and `stop` are the rows, `start` is where they begin in θ,
    `parameters` how many numbers they are.
    """

    layer: int
    first: int
    stop: int
    start: int
    parameters: int


def cut_weights(layers: Sequence[Layer]) -> list[Rows]:
    """Cut θ into tasks of about equal size, none across two layers."""
    size = max(_LEAST_TASK, sum(layer.theta.size for layer in layers) // _MOST_TASKS)
    tasks = []
    start = 0
    for number, layer in enumerate(layers):
        height = rounded_up(max(1, size // layer.n_inputs), _TILE_ROWS)
        for first in range(0, layer.n_neurons, height):
            stop = min(first + height, layer.n_neurons)
            biases = layer.n_neurons if stop == layer.n_neurons else 0
            parameters = (stop - first) * layer.n_inputs + biases
            tasks.append(Rows(number, first, stop, start, parameters))
            start += parameters
    return tasks


def work_of_step(layers: Sequence[Layer], rows: int) -> int:
    """Return the floating-point operations of a step's products."""
    return 6 * rows * sum(layer.n_inputs * layer.n_neurons for layer in layers)
