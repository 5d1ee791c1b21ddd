"""How the features of a table enter a network: embedded numbers, embedded categories, the rest.

A number goes in twice: its bin through a piecewise-linear embedding, a `GroupedLayer` of ramps from
one end of a bin to the other, and its value as it is. A category of many levels goes through an
embedding too. So all that is learned are layers with the same four formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.ensembles.recipe import Recipe
from chainrule.grouped import GroupedLayer, Through
from chainrule.initializers import Float64
from chainrule.layers import Layer

_FARTHEST = 4.0  # deviations: a value beyond counts as if it lay there
_HEAVY = 0.2  # of a deviation: if two thirds of the values lie within, a few decide the scale
_WITHIN = (0.16, 0.84)  # one deviation on either side, of a normal distribution


class BinnedNumber(NamedTuple):
    """The features of a number.

    Attributes
    ----------
    value : int
        The feature that is the standardised number.
    position : int
        The feature that says its place among bins of equal width, from −√3 to √3; -1 without bins.
    n_bins : int
    """

    value: int
    position: int = -1
    n_bins: int = 0


@dataclass(frozen=True)
class FeatureRoles:
    """What the features of a table are to a network; those not named are flags.

    Attributes
    ----------
    numbers : tuple of BinnedNumber
    categories : tuple of (int, int)
        First feature and end of each category of many levels, one-hot.
    """

    numbers: tuple[BinnedNumber, ...] = ()
    categories: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, eq=False)
class NetworkInputs:
    """The features that enter the networks, their order and their embeddings.

    Attributes
    ----------
    features : array of int of shape (n_inputs,)
        The feature of each input: the positions of numbers among their bins, the levels of
        categories, then all that goes in as it is.
    low, high : arrays of shape (n_inputs,)
        Between which an input is kept.
    bins : tuple of int
        How many bins each of the first inputs has.
    levels : tuple of int
        How many levels each embedded category has.
    n_features : int
        Of an encoded row; some may be no input.
    """

    features: NDArray[np.intp]
    low: Array
    high: Array
    bins: tuple[int, ...]
    levels: tuple[int, ...]
    n_features: int

    def of_rows(self, x: Array) -> Array:
        """Return the inputs of encoded rows.

        Parameters
        ----------
        x : array of shape (n, n_features)

        Returns
        -------
        array of shape (n, n_inputs)
        """
        inputs = np.take(x, self.features, axis=1)
        return np.clip(inputs, self.low, self.high, out=inputs)

    def embedding(self, rng: Any, recipe: Recipe, dtype: Any) -> GroupedLayer | None:
        """Return a network's first layer; None where every input goes in as it is.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws the embeddings of categories.
        recipe : Recipe
        dtype : dtype
        """
        groups: list[Layer | Through] = [_ramps(n_bins, dtype) for n_bins in self.bins]
        groups += [
            Layer(n, recipe.n_embedded, "identity", initializer=_normal, rng=rng, dtype=dtype)
            for n in self.levels
        ]
        if not groups:
            return None
        rest = len(self.features) - len(self.bins) - sum(self.levels)
        return GroupedLayer([*groups, Through(rest)] if rest else groups)


def learn_inputs(x: Array, roles: FeatureRoles) -> NetworkInputs:
    """Learn from encoded rows how they enter the networks.

    Parameters
    ----------
    x : array of shape (n, n_features)
    roles : FeatureRoles
    """
    binned = [number for number in roles.numbers if number.n_bins]
    levels = [feature for span in roles.categories for feature in range(*span)]
    as_they_are = set(range(x.shape[1])) - {*levels, *(number.position for number in binned)}
    for number in binned:
        if _has_heavy_tails(x[:, number.value]):  # its position says more than its value
            as_they_are.symmetric_difference_update({number.value, number.position})
    order = [*(number.position for number in binned), *levels, *sorted(as_they_are)]
    low, high = x.min(axis=0), x.max(axis=0)
    values = [number.value for number in roles.numbers]
    low[values] = np.maximum(low[values], -_FARTHEST)
    high[values] = np.minimum(high[values], _FARTHEST)
    features = np.array(order, dtype=np.intp)
    return NetworkInputs(
        features,
        low[features],
        high[features],
        bins=tuple(number.n_bins for number in binned),
        levels=tuple(end - first for first, end in roles.categories),
        n_features=x.shape[1],
    )


def _has_heavy_tails(z: Array) -> bool:
    """Say whether most different values of a number lie in a small part of its scale."""
    low, high = np.quantile(np.unique(z), _WITHIN)
    return bool(high - low < 2 * _HEAVY)


def _ramps(n_bins: int, dtype: Any) -> Layer:
    """Return a layer whose neurons rise from 0 to 1, each over one bin.

    Gorishniy, Rubachev & Babenko 2022, "On Embeddings for Numerical Features in Tabular Deep
    Learning", eq. 1. Where the bins end is learned from there on.
    """
    layer = Layer(1, n_bins, "ramp", rng=0, dtype=dtype)
    bins_of_a_deviation = n_bins / (2 * np.sqrt(3))
    layer.weights = np.full((n_bins, 1), bins_of_a_deviation)
    layer.biases = (n_bins / 2 - np.arange(n_bins))[:, np.newaxis]
    return layer


def _normal(rng: Any, n_levels: int, n_neurons: int) -> tuple[Float64, Float64]:
    """Draw the levels' vectors from a normal distribution of variance 1; zero biases."""
    return rng.normal(0.0, 1.0, (n_neurons, n_levels)), np.zeros((n_neurons, 1))
