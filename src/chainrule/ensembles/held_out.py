"""Losses of single members and of the whole ensemble, on held-out rows and on new rows."""

from __future__ import annotations

import numpy as np

from chainrule.arrays import Array
from chainrule.ensembles.ensemble import Ensemble
from chainrule.ensembles.fitting import FittedEnsemble
from chainrule.losses import Loss
from chainrule.row_by_row import predict_row_by_row

_SAME = 1e-3  # of z: the last bits depend on how many rows are predicted at once


def mean_loss(loss: Loss, z: Array, y: Array) -> float:
    """Return the mean loss of raw outputs, one row a sample.

    Parameters
    ----------
    loss : Loss
    z, y : arrays of shape (n, n_outputs)
    """
    return float(loss.value(z.T.astype(np.float64), y.T.astype(np.float64)).mean())


def held_out_losses(fitted: FittedEnsemble, y: Array) -> Array:
    """Return the mean loss of each member on the rows that it held out.

    Parameters
    ----------
    fitted : FittedEnsemble
    y : array of shape (n, n_outputs)
        The targets of the fit.

    Returns
    -------
    array of shape (n_members,)
    """
    by = fitted.held_out_by
    loss, members = fitted.ensemble.loss, range(int(by.max()) + 1)
    return np.array([mean_loss(loss, fitted.held_out[by == m], y[by == m]) for m in members])


def losses_on(ensemble: Ensemble, x: Array, y: Array) -> tuple[Array, float]:
    """Return the mean losses of each network and of their mean answer on rows that none has seen.

    Parameters
    ----------
    ensemble : Ensemble
        Its loss has a link with an inverse.
    x : array of shape (n, n_features)
    y : array of shape (n, n_outputs)

    Returns
    -------
    losses : array of shape (n_networks,)
    loss : float
    """
    loss, outputs = ensemble.loss, ensemble.raw_outputs(x)
    alone = np.array([mean_loss(loss, z, y) for z in outputs])
    return alone, mean_loss(loss, loss.link.inverse(ensemble.answers(outputs).T).T, y)


def require_rows_of_fit(fitted: FittedEnsemble, x: Array) -> None:
    """Check that encoded rows are those of the fit, by what the first member gives for its own.

    Parameters
    ----------
    fitted : FittedEnsemble
    x : array of shape (n, n_features)

    Raises
    ------
    ValueError
        If they are others, or stand in another order.
    """
    if not len(fitted.held_out_by):
        raise ValueError(
            "a file of a model does not keep which rows each network held out; ask the model that "
            "was fitted, before it is saved"
        )
    if len(x) != len(fitted.held_out_by):
        raise ValueError(
            f"the ensemble was fitted to {len(fitted.held_out_by)} rows, and these are {len(x)}; "
            "give the rows of the fit, in their order"
        )
    networks, rows = fitted.ensemble.networks, fitted.held_out_by == 0
    if not networks:
        return
    z = predict_row_by_row(networks[0].predict, fitted.ensemble.inputs.of_rows(x[rows]))
    if not np.allclose(z, fitted.held_out[rows], rtol=_SAME, atol=_SAME):
        raise ValueError(
            "these are not the rows that the ensemble was fitted to, or they stand in another "
            "order; give the rows of the fit, in their order"
        )
