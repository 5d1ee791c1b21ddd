"""The drawn data sets of the playground: points of the plane with a class or a number each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.catalog import look_up
from chainrule.datasets import make_circles

Float64: TypeAlias = NDArray[np.float64]
Drawing: TypeAlias = tuple[Float64, Float64]


class _Wish(NamedTuple):
    n: int
    noise: float
    classes: int
    rng: np.random.Generator

    def jitter(self, scale: float = 1.0) -> Float64:
        return self.rng.normal(0.0, self.noise * scale, (self.n, 2))


def _circles(wish: _Wish) -> Drawing:
    x, y = make_circles(wish.n, noise=wish.noise, rng=wish.rng)
    return np.asarray(x, np.float64), np.asarray(y[:, 0], np.float64)


def _moons(wish: _Wish) -> Drawing:
    y = np.arange(wish.n) % 2
    angle = wish.rng.uniform(0.0, np.pi, wish.n)
    upper = np.column_stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25])
    lower = np.column_stack([0.5 - np.cos(angle), 0.25 - np.sin(angle)])
    return np.where(y[:, np.newaxis] == 0, upper, lower) + wish.jitter(), y.astype(np.float64)


def _spirals(wish: _Wish) -> Drawing:
    y = np.arange(wish.n) % wish.classes
    radius = wish.rng.uniform(0.05, 1.0, wish.n)
    angle = 1.75 * np.pi * radius + 2.0 * np.pi * y / wish.classes
    x = radius[:, np.newaxis] * np.column_stack([np.cos(angle), np.sin(angle)])
    return x + wish.jitter(0.25), y.astype(np.float64)


def _xor(wish: _Wish) -> Drawing:
    x = wish.rng.uniform(-1.0, 1.0, (wish.n, 2))
    y = (x[:, 0] > 0) != (x[:, 1] > 0)
    return x + wish.jitter(0.5), y.astype(np.float64)


def _blobs(wish: _Wish) -> Drawing:
    y = np.arange(wish.n) % wish.classes
    angle = 2.0 * np.pi * y / wish.classes + np.pi / 2
    centres = np.column_stack([np.cos(angle), np.sin(angle)])
    return centres + wish.rng.normal(0.0, 0.1 + wish.noise, (wish.n, 2)), y.astype(np.float64)


def _plane(wish: _Wish) -> Drawing:
    x = wish.rng.uniform(-1.0, 1.0, (wish.n, 2))
    return x, 0.8 * x[:, 0] - 0.4 * x[:, 1] + wish.rng.normal(0.0, wish.noise, wish.n)


def _waves(wish: _Wish) -> Drawing:
    x = wish.rng.uniform(-1.0, 1.0, (wish.n, 2))
    heights = np.sin(np.pi * x[:, 0]) * np.cos(np.pi * x[:, 1])
    return x, heights + wish.rng.normal(0.0, wish.noise, wish.n)


class DataSet(NamedTuple):
    """A data set: the kind of its target and the function that draws points."""

    task: Literal["binary", "several", "number"]
    draw: Callable[[_Wish], Drawing]


DATA_SETS: dict[str, DataSet] = {
    "circles": DataSet("binary", _circles),
    "moons": DataSet("binary", _moons),
    "spirals": DataSet("several", _spirals),
    "xor": DataSet("binary", _xor),
    "blobs": DataSet("several", _blobs),
    "plane": DataSet("number", _plane),
    "waves": DataSet("number", _waves),
}


def draw_points(
    name: str, n: int = 400, *, noise: float = 0.1, classes: int = 3, seed: int = 0
) -> Drawing:
    """Draw the points of a data set.

    Parameters
    ----------
    name : str
        A name from `DATA_SETS`.
    n : int
    noise : float
    classes : int
        Of the data sets with several.
    seed : int

    Returns
    -------
    x : array of shape (n, 2)
    y : array of shape (n,)
        The class of each point, counted from 0, or its number.

    Examples
    --------
    >>> x, y = draw_points("blobs", 6, seed=1)
    >>> x.shape, y
    ((6, 2), array([0., 1., 2., 0., 1., 2.]))
    """
    row = look_up(DATA_SETS, name, "data set")
    return row.draw(_Wish(n, noise, classes, np.random.default_rng(seed)))
