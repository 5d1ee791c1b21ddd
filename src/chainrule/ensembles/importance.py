"""How much the members of an ensemble rely on a column, measured on rows that they did not see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.ensembles.fitting import FittedEnsemble
from chainrule.ensembles.held_out import mean_loss, require_rows_of_fit
from chainrule.perceptron import Perceptron
from chainrule.row_by_row import predict_row_by_row


def permutation_importance(
    fitted: FittedEnsemble,
    x: Array,
    y: Array,
    blocks: Sequence[slice],
    *,
    repeats: int = 5,
    most_rows: int = 4000,
    seed: int = 0,
) -> Array:
    """Return by how much the mean loss of held-out rows grows when a column's values are permuted.

    Breiman 2001, "Random Forests", section 10: the features of one column are permuted together
    among the rows that a member held out, so that no row is scored by a network that saw it.
    Columns that say the same stand in for each other, and each then seems to matter little.

    Parameters
    ----------
    fitted : FittedEnsemble
    x : array of shape (n, n_features)
        The encoded rows of the fit, in their order.
    y : array of shape (n, n_outputs)
        As the loss takes it.
    blocks : sequence of slice
        The features of each column.
    repeats : int
        Permutations for each member; all columns have the same ones.
    most_rows : int
        Of more rows than this, some are drawn, about as many for each member.
    seed : int

    Returns
    -------
    array of shape (n_columns, n_members * repeats)
        Increases of the mean loss; zeros, one for each column, where one answer is given for all.

    Raises
    ------
    ValueError
        If the rows are not those of the fit.
    """
    require_rows_of_fit(fitted, x)
    networks, rng = fitted.ensemble.networks, np.random.default_rng(seed)
    if not networks:
        return np.zeros((len(blocks), 1))
    increases = []
    for member, network in enumerate(networks):
        rows = _drawn(np.flatnonzero(fitted.held_out_by == member), most_rows // len(networks), rng)
        orders = [rng.permutation(len(rows)) for _ in range(repeats)]
        score = _Score(fitted, network, y[rows])
        increases.append(_increases(score, x[rows], blocks, orders))
    return np.concatenate(increases, axis=1)


def _drawn(rows: NDArray[np.intp], most: int, rng: Any) -> NDArray[np.intp]:
    most = max(2, most)
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


class _Score:
    """The mean loss of a member for encoded rows with these targets."""

    def __init__(self, fitted: FittedEnsemble, network: Perceptron, y: Array) -> None:
        self._inputs, self._loss = fitted.ensemble.inputs, fitted.ensemble.loss
        self._network, self._y = network, y

    def __call__(self, x: Array) -> float:
        z = predict_row_by_row(self._network.predict, self._inputs.of_rows(x))
        return mean_loss(self._loss, z, self._y)


def _increases(
    score: _Score, x: Array, blocks: Sequence[slice], orders: Sequence[NDArray[np.intp]]
) -> Array:
    """Return what each permutation of each block adds to the score, (n_blocks, n_orders)."""
    untouched, permuted = score(x), x.copy()
    found = np.empty((len(blocks), len(orders)))
    for place, block in enumerate(blocks):
        for number, order in enumerate(orders):
            permuted[:, block] = x[order, block]
            found[place, number] = score(permuted) - untouched
        permuted[:, block] = x[:, block]
    return found
