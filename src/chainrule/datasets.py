"""A small data set to try things on: circles that no straight line separates."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.layers import random_source


def make_circles(
    n: int = 1000, *, noise: float = 0.05, radius: float = 0.5, rng: Any = None
) -> tuple[Array, Array]:
    """Draw points on two circles around one centre.

    Parameters
    ----------
    n : int
        How many points, half of them on each circle.
    noise : float
        Standard deviation of the distance that a point is moved in each direction.
    radius : float
        Of the inner circle; the outer one has radius 1.
    rng : int, numpy.random.Generator or RandomState, optional
        Without it NumPy's global generator draws.

    Returns
    -------
    X : array of shape (n, 2)
    y : array of shape (n, 1)
        1 on the inner circle, 0 on the outer.

    Examples
    --------
    >>> X, y = make_circles(6, noise=0, rng=0)
    >>> np.hypot(*X.T)[np.argsort(y[:, 0])].round(6)
    array([1. , 1. , 1. , 0.5, 0.5, 0.5])
    """
    source = random_source(rng)
    y = np.arange(n) % 2
    angle = source.uniform(0, 2 * np.pi, (n, 1))
    distance = np.where(y == 1, radius, 1.0)[:, np.newaxis]
    X = distance * np.hstack([np.cos(angle), np.sin(angle)])
    return X + source.normal(0, noise, (n, 2)), y[:, np.newaxis].astype(np.float64)
