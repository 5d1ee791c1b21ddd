"""How a program's parameters may be put in a row of layers, by their shapes and names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from chainrule.gradients.parameters import Parameter

_MOST_CHAINS = 100


class Link(NamedTuple):
    """A layer's parameters, by their places among all, and whether W is (out, in)."""

    W: int
    b: int | None
    by_rows: bool


def named_bias(one: Parameter) -> bool:
    """Say whether a parameter's name, or a name on the way to it, begins with b."""
    return any(str(key).lower().lstrip("_").startswith("b") for key in one.path)


def sizes_of(shape: tuple[int, ...], by_rows: bool) -> tuple[int, int]:
    """Return how many neurons and inputs a W of this shape has."""
    if len(shape) == 1:
        return 1, shape[0]
    return (shape[0], shape[1]) if by_rows else (shape[1], shape[0])


def chains(
    shapes: Sequence[tuple[int, ...]], n_inputs: int, biases: Collection[int] = ()
) -> Iterator[tuple[Link, ...]]:
    """Yield the ways to put all parameters in a row of layers, those of their order first.

    Parameters
    ----------
    shapes : sequence of tuple of int
    n_inputs : int
    biases : collection of int
        Those that are biases by their names: what is so is tried first.

    Examples
    --------
    >>> [(link.W, link.b) for link in next(chains([(2, 3), (3,), (3, 1)], 2))]
    [(0, 1), (2, None)]
    """
    for strict in (True, False):
        for by_rows in (False, True):
            known = _Shapes(shapes, biases, by_rows, strict)
            order = sorted(range(len(shapes)), key=known.rank)
            yield from islice(known.chains(n_inputs, order), _MOST_CHAINS)


class _Shapes(NamedTuple):
    """The shapes of all parameters, which of them are biases by their names, and how W lies.

    Strictly, nothing else is biases, and these are nothing else.
    """

    of: Sequence[tuple[int, ...]]
    biases: Collection[int]
    by_rows: bool
    strict: bool

    def rank(self, i: int) -> tuple[bool, bool]:
        """Return how likely one is to be biases."""
        return i in self.biases, len(self.of[i]) < 2

    def chains(self, n: int, left: Sequence[int]) -> Iterator[tuple[Link, ...]]:
        """Yield the ways to go on with n inputs."""
        for i in left:
            if not self._may_be_weights(i, n):
                continue
            n_neurons = sizes_of(self.of[i], self.by_rows)[0]
            rest = [j for j in left if j != i]
            fitting = [j for j in rest if self._may_be_biases(j, n_neurons)]
            for b in (*sorted(fitting, key=self.rank, reverse=True), None):
                after = [j for j in rest if j != b]
                link = Link(i, b, self.by_rows)
                if after:
                    yield from ((link, *more) for more in self.chains(n_neurons, after))
                else:
                    yield (link,)

    def _may_be_weights(self, i: int, n: int) -> bool:
        if len(self.of[i]) not in (1, 2) or (self.strict and i in self.biases):
            return False
        return sizes_of(self.of[i], self.by_rows)[1] == n

    def _may_be_biases(self, i: int, n: int) -> bool:
        return _is_of(self.of[i], n) and (not self.strict or i in self.biases or not self.biases)


def _is_of(shape: tuple[int, ...], n: int) -> bool:
    """Say whether biases of n neurons may have this shape."""
    return int(np.prod(shape)) == n and (len(shape) < 2 or (len(shape) == 2 and 1 in shape))
