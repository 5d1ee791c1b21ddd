"""The order of an epoch's rows, drawn during the previous epoch if memory allows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.initializers import RandomSource

_ROWS_WORTH_A_THREAD = 2**14  # whose permutation takes much longer than to hand it over

Order = NDArray[np.integer[Any]]


class _Guess(NamedTuple):
    """What the next order will be, if until then nobody has used the generator."""

    state: Any  # of the generator, when it was made
    order: Order  # that it goes on from
    next_order: Future[Order]


class Orders:
    """The orders of the epochs: each permutes the one before, as on the page.

    The next one may be drawn ahead, on a thread of its own and from a copy of the generator. It
    counts only if the generator is then where it was: the numbers are those that it would have
    drawn, and it is never ahead of what its owner can see.

    Parameters
    ----------
    rng : RandomSource
    n : int
        Rows.
    ahead : bool
        Whether a core is free to draw ahead.
    """

    def __init__(self, rng: RandomSource, n: int, *, ahead: bool) -> None:
        self._rng = rng
        has_state = type(rng) in (np.random.Generator, np.random.RandomState)
        self._copy: Any = None
        if ahead and has_state and n >= _ROWS_WORTH_A_THREAD:
            self._copy = deepcopy(rng)
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="chainrule-order")
        self._guess: _Guess | None = None
        self._process = os.getpid()

    def after(self, order: Order, *, last: bool = False) -> Order:
        """Return the order of the next epoch; after the last one there will be no other."""
        if self._copy is not None and os.getpid() != self._process:
            self._copy = self._guess = None  # a child process has no thread of its parent's
        next_order = self._guessed(order)
        if next_order is None:
            next_order = self._rng.permutation(order)
        if self._copy is not None and not last:
            state = generator_state(self._rng)
            self._guess = _Guess(
                state, next_order, self._pool.submit(self._drawn, state, next_order)
            )
        return next_order

    def _guessed(self, order: Order) -> Order | None:
        """Return the order drawn ahead and advance the generator; None if the draw would differ."""
        guess, self._guess = self._guess, None
        if guess is None:
            return None
        next_order = guess.next_order.result()
        if guess.order is not order or not _same(guess.state, generator_state(self._rng)):
            return None
        set_generator_state(self._rng, generator_state(self._copy))
        return next_order

    def _drawn(self, state: Any, order: Order) -> Order:
        set_generator_state(self._copy, state)
        drawn: Order = self._copy.permutation(order)
        return drawn

    def close(self) -> None:
        """End the thread."""
        if self._copy is not None and os.getpid() == self._process:
            self._pool.shutdown()


def generator_state(rng: Any) -> Any:
    """Return the state of a generator; of `numpy.random` that of the global one."""
    if rng is np.random or isinstance(rng, np.random.RandomState):
        return rng.get_state(legacy=False)
    return rng.bit_generator.state


def set_generator_state(rng: Any, state: Any) -> None:
    """Bring a generator back to a state that it had."""
    if rng is np.random or isinstance(rng, np.random.RandomState):
        rng.set_state(state)
    else:
        rng.bit_generator.state = state


def _same(one: Any, other: Any) -> bool:
    """Say whether two states are the same: dicts of dicts, numbers and arrays."""
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(np.array_equal(one, other))
