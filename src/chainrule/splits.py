"""Rows dealt out into those that go on and those that are held out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def deal(
    n: int, held: float, rng: Any, strata: NDArray[Any] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Deal n rows out, as scikit-learn's ``train_test_split`` does.

    Parameters
    ----------
    n : int
    held : int or float
        How many are held out, or what share of them.
    rng : int or numpy.random.RandomState
    strata : array of shape (n, …), optional
        What both sides are to have the same shares of.

    Returns
    -------
    kept, held : arrays of int
        Row numbers, in the order in which they were drawn.

    Raises
    ------
    ValueError
        If the rows cannot be dealt out so.

    Examples
    --------
    >>> kept, held = deal(8, 0.25, 0, strata=[0, 0, 0, 0, 1, 1, 1, 1])
    >>> sorted(kept.tolist() + held.tolist()), len(held)
    ([0, 1, 2, 3, 4, 5, 6, 7], 2)
    """
    from sklearn.model_selection import train_test_split

    kept, held_out = train_test_split(
        np.arange(n), test_size=held, random_state=rng, stratify=strata
    )
    return kept, held_out
