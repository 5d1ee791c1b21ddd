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
from chainrule.diagnosis.programs.layers import (
    LayerAt,
    Rows,
    Taken,
    Way,
    alike,
    both_rows,
    says_nothing,
)
from chainrule.diagnosis.programs.losses import Scale
from chainrule.diagnosis.programs.outputs import Answers, Output, outputs
from chainrule.diagnosis.programs.reading import Network

_OF_LAYERS = {"dz", "dW", "db", "da_prev", "W", "b"}
_FEW = 3
_MOST = 60  # explanations that are followed from layer to layer


class Seen(NamedTuple):
    """The gradients of a layer as the program has them; None where it has none."""

    W: Array | None
    b: Array | None
    rounding: float


class _At(NamedTuple):
    """A layer, the observed gradients, and the gradients that its update may have used."""

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
        """The numbers of unexplained gradients, of mistakes, and of empty mistakes."""
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


def layers_of(network: Network, scale: Scale, learning_rate: float | None) -> list[LayerAt]:
    """Return the layers with all that a forward pass makes."""
    found: list[LayerAt] = []
    a = z_prev = network.samples.x
    for number, ((W, b), f) in enumerate(zip(network.arrays(), network.functions, strict=True), 1):
        z = W @ a + b
        found.append(LayerAt(number, f, W, b, a, z_prev, z, scale.samples, learning_rate))
        a, z_prev = f(z), z
    return found


def explanations(
    network: Network, seen: Sequence[Seen], learning_rate: float | None
) -> list[Explanation]:
    """Return the best explanations of a program's gradients; several do the same.

    Where the loss's factor can be made in several ways, as 1/m or 1/k, all are tried.

    Parameters
    ----------
    network : Network
    seen : sequence of Seen
        By layer.
    learning_rate : float, optional
        Of a step, which can have mistakes of its own.
    """
    with np.errstate(all="ignore"):
        found = [
            _explanation(story, len(network.chain), widths)
            for scale in network.scales
            for widths, stories in [_followed(network, scale, seen, learning_rate)]
            for story in stories
        ]
    least = min(one.cost for one in found)
    return _shortest(one for one in found if one.cost == least)


def _followed(
    network: Network, scale: Scale, seen: Sequence[Seen], learning_rate: float | None
) -> tuple[list[int], list[_Story]]:
    """Return how many neurons each layer has, and what explains all gradients."""
    layers = layers_of(network, scale, learning_rate)
    last = layers[-1]
    answers = Answers(last.f(last.z), network.samples.y, network.form, scale)
    places = [_at(layer, one) for layer, one in zip(layers, seen, strict=True)]
    stories = _after_last(places[-1], outputs(last, answers))
    for place in reversed(places[:-1]):
        stories = [
            after
            for story in _best(stories)
            for way in place.layer.dz(story.da)
            for after in _explained(place, story, Output(way.rows, story.da, way.values))
        ]
    return [len(layer.W) for layer in layers], stories


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


def _explanation(story: _Story, n_layers: int, widths: Sequence[int]) -> Explanation:
    places: dict[str, tuple[Mistake, set[int]]] = {}
    for row, layer in story.rows:
        places.setdefault(row.key, (row, set()))[1].add(layer)
    for both in both_rows():
        if set(both.both) <= places.keys():
            pair = [places.pop(key)[1] for key in both.both]
            places[both.key] = (both, pair[0] | pair[1])
    empty = sum(
        all(says_nothing(row, widths[min(layer, n_layers) - 1]) for layer in where)
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
    is_new = bool(way.rows) or story.is_new
    by_W = _tells(of_W)
    if is_new and not (by_W or _tells(of_b)):
        return []
    if () not in of_W:
        of_W = _ways(at.weights, layer.d_weights(way.dz, way.da), seen.rounding)
    if () not in of_b:
        of_b = _ways(at.biases, layer.d_biases(way.dz, way.da), seen.rounding)
    if _is_one_factor(seen, dW.values, db.values):
        of_W, of_b = _by_one_each(of_W, of_b)
    if is_new and not by_W and not of_W and seen.b is not None and seen.b.size < _FEW:
        return []  # so few numbers may be so by chance
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


def _is_one_factor(seen: Seen, dW: Array, db: Array) -> bool:
    """Say whether both gradients are right but for one common factor, a sign of a wrong dz."""
    if seen.W is None or seen.b is None or not (dW.any() and db.any()):
        return False
    factor = float(np.sum(seen.b * db) / np.sum(db * db)) if seen.b.shape == db.shape else np.nan
    return all(alike(one, factor * right) for one, right in ((seen.W, dW), (seen.b, db)))


def _by_one_each(of_W: list[Rows], of_b: list[Rows]) -> tuple[list[Rows], list[Rows]]:
    """Return the ways of one mistake for each; none where one has none: a factor may be any."""
    of_W, of_b = ([rows for rows in ways if len(rows) < 2] for ways in (of_W, of_b))
    return (of_W, of_b) if of_W and of_b else ([], [])


def _tells(ways: Sequence[Rows]) -> bool:
    """Say whether a gradient is there to be seen."""
    return any(not rows or not rows[-1].key.endswith("never-updated") for rows in ways)


def _ways(taken: Sequence[Taken], ways: Sequence[Way], rounding: float) -> list[Rows]:
    """Return the shortest combinations of mistakes for a gradient; () among them if it is right."""
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
