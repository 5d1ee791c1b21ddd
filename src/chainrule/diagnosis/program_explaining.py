"""Which of the book's mistakes make a program's gradients, over the whole network.

From the last layer to the first, each gradient is explained by itself, given what came from behind:
by the right lines, by those of a mistake, or by none, and then it is unknown. The explanation with
the fewest unknown gradients, and then with the fewest mistakes, is the answer; one that comes again
in several layers is one. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.diagnosis.book import Mistake
from chainrule.diagnosis.program_layers import (
    LayerAt,
    Rows,
    Taken,
    Way,
    alike,
    both_rows,
    says_nothing,
)
from chainrule.diagnosis.program_outputs import Answers, Output, outputs
from chainrule.diagnosis.program_reading import Network

_OF_LAYERS = {"dz", "dW", "db", "da_prev", "W", "b"}
_MOST = 60  # explanations that are followed from layer to layer


class Seen(NamedTuple):
    """The gradients of a layer as the program has them; None where it has none."""

    W: Array | None
    b: Array | None
    rounding: float


class _At(NamedTuple):
    """A layer, its gradients, and what its step may have taken to show them."""

    layer: LayerAt
    seen: Seen
    weights: list[Taken]
    biases: list[Taken]


@dataclass(frozen=True)
class Explanation:
    """What explains a program's gradients.

    Attributes
    ----------
    placed : tuple of (Mistake, tuple of int)
        Each mistake, with the layers that it is in; the number of layers + 1 stands for daⁿ.
    unknown : tuple of (int, str)
        Gradients that no mistake explains: the layer, and "W" or "b".
    empty : int
        How many mistakes speak of several neurons, where there is one.
    """

    placed: tuple[tuple[Mistake, tuple[int, ...]], ...]
    unknown: tuple[tuple[int, str], ...]
    empty: int = 0

    @property
    def cost(self) -> tuple[int, int, int]:
        """How much it leaves open, how much it says is wrong, and how much of that is empty."""
        return len(self.unknown), len(self.placed), self.empty

    @property
    def keys(self) -> frozenset[str]:
        """The mistakes' names."""
        return frozenset(row.key for row, _ in self.placed)


class _Story(NamedTuple):
    """An explanation of the layers behind, and the da that it hands on to the next."""

    rows: tuple[tuple[Mistake, int], ...]
    unknown: tuple[tuple[int, str], ...]
    da: Array
    is_new: bool = False  # what was handed on is wrong, and has to show itself

    @property
    def cost(self) -> tuple[int, int]:
        return len(self.unknown), len({row.key for row, _ in self.rows})


def layers_of(network: Network, learning_rate: float | None) -> list[LayerAt]:
    """Return the layers with all that a forward pass makes."""
    found: list[LayerAt] = []
    a = z_prev = network.samples.x
    averaged = network.scale.samples
    for number, ((W, b), f) in enumerate(zip(network.arrays(), network.functions, strict=True), 1):
        z = W @ a + b
        found.append(LayerAt(number, f, W, b, a, z_prev, z, averaged, learning_rate))
        a, z_prev = f(z), z
    return found


def explanations(
    network: Network, seen: Sequence[Seen], learning_rate: float | None
) -> list[Explanation]:
    """Return the best explanations of a program's gradients; several do the same.

    Parameters
    ----------
    network : Network
    seen : sequence of Seen
        By layer.
    learning_rate : float, optional
        Of a step, which can have mistakes of its own.
    """
    with np.errstate(all="ignore"):
        layers = layers_of(network, learning_rate)
        last = layers[-1]
        answers = Answers(last.f(last.z), network.samples.y, network.form, network.scale)
        places = [_at(layer, one) for layer, one in zip(layers, seen, strict=True)]
        stories = _after_last(places[-1], outputs(last, answers))
        for place in reversed(places[:-1]):
            stories = [
                after
                for story in _best(stories)
                for way in place.layer.dz(story.da)
                for after in _explained(place, story, Output(way.rows, story.da, way.values))
            ]
    found = [_explanation(story, layers) for story in stories]
    least = min(one.cost for one in found)
    return _shortest(one for one in found if one.cost == least)


def _at(layer: LayerAt, seen: Seen) -> _At:
    taken = [
        [] if values is None else layer.stepped(part, values)
        for part, values in (("W", seen.W), ("b", seen.b))
    ]
    return _At(layer, seen, *taken)


def _after_last(last: _At, ways: Sequence[Output]) -> list[_Story]:
    found: list[_Story] = []
    for way in ways:
        of_da = tuple((row, last.layer.number + 1) for row in way.rows if not _is_of_layer(row))
        of_dz = tuple(row for row in way.rows if _is_of_layer(row))
        story = _Story(of_da, (), way.da, is_new=bool(of_da))
        found += _explained(last, story, way._replace(rows=of_dz))
    return found


def _is_of_layer(row: Mistake) -> bool:
    return row.quantity in _OF_LAYERS


def _best(stories: Sequence[_Story]) -> list[_Story]:
    return sorted(stories, key=lambda story: story.cost)[:_MOST]


def _explanation(story: _Story, layers: Sequence[LayerAt]) -> Explanation:
    places: dict[str, tuple[Mistake, set[int]]] = {}
    for row, layer in story.rows:
        places.setdefault(row.key, (row, set()))[1].add(layer)
    for both in both_rows():
        if set(both.both) <= places.keys():
            pair = [places.pop(key)[1] for key in both.both]
            places[both.key] = (both, pair[0] | pair[1])
    n_neurons = [len(layer.W) for layer in layers] + [len(layers[-1].W)]
    empty = sum(
        all(says_nothing(row, n_neurons[layer - 1]) for layer in where)
        for row, where in places.values()
    )
    placed = tuple((row, tuple(sorted(where, reverse=True))) for row, where in places.values())
    return Explanation(placed, story.unknown, empty)


def _shortest(found: Iterable[Explanation]) -> list[Explanation]:
    """Return one for each set of mistakes, that in the fewest places."""
    best: dict[frozenset[str], Explanation] = {}
    for one in sorted(found, key=lambda one: sum(len(where) for _, where in one.placed)):
        best.setdefault(one.keys, one)
    return list(best.values())


# One layer -------------------------------------------------------------------------------------


def _explained(at: _At, story: _Story, way: Output) -> list[_Story]:
    """Return how a layer's gradients are explained with this dz, and what is handed on.

    A mistake before them, of dz or of what came from behind, must show in one of them at least.
    """
    layer, seen = at.layer, at.seen
    dW, db = (Way((), values) for values in layer.gradients(way.dz))
    of_W, of_b = _ways(at.weights, [dW], seen.rounding), _ways(at.biases, [db], seen.rounding)
    if (way.rows or story.is_new) and not _is_shown(of_W, of_b, seen):
        return []
    if seen.W is not None and not of_W:
        of_W = _ways(at.weights, layer.d_weights(way.dz, way.da), seen.rounding)
    if seen.b is not None and not of_b:
        of_b = _ways(at.biases, layer.d_biases(way.dz, way.da), seen.rounding)
    known = {"W": of_W or seen.W is None, "b": of_b or seen.b is None}
    unknown = tuple((layer.number, name) for name, is_known in known.items() if not is_known)
    found = [
        _Story(
            (*story.rows, *((row, layer.number) for row in (*way.rows, *one, *other))),
            story.unknown + unknown,
            way.da,
        )
        for one, other in product(of_W or [()], of_b or [()])
    ]
    return found if layer.number == 1 else _handed_on(at, found, way)


def _is_shown(of_W: Sequence[Rows], of_b: Sequence[Rows], seen: Seen) -> bool:
    """Say whether one gradient is as a dz makes it: several numbers, that none is so by chance."""
    several = seen.W is None or (seen.b is not None and seen.b.size > 1)
    return _tells(of_W) or (several and _tells(of_b))


def _tells(ways: Sequence[Rows]) -> bool:
    """Say whether a gradient is there to be seen."""
    return any(not rows or not rows[-1].key.endswith("never-updated") for rows in ways)


def _ways(taken: Sequence[Taken], ways: Sequence[Way], rounding: float) -> list[Rows]:
    """Return the shortest ways to a gradient; one that is empty if it is right."""
    found: list[Rows] = [
        (*way.rows, *step.rows)
        for step in taken
        for way in ways
        if (not way.rows if step.values is None else alike(step.values, way.values, rounding))
    ]
    fewest = min(map(len, found), default=0)
    return [rows for rows in dict.fromkeys(found) if len(rows) == fewest]


def _handed_on(at: _At, stories: Sequence[_Story], given: Output) -> list[_Story]:
    layer, seen, W_after = at.layer, at.seen, None
    if layer.learning_rate is not None and seen.W is not None and seen.W.shape == layer.W.shape:
        W_after = layer.W - layer.learning_rate * seen.W
    return [
        _Story(
            (*story.rows, *((row, layer.number) for row in way.rows)),
            story.unknown,
            way.values,
            bool(way.rows),
        )
        for way in layer.da_prev(given.dz, given.da, W_after)
        for story in stories
    ]
