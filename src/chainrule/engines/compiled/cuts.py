"""How the work of a step is cut: by the shapes alone, never by the number of workers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import lcm
from typing import NamedTuple

from chainrule.engines.compiled.blocks import Block, Blocks
from chainrule.layers import Layer

WORK_WORTH_A_THREAD = 3e5  # floating-point operations of a step
_MOST_PANELS = 64
_PAIRS_OF_ONE_WORKER = 4
_SAMPLES_OF_A_GROUP = 64
_TILE_ROWS = 12  # two tiles of 6 rows, or one of 8 and one of 4
_MOST_TASKS = 64
_LARGE_BYTES, _MANY_SAMPLES = 2**17, 64  # of a W, and a batch, for which a copy of Wᵀ pays
_LEAST_TASK = 1024  # parameters: a smaller task is not worth handing out


def rounded_up(number: int, unit: int) -> int:
    """Return the smallest multiple of `unit` that is not below the number."""
    return -(-number // unit) * unit


class Panel(NamedTuple):
    """Neighbouring samples of a batch: number, first sample, how many, columns with padding."""

    number: int
    first: int
    samples: int
    width: int


def width_of_panels(layers: Sequence[Layer], batch_size: int, lanes: int) -> int:
    """Return how wide the panels of a training are: its smaller last batch has the same.

    Where the work is too little for two workers, fewer and wider panels cost fewer calls.
    """
    pair = 2 * lanes
    if work_of_step(layers, batch_size) < WORK_WORTH_A_THREAD:
        return min(rounded_up(batch_size, pair), _PAIRS_OF_ONE_WORKER * pair)
    return pair * -(-batch_size // (pair * _MOST_PANELS))


def cut_batch(rows: int, width: int, lanes: int) -> list[Panel]:
    """Cut a batch into panels of one width; the last one may be narrower."""
    return [
        Panel(number, first, min(width, rows - first), min(width, rounded_up(rows - first, lanes)))
        for number, first in enumerate(range(0, rows, width))
    ]


def gradient_by_groups(layers: Sequence[Layer], panels: Sequence[Panel]) -> bool:
    """Say whether each group of panels has a gradient of its own, to be added up.

    A worker needs what the others computed: for rows of dW, the a_prev and dz of all samples; for a
    part of a sum, that part of every group's gradient. The smaller of the two is handed on, with
    a gradient for each panel in the comparison: groups are few, and would leave the workers of
    a large machine idle on a network that has work for all of them.
    """
    parameters = sum(layer.theta.size for layer in layers)
    rows = sum(panel.samples for panel in panels)
    activations = rows * sum(layer.n_inputs + layer.n_neurons for layer in layers)
    return len(panels) > 1 and len(panels) * parameters <= 2 * activations


def grouped(panels: Sequence[Panel]) -> list[Sequence[Panel]]:
    """Cut the panels into groups of neighbours, as even as they can be.

    The more samples a group has, the longer are the sums of its gradient and the fewer gradients
    there are to add up; but two workers at least want a group each.
    """
    rows = sum(panel.samples for panel in panels)
    count = min(len(panels), max(2, -(-rows // _SAMPLES_OF_A_GROUP)))
    starts = [number * len(panels) // count for number in range(count + 1)]
    return [panels[first:stop] for first, stop in pairwise(starts)]


def spans_of(panels: Sequence[Panel], *, by_groups: bool) -> list[Sequence[Panel]]:
    """Return the panels by what a gradient is summed over: each group, or all of them."""
    return grouped(panels) if by_groups and panels else [panels]


class WeightRows(NamedTuple):
    """Some rows of the weights of a layer's block; with the last of them go all its biases.

    `layer` is the layer's number, `first` and `stop` are the rows in the block, `start` is where
    they begin in θ, `parameters` how many numbers they are.
    """

    layer: int
    block: Block
    first: int
    stop: int
    start: int
    parameters: int

    @classmethod
    def of(cls, layer: int, block: Block, first: int, stop: int, start: int) -> WeightRows:
        """Return the rows of a block whose W begins at `start` in θ."""
        biases = block.n_neurons if stop == block.n_neurons else 0
        parameters = (stop - first) * block.n_inputs + biases
        return cls(layer, block, first, stop, start + first * block.n_inputs, parameters)


class WeightTask(NamedTuple):
    """Neighbouring parameters of a layer that one worker updates at once.

    `start` is where they begin in θ, `parameters` how many numbers they are, `parts` rows of
    weights: of one block, or of several small ones.
    """

    start: int
    parameters: int
    parts: tuple[WeightRows, ...]


def has_copy_of_weights(layers: Sequence[Layer], number: int, batch_size: int, lanes: int) -> bool:
    """Say whether da_prev of a layer is the product of a copy of Wᵀ, made after each update.

    To go down the columns of a large W whose rows lie a power of two apart takes up to twice as
    long as to go along the rows of Wᵀ; a copy costs as much as some samples. The first layer has no
    da_prev. The copy is made by squares of as many numbers as a vector holds.
    """
    layer = layers[number]
    if len(layer.groups) > 1:
        return False
    large = layer.n_neurons * layer.n_inputs * layer.dtype.itemsize >= _LARGE_BYTES
    return number > 0 and large and batch_size >= _MANY_SAMPLES and layer.n_inputs % lanes == 0


def cut_weights(layers: Sequence[Layer], batch_size: int, lanes: int) -> list[WeightTask]:
    """Cut θ into tasks of about equal size, none across two layers."""
    size = max(_LEAST_TASK, sum(layer.theta.size for layer in layers) // _MOST_TASKS)
    tasks = []
    start = 0
    for number, layer in enumerate(layers):
        copied = has_copy_of_weights(layers, number, batch_size, lanes)
        unit = _rows_of_copies(lanes) if copied else _TILE_ROWS
        rows = [
            part
            for block in Blocks.of(layer).blocks
            for part in _cut_block(number, block, start + block.start, size, unit)
        ]
        tasks += _joined_to(size, rows)
        start += layer.theta.size
    return tasks


def _cut_block(layer: int, block: Block, start: int, size: int, unit: int) -> Iterator[WeightRows]:
    """Cut a block's rows into pieces of about so many parameters; none if nothing is learned."""
    if not block.parameters:
        return
    pieces = max(1, round(block.n_neurons * block.n_inputs / size))
    height = rounded_up(-(-block.n_neurons // pieces), unit)
    for first in range(0, block.n_neurons, height):
        stop = min(first + height, block.n_neurons)
        yield WeightRows.of(layer, block, first, stop, start)


def _joined_to(size: int, rows: Sequence[WeightRows]) -> list[WeightTask]:
    """Join neighbouring small blocks to tasks of up to so many parameters."""
    tasks: list[list[WeightRows]] = []
    room = 0
    for part in rows:
        if not tasks or part.first or part.parameters > room:
            tasks.append([])
            room = size
        tasks[-1].append(part)
        room -= part.parameters
    return [
        WeightTask(parts[0].start, sum(part.parameters for part in parts), tuple(parts))
        for parts in tasks
    ]


def _rows_of_copies(lanes: int) -> int:
    """Return how many rows there are to whole tiles and whole squares of a copy.

    Two tasks may then write to the copy at once: no square of it belongs to both.
    """
    return lanes if lanes > _TILE_ROWS else lcm(_TILE_ROWS, lanes)


def shared_out(sizes: Sequence[int], workers: int) -> list[range]:
    """Return the pieces of each worker: neighbours, of about as much in total as the others have.

    Neighbouring tasks read the same layers' activations, and neighbouring panels write to
    neighbouring cache lines; what two workers share is handed from core to core.
    """
    total, ends = sum(sizes), accumulate(sizes)
    middles = (end - size / 2 for end, size in zip(ends, sizes, strict=True))
    owners = [int(middle * workers / total) for middle in middles]
    starts = [bisect_left(owners, worker) for worker in range(workers + 1)]
    return [range(start, stop) for start, stop in pairwise(starts)]


def work_of_step(layers: Sequence[Layer], rows: int) -> int:
    """Return the floating-point operations of a step's products."""
    groups = (group for layer in layers for group in layer.groups if group.theta.size)
    return 6 * rows * sum(group.n_inputs * group.n_neurons for group in groups)
